"""Which points of a chart have their names beside them: as many as fit without one over another, outliers first."""

import math
from collections.abc import Collection, Sequence
from typing import NamedTuple

# Of a chart on a page as it mostly is; where it is narrower, fewer would have fitted.
WIDTH_PX, HEIGHT_PX = 900, 420
LETTER_PX, LINE_PX, POINT_PX = 6.2, 14, 7
MOST = 24


class _Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "_Box") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


def text_positions(
    names: Sequence[str], x: Sequence[float], y: Sequence[float], *, always: Collection[int] = ()
) -> Sequence[str]:
    """For each point the side its name stands on, as Plotly calls it; empty for one whose name is shown on hovering.

    Those at the places `always` are named first, then those farthest from the middle; one that has no free side is not.
    """
    across, down = _places(x, WIDTH_PX), [HEIGHT_PX - each for each in _places(y, HEIGHT_PX)]
    points = [_Box(a - POINT_PX, d - POINT_PX, a + POINT_PX, d + POINT_PX) for a, d in zip(across, down, strict=True)]
    middle = (sum(across) / max(1, len(across)), sum(down) / max(1, len(down)))
    order = sorted(
        range(len(names)),
        key=lambda each: (each not in always, -math.hypot(across[each] - middle[0], down[each] - middle[1])),
    )
    found, taken = [""] * len(names), list[_Box]()
    for each in order:
        if len(taken) >= MOST:
            break
        others = [box for place, box in enumerate(points) if place != each] + taken
        for side, box in _sides(across[each], down[each], LETTER_PX * len(names[each])).items():
            inside = box.left >= 0 and box.right <= WIDTH_PX and box.top >= 0 and box.bottom <= HEIGHT_PX
            if inside and not any(box.meets(other) for other in others):
                found[each] = side
                taken.append(box)
                break
    return found


def _places(values: Sequence[float], length: float) -> list[float]:
    """Where values stand on an axis, in pixels, with a margin as Plotly leaves one."""
    if not values:
        return []
    low, span = min(values), (max(values) - min(values)) or 1.0
    return [length * (0.06 + 0.88 * (each - low) / span) for each in values]


def _sides(x: float, y: float, width: float) -> dict[str, _Box]:
    half, gap = LINE_PX / 2, POINT_PX + 2
    return {
        "middle right": _Box(x + gap, y - half, x + gap + width, y + half),
        "middle left": _Box(x - gap - width, y - half, x - gap, y + half),
        "top center": _Box(x - width / 2, y - gap - LINE_PX, x + width / 2, y - gap),
        "bottom center": _Box(x - width / 2, y + gap, x + width / 2, y + gap + LINE_PX),
    }
