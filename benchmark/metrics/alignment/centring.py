"""Gram matrices centred after the products were taken.

Those of a LayerGram are of features centred before they were multiplied. Others will do; but where features have means
much larger than their spread, a matrix of uncentred products has lost the digits that centring it now would need.
"""

import numpy as np
from jaxtyping import Float
from numpy import ndarray


def centred_gram(gram: Float[ndarray, "stimuli stimuli"]) -> Float[ndarray, "stimuli stimuli"]:
    """Return H K H in float64, the Gram matrix of features less their mean over stimuli."""
    gram = gram.astype(np.float64)
    rows = gram.mean(axis=1, keepdims=True)
    return np.asarray(gram - rows - rows.T + rows.mean())
