"""What is summed up of a layer's rows on the device, and the LayerGram that comes of it."""

import math

import numpy as np
import torch
from jaxtyping import Float, Float64
from torch import Tensor

from brainrank.benchmark.statistics.centred_gram import gram_dtype
from brainrank.benchmark.types.activations import LayerGram


class RowSums:
    """Sums over the features of each stimulus, added up over blocks of them in float64.

    With Y = X - 1 r': Y 1, Y (r - reference), and the mean of X's row and the sum of squares about it, by the update of
    Chan, Golub & LeVeque (1983), which is exact for a row of equal numbers.
    """

    def __init__(self, n_stimuli: int, device: torch.device) -> None:
        self.sums, self.products, self.means, self.powers = torch.zeros(
            (4, n_stimuli), dtype=torch.float64, device=device
        )
        self.reference = torch.zeros((), dtype=torch.float64, device=device)

    def add_rows(self, first: int, left: int, block: Float[Tensor, "rows block"]) -> None:
        """Of X: the rows from stimulus `first` on, the features from `left` on."""
        rows, width = slice(first, first + len(block)), block.shape[1]
        variances, means = (each.double() for each in torch.var_mean(block, dim=1, correction=0))
        apart = means - self.means[rows]
        self.means[rows] += apart * (width / (left + width))
        self.powers[rows] += variances * width + apart**2 * (left * width / (left + width))

    def add_shifted(
        self, first: int, left: int, block: Float[Tensor, "rows block"], shift: Float64[Tensor, " block"]
    ) -> None:
        """Of Y, and of r."""
        if left == 0 and first == 0:
            self.reference = shift.mean()
        rows, apart = slice(first, first + len(block)), shift - self.reference
        products = block @ torch.stack([torch.ones_like(apart), apart], dim=1).to(block.dtype)
        self.sums[rows] += products[:, 0]
        self.products[rows] += products[:, 1]


def centred_gram(layer: str, gram: Tensor, sums: RowSums, *, shift: Float64[Tensor, " features"]) -> LayerGram:
    """The LayerGram of K = Y Y', of which the lower triangle is given, as Y = X - 1 r'.

    With d the column means of Y, m_r and m_d the means of r and d, and C what takes the mean over stimuli away:
    X0 X0' = C K C, X0 1 = C Y 1, m = m_r + m_d, and X0 (mu - m) = C (Y (r - m_r) + K 1 / n - m_d Y 1), since K 1 / n =
    Y d. A stimulus whose row is not finite has NaN for its row sum, and the numbers of others are then of no use.
    """
    n_stimuli, n_features = len(gram), len(shift)
    square = gram.double().tril_()
    square += square.tril(-1).T
    means = square.mean(dim=1)
    shift_mean, apart = shift.mean(), sums.sums.mean() / n_features
    products = sums.products - (shift_mean - sums.reference + apart) * sums.sums + means
    means -= means.mean() / 2  # halved so that both halves of the matrix come to the same bits
    square -= means[:, None] + means
    square.diagonal().clamp_(min=0)  # squared lengths, of a row at the mean of all but for rounding
    stored = square if gram_dtype(n_stimuli) is np.float64 else square.float()
    broken = ~torch.isfinite(sums.means)
    row_sums = (sums.sums - sums.sums.mean()).nan_to_num(0).masked_fill(broken, math.nan)
    powers = sums.powers.clamp(min=0)
    lengths = powers + n_features * sums.means**2
    return LayerGram(
        layer,
        stored.cpu().double().numpy(),
        row_sums.cpu().numpy(),
        (products - products.mean()).cpu().numpy(),
        powers.cpu().numpy(),
        lengths.cpu().numpy(),
        float(shift_mean + apart),
        n_features,
    )
