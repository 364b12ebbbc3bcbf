"""Decoding RDMs over time: how well the trials of one subject tell every two stimuli apart at each time.

A stimulus's trials are put at random into a few pseudo-trials, their means; each is left out once, for what the others
say of it, and trials are put into them anew some times. All pairs at many times are one product of matrices.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.epochs.noise_covariance import noise_covariance, whitening
from brainrank.benchmark.epochs.pseudo_trials import check_trials, fold_of_trials, means_of_folds
from brainrank.benchmark.epochs.settings import Decoding, DecodingSettings, NoiseNormalisation
from brainrank.benchmark.types.condensed import pairs_of
from brainrank.benchmark.types.errors import InvalidDataError

MOST_NUMBERS = 2**21
"""Of squares of stimuli by stimuli that are made at once, one for each time: they stay in the processor's memory."""

MOST_DISTANCES = 2**29
"""Of one subject, at all times: 4 GiB while they are made."""


class _Division(NamedTuple):
    """A division of trials into pseudo-trials: the weights of trials in each mean, and the whitening for each fold."""

    means: "scipy.sparse.csr_array"
    whitenings: list[Float[ndarray, "channels channels"] | None]


def decoding_rdm(
    trials: Float[ndarray, "trials channels times"],
    stimulus_of: Int[ndarray, " trials"],
    settings: DecodingSettings,
    *,
    baseline: Int[ndarray, " some"],
    rng: np.random.Generator,
) -> Float[ndarray, "times pairs"]:
    """Return the dissimilarity of each pair of stimuli at each time, the mean over pseudo-trials left out.

    x_i is the pseudo-trial of stimulus i that is left out, m_i the mean of its others, both whitened by the covariance
    of channels over the trials of those others, at all times or those of the `baseline` (`noise`).

    - lda: the share of x_i and x_j that are nearer to their own m than to the other's, which is the linear discriminant
      with that covariance; half a share where both are as near. It is .5 on average where two stimuli do not differ.
    - correlation: (r(x_i, m_i) + r(x_j, m_j) - r(x_i, m_j) - r(x_j, m_i)) / 2 with Pearson's r over channels: 1 - r
      without noise, and 0 on average where two stimuli do not differ (Haxby et al. 2001).
    - crossnobis: (x_i - x_j)'(m_i - m_j) / channels; 0 on average where two stimuli do not differ.

    `stimulus_of` numbers the stimulus of each trial from 0. Raises InvalidDataError where a stimulus has too few
    trials, a correlation is not defined, or there are more dissimilarities than memory would hold.
    Reference: Guggenmos, Sterzer & Cichy (2018).
    """
    check_trials(stimulus_of, settings.pseudo_trials, whitened=settings.noise is not NoiseNormalisation.NONE)
    stimuli, folds = int(stimulus_of.max()) + 1, settings.pseudo_trials
    _check_size(stimuli, trials.shape[2])
    divisions = [_division(trials, stimulus_of, settings, baseline, rng) for _ in range(settings.permutations)]
    pairs, compare = pairs_of(stimuli), _COMPARED[settings.decoding]
    found = np.empty((trials.shape[2], len(pairs[0])))
    for times in _blocks(trials.shape[2], stimuli):
        rows = np.ascontiguousarray(np.moveaxis(trials[..., times], 2, 1), dtype=np.float64)
        total = np.zeros((rows.shape[1], stimuli, stimuli))
        for division in divisions:
            means = (division.means @ rows.reshape(len(rows), -1)).reshape(folds, stimuli, *rows.shape[1:])
            for x, m in _left_out(means.transpose(0, 2, 1, 3), division.whitenings):
                total += compare(x, m)
        found[times] = (total[:, pairs[0], pairs[1]] + total[:, pairs[1], pairs[0]]) / (
            2 * folds * settings.permutations
        )
    if not np.isfinite(found).all():
        raise InvalidDataError(
            "at some times a pattern is the same in all channels and has no correlation; choose lda or crossnobis"
        )
    return found


