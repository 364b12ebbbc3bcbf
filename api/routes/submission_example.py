"""Examples of submissions, their log, and uploads."""

MODEL, BENCHMARK = "efficientnet-lite0", "kriegeskorte2008.human-it.rsa"

ABOUT_MODEL = {
    "name": MODEL,
    "family": "supervised",
    "description": "EfficientNet-Lite0, trained on ImageNet-1k labels",
    "source": "timm:tf_efficientnet_lite0",
    "digest": "bd46077d99fafe3d4ff4035c823bd6c7ec2114968cb4eaf2c2f1c04e377c8207",
}
LINE = {"id": 7, "run": 31, "at": "2026-11-22T10:18:12.1Z", "kind": "stage", "text": "extracting"}
SUBMISSION = {
    "id": 12,
    "owner": "ada",
    "model": ABOUT_MODEL,
    "visibility": "public",
    "note": "",
    "created_at": "2026-11-22T10:18:11Z",
    "finished": True,
    "runs": [
        {
            "id": 31,
            "benchmark": BENCHMARK,
            "benchmark_version": 1,
            "queue": "gpu",
            "status": "succeeded",
            "attempts": 1,
            "created_at": "2026-11-22T10:18:11Z",
            "due_at": None,
            "finished_at": "2026-11-22T10:18:32.149033Z",
            "progress": None,
            "stages": [{"stage": "queued", "at": "2026-11-22T10:18:11Z"}],
            "failure": None,
        }
    ],
}
_SHA256 = "0f3c1d5e0b7f4a0c9a3e6c1b2d4f5a69788776655443322110ffeeddccbbaa99"
UPLOAD = {
    "id": 3,
    "kind": "safetensors",
    "sha256": _SHA256,
    "size": 18_700_000,
    "received": 18_700_000,
    "ready": True,
    "source": f"upload:{_SHA256}",
    "benchmarks": [],
}
