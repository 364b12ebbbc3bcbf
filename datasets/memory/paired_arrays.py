"""Two arrays in memory on the same stimuli: brought into one order by their ids where both have some."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from brainrank.benchmark.types.condensed import pairs_among
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.memory.given_arrays import array, labelled
from brainrank.datasets.package.faults import first_few
from brainrank.datasets.package.responses import align
from brainrank.datasets.package.stimulus_table import Row
from brainrank.datasets.readers.arrays import finite
from brainrank.datasets.readers.labels import as_text
from brainrank.datasets.readers.rdms import SubjectRdms


class Features(NamedTuple):
    """Features of stimuli, whose ids are None where nothing tells them."""

    values: NDArray[np.float64]
    stimulus_ids: tuple[str, ...] | None


def features_of(values: Any, *, what: str) -> Features:
    """Features from a frame (its index says the stimuli), an xarray (its first dimension's labels), or an array.

    Raises InvalidDataError, beginning with `what`, where they are not stimuli x features, numbers, and finite.
    """
    import pandas as pd
    import xarray

    ids: tuple[str, ...] | None = None
    if isinstance(values, pd.DataFrame):
        ids = None if isinstance(values.index, pd.RangeIndex) else as_text(values.index.to_numpy(dtype=object))
        values = values.to_numpy()
    elif isinstance(values, xarray.DataArray):
        labels = values.coords.get(values.dims[0])
        ids = None if labels is None else as_text(labels.to_numpy())
        values = values.to_numpy()
    found = array(values, what)
    if found.ndim != 2:
        raise InvalidDataError(f"{what} has shape {found.shape}; its axes must be (stimuli, features)")
    if ids is not None and len(set(ids)) < len(ids):
        raise InvalidDataError(f"{what} has stimuli of the same name in its index; give each a name of its own")
    return Features(finite(found, what, "stimuli"), ids)


def responses_to(features: Features, values: Any, *, axes: Sequence[str] | None, what: str) -> NDArray[np.float64]:
    """Responses (stimuli, repeats, targets) to the stimuli of some features, in their order.

    Labels along the stimuli decide it where the features have ids; where they have none, both are in one order. Raises
    InvalidDataError, with `what`, where they do not match, or a value is missing.
    """
    n = len(features.values)
    found = labelled(values, stimuli=n, axes=axes, what=what)
    ids = features.stimulus_ids
    if ids is None:
        found = found._replace(stimuli=())
    rows = [Row(k, each, each, False, "", "", ()) for k, each in enumerate(ids or map(str, range(n)), start=1)]
    aligned = align(found, rows)
    if aligned.faults:
        raise InvalidDataError(f"{what} {'; it '.join(aligned.faults)}")
    return finite(aligned.responses.astype(np.float64, copy=False), what, "stimuli")


def rdms_of(features: Features, brain: SubjectRdms, *, what: str) -> SubjectRdms:
    """RDMs in the order of some features, where both name their stimuli. Raises InvalidDataError where names differ."""
    ids = features.stimulus_ids
    if ids is None or not brain.named:
        return brain
    place = {each: k for k, each in enumerate(brain.stimulus_ids)}
    missing = [each for each in ids if each not in place]
    if missing or len(ids) != len(place):
        odd = missing or [each for each in place if each not in set(ids)]
        raise InvalidDataError(
            f"{what} and the features are of other stimuli: {first_few(odd)} {'is' if len(odd) == 1 else 'are'} in one "
            "of them only; give the same stimuli"
        )
    order = np.array([place[each] for each in ids])
    return brain._replace(rdms=brain.rdms[:, pairs_among(order, len(ids))], stimulus_ids=ids)
