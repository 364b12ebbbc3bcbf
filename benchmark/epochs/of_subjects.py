"""Decoding RDMs of several subjects, who saw the same stimuli and were measured at the same times."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from brainrank.benchmark.epochs.decoding_rdm import decoding_rdm
from brainrank.benchmark.epochs.preparation import prepared
from brainrank.benchmark.epochs.settings import DecodingSettings, NoiseNormalisation
from brainrank.benchmark.types.epochs import Epochs
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.reporter import Reporter


class OfSubject(NamedTuple):
    """One subject's RDM at each time, its stimuli in order, and of how many channels and trials of a stimulus it is.

    `named` says whether the epochs named their stimuli. `kinds` are those of the channels.
    """

    subject: str
    rdm: Float[ndarray, "times pairs"]
    stimulus_ids: tuple[str, ...]
    times_ms: tuple[float, ...]
    named: bool
    kinds: tuple[str, ...]
    channels: int
    fewest_trials: int
    most_trials: int


def decoding_rdms(
    epochs: Iterable[Epochs], settings: DecodingSettings, *, subjects: int, reporter: Reporter
) -> list[OfSubject]:
    """Make the RDMs of so many subjects one after another; chance is the same for each, whoever else there is.

    Raises InvalidDataError, naming the subject, where stimuli or times differ from those of the first, channels of
    several kinds are not whitened, and as `prepared` and `decoding_rdm`.
    """
    found: list[OfSubject] = []
    for number, each in enumerate(epochs, start=1):
        _check_units(each, settings)
        try:
            found.append(_of_subject(each, settings))
        except InvalidDataError as error:
            raise InvalidDataError(f"epochs of {each.subject}: {error}") from error
        _check_same(found[0], found[-1])
        reporter.progress("decoding RDMs of subjects", number, subjects)
    return found


def arrays_of(found: Iterable[OfSubject]) -> dict[str, Any]:
    """The RDMs of subjects as an archive of RDMs holds them."""
    several = list(found)
    first = several[0]
    arrays: dict[str, Any] = {
        "rdms": np.stack([each.rdm for each in several]),
        "subjects": np.array([each.subject for each in several]),
        "times_ms": np.array(first.times_ms),
    }
    return arrays | ({"stimulus_ids": np.array(first.stimulus_ids)} if first.named else {})


def stimulus_ids_of(epochs: Epochs) -> tuple[str, ...]:
    """The stimuli of epochs, each once: names in their order, numbers of images in that of the images."""
    distinct = set(epochs.stimuli)
    return tuple(sorted(distinct) if epochs.named else sorted(distinct, key=int))


def _of_subject(epochs: Epochs, settings: DecodingSettings) -> OfSubject:
    ids = stimulus_ids_of(epochs)
    place = {each: number for number, each in enumerate(ids)}
    stimulus_of = np.array([place[each] for each in epochs.stimuli])
    trials, times_ms, baseline = prepared(epochs.trials, epochs.times_ms, settings)
    rng = np.random.default_rng(settings.seed)
    rdm = decoding_rdm(trials, stimulus_of, settings, baseline=baseline, rng=rng)
    counts = np.bincount(stimulus_of)
    return OfSubject(
        epochs.subject,
        rdm.astype(np.float32),
        ids,
        tuple(map(float, times_ms)),
        epochs.named,
        epochs.kinds,
        len(epochs.channels),
        int(counts.min()),
        int(counts.max()),
    )


def _check_units(epochs: Epochs, settings: DecodingSettings) -> None:
    if len(epochs.kinds) > 1 and settings.noise is NoiseNormalisation.NONE:
        raise InvalidDataError(
            f"epochs of {epochs.subject} have channels of several units ({', '.join(epochs.kinds)}), which only noise "
            "normalisation makes alike; ask for it, or keep channels of one kind"
        )


def _check_same(first: OfSubject, other: OfSubject) -> None:
    if other.stimulus_ids != first.stimulus_ids:
        lacking = sorted(set(first.stimulus_ids) - set(other.stimulus_ids))
        further = sorted(set(other.stimulus_ids) - set(first.stimulus_ids))
        told = "; ".join(
            f"{what} {', '.join(ids[:5])} ({len(ids)} in all)"
            for what, ids in (("without", lacking), ("with", further))
            if ids
        )
        raise InvalidDataError(
            f"epochs of {other.subject} are of other stimuli than those of {first.subject}: {told}; keep those that "
            "all subjects saw"
        )
    if other.times_ms != first.times_ms:
        raise InvalidDataError(
            f"epochs of {other.subject} have {len(other.times_ms)} times, {other.times_ms[0]:g} to "
            f"{other.times_ms[-1]:g} ms, those of {first.subject} {len(first.times_ms)}, {first.times_ms[0]:g} to "
            f"{first.times_ms[-1]:g} ms; give all at the same times"
        )
