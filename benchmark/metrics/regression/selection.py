"""How each target's penalty is selected inside a training set: by which rule, and what comes out."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.metrics.regression import penalty
from brainrank.benchmark.metrics.regression.penalty import Centred
from brainrank.benchmark.metrics.regression.spectrum import Spectrum
from brainrank.benchmark.statistics.arrays import Array, beside, column_products, namespace
from brainrank.benchmark.types.errors import InvalidDataError


class Selection(NamedTuple):
    """How penalties are chosen: a name of penalty.SELECTIONS, with what `cv` needs besides.

    `inner` gives, for every outer fold, the inner fold of each stimulus; None takes the other outer folds, which keeps
    groups whole and needs no further random numbers. `criterion` is `mse` or `r`.

    Leave-one-out is the default: against `cv` it lost at most .0007 median r on macaque V4 (Cowley et al. 2023, pixels
    and three layers of a network, 640 and 1,200 images) and nothing on human V1 (Miyawaki et al. 2008). `gcv` lost up
    to .0037 and `likelihood` .0029 of the median, for a fraction of the time with many targets.
    """

    name: str = "loo"
    criterion: str = "mse"
    inner: Int[ndarray, "folds stimuli"] | None = None


def check_selection(
    n_stimuli: int,
    responses: Float[Array, "stimuli targets"],
    fold_of: Int[ndarray, " stimuli"],
    penalties: Float[ndarray, " penalties"] | None,
    selection: Selection | None,
) -> Selection:
    """Give the selection to use, or raise InvalidDataError for what `ridge` says it raises."""
    selection = selection or Selection()
    if not n_stimuli == len(responses) == len(fold_of):
        raise InvalidDataError(
            f"{n_stimuli} rows of features, {len(responses)} of responses and {len(fold_of)} fold numbers; they "
            "must be the same stimuli in the same order"
        )
    if penalties is not None and (not len(penalties) or not np.all(penalties > 0)):
        raise InvalidDataError(f"Penalties {penalties.tolist()} must be one or more positive numbers")
    if selection.name not in penalty.SELECTIONS:
        raise InvalidDataError(f"Unknown selection '{selection.name}'; choose from {', '.join(penalty.SELECTIONS)}")
    if selection.criterion not in penalty.CRITERIA:
        raise InvalidDataError(f"Unknown criterion '{selection.criterion}'; choose from {', '.join(penalty.CRITERIA)}")
    return selection


class ChosenPenalties(NamedTuple):
    """Each target's penalty and its score; `residuals` of training stimuli left out one by one, if chosen by them."""

    penalties: Float[ndarray, " targets"]
    scores: Float[ndarray, " targets"]
    residuals: Float[Array, "train targets"] | None


class PenaltyChoice:
    """How each target's penalty is chosen inside the training set of outer fold `fold`, by the selection asked for."""

    def __init__(
        self,
        spectrum: Spectrum,
        penalties: Float[ndarray, " penalties"],
        selection: Selection,
        fold: int,
        fold_of: Int[ndarray, " stimuli"],
    ) -> None:
        self._penalties, self._selection = penalties, selection
        # Of all penalties, once for all blocks of targets, and by the bases as they were found.
        self._unseen = spectrum.unseen(penalties) if selection.name == "loo" else None
        self._inner = (fold_of if selection.inner is None else selection.inner[fold])[fold_of != fold]

    def of(
        self,
        spectrum: Spectrum,
        projections: Float[Array, "components targets"],
        targets: Float[Array, "train targets"],
        outside: Float[Array, "train targets"] | None,
    ) -> ChosenPenalties:
        """Choose for these targets. `outside` is their part outside the basis (`outside_of`)."""
        scores, residuals = self._scores(spectrum, projections, targets, outside)
        rows = penalty.best_penalty(scores)
        return ChosenPenalties(self._penalties[rows], np.take_along_axis(scores, rows[None], axis=0)[0], residuals)

    def _scores(
        self,
        spectrum: Spectrum,
        projections: Float[Array, "components targets"],
        targets: Float[Array, "train targets"],
        outside: Float[Array, "train targets"] | None,
    ) -> tuple[Float[ndarray, "penalties targets"], Float[Array, "train targets"] | None]:
        power = beside(np.zeros(targets.shape[1]), targets)
        if not spectrum.complete:
            whole = column_products(targets, targets, float64=True)
            inside = column_products(projections, projections, float64=True)
            power = namespace(targets).clip(whole - inside, min=0)
        block, name, penalties = Centred(projections, power, len(targets)), self._selection.name, self._penalties
        if name == "likelihood":
            return penalty.likelihood_scores(block, spectrum.eigenvalues, penalties=penalties), None
        if name == "gcv":
            return penalty.gcv_scores(block, spectrum.eigenvalues, penalties=penalties), None
        basis = spectrum.train_basis
        if self._unseen is not None:
            return penalty.leave_one_out(
                block, spectrum.eigenvalues, penalties=penalties, basis=basis, outside=outside, unseen=self._unseen
            )
        scores = penalty.leave_fold_out_scores(
            block,
            spectrum.eigenvalues,
            penalties=penalties,
            basis=basis,
            outside=outside,
            fold_of=self._inner,
            targets=targets if self._selection.criterion == "r" else None,
        )
        return scores, None
