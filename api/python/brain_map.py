"""`br.brain_map`: scores of voxels or vertices back in the brain."""

from collections.abc import Iterable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from brainrank.api.number_text import number_text
from brainrank.api.python.score_result import Score

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from brainrank.api.services.analysis.run_maps import DescribedMap

Show = Literal["score", "ceiling", "share", "layer", "q"]


@dataclass(frozen=True, eq=False, repr=False)
class BrainMap:
    """A value at each voxel or vertex: a score, a noise ceiling, the score's share of it, the preferred layer, or q.

    Example:
        >>> r = br.score("gabor", lab)[0]  # doctest: +SKIP
        >>> r.map().save("r.nii.gz")  # doctest: +SKIP
        >>> r.map(minus=other, q=0.05).plot()  # doctest: +SKIP

    """

    _of: "DescribedMap"

    @property
    def unit(self) -> str:
        """The unit of its values."""
        return self._of.unit

    @property
    def space(self) -> str:
        """The space that it lies in, in words."""
        return str(self._of.found.space)

    @property
    def image(self) -> Any:
        """The map as nibabel's image: NIfTI of a volume, CIFTI of grayordinates, two GIFTI by hemisphere of a surface.

        NaN where nothing is shown.
        """
        from brainrank.datasets.brain_images import images_of

        found = self._of.found
        images = images_of(found.space, found.everywhere, str(found.quantity))
        return images if len(images) > 1 else next(iter(images.values()))

    def save(self, path: str | PathLike[str]) -> tuple[Path, ...]:
        """Write it as .nii.gz, .func.gii (a file for each hemisphere) or .dscalar.nii, as its space is.

        Returns the files. Raises BrainrankError for another ending.
        """
        from brainrank.datasets.brain_images import write_values

        found = self._of.found
        return write_values(found.space, found.everywhere, Path(path), str(found.quantity))

    def frame(self) -> "pd.DataFrame":
        """A row for each position: its coordinates, the value (NaN where it is not shown), and the q of its score."""
        import pandas as pd

        from brainrank.api.services.boards.map_rows import map_columns, map_rows

        found = self._of.found
        return pd.DataFrame(map_rows(found), columns=list(map_columns(found))).astype({str(found.quantity): float})

    def plot(self) -> "Figure":
        """Draw slices of a volume, or both sides of each hemisphere of fsaverage; returns the figure.

        Raises BrainrankError for grayordinates and other surfaces, which are not drawn.
        """
        from matplotlib import pyplot

        from brainrank.api.plots.brain_map import map_figure

        # Made before it is drawn into: within the sizes of a journal, pyplot would forget that a notebook shows it.
        return map_figure(self._of, pyplot.figure())

    def __repr__(self) -> str:
        found = self._of.found
        told = found.values[found.told]
        middle = number_text(float(sorted(told.tolist())[len(told) // 2])) if len(told) else "nothing"
        return f"<BrainMap {found.quantity} of {self._of.title}: median {middle} {self.unit}, {len(told):,} positions>"


def brain_map(
    scores: Score | Iterable[Score],
    show: Show = "score",
    *,
    minus: Score | Iterable[Score] | None = None,
    q: float | None = None,
    group: bool = False,
) -> BrainMap:
    """Map scores of one model back into the brain, or how they differ from another's on the same benchmarks.

    Scores on several regions of one brain make one map. `show` is score, ceiling, share (of the ceiling), layer (the
    one that predicts best) or q. With `q` only what is told at that false discovery rate over the map is shown;
    differences are tested two-sided, scores against 0. With `group` the scores are those of subjects in a space they
    share, and the map is their mean.

    Raises BrainrankError where nobody knows where the targets lie, and for spaces that differ.

    Example:
        >>> import brainrank as br
        >>> scores = br.score("gabor", lab)  # doctest: +SKIP
        >>> br.brain_map(scores, q=0.05).save("gabor.nii.gz")  # doctest: +SKIP

    """
    from typing import get_args

    from brainrank.api.services.analysis.run_maps import map_of_runs
    from brainrank.benchmark.types.brain_map import Quantity
    from brainrank.benchmark.types.errors import UnknownNameError

    if show not in get_args(Show):
        raise UnknownNameError("kind of map", str(show), get_args(Show))
    runs, others = ([each._run for each in _listed(given)] for given in (scores, minus))
    return BrainMap(map_of_runs(runs, Quantity(show), minus=others, group=group, q=q))


def _listed(given: Score | Iterable[Score] | None) -> list[Score]:
    return [] if given is None else [given] if isinstance(given, Score) else list(given)
