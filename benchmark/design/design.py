"""A planned study: its models and images, what it can tell, and which images to show."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from brainrank.benchmark.design.choice import FEWEST_CHOSEN, choose_images
from brainrank.benchmark.design.measured_noise import MeasuredNoise, explained, measured_noise
from brainrank.benchmark.design.natural import ImageKinds, Likeness, like_the_pool, likeness
from brainrank.benchmark.design.planned_models import MeasuredLayer, on_the_scale
from brainrank.benchmark.design.power import FEWEST_SUBJECTS, MOST_SUBJECTS, Power, power, smallest_subjects
from brainrank.benchmark.design.worlds import ImageSet, StudyWorlds
from brainrank.benchmark.metrics.rdms.comparators import Comparator
from brainrank.benchmark.recovery.rdm_noise import standard_scores
from brainrank.benchmark.types.assemblies import RdmAssembly
from brainrank.benchmark.types.condensed import pairs_of
from brainrank.benchmark.types.errors import InvalidDataError

WORLDS = 500
LEAST_WORLDS = 40
RANDOM_SETS = 10
MOST_IMAGES = 300
"""Of more images the RDMs of all subjects of all worlds take hours to rank."""
STREAM_NOISE, STREAM_EXPLAINED, STREAM_RANDOM, STREAM_WORLDS = range(4)


@dataclass(frozen=True)
class Pool:
    """The images that a study may show, with what is known of each where the choice is to be like all of them.

    `rdms` are the models' RDMs of it, by the same layers as stand for the models.
    """

    stimulus_ids: tuple[str, ...]
    rdms: Float[ndarray, "models pool pool"]
    kinds: ImageKinds | None = None


class PlannedModel(NamedTuple):
    """A model: the layer that stands for it, its score in the benchmark, and how much it then explains."""

    name: str
    layer: str
    score: float
    explained: float


@dataclass(frozen=True)
class Planned:
    """What a set of images can tell: with the planned subjects, true models as good as measured and at the noise
    ceiling; the fewest subjects for a power of 80 %, mean over truths, and of each truth."""

    as_measured: Power
    in_full: Power
    fewest: float
    fewest_of_each: tuple[float, ...]


@dataclass(frozen=True)
class Design:
    """A planned study. `images` are those it shows, in the pool's order; `random` is what as many of the pool, drawn
    without looking, can tell, where they were chosen, and `likeness` how far the choice is from the pool, where known.
    """

    models: tuple[PlannedModel, ...]
    noise: MeasuredNoise
    pool: int
    images: tuple[str, ...]
    natural: bool
    subjects: int
    worlds: int
    study: Planned
    random: Planned | None
    likeness: Likeness | None

    @property
    def gain(self) -> float:
        """How many times as many subjects random images take; NaN where images were not chosen or neither is enough."""
        if self.random is None or not math.isfinite(self.study.fewest):
            return math.nan
        return self.random.fewest / self.study.fewest


class Plan(NamedTuple):
    """What is asked: how many subjects, how many images to choose (all without), and whether alike the pool."""

    subjects: int
    choose: int | None = None
    natural: bool = False
    worlds: int = WORLDS
    seed: int = 0


def check_plan(plan: Plan, models: int) -> None:
    """Raise InvalidDataError for what no pool makes a study: before activations are computed for nothing."""
    if models < 2:
        raise InvalidDataError(f"{models} model: a study is planned to tell models apart; give two or more")
    if not FEWEST_SUBJECTS <= plan.subjects <= MOST_SUBJECTS:
        raise InvalidDataError(f"{plan.subjects} subjects; give a number from {FEWEST_SUBJECTS} to {MOST_SUBJECTS}")
    if plan.worlds < LEAST_WORLDS:
        raise InvalidDataError(f"{plan.worlds} worlds are too few for a share of them; give at least {LEAST_WORLDS}")
    if plan.natural and plan.choose is None:
        raise InvalidDataError("A natural choice of images is asked for, and no choice; say how many images to choose")


def check_pool(plan: Plan, pool: int) -> None:
    """Raise InvalidDataError for a pool that is too small, or of which too many images are to be shown."""
    if pool < FEWEST_CHOSEN:
        raise InvalidDataError(f"The pool has {pool} images; give one of at least {FEWEST_CHOSEN}")
    if plan.choose is not None and not FEWEST_CHOSEN <= plan.choose <= min(pool, MOST_IMAGES):
        raise InvalidDataError(
            f"{plan.choose} images to choose of a pool of {pool}; give a number from {FEWEST_CHOSEN} to "
            f"{min(pool, MOST_IMAGES)}"
        )
    if plan.choose is None and pool > MOST_IMAGES:
        raise InvalidDataError(
            f"The pool has {pool} images, and a study of more than {MOST_IMAGES} is not simulated; say how many to "
            "choose"
        )


def design(
    layers: Mapping[str, MeasuredLayer], assembly: RdmAssembly, pool: Pool, plan: Plan, comparator: Comparator
) -> Design:
    """Plan a study of models, by the layers that stand for them in the benchmark that noise is taken from.

    Raises InvalidDataError as `check_plan` and `check_pool`, for a comparator that is not simulated, and for models all
    of whose RDMs of the pool are the same.
    """
    check_plan(plan, len(layers))
    check_pool(plan, len(pool.stimulus_ids))
    rdms = np.stack([each.rdm for each in layers.values()])
    rng = partial(_rng, plan.seed)
    signals = standard_scores(rdms, comparator)
    noise = measured_noise(assembly.rdms, signals, comparator, rng=rng(STREAM_NOISE))
    shares = explained(noise, rdms, [each.score for each in layers.values()], rng=rng(STREAM_EXPLAINED))
    scaled = np.stack([on_the_scale(own, rdm, comparator) for own, rdm in zip(pool.rdms, rdms, strict=True)])
    images = chosen_images(scaled, pool, plan, of_images=noise.of_images(float(shares.mean()), plan.subjects))
    planned = partial(_planned, pool.rdms, scaled, noise, shares, plan)
    count, drawn = len(images), rng(STREAM_RANDOM)
    random = None
    if count < len(pool.stimulus_ids):
        random = planned([np.sort(drawn.permutation(len(pool.stimulus_ids))[:count]) for _ in range(RANDOM_SETS)])
    return Design(
        models=tuple(
            PlannedModel(name, each.layer, each.score, float(share))
            for (name, each), share in zip(layers.items(), shares, strict=True)
        ),
        noise=noise,
        pool=len(pool.stimulus_ids),
        images=tuple(pool.stimulus_ids[each] for each in images),
        natural=plan.natural,
        subjects=plan.subjects,
        worlds=plan.worlds,
        study=planned([images]),
        random=random,
        likeness=None if pool.kinds is None else likeness(pool.kinds, images),
    )


def _rng(seed: int, stream: int) -> np.random.Generator:
    return np.random.default_rng([seed, stream])


def chosen_images(
    signals: Float[ndarray, "models pool pool"], pool: Pool, plan: Plan, *, of_images: float
) -> Int[ndarray, " images"]:
    """The images that the study shows, in the pool's order: those that tell the models apart best, or all."""
    if plan.choose is None:
        return np.arange(len(pool.stimulus_ids))
    allow = like_the_pool(pool.kinds, plan.choose) if plan.natural and pool.kinds is not None else None
    return np.sort(choose_images(signals, plan.choose, of_images=of_images, allow=allow).images)


