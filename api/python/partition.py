"""`br.partition()`: what feature spaces predict of measured responses, each by itself and together."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from brainrank.api.python.feature_spaces import Layers

if TYPE_CHECKING:
    from brainrank.api.python.partition_result import PartitionResult


def partition(
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
) -> "PartitionResult":
    """Partition the variance of responses that two or three feature spaces predict: unique to each, and shared.

    `spaces` are named: each is an array of stimuli x features (or a frame, whose index names the stimuli), what
    `br.features` returned, a model by name, what `br.load` returned, or a `torch.nn.Module`. `responses` are data that
    `br.data` or `br.open_data` made, of one region, a benchmark's name, or an array as for `br.encode` (with `axes`
    and `groups` as there), to which no model has images.

    Held-out responses are predicted by banded ridge: penalty and weight of each space are chosen for each target inside
    the training stimuli. Of a space with several layers the one is taken, for each fold, that predicts the other folds
    best, as encoding benchmarks do; `layers` are names or globs, for all spaces or by space (`{"clip": "blocks.3"}`).
    `pooling`, `preprocess` (of networks) and `device` are as for `br.score`.

    Raises BrainrankError for spaces and responses that do not fit, and whatever a model that cannot be run raises.

    Example:
        >>> import brainrank as br
        >>> p = br.partition({"clip": "controlled-clip", "images": "controlled-simclr"}, lab)  # doctest: +SKIP
        >>> p.unique["clip"].value, p.unique["clip"].interval.low  # doctest: +SKIP
        >>> p.frame()  # doctest: +SKIP

    """
    from brainrank.api.python.analyse import check_least
    from brainrank.api.python.partition_result import PartitionResult
    from brainrank.api.python.progress import Bars, quiet
    from brainrank.api.python.spaces_and_responses import spaces_and_responses
    from brainrank.api.services.analysis.partition import analyse_partition, check_spaces

    if isinstance(spaces, Mapping):
        check_spaces(tuple(spaces))
    check_least("encoding", folds=folds, draws=draws, seed=seed)
    extracting = {"pooling": pooling, "preprocess": preprocess, "device": device}
    with quiet(), Bars(progress=progress) as bars:
        given = spaces_and_responses(
            spaces, responses, layers=layers, axes=axes, groups=groups, extracting=extracting, reporter=bars
        )
        return PartitionResult(_found=analyse_partition(*given, folds=folds, draws=draws, seed=seed))
