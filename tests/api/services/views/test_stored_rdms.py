"""RDMs of what is stored here: a model's from the store by its receipt, a region's from its study, nothing made up."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from recorded_runs import record
from scipy.spatial.distance import pdist
from scipy.stats import rankdata
from sqlalchemy.orm import Session
from tiny_encoding import NAME, wide_catalogue
from tiny_study import IMAGES, NAMES, tiny_catalogue

from brainrank.api.repositories import runs
from brainrank.api.repositories.runs import StoredRun
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.views.stored_rdms import StoredRdms, layer_key, winning_layer
from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.activations.store import ActivationStore
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.score import Interval, LayerScore, NoiseCeiling, Score

CURVE = (LayerScore("a", 0.4, 0.25), LayerScore("b", 0.5, 0.75))
SCORE = Score(0.5, "rho-a", Interval(0.4, 0.6), NoiseCeiling(0.9, 0.9), layers=("b",), layer_curve=CURVE)

Recorded = Callable[..., StoredRun]


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return tiny_catalogue(tmp_path)


@pytest.fixture
def rdms(catalogue: Catalogue, tmp_path: Path) -> StoredRdms:
    return StoredRdms(catalogue, Locations(home=tmp_path / "home"), ActivationStore(tmp_path / "store"))


@pytest.fixture
def run(session: Session, catalogue: Catalogue) -> StoredRun:
    number = record(session, "one", catalogue.benchmark(NAMES[0]), SCORE, "these")
    return runs.find_run(session, number)


def test_the_rdm_of_a_model_is_that_of_the_layer_that_won(rdms: StoredRdms, run: StoredRun, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="Activations of one are not on this machine"):
        rdms.of_model(run)
    features = np.random.default_rng(0).standard_normal((IMAGES, 30)).astype(np.float32)
    ActivationStore(tmp_path / "store").put(layer_key(run, "b"), layer_gram("b", features))
    found = rdms.of_model(run)
    assert found.layer == winning_layer(run) == "b"
    np.testing.assert_allclose(found.pairs, pdist(features, "correlation"), atol=1e-6)


def test_keys_are_of_what_the_receipt_says(run: StoredRun) -> None:
    assert layer_key(run, "a") != layer_key(run, "b") != layer_key(run, "b:mean")
    other = replace(run, receipt={**run.receipt, "network_digest": "another"})
    assert layer_key(other, "b") != layer_key(run, "b")
    old = replace(run, receipt={name: each for name, each in run.receipt.items() if name != "network_digest"})
    with pytest.raises(NotFoundError, match="before their network was part of their key"):
        layer_key(old, "b")
    with pytest.raises(NotFoundError, match="has no layers"):
        winning_layer(replace(run, score=replace(run.score, layer_curve=())))


def test_the_rdm_of_a_region_is_what_its_subjects_have_in_common(rdms: StoredRdms, catalogue: Catalogue) -> None:
    benchmark = catalogue.benchmark(NAMES[0])
    subjects = rdms.assembly(benchmark).rdms
    pooled = np.mean([rankdata(each) for each in subjects], axis=0)
    assert np.corrcoef(rdms.of_brain(benchmark), pooled)[0, 1] == pytest.approx(1)


def test_of_responses_it_is_one_less_their_correlation(tmp_path: Path) -> None:
    wide = wide_catalogue(tmp_path)
    found = StoredRdms(wide, Locations(home=tmp_path / "home"), ActivationStore(tmp_path / "store"))
    benchmark = wide.benchmark(NAME)
    responses = found.assembly(benchmark).responses.mean(axis=1)
    np.testing.assert_allclose(found.of_brain(benchmark), pdist(responses, "correlation"), atol=1e-5)


def test_what_is_not_on_this_machine_is_not_fetched(tmp_path: Path, catalogue: Catalogue) -> None:
    from brainrank.datasets.dataset import Dataset

    class Elsewhere(Dataset):
        def is_here(self, _region: str, _locations: Locations) -> bool:
            return False

    study = Elsewhere(**vars(catalogue.datasets["tiny2026"]))
    away = Catalogue({"tiny2026": study}, catalogue.benchmarks)
    found = StoredRdms(away, Locations(home=tmp_path / "home"), ActivationStore(tmp_path / "store"))
    with pytest.raises(NotFoundError, match="The files of tiny2026, it, are not on this machine"):
        found.of_brain(away.benchmark(NAMES[0]))
