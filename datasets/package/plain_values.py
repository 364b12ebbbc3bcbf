"""Values of a description as any program can hold and pass them on: not nested without end, and in bounds."""

import math
from collections.abc import Iterator

from brainrank.benchmark.types.text import refused_character

DEEPEST, LONGEST_TEXT, LARGEST = 10, 10_000, 2**63


def odd_values(content: object) -> Iterator[str]:
    """What of the values read from TOML is not plain, at any depth: each where it is and why."""
    ahead: list[tuple[str, object, int]] = [("", content, 0)]
    while ahead:
        place, value, depth = ahead.pop()
        if depth > DEEPEST:
            yield f"{place[:80]}: nested deeper than {DEEPEST} tables; what is read is not"
            continue
        if isinstance(value, dict):
            for key, inner in value.items():
                yield from _odd(f"a key of {place[:80] or 'the file'}", key)
                ahead.append((f"{place}.{key}".lstrip(".")[:200], inner, depth + 1))
        elif isinstance(value, list):
            ahead.extend((place, inner, depth + 1) for inner in value)
        else:
            yield from _odd(place, value)


def _odd(place: str, value: object) -> Iterator[str]:
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            yield f"{place}: {len(value):,} characters; give at most {LONGEST_TEXT:,}"
            return
        refused = refused_character(value, breaks=True)
        if refused is not None:
            yield f"{place}: {value[:40]!r} holds the control character {refused}; give text that can be seen"
    elif isinstance(value, int) and not -LARGEST <= value < LARGEST:
        yield f"{place}: a whole number beyond 64 bits; give a smaller one"
    elif isinstance(value, float) and not math.isfinite(value):
        yield f"{place}: {value} is no finite number; give one"