def _check_size(stimuli: int, times: int) -> None:
    distances = stimuli * (stimuli - 1) // 2 * times
    if distances > MOST_DISTANCES:
        raise InvalidDataError(
            f"{stimuli} stimuli at {times} times have {distances:,} dissimilarities, and at most {MOST_DISTANCES:,} "
            "are made; keep fewer times (decimate), or fewer stimuli"
        )


def _division(
    trials: Float[ndarray, "trials channels times"],
    stimulus_of: Int[ndarray, " trials"],
    settings: DecodingSettings,
    baseline: Int[ndarray, " some"],
    rng: np.random.Generator,
) -> _Division:
    fold_of = fold_of_trials(stimulus_of, settings.pseudo_trials, rng=rng)
    means = means_of_folds(stimulus_of, fold_of, settings.pseudo_trials)
    if settings.noise is NoiseNormalisation.NONE:
        return _Division(means, [None] * settings.pseudo_trials)
    noise = trials[..., baseline] if settings.noise is NoiseNormalisation.BASELINE else trials
    others = [fold_of != fold for fold in range(settings.pseudo_trials)]
    return _Division(means, [whitening(noise_covariance(noise[each], stimulus_of[each])) for each in others])


def _blocks(times: int, stimuli: int) -> Iterator[slice]:
    step = max(1, MOST_NUMBERS // stimuli**2)
    return (slice(start, start + step) for start in range(0, times, step))


def _left_out(
    means: Float[ndarray, "folds times stimuli channels"],
    whitenings: Sequence[Float[ndarray, "channels channels"] | None],
) -> Iterator[tuple[Float[ndarray, "times stimuli channels"], Float[ndarray, "times stimuli channels"]]]:
    """Each pseudo-trial and the mean of the others, whitened."""
    total = means.sum(axis=0)
    for x, root in zip(means, whitenings, strict=True):
        m = (total - x) / (len(means) - 1)
        yield (x, m) if root is None else (x @ root, m @ root)


def _product(
    x: Float[ndarray, "times stimuli channels"], m: Float[ndarray, "times stimuli channels"]
) -> Float[ndarray, "times stimuli stimuli"]:
    return np.asarray(x @ m.transpose(0, 2, 1))


def _nearer(
    x: Float[ndarray, "times stimuli channels"], m: Float[ndarray, "times stimuli channels"]
) -> Float[ndarray, "times stimuli stimuli"]:
    """1 where x_i is nearer to m_i than to m_j, half where it is as near to both: x'm - |m|^2 / 2 is larger."""
    near = _product(x, m) - np.square(m).sum(axis=2)[:, None] / 2
    own = _own(near)
    return np.asarray((own > near) + (own == near) / 2)


def _correlations(
    x: Float[ndarray, "times stimuli channels"], m: Float[ndarray, "times stimuli channels"]
) -> Float[ndarray, "times stimuli stimuli"]:
    r = _product(_unit(x), _unit(m))
    return np.asarray(_own(r) - r)


def _unit(patterns: Float[ndarray, "times stimuli channels"]) -> Float[ndarray, "times stimuli channels"]:
    apart = patterns - patterns.mean(axis=2, keepdims=True)
    lengths = np.linalg.norm(apart, axis=2, keepdims=True)
    return np.asarray(np.divide(apart, lengths, out=np.full_like(apart, np.nan), where=lengths > 0))


def _distances(
    x: Float[ndarray, "times stimuli channels"], m: Float[ndarray, "times stimuli channels"]
) -> Float[ndarray, "times stimuli stimuli"]:
    """Twice the half of (x_i - x_j)'(m_i - m_j) / channels that is of x_i: the other is of x_j."""
    products = _product(x, m) * (2 / x.shape[2])
    return np.asarray(_own(products) - products)


def _own(products: Float[ndarray, "times stimuli stimuli"]) -> Float[ndarray, "times stimuli 1"]:
    return np.diagonal(products, axis1=1, axis2=2)[:, :, None]


_COMPARED: dict[Decoding, Callable[..., Float[ndarray, "times stimuli stimuli"]]] = {
    Decoding.LDA: _nearer,
    Decoding.CORRELATION: _correlations,
    Decoding.CROSSNOBIS: _distances,
}