def _planned(
    rdms: Float[ndarray, "models pool pool"],
    signals: Float[ndarray, "models pool pool"],
    noise: MeasuredNoise,
    shares: Float[ndarray, " models"],
    plan: Plan,
    sets: Sequence[Int[ndarray, " images"]],
) -> Planned:
    among = [image_set(rdms, signals, each) for each in sets]

    def worlds(of: Float[ndarray, " models"]) -> list[StudyWorlds]:
        return [
            StudyWorlds(noise, among, truth, float(share), worlds=plan.worlds, seed=[plan.seed, STREAM_WORLDS])
            for truth, share in enumerate(of)
        ]

    truths = worlds(shares)
    return Planned(
        as_measured=power(truths, plan.subjects),
        in_full=power(worlds(np.ones(len(shares))), plan.subjects),
        fewest=smallest_subjects(lambda subjects: power(truths, subjects).mean),
        fewest_of_each=tuple(smallest_subjects(partial(_power_of, [each])) for each in truths),
    )


def _power_of(truth: list[StudyWorlds], subjects: int) -> float:
    return power(truth, subjects).mean


def image_set(
    rdms: Float[ndarray, "models pool pool"],
    signals: Float[ndarray, "models pool pool"],
    images: Int[ndarray, " images"],
) -> ImageSet:
    """Some images of a pool."""
    first, second = (images[each] for each in pairs_of(len(images)))
    return ImageSet(rdms[:, first, second], signals[:, first, second])
