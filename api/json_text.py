"""JSON without NaN: an undefined number is null there."""

import json
import math
from typing import Any

from pydantic import BaseModel


def without_nan(content: Any) -> Any:
    """The content as plain values, of which JSON knows all: models are dicts, tuples lists, NaN and infinity null."""
    if isinstance(content, BaseModel):
        return without_nan(content.model_dump())
    if isinstance(content, dict):
        return {key: without_nan(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [without_nan(each) for each in content]
    return number_or_null(content) if isinstance(content, float) else content


def number_or_null(value: float) -> float | None:
    """The number, and null for one that is undefined, or infinite."""
    return value if math.isfinite(value) else None


def compact_json(content: Any) -> str:
    """The content as JSON without spaces."""
    return json.dumps(without_nan(content), separators=(",", ":"), allow_nan=False)
