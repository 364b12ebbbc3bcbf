"""Steps: which layers are one area of a network at successive times, told by their names alone.

A recurrent network gives `AREA.step1`, `AREA.step2`, ...; a module that runs several times in a forward pass gives
`AREA#1`, `AREA#2`, ... (`outputs.py`). What stands behind a colon, keys and pooling, belongs to the area.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

NAME = re.compile(r"(?P<area>[^:]+?)(?:\.step|#)(?P<number>[1-9]\d*)(?P<rest>:.*)?")


class Step(NamedTuple):
    """The area that a layer is of, and which of its steps, counted from 1."""

    area: str
    number: int


class AreaStep(NamedTuple):
    """A step of an area, and the place of its layer among all layers."""

    number: int
    place: int


def step_of(layer: str) -> Step | None:
    """The area and step of a layer by its name; None for a layer that is of no step."""
    found = NAME.fullmatch(layer)
    return None if found is None else Step(f"{found['area']}{found['rest'] or ''}", int(found["number"]))


def layers_of_steps(steps: Mapping[str, int]) -> tuple[str, ...]:
    """The layers `AREA.step1` to `AREA.stepN` of areas that run so many times."""
    return tuple(f"{area}.step{number}" for area, count in steps.items() for number in range(1, count + 1))


def areas_of(layers: Sequence[str]) -> dict[str, tuple[AreaStep, ...]]:
    """The steps of each area that has more than one among the layers, in order; areas as they first come."""
    found: dict[str, list[AreaStep]] = {}
    for place, layer in enumerate(layers):
        step = step_of(layer)
        if step is not None:
            found.setdefault(step.area, []).append(AreaStep(step.number, place))
    return {area: tuple(sorted(steps)) for area, steps in found.items() if len(steps) > 1}


def by_area(layers: Sequence[str]) -> tuple[int, ...]:
    """The places of layers with those of an area together, in the order of its steps, where its first layer stands."""
    areas = areas_of(layers)
    area_at = {step.place: area for area, steps in areas.items() for step in steps}
    blocks = dict.fromkeys(area_at.get(place, place) for place in range(len(layers)))
    return tuple(
        place
        for block in blocks
        for place in ([step.place for step in areas[block]] if isinstance(block, str) else [block])
    )


def area_starts(layers: Sequence[str]) -> list[int]:
    """The places in an order of layers at which a new area begins, if any of them has steps."""
    areas = [each if (step := step_of(each)) is None else step.area for each in layers]
    if len(set(areas)) == len(areas):
        return []
    return [row for row in range(1, len(areas)) if areas[row] != areas[row - 1]]
