"""Preprocessing as people write it, in a file's metadata or a returned dict: checked field by field."""

from collections.abc import Callable, Mapping
from typing import Any

from brainrank.benchmark.types.model_spec import CHANNEL_ORDERS, Preprocessing

INTERPOLATIONS = ("bicubic", "bilinear", "nearest", "lanczos", "box", "hamming")
LARGEST_SIDE = 2048
LONGEST_TOLD = 80
LARGEST_COLOUR = 1_000_000
CROP_MODES = ("center", "squash", "border")
IMAGENET: Mapping[str, Any] = {"crop_fraction": 0.875, "mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}


def written_preprocessing(size: tuple[int, int], content: object) -> Preprocessing:
    """ImageNet's usual preprocessing at that size, changed by what is written.

    Raises ValueError, naming the field, for one that is unknown or does not hold what it should.
    """
    if not isinstance(content, Mapping):
        raise ValueError(f"it is {type(content).__name__}, not an object of named fields")
    fields: dict[str, Any] = {"size": size, **IMAGENET}
    for name, value in content.items():
        if name not in FIELDS:
            raise ValueError(f"there is no field '{name}', only {', '.join(FIELDS)}")
        try:
            fields[name] = FIELDS[name](value)
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            raise ValueError(f"{name} {repr(value)[:LONGEST_TOLD]}: {error}") from error
    return Preprocessing(**fields)


def _three(value: Any) -> tuple[float, float, float]:
    given = [value] if isinstance(value, int | float) else list(value)
    red, green, blue = (float(each) for each in (given * 3 if len(given) == 1 else given))
    if not all(abs(each) <= LARGEST_COLOUR for each in (red, green, blue)):  # NaN is not, either
        raise ValueError(f"each is a number between -{LARGEST_COLOUR:,} and {LARGEST_COLOUR:,}")
    return red, green, blue


def _spread(value: Any) -> tuple[float, float, float]:
    found = _three(value)
    if min(found) < 1 / LARGEST_COLOUR:
        raise ValueError(f"each is above 0, and at least {1 / LARGEST_COLOUR:g}")
    return found


def _size(value: Any) -> tuple[int, int]:
    sides: tuple[Any, Any] = (value, value) if isinstance(value, int | float | str) else value
    height, width = sides
    if not all(_is_whole(side) and 1 <= side <= LARGEST_SIDE for side in (height, width)):
        raise ValueError(f"each side is 1 to {LARGEST_SIDE}, a whole number")
    return int(height), int(width)


def _is_whole(number: Any) -> bool:
    whole: bool = not isinstance(number, bool | str) and number == int(number)
    return whole


def _fraction(value: Any) -> float:
    if not 0 < float(value) <= 1:
        raise ValueError("it lies above 0 and up to 1")
    return float(value)


def _one_of(choices: tuple[str, ...]) -> Callable[[Any], str]:
    def choose(value: Any) -> str:
        if value not in choices:
            raise ValueError(f"choose from {', '.join(choices)}")
        return str(value)

    return choose


FIELDS: Mapping[str, Callable[[Any], object]] = {
    "size": _size,
    "interpolation": _one_of(INTERPOLATIONS),
    "crop_fraction": _fraction,
    "crop_mode": _one_of(CROP_MODES),
    "mean": _three,
    "std": _spread,
    "channel_order": _one_of(CHANNEL_ORDERS),
}
