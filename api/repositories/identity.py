"""When two results are of the same thing, and whether their numbers agree."""

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

from brainrank.benchmark.scoring.code_version import code_of
from brainrank.benchmark.types.receipt import kind_of_device

# Another processor or library moves the last digits of a float32 network: up to the sixth decimal of a score.
SAME_WITHIN = 1e-5
# Which libraries, and which card of a kind: these may move a last digit, and decide nothing.
BESIDE_IDENTITY = {"libraries"}


def identity(receipt: Mapping[str, Any]) -> str:
    """The sha256 of all that decides a number: a receipt without libraries, releases, and the names of cards."""
    decides = {name: each for name, each in receipt.items() if name not in BESIDE_IDENTITY}
    decides["code_version"] = code_of(receipt["code_version"])
    for name in ("device", "scored_on"):
        decides[name] = kind_of_device(str(receipt.get(name, "")))
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()


def is_same_number(first: float | None, second: float | None) -> bool:
    """Whether two values, None where undefined, agree to the fifth decimal."""
    if first is None or second is None:
        return first is second
    return math.isclose(first, second, rel_tol=0, abs_tol=SAME_WITHIN)
