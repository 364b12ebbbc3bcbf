"""How figures for print look: sizes in millimetres, small type, and what is told apart without colour."""

from collections.abc import Iterator
from contextlib import contextmanager

from matplotlib import rc_context
from matplotlib.axes import Axes

MM = 1 / 25.4
SINGLE_COLUMN_MM, DOUBLE_COLUMN_MM = 88.0, 180.0
INK, BAND, QUIET = "#1f4e79", "#e3ddd0", "#6b7280"


@contextmanager
def journal() -> Iterator[None]:
    """Within it, what is drawn has a journal's sizes."""
    with rc_context(
        {
            "font.size": 7,
            "axes.titlesize": 7,
            "axes.labelsize": 6.5,
            "xtick.labelsize": 6,
            "ytick.labelsize": 6.5,
            "legend.fontsize": 6.5,
            "axes.linewidth": 0.6,
            "xtick.major.width": 0.6,
            "xtick.major.size": 2.5,
            "ytick.major.width": 0.6,
            "ytick.major.size": 2.5,
        }
    ):
        yield


def bare(panel: Axes) -> None:
    """Only the axis that is read."""
    panel.spines[["top", "right", "left"]].set_visible(False)
    panel.tick_params(axis="y", length=0)
