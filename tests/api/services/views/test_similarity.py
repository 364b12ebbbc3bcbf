"""Who is like whom: models by their RDMs beside regions, and by their errors among people."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from recorded_runs import record
from scipy.stats import spearmanr
from tiny_study import IMAGES, NAMES

from brainrank.api.repositories import runs
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.views.similarity import Similarities
from brainrank.api.services.views.stored_rdms import layer_key
from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.metrics.error_consistency import ErrorConsistencyMetric
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.score import Interval, LayerScore, NoiseCeiling, Score
from brainrank.benchmark.types.trials import BehaviouralAssembly, Choices
from brainrank.datasets.dataset import Dataset

Api = Any  # the fixture of conftest.py, which is no module
IT, V1 = NAMES


def test_models_lie_where_their_rdms_are_and_the_missing_are_named(api: Api) -> None:
    catalogue, rng = api.service.catalogue, np.random.default_rng(3)
    benchmark = catalogue.benchmarks[IT]
    score = Score(
        0.5, "rho-a", Interval(0.4, 0.6), NoiseCeiling(0.9, 0.9), layers=("b",),
        layer_curve=(LayerScore("a", 0.4, 0.25), LayerScore("b", 0.5, 0.75)),
    )  # fmt: skip
    features = rng.standard_normal((IMAGES, 30))
    with api.service.begin() as session:
        for name in ("one", "twin", "other", "gone"):
            run = runs.find_run(session, record(session, name, benchmark, score, "these"))
            if name != "gone":
                own = rng.standard_normal((IMAGES, 30)) if name == "other" else features
                api.service.store.put(layer_key(run, "b"), layer_gram("b", own.astype(np.float32)))
        record(session, "one", catalogue.benchmarks[V1], score, "these")
    found = api.service.similarities.of(benchmark)
    placed = {each.name: each for each in found.placed}
    assert set(placed) == {"tiny2026.it", "tiny2026.v1", "one", "twin", "other"}
    assert "Activations of gone are not on this machine" in found.missing["gone"]
    assert (placed["one"].nearest, placed["one"].nearest_similarity) == ("twin", pytest.approx(1))
    assert (placed["one"].x, placed["one"].y) == pytest.approx((placed["twin"].x, placed["twin"].y))
    assert placed["one"].about == "layer b"
    brain = api.service.rdms.assembly(benchmark).rdms
    pooled = np.mean([np.argsort(np.argsort(each)) for each in brain], axis=0)
    own = 1 - np.corrcoef(features.astype(np.float32))[np.triu_indices(IMAGES, 1)]
    assert placed["one"].reference == pytest.approx(spearmanr(own, pooled).statistic)


def test_a_map_of_fewer_than_three_is_none_and_says_why(api: Api) -> None:
    known = api.service.catalogue
    alone = Catalogue(known.datasets, {IT: known.benchmarks[IT]})
    with pytest.raises(NotFoundError, match=f"Fewer than 3 have a place on the map of {IT}"):
        Similarities(api.service.begin, alone, api.service.rdms).of(alone.benchmarks[IT])


def test_models_lie_among_people_by_their_errors(api: Api) -> None:
    ids = [f"{category}{number}" for category in ("car", "dog") for number in range(10)]
    truth = np.array([each[:3] for each in ids])
    rng = np.random.default_rng(4)
    wrong = {name: rng.random(len(ids)) < 0.3 for name in ("p1", "p2", "p3")}
    swapped = np.where(truth == "car", "dog", "car")
    humans = BehaviouralAssembly(
        observer=np.repeat(list(wrong), len(ids)),
        stimulus_id=np.tile(ids, 3),
        condition=np.full(3 * len(ids), "0"),
        response=np.concatenate([np.where(each, swapped, truth) for each in wrong.values()]),
        category=np.tile(truth, 3),
    )
    card = DatasetCard("tiny2027", "Tiny trials", "nobody", "CC0", "open", ())
    study = Dataset(card, {"cars": Measure.TRIALS}, lambda *_: None, lambda *_: humans)  # type: ignore[arg-type,return-value]
    benchmark = Benchmark(
        "tiny2027.cars.error-consistency", 1, "tiny2027", "cars", "b", ErrorConsistencyMetric(), "Cars"
    )
    catalogue = Catalogue({"tiny2027": study}, {benchmark.name: benchmark})
    service = replace(api.service, catalogue=catalogue)
    with service.begin() as session:
        for name, answers in (("like p1", np.where(wrong["p1"], swapped, truth)), ("silent", None)):
            choices = None if answers is None else Choices(tuple(ids), tuple(map(str, answers)))
            score = Score(0.3, "kappa", Interval(0.2, 0.4), NoiseCeiling(0.5, 0.5), choices=choices)
            record(session, name, benchmark, score, "those")
    found = Similarities(service.begin, catalogue, service.rdms).of(benchmark)
    placed = {each.name: each for each in found.placed}
    assert set(placed) == {"p1", "p2", "p3", "like p1"}
    assert found.missing == {"silent": "Its choices are not stored"}
    assert (placed["like p1"].nearest, placed["like p1"].nearest_similarity) == ("p1", pytest.approx(1))
    kappas = [_kappa(wrong["p1"], wrong[each]) for each in ("p1", "p2", "p3")]
    assert placed["like p1"].reference == pytest.approx(np.mean(kappas))


def _kappa(first: np.ndarray, second: np.ndarray) -> float:
    observed = np.mean(first == second)
    expected = first.mean() * second.mean() + (1 - first.mean()) * (1 - second.mean())
    return float((observed - expected) / (1 - expected))
