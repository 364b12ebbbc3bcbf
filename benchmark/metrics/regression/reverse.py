"""The reverse direction: a model's features predicted from responses."""

from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.regression.ridge import HeldOut, Selection, ridge


def reverse_ridge(
    features: Float[ndarray, "stimuli features"],
    responses: Float[ndarray, "stimuli targets"],
    *,
    fold_of: Int[ndarray, " stimuli"],
    penalties: Float[ndarray, " penalties"] | None = None,
    selection: Selection | None = None,
    features_per_block: int = 4096,
) -> HeldOut:
    """Predict every feature of held-out stimuli from the responses: `ridge` with the two exchanged.

    A model whose features hold much that the responses do not (its untrained directions, say) scores low here whatever
    its forward score. The columns of the result are features. Raises what `ridge` raises.
    """
    return ridge(
        responses,
        features,
        fold_of=fold_of,
        penalties=penalties,
        selection=selection,
        targets_per_block=features_per_block,
    )
