"""One's own data: `brainrank.data` from arrays in memory, `brainrank.open_data` from a package's folder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from brainrank.api.python.data_view import Summary
    from brainrank.benchmark.scoring.catalogue import Catalogue


@dataclass(frozen=True, eq=False, repr=False)
class OwnData:
    """Data of one's own with the benchmarks on them, for `brainrank.score(models, data)`.

    `benchmarks` are the names of the benchmarks, `warnings` what is odd but allowed, in words.
    """

    catalogue: "Catalogue"
    benchmarks: tuple[str, ...]
    warnings: tuple[str, ...] = field(default=())

    @property
    def name(self) -> str:
        """The name of the data set."""
        return next(iter(self.catalogue.datasets))

    @cached_property
    def _summary(self) -> "Summary":
        from brainrank.api.python.data_view import summary

        return summary(self.catalogue, self.warnings)

    def __repr__(self) -> str:
        return self._summary.text

    def _repr_html_(self) -> str:
        return self._summary.html


def data(
    images: Any,
    responses: Any = None,
    *,
    axes: Sequence[str] | None = None,
    times: Any = None,
    targets: Any = None,
    rdms: Any = None,
    pooled: bool = False,
    trials: Any = None,
    triplets: Any = None,
    columns: Mapping[str, str] | None = None,
    groups: Any = None,
    mask: Any = None,
    mesh: Any = None,
    affine: Any = None,
    space: str | None = None,
    metric: str | Sequence[str] | None = None,
    parameters: Mapping[str, Any] | None = None,
    visual_degrees: float | None = None,
    name: str = "my-data",
) -> OwnData:
    """Images and what was measured on them, as benchmarks to score models on. Nothing is stored.

    `images` is a folder (images in the order of the numbers in their names), a list of files, pictures of Pillow,
    arrays, a torch Dataset, or a mapping of ids to any of these; see `brainrank.features`. At least one measure is
    needed; each may be a mapping of regions (or subjects) to it, `{"v1": A, "it": B}`:

    - `responses`: stimuli x targets or stimuli x repeats x targets, in the order of the images or with their ids (index
      of a frame, coordinate of an xarray); NaN is a repeat that was not measured. `axes` names the axes, and may be
      left out where one reading fits; with `times`, the time of each measurement in ms from stimulus onset, there is
      one of times, too. `targets` names the targets: names, or a frame with a column `target_id`.
    - `rdms`: an array of one subject (square or condensed) or several, or `{"rdms": ..., "stimulus_ids": ...}`; with
      `times` these come after subjects, (subjects, times, pairs);
      `pooled` says that one RDM is of several subjects together.
    - `trials`: a frame with a row for each trial; `columns` says which is which, `{"observer": "participant"}`, where
      headings are not known.
    - `triplets`: a frame with a row for each odd-one-out judgement: `image1`, `image2`, `image3`, `odd`, and `subject`
      if known; images by their ids.

    `mask` says where the targets of responses lie, for maps: a file (.nii.gz, .gii, .dscalar.nii), nibabel's image, or
    an array with `affine`; `space` names the space, if subjects share it. `mesh` is the surface that a mask is of, for
    searchlights over it: a file (.surf.gii), nilearn's mesh, or points in mm and triangles, `(points, faces)`.
    `groups` names what belongs together, for each image in order or by id: groups are held out and drawn whole.
    `metric` is one or several of those of the package format, whose `parameters` may be set; unless given it is
    encoding of responses, rsa of rdms (time-resolved with `times`), error-consistency of trials and odd-one-out of
    triplets.

    Raises BrainrankError with everything that is wrong, as `brainrank dataset validate` tells it.

    Example:
        >>> import brainrank as br
        >>> lab = br.data("images", responses=Y, name="lab")  # doctest: +SKIP
        >>> br.score(["gabor", net], lab)  # doctest: +SKIP

    """
    from brainrank.api.services.home.data_in_memory import catalogue_in_memory
    from brainrank.benchmark.types.reporter import Silent
    from brainrank.datasets.memory.given_dataset import Given

    given = Given(
        responses=_by_region(responses, "responses"),
        rdms=_by_region(rdms, "rdms", own=("rdms", "stimulus_ids", "subjects", "times_ms")),
        trials=_by_region(trials, "trials"),
        triplets=_by_region(triplets, "triplets", own=("image1", "image2", "image3", "odd", "subject")),
        axes=None if axes is None else _axes(axes),
        targets=targets,
        groups=groups,
        columns=columns,
        pooled=pooled,
        times_ms=None if times is None else _times(times),
        mask=mask,
        mesh=mesh,
        affine=affine,
        space=space,
        visual_degrees=visual_degrees,
    )
    metrics = (metric,) if isinstance(metric, str) else tuple(metric or ())
    found = catalogue_in_memory(
        images, given, name=name, metrics=metrics, parameters=parameters or {}, reporter=Silent()
    )
    return OwnData(found.catalogue, tuple(found.catalogue.benchmarks), tuple(map(str, found.warnings)))


def open_data(folder: str | PathLike[str]) -> OwnData:
    """The data of a package's folder, as `brainrank dataset init` writes it, as benchmarks to score models on.

    Raises BrainrankError with everything that is wrong with it, as `brainrank dataset validate` tells it.

    Example:
        >>> import brainrank as br
        >>> br.score("gabor", br.open_data("my-package"))  # doctest: +SKIP

    """
    from brainrank.api.services.submissions.packages import catalogue_of_folder
    from brainrank.benchmark.types.reporter import Silent

    catalogue, warnings = catalogue_of_folder(Path(folder), Silent())
    return OwnData(catalogue, tuple(catalogue.benchmarks), tuple(map(str, warnings)))


def _by_region(values: Any, region: str, *, own: Sequence[str] = ()) -> Mapping[str, Any]:
    """What was given by region; one thing alone is of a region named after its measure."""
    if values is None:
        return {}
    several = isinstance(values, Mapping) and not hasattr(values, "dims") and not set(values) & set(own)
    return values if several else {region: values}


def _axes(axes: Sequence[str]) -> tuple[str, ...]:
    from brainrank.datasets.readers.axes import stated_axes

    return stated_axes(axes if isinstance(axes, str) else ",".join(axes))


def _times(times: Any) -> list[float]:
    import numpy as np

    from brainrank.benchmark.types.timed_assemblies import check_times

    found = np.asarray(times, dtype=np.float64).ravel()
    check_times(found, "these data")
    return [float(each) for each in found]
