"""`br.reverse_predictivity()`: how much of responses a model predicts, and how much of it they predict."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from brainrank.api.python.feature_spaces import Layers

if TYPE_CHECKING:
    import pandas as pd


def reverse_predictivity(
    spaces: Mapping[str, Any],
    responses: Any,
    *,
    layers: Layers = None,
    axes: Sequence[str] | None = None,
    groups: Any = None,
    pooling: str | None = None,
    preprocess: Any = None,
    device: str = "auto",
    folds: int = 5,
    draws: int = 1000,
    seed: int = 0,
    progress: bool = True,
) -> "pd.DataFrame":
    """Predict responses from each feature space, and each space from the responses: held-out R2 both ways.

    `spaces`, `responses` and the options are as for `br.partition`, of one space or any number. A row for each space
    and way: `forward` (the space predicts the responses) and `reverse` (the responses predict the space), with all of
    the space and with as many of its principal `components` as there are targets (0 for all); `r2` is the share of the
    variance of all targets together, with `low` and `high` over stimuli. `dimensions` of the space are its
    participation ratio, `response_dimensions` that of the responses.

    Responses that are noisy predict less: compare `reverse` among spaces, not with `forward`.

    Raises BrainrankError for spaces and responses that do not fit, and whatever a model that cannot be run raises.

    Example:
        >>> import brainrank as br
        >>> br.reverse_predictivity({"clip": "controlled-clip"}, lab)[["way", "r2", "low", "high"]]  # doctest: +SKIP

    """
    import pandas as pd

    from brainrank.api.python.analyse import check_least
    from brainrank.api.python.progress import Bars, quiet
    from brainrank.api.python.spaces_and_responses import spaces_and_responses
    from brainrank.api.services.analysis.reverse_predictivity import analyse_both_ways

    check_least("encoding", folds=folds, draws=draws, seed=seed)
    extracting = {"pooling": pooling, "preprocess": preprocess, "device": device}
    with quiet(), Bars(progress=progress) as bars:
        found, assembly = spaces_and_responses(
            spaces, responses, layers=layers, axes=axes, groups=groups, extracting=extracting, reporter=bars
        )
        both = analyse_both_ways(found, assembly, folds=folds, draws=draws, seed=seed)
    rows = [
        (each.space, way, few, value, interval.low, interval.high, each.dimensions, each.of_responses)
        for each in both
        for way, few, (value, interval) in each.rows
    ]
    columns = ["space", "way", "components", "r2", "low", "high", "dimensions", "response_dimensions"]
    return pd.DataFrame(rows, columns=columns)
