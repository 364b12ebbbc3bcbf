"""Axes in and out: what is drawn goes into the axes given, or into a new figure that a notebook shows."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def axes_or_new(ax: "Axes | None", *, height: float | None = None) -> "Axes":
    """The axes given, else those of a new figure, `height` inches high. UserError for what are no axes."""
    from matplotlib.axes import Axes

    if ax is None:
        from matplotlib import pyplot as plt

        return plt.subplots(figsize=None if height is None else (6.4, height), layout="constrained")[1]
    if not isinstance(ax, Axes):
        from brainrank.benchmark.types.errors import UserError

        raise UserError(f"ax is a {type(ax).__name__}; give matplotlib axes, as plt.subplots() makes them, or none")
    return ax
