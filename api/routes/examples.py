"""Examples of what the service answers: EfficientNet-Lite0 on human IT, as it was scored here, rounded."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from brainrank.api.routes.claims_example import CLAIM, CLAIM_LINE, PEOPLE, PUBLICATION, PUBLISHED_TABLE
from brainrank.api.routes.recovery_example import RECOVERY
from brainrank.api.routes.submission_example import ABOUT_MODEL, BENCHMARK, LINE, MODEL, SUBMISSION, UPLOAD

STUDY = "kriegeskorte2008"
JSON, CSV = "application/json", "text/csv"


class Example(NamedTuple):
    """An answer and its media type."""

    answer: Any
    media_type: str = JSON


_CEILING = {
    "lower": 0.371,
    "upper": 0.664,
    "interval": {"low": 0.303, "high": 0.453, "level": 0.95},
    "raw_interval": None,
    "unreliable": False,
    "reason": "",
}
_ABOUT_RUN = {
    "run": 31,
    "model": MODEL,
    "family": "supervised",
    "benchmark": BENCHMARK,
    "benchmark_version": 1,
    "visibility": "public",
    "finished_at": "2026-11-22T10:18:32.149033Z",
}
_SCORE = {
    **_ABOUT_RUN,
    "code_version": "0.1.0+89517fd84ba1",
    "value": 0.266,
    "unit": "rho-a",
    "interval": {"low": 0.19, "high": 0.353, "level": 0.95},
    "ceiling": _CEILING,
    "layers": ["blocks.5", "blocks.5"],
    "reason": "",
}
_CURVES = {
    **_SCORE,
    "layer_curve": [
        {"layer": "blocks.4", "value": 0.154, "won": 0.0035},
        {"layer": "blocks.5", "value": 0.267, "won": 0.974},
    ],
    "subjects": [{"subject": "BE", "value": 0.284}, {"subject": "KO", "value": 0.166}],
    "details": [],
}
_KNOWN_MODEL = {
    **ABOUT_MODEL,
    "card": {
        "paper": "Tan & Le (2019), EfficientNet, arXiv:1905.11946",
        "training_data": "ImageNet-1k",
        "objective": "classification",
        "parameters_million": 4.7,
        "licence": "Apache-2.0",
    },
    "scored": True,
}
_BENCHMARK = {
    "name": BENCHMARK,
    "version": 1,
    "group": "it",
    "dataset": STUDY,
    "region": "human-it",
    "subject": "",
    "metric": "rsa",
    "title": "Human inferior temporal cortex, fMRI, 4 subjects, 92 objects",
    "counted": True,
}
_STUDY = {
    "name": STUDY,
    "title": "92 object images: human and monkey inferior temporal cortex, human similarity judgements",
    "citation": "Kriegeskorte, Mur, Ruff, Kiani, Bodurka, Esteky, Tanaka & Bandettini (2008). Neuron 60, 1126-1141.",
    "licence": "MIT (the toolbox that carries the files); nothing separate is stated for the images",
    "access": "public",
    "regions": ["human-it", "monkey-it", "judgements"],
    "benchmarks": [BENCHMARK, "kriegeskorte2008.monkey-it.rsa"],
}
_BOARD = {
    "board": {
        "name": "it",
        "convention": "explained",
        "day": "",
        "groups": ["it"],
        "counted": 1,
        "benchmarks": [
            {key: value for key, value in _BENCHMARK.items() if key not in ("region", "subject")}
            | {"not_counted": "", "unit": "rho-a", "ceiling": _CEILING}
        ],
    },
    "computed_at": "2026-11-22T12:36:35.609384Z",
    "stale": False,
    "total": 29,
    "offset": 0,
    "rows": [
        {
            "rank": 1,
            "last_rank": 4,
            "model": "efficientnet-lite1",
            "family": "supervised",
            "training_data": "ImageNet-1k",
            "objective": "classification",
            "mean": 0.736,
            "interval": {"low": 0.542, "high": 0.997, "level": 0.95},
            "coverage": 1,
            "deduction": 0.0,
            "not_ranked": "",
            "groups": {"it": 0.736},
            "scores": {
                BENCHMARK: {
                    "run": 33,
                    "value": 0.736,
                    "interval": {"low": 0.542, "high": 0.997, "level": 0.95},
                    "raw": 0.273,
                    "raw_interval": {"low": 0.201, "high": 0.37, "level": 0.95},
                }
            },
        }
    ],
}
_PAIR = {
    "convention": "raw",
    "shared": [BENCHMARK],
    "first": MODEL,
    "second": "pixels",
    "difference": 0.189,
    "interval": {"low": 0.105, "high": 0.273, "level": 0.95},
    "p": 2.1e-05,
    "q": 2.1e-05,
}


def _mean(model: str, mean: float, low: float, high: float) -> Mapping[str, Any]:
    interval = {"low": low, "high": high, "level": 0.95}
    return {"model": model, "mean": mean, "interval": interval, "coverage": 1, "groups": {"it": mean}}


_HEALTH = {"status": "ok", "version": "0.1.0", "checks": {"database": "ok", "broker": "ok"}, "unprotected": []}

PROBLEM = {
    "type": "about:blank",
    "title": "Not Found",
    "status": 404,
    "detail": "Unknown benchmark 'kriegeskorte2008.human-it.rsq'; did you mean kriegeskorte2008.human-it.rsa?",
    "code": "not-found",
    "errors": [],
}

ANSWERS: Mapping[str, Example] = {
    "GET /v1/leaderboards": Example(
        {
            "boards": [{"name": "all", "benchmarks": 92}, {"name": "it", "benchmarks": 28}],
            "conventions": ["explained", "raw"],
        }
    ),
    "GET /v1/leaderboards/{name}": Example(_BOARD),
    "GET /v1/leaderboards/{name}/export": Example(
        "rank,last_rank,model,family,mean,low,high,coverage,counted,deduction,not_ranked,convention,benchmark,"
        "benchmark_version,group,not_counted,run,value,value_low,value_high,raw,unit,raw_low,raw_high,ceiling_lower,ceiling_upper,reason\n"
        f"1,4,efficientnet-lite1,supervised,0.736,0.542,0.997,1,1,0.0,,explained,{BENCHMARK},1,it,,33,0.736,0.542,0.997,0.273,"
        "rho-a,0.201,0.37,0.371,0.664,\n",
        CSV,
    ),
    "GET /v1/compare": Example(
        {
            "board": BENCHMARK,
            "convention": "raw",
            "counted": [BENCHMARK],
            "means": [
                _mean(MODEL, 0.266, 0.19, 0.353),
                _mean("pixels", 0.077, 0.025, 0.155),
            ],
            "mean": [{"benchmark": "mean", **_PAIR}],
            "benchmarks": [{"benchmark": BENCHMARK, **_PAIR}],
        }
    ),
    "GET /v1/models": Example({"models": [_KNOWN_MODEL]}),
    "GET /v1/models/{name}": Example(
        {
            **_KNOWN_MODEL,
            "layers": ["blocks.4", "blocks.5"],
            "pooling": "flatten",
            "preprocessing": None,
            "scores": [_CURVES],
        }
    ),
    "GET /v1/benchmarks": Example({"benchmarks": [_BENCHMARK]}),
    "GET /v1/benchmarks/{name}": Example(
        {
            **_BENCHMARK,
            "parameters": {"dissimilarity": "correlation", "comparator": "rho-a", "draws": 1000, "seed": 0},
            "study": _STUDY,
            "ceiling": _CEILING,
            "recovery": RECOVERY,
            "not_recovered": "",
        }
    ),
    "GET /v1/datasets": Example({"datasets": [_STUDY]}),
    "GET /v1/datasets/{name}": Example(_STUDY),
    "GET /v1/claims": Example({"claims": [CLAIM_LINE]}),
    "GET /v1/claims/{name}": Example(CLAIM),
    "GET /v1/published": Example({"published": [PUBLICATION]}),
    "GET /v1/published/{name}": Example(PUBLISHED_TABLE),
    "GET /v1/runs/{number}/people": Example(PEOPLE),
    "GET /v1/scores": Example({"scores": [_SCORE], "before": 31}),
    "GET /v1/scores/export": Example(
        "run,model,family,benchmark,benchmark_version,code_version,finished_at,value,unit,low,high,ceiling_lower,"
        "ceiling_upper,layers,reason\n"
        f"31,{MODEL},supervised,{BENCHMARK},1,0.1.0+89517fd84ba1,2026-11-22T10:18:32.149033+00:00,0.266,rho-a,0.19,"
        "0.353,0.371,0.664,blocks.5,\n",
        CSV,
    ),
    "GET /v1/runs/{number}": Example(
        {
            **_ABOUT_RUN,
            "status": "succeeded",
            "submission": 12,
            "created_at": "2026-11-22T10:18:11Z",
            "failure": None,
            "score": _CURVES,
            "seconds": {"extracting": 19.7, "scoring": 0.38},
            "receipt": {
                "model": MODEL,
                "weights_digest": "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
                "network_digest": "0f6c1de2a8b94b7e7c7c0f3a5d2f7f1b6a1f0f9d3c5b8e42d7a6190c3b58e1d2",
                "stimuli_digest": "6698963d9da04af82c00739aa25b404fd6ecc433dc5c3af5aa45ce0f18173bdc",
                "metric": {"name": "rsa", "dissimilarity": "correlation", "comparator": "rho-a"},
                "code_version": "0.1.0+89517fd84ba1",
            },
        }
    ),
    "GET /v1/runs/{number}/log": Example([LINE]),
    "GET /v1/runs/{number}/targets": Example("target,r\nneuron-01,0.412\nneuron-02,\n", CSV),
    "GET /v1/runs/{number}/map": Example("hemisphere,vertex,score,q_of_score\nleft,5,0.412,0.002\n", CSV),
    "GET /v1/runs/{number}/map/image": Example("", "application/octet-stream"),
    "GET /v1/runs/{number}/course": Example(
        "time_ms,value,low,high,simultaneous_low,simultaneous_high,p_above_chance,ceiling_lower,ceiling_upper,"
        "layer blocks.6\n120.0,0.231,0.171,0.289,0.082,0.367,0.001,0.439,0.54,0.231\n",
        CSV,
    ),
    "POST /v1/submissions": Example(SUBMISSION),
    "GET /v1/submissions": Example({"submissions": [SUBMISSION], "before": None}),
    "GET /v1/submissions/{number}": Example(SUBMISSION),
    "GET /v1/submissions/{number}/events": Example(
        'event: stage\nid: 7\ndata: {"id": 7, "run": 31, "at": "2026-11-22T10:18:12.1Z", "kind": "stage", '
        '"text": "extracting"}\n\n',
        "text/event-stream",
    ),
    "GET /v1/submissions/{number}/log": Example([LINE]),
    **{f"POST /v1/submissions/{{number}}/{verb}": Example(SUBMISSION) for verb in ("cancel", "publish", "unpublish")},
    "POST /v1/submissions/{number}/retry": Example(SUBMISSION),
    "POST /v1/uploads": Example({**UPLOAD, "received": 0, "ready": False}),
    "GET /v1/uploads": Example({"uploads": [UPLOAD]}),
    "GET /v1/uploads/{number}": Example(UPLOAD),
    "PATCH /v1/uploads/{number}": Example(UPLOAD),
    "GET /healthz": Example({**_HEALTH, "checks": {}}),
    "GET /readyz": Example(_HEALTH),
    "GET /metrics": Example('brainrank_runs{status="queued"} 3\n', "text/plain"),
}
