"""The variance of a statistic from where it comes, with Satterthwaite's (1946) degrees of freedom.

For one statistic (`uncertainty.spread`) and for all pairs of a board at once (benchmark/ranking) alike.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float
from numpy import ndarray


class Spreads(NamedTuple):
    """Variances and their degrees of freedom; NaN where they are not known."""

    variance: Float[ndarray, "*any"]
    freedom: Float[ndarray, "*any"]


class VarianceParts:
    """Variances that come from each set of stimuli and of subjects, added up for statistics of any shape.

    Different sets are independent. With s_h, f_h the variance and freedom of the h-th set of stimuli, a_g and f_g those
    of the g-th set of subjects and e_g their interaction with the stimuli, the total is V = sum s + sum a - sum e, and
    its degrees of freedom V^2 / (sum a_g^2 / f_g + (V - sum a)^2 sum (s_h / sum s)^2 / f_h).
    """

    def __init__(self, *shape: int) -> None:
        self._stimuli, self._stimuli_doubt = np.zeros(shape), np.zeros(shape)
        self._subjects, self._subjects_doubt = np.zeros(shape), np.zeros(shape)
        self._bare, self._interaction = np.zeros(shape), np.zeros(shape)

    def add_stimuli(self, variance: Float[ndarray, "*any"], freedom: int) -> None:
        """Add what a set of stimuli makes vary."""
        self._stimuli += variance
        self._stimuli_doubt += variance**2 / max(freedom, 1)

    def add_subjects(self, variance: Float[ndarray, "*any"], interaction: Float[ndarray, "*any"], freedom: int) -> None:
        """Add what a set of subjects makes vary, and what stimuli and subjects make vary together."""
        self._subjects += variance
        self._subjects_doubt += variance**2 / max(freedom, 1)
        self._bare += variance * freedom / (freedom + 1)
        self._interaction += interaction

    def forget(self, unknown: Bool[ndarray, "*any"]) -> None:
        """Make the spreads of some statistics unknown."""
        self._stimuli[unknown] = np.nan

    @property
    def total(self) -> Spreads:
        """The variances and their degrees of freedom."""
        both = self._stimuli + self._subjects
        # No less than the stimuli's part, or than the subjects' without the factor that makes up for few of them.
        total = np.maximum(both - self._interaction, np.maximum(self._stimuli, self._bare))
        rest = total - self._subjects
        some = self._stimuli > 0
        shares = np.where(some, self._stimuli_doubt / np.where(some, self._stimuli, 1.0) ** 2, 0.0)
        doubt = self._subjects_doubt + shares * rest**2
        varies = doubt > 0
        freedom = np.where(varies, total**2 / np.where(varies, doubt, 1.0), np.inf)
        return Spreads(total, np.where(np.isnan(total), np.nan, freedom))
