"""LayerGram: what every linear analysis of a layer's activations needs of them."""

from dataclasses import dataclass

from jaxtyping import Float64
from numpy import ndarray


@dataclass(frozen=True)
class LayerGram:
    """The Gram matrix K = X X' of a layer's features X (stimuli x features), and the row sums of X.

    RDMs, CKA, kernel ridge and PLS follow from these exactly; nothing is lost by a projection. Both are float64: an RDM
    takes differences of K's entries, which in float32 would lose the small distances between similar stimuli.
    """

    layer: str
    gram: Float64[ndarray, "stimuli stimuli"]
    row_sums: Float64[ndarray, " stimuli"]
    n_features: int
