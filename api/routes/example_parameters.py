"""Examples of what the service's parameters may be.

A route whose `name` or `number` means something else than another's says so in full.
"""

from collections.abc import Mapping
from typing import Any

from brainrank.api.routes.examples import STUDY
from brainrank.api.routes.submission_example import BENCHMARK, MODEL

PARAMETERS: Mapping[str, Any] = {
    "name": "it",
    "number": 31,
    "GET /v1/models/{name} name": MODEL,
    "GET /v1/benchmarks/{name} name": BENCHMARK,
    "GET /v1/datasets/{name} name": STUDY,
    "GET /v1/claims/{name} name": "trained-beats-random",
    "GET /v1/published/{name} name": "gokce2024",
    "convention": "explained",
    "as_of": "2026-11-22",
    "sort": "mean",
    "reverse": False,
    "offset": 0,
    "limit": 25,
    "family": ["supervised"],
    "training_data": ["ImageNet-1k"],
    "objective": ["classification"],
    "GET /v1/models family": "supervised",
    "GET /v1/models training_data": "ImageNet-1k",
    "GET /v1/models objective": "classification",
    "text": "efficientnet",
    "format": "csv",
    "show": "score",
    "hemisphere": "left",
    "models": [MODEL, "pixels"],
    "board": "it",
    "group": "it",
    "model": [MODEL],
    "benchmark": ["it"],
    "since": "2026-11-01T00:00:00Z",
    "before": 31,
    "after": 0,
    "mine": True,
    "last-event-id": 7,
    "Idempotency-Key": "any-unique-text",
    "upload-offset": 0,
}
