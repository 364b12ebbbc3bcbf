"""Relations of measures and of models to each other: pages, charts, and numbers against scipy and by hand."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr
from sqlalchemy.orm import Session
from stored_scores import store
from tiny_study import IMAGES, NAMES

from brainrank.api.pages.relation_charts import relation_chart, similarity_chart
from brainrank.api.repositories import runs
from brainrank.api.services.boards.standings import LeaderboardCache
from brainrank.api.services.views.relations import Relations
from brainrank.api.services.views.similarity import REGION, Similarities
from brainrank.api.services.views.stored_rdms import layer_key
from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.metrics.error_consistency import ErrorConsistencyMetric
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.scoring.run import RunResult, Seconds
from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.errors import UnknownNameError
from brainrank.benchmark.types.measure import Measure
from brainrank.benchmark.types.model_card import ModelCard, Objective
from brainrank.benchmark.types.model_spec import ModelSpec, Preprocessing
from brainrank.benchmark.types.receipt import Receipt
from brainrank.benchmark.types.score import Interval, LayerScore, NoiseCeiling, Score
from brainrank.benchmark.types.trials import BehaviouralAssembly, Choices
from brainrank.datasets.dataset import Dataset

Api = Any  # the fixture of conftest.py, which is no module
IT, V1 = NAMES
MODELS = 6


@pytest.fixture
def scored(api: Api) -> Api:
    """Six models: m0 to m5, the higher the number the better on both benchmarks; m5 has no second score."""
    with api.service.begin() as session:
        for place in range(MODELS):
            for name, value in ((IT, 0.1 * place), (V1, 0.2 + 0.05 * place)):
                if name == IT or place < MODELS - 1:
                    store(session, f"m{place}", api.service.catalogue.benchmarks[name], value)
    return api


@pytest.fixture
def session(scored: Api) -> Any:
    with scored.service.begin() as opened:
        yield opened


def test_measures_are_scores_means_details_and_what_cards_say(scored: Api, session: Session) -> None:
    relations = Relations(session, LeaderboardCache(scored.service.begin, scored.service.catalogue))
    kinds = {key: each.kind for key, each in relations.measures.items()}
    assert kinds == {
        "parameters": "Model", "year": "Model", "mean": "Mean", "tiny": "Mean", IT: "Score", V1: "Score",
        f"{IT}:accuracy": "Beside a score", f"{V1}:accuracy": "Beside a score",
    }  # fmt: skip
    found = relations.relate(IT, V1)
    assert [each.model for each in found.models] == ["m4", "m3", "m2", "m1", "m0"]
    assert found.left_out == 1
    assert found.correlation.rho == pytest.approx(1)
    assert found.models[0].x[:3] == pytest.approx((0.4, 0.38, 0.42))
    mean = relations.relate("parameters", "mean")
    assert {each.x.value for each in mean.models} == {1.5}
    assert min(each.y.value for each in mean.models) == pytest.approx(0.1 / 0.9)
    assert mean.correlation.reason
    assert {each.x.value for each in relations.relate(f"{IT}:accuracy", "tiny").models} == {0.5}
    assert relations.relate("year", IT).models == []
    with pytest.raises(UnknownNameError, match="Unknown measure 'it.rsa'"):
        relations.relate("it.rsa", IT)


def test_the_page_says_correlation_number_and_caution(scored: Api) -> None:
    text = scored.http.get("/relations", params={"x": IT, "y": V1}).text
    assert '5 models. Spearman’s correlation is <b class="number">1.00</b>' in text
    assert "5 models are few" in text
    assert " 1 more have only one of the two." in text
    assert f'data-src="/charts/relations?x={IT}&amp;y={V1}"' in text
    chart = scored.http.get("/charts/relations", params={"x": IT, "y": V1}).json()
    assert chart["data"][0]["x"] == pytest.approx([0.4, 0.3, 0.2, 0.1, 0.0])
    assert chart["data"][0]["name"] == "classical"
    nothing = scored.http.get("/relations", params={"x": "nix", "y": V1})
    assert "Unknown measure &#39;nix&#39;" in nothing.text
    assert scored.http.get("/charts/relations", params={"x": "nix", "y": V1}).status_code == 422


def test_an_axis_of_parameters_is_logarithmic_and_absent_intervals_are_not_drawn(scored: Api, session: Session) -> None:
    relations = Relations(session, LeaderboardCache(scored.service.begin, scored.service.catalogue))
    chart = relation_chart(relations.relate("parameters", IT))
    assert chart["layout"]["xaxis"]["type"] == "log"
    assert not chart["data"][0]["error_x"]["visible"]
    assert chart["data"][0]["error_y"]["visible"]


def record(session: Session, api: Api, name: str, benchmark: Benchmark, score: Score, stimuli: str) -> int:
    """A run with a receipt, as extraction makes it."""
    receipt = Receipt(
        name, "classical:pixels", True, "", f"weights of {name}", f"network of {name}", vars(Preprocessing((8, 8))),
        ("a", "b"), "", "flatten", "float32", "cpu", stimuli, benchmark.name, benchmark.version, {}, 0, "1", {},
    )  # fmt: skip
    card = ModelCard("nobody", "none", Objective.NONE, 0.0, "none")
    spec = ModelSpec(name, "classical", "classical:pixels", card=card)
    return runs.add_succeeded(session, spec, RunResult(score, receipt, Seconds(1.0, 1.0))).run_id


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
            run = runs.find_run(session, record(session, api, name, benchmark, score, "these"))
            if name != "gone":
                own = rng.standard_normal((IMAGES, 30)) if name == "other" else features
                api.service.store.put(layer_key(run, "b"), layer_gram("b", own.astype(np.float32)))
        record(session, api, "one", catalogue.benchmarks[V1], score, "these")
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
    chart = similarity_chart(found)
    assert [each["name"] for each in chart["data"]] == ["classical", REGION]
    text = api.http.get("/relations/similarity", params={"benchmark": IT}).text
    assert "Activations of gone are not on this machine" in text
    assert "by the layer that won" in text


def test_without_data_the_page_says_why(api: Api) -> None:
    assert "Nothing is scored here yet" in api.http.get("/relations/similarity").text
    text = api.http.get("/relations/similarity", params={"benchmark": "nix"}).text
    assert "Unknown benchmark &#39;nix&#39;" in text
    assert api.http.get("/charts/similarity", params={"benchmark": "nix"}).status_code == 404


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
            record(session, api, name, benchmark, score, "those")
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
