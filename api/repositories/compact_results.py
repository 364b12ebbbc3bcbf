"""Results as they come with brainrank: what nobody asks a published score for is left out, and numbers are shorter.

What that costs: docs/decisions/published-results.md.
"""

import base64
from typing import Any

import numpy as np

from brainrank.api.repositories.archives import archive, arrays
from brainrank.api.repositories.transfer import Values

MAPS = ("spatial_about", "spatial_numbers", "spatial_deviations")


def compacted(result: Values) -> Values:
    """A result with draws as float16 and courses as float32, without courses' draws and what maps are made of."""
    return {
        **result,
        "draws": [{**each, "deviations": _text(_halved(_bytes(each["deviations"])))} for each in result["draws"]],
        "courses": [
            {**each, "numbers": _text(_as(np.float32, _bytes(each["numbers"]))), "deviations": ""}
            for each in result["courses"]
        ],
        "target_scores": [{**each, **dict.fromkeys(MAPS)} for each in result["target_scores"]],
    }


def expanded(result: Values) -> Values:
    """A compacted result as the database holds one; its courses have no draws: no bytes."""
    return {
        **result,
        "draws": [{**each, "deviations": _text(_doubled(_bytes(each["deviations"])))} for each in result["draws"]],
        "courses": [{**each, "numbers": _text(_as(np.float64, _bytes(each["numbers"])))} for each in result["courses"]],
    }


def _halved(draws: bytes) -> bytes:
    """Float32 as float16, all first bytes before all second ones: those of like size lie together, and pack better."""
    halved = np.frombuffer(draws, dtype="<f4").astype("<f2")
    return np.frombuffer(halved.tobytes(), dtype=np.uint8).reshape(-1, 2).T.tobytes()


def _doubled(draws: bytes) -> bytes:
    halved = np.frombuffer(draws, dtype=np.uint8).reshape(2, -1).T.tobytes()
    return np.frombuffer(halved, dtype="<f2").astype("<f4").tobytes()


def _as(kind: type[np.floating[Any]], archived: bytes) -> bytes:
    """An archive with its fractions of another precision; counts and truths stay."""
    found = arrays(archived)
    return archive(**{name: each.astype(kind) if each.dtype.kind == "f" else each for name, each in found.items()})


def _bytes(text: str) -> bytes:
    return base64.b64decode(text)


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
