"""Who is like whom: models and brains by their RDMs, models and people by their errors, arranged in a plane."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from brainrank.api.repositories import runs, scores
from brainrank.api.repositories.details import stimuli_digests
from brainrank.api.repositories.scores import StoredScore
from brainrank.api.repositories.visibility import EVERYBODY
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.session import OpenSession
from brainrank.api.services.views.run_behaviour import scored_trials
from brainrank.api.services.views.stored_rdms import StoredRdms
from brainrank.benchmark.metrics.behaviour.correctness import correctness_by_condition
from brainrank.benchmark.metrics.behaviour.error_consistency import error_consistency
from brainrank.benchmark.metrics.behaviour.model_trials import model_trials
from brainrank.benchmark.metrics.behaviour.ratios import mean_of_defined
from brainrank.benchmark.metrics.rdms.comparators import Comparator, compare
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.statistics.mds import arrangement
from brainrank.benchmark.types.condensed import condensed_rdm, square_rdm, stimuli_of_pairs
from brainrank.benchmark.types.errors import BrainrankError
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.metric import AnswerDrawing
from brainrank.benchmark.types.trials import BehaviouralAssembly

REGION, JUDGEMENTS, PERSON = "region of a brain", "judgements of people", "person"
BEHAVIOUR = "behaviour"
FEWEST = 3
# RDMs of more stimuli are compared on so many of them, evenly taken: 45,000 pairs.
MOST_STIMULI = 300
KEPT, KEPT_FOR_S = 8, 300


@dataclass(frozen=True)
class Placed:
    """A model (its `kind` is its family), a region or a person in the plane, and whom it is most like.

    `reference` is its similarity to what the benchmark measures: its region, or the mean over people.
    """

    name: str
    kind: str
    about: str
    x: float
    y: float
    reference: float
    nearest: str
    nearest_similarity: float


@dataclass(frozen=True)
class SimilarityMap:
    """All that could be placed, most like the reference first; who could not, and why.

    `share` is how much of the variance of all distances the plane shows; `stimuli` how many images were used.
    """

    benchmark: Benchmark
    placed: Sequence[Placed]
    missing: Mapping[str, str]
    share: float
    stimuli: int


@dataclass(frozen=True, eq=False)
class _Alike:
    """Things with their kinds and what is told of them, how alike they are, and to the reference."""

    names: Sequence[str]
    kinds: Sequence[str]
    about: Sequence[str]
    similarity: NDArray[np.float64]
    reference: NDArray[np.float64]
    missing: Mapping[str, str]
    stimuli: int


class Similarities:
    """Maps of what is stored in a database and on this machine; each is kept for some minutes."""

    def __init__(self, begin: OpenSession, catalogue: Catalogue, rdms: StoredRdms) -> None:
        self._begin, self._catalogue, self._rdms = begin, catalogue, rdms
        self._kept = lru_cache(KEPT)(self._compute)

    @property
    def benchmarks(self) -> Sequence[Benchmark]:
        """The benchmarks that have a map: those with RDMs, responses or errors, each region once."""
        return [each for each in self._catalogue.benchmarks.values() if each.counted and _has_map(each)]

    def of(self, benchmark: Benchmark) -> SimilarityMap:
        """The map of a benchmark. Raises NotFoundError where its data are not here, or fewer than three have a place.

        It is computed again when there are new runs, and now and then, for what was not on this machine may be now.
        """
        with self._begin() as session:
            found = scores.latest_succeeded(session, {benchmark.name: benchmark.version}, viewer=EVERYBODY)
        return self._kept(benchmark.name, tuple(each.run_id for each in found), int(time.time() // KEPT_FOR_S))

    def _compute(self, name: str, _runs: tuple[int, ...], _period: int) -> SimilarityMap:
        benchmark = self._catalogue.benchmark(name)
        with self._begin() as session:
            found = scores.latest_succeeded(session, {name: benchmark.version}, viewer=EVERYBODY)
            if isinstance(benchmark.metric.drawing, AnswerDrawing):
                alike = self._by_errors(session, benchmark, found)
            else:
                alike = self._by_rdms(session, benchmark, found)
        return _arrange(benchmark, alike)

    def _by_rdms(self, session: Session, benchmark: Benchmark, found: Sequence[StoredScore]) -> _Alike:
        measured = self._on_the_same_images(session, benchmark)
        regions = {each.name: self._rdms.of_brain(each) for each in measured}
        kinds = {each.name: JUDGEMENTS if each.group == BEHAVIOUR else REGION for each in measured}
        rdms, about, missing = dict(regions), dict(kinds), {}
        version = {benchmark.name: benchmark.version}
        for each in found:
            try:
                ((run, _),) = runs.of_model(session, each.model, version, viewer=EVERYBODY)
                layer, rdm = self._rdms.of_model(run)
            except NotFoundError as error:
                missing[each.model] = str(error)
                continue
            if np.isnan(rdm).any():
                missing[each.model] = f"The RDM of its layer {layer} is undefined"
                continue
            rdms[each.model], about[each.model], kinds[each.model] = rdm, f"layer {layer}", each.family
        n = stimuli_of_pairs(rdms[benchmark.name].size)
        used = np.unique(np.linspace(0, n - 1, min(n, MOST_STIMULI)).astype(int))
        pairs = np.stack([_among(each, used) for each in rdms.values()])
        similarity = compare(pairs, pairs, Comparator.SPEARMAN)
        names = [_region_name(name, regions) for name in rdms]
        return _Alike(names, list(kinds.values()), list(about.values()), similarity, similarity[0], missing, len(used))

    def _on_the_same_images(self, session: Session, benchmark: Benchmark) -> Sequence[Benchmark]:
        """The benchmark, and one for each other region that was measured on its images and whose data are here."""
        candidates = [each for each in self.benchmarks if each.metric.name == benchmark.metric.name]
        digests = stimuli_digests(session, [each.name for each in candidates])
        same = [each for each in candidates if digests.get(each.name) == digests.get(benchmark.name, "none")]
        by_region = {(each.dataset, each.region): each for each in [benchmark, *same]}
        by_region[benchmark.dataset, benchmark.region] = benchmark
        return [benchmark, *(each for each in by_region.values() if each != benchmark and self._is_here(each))]

    def _is_here(self, benchmark: Benchmark) -> bool:
        try:
            self._rdms.assembly(benchmark)
        except BrainrankError:
            return False
        return True

    def _by_errors(self, session: Session, benchmark: Benchmark, found: Sequence[StoredScore]) -> _Alike:
        humans = scored_trials(benchmark, self._rdms)
        chosen = runs.choices(session, [each.run_id for each in found])
        models = {each.model: each for each in found if each.run_id in chosen}
        missing = {each.model: "Its choices are not stored" for each in found if each.run_id not in chosen}
        trials = [humans]
        for name, each in models.items():
            answered = model_trials(chosen[each.run_id], humans)
            trials.append(replace(answered, observer=np.full(len(answered), name), reaction_time_s=None))
        kappa = _kappa(trials, [*humans.observers, *models])
        n_people = len(humans.observers)
        people = kappa.copy()
        np.fill_diagonal(people, np.nan)
        return _Alike(
            [*humans.observers, *models],
            [PERSON] * n_people + [each.family for each in models.values()],
            [PERSON] * n_people + ["its choices"] * len(models),
            kappa,
            mean_of_defined(people[:, :n_people].T),
            missing,
            len(humans.stimulus_ids),
        )


def _has_map(benchmark: Benchmark) -> bool:
    return benchmark.metric.drawing is not None or Measure.RESPONSES in benchmark.metric.measures


def _region_name(name: str, regions: Mapping[str, object]) -> str:
    return name.rpartition(".")[0] if name in regions else name


def _among(rdm: NDArray[np.float64], stimuli: NDArray[np.int64]) -> NDArray[np.float64]:
    return condensed_rdm(square_rdm(rdm)[np.ix_(stimuli, stimuli)])


def _kappa(trials: Sequence[BehaviouralAssembly], observers: Sequence[str]) -> NDArray[np.float64]:
    """Kappa of all pairs of observers, mean over the conditions where it is defined."""
    together = BehaviouralAssembly(
        observer=np.concatenate([each.observer for each in trials]),
        stimulus_id=np.concatenate([each.stimulus_id for each in trials]),
        condition=np.concatenate([each.condition for each in trials]),
        response=np.concatenate([each.response for each in trials]),
        category=np.concatenate([each.category for each in trials]),
    )
    kappas = [
        error_consistency(table.correct, table.shown).kappa for table in correctness_by_condition(together).values()
    ]
    order = [together.observers.index(each) for each in observers]
    mean = mean_of_defined(np.stack([each.ravel() for each in kappas])).reshape(kappas[0].shape)
    return np.asarray(mean[np.ix_(order, order)])


def _arrange(benchmark: Benchmark, alike: _Alike) -> SimilarityMap:
    """Squared distances are 2 (1 - similarity): of ranks that are standardised, exactly those of the points."""
    similarity = alike.similarity.copy()
    np.fill_diagonal(similarity, 1.0)
    kept = np.flatnonzero(np.isfinite(similarity).all(axis=1)).tolist()
    missing = dict(alike.missing)
    missing |= {
        name: "It is undefined how alike it is to another"
        for place, name in enumerate(alike.names)
        if place not in kept
    }
    if len(kept) < FEWEST:
        told = "; ".join(dict.fromkeys(missing.values()))
        raise NotFoundError(f"Fewer than {FEWEST} have a place on the map of {benchmark.name}. {told}")
    similarity = similarity[np.ix_(kept, kept)]
    points, share = arrangement(np.clip(2 * (1 - similarity), 0, None))
    others = np.where(np.eye(len(kept), dtype=bool), -np.inf, similarity)
    nearest = others.argmax(axis=1).tolist()
    placed = [
        Placed(
            name=alike.names[each],
            kind=alike.kinds[each],
            about=alike.about[each],
            x=float(points[place, 0]),
            y=float(points[place, 1]),
            reference=float(alike.reference[each]),
            nearest=alike.names[kept[nearest[place]]],
            nearest_similarity=float(others[place, nearest[place]]),
        )
        for place, each in enumerate(kept)
    ]
    placed.sort(key=lambda each: (each.kind not in (REGION, JUDGEMENTS, PERSON), -each.reference))
    return SimilarityMap(benchmark, placed, missing, share, alike.stimuli)
