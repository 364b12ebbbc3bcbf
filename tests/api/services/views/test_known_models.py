"""Models as a service shows them: those of the catalogue, and those that were scored, as far as one may see."""

from pathlib import Path

import pytest
from sqlalchemy.orm import Session
from stored_scores import CARD, store
from tiny_study import NAMES, tiny_catalogue

from brainrank.api.repositories.visibility import Viewer
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.views.known_models import known_models, model_page
from brainrank.models_zoo.catalogue import MODELS


def test_a_private_model_is_known_to_its_owner_alone(session: Session, tmp_path: Path) -> None:
    benchmark = tiny_catalogue(tmp_path).benchmarks[NAMES[0]]
    store(session, "shown", benchmark, 0.5)
    store(session, "private", benchmark, 0.5, public=False)
    found = {each.spec.name: each.scored for each in known_models(session, Viewer())}
    assert list(found) == sorted({*MODELS, "shown"})
    assert {name for name, scored in found.items() if scored} == {"shown"}
    assert "private" in [each.spec.name for each in known_models(session, Viewer(everything=True))]


def test_the_catalogues_word_goes_before_what_was_stored_with_a_run(session: Session, tmp_path: Path) -> None:
    catalogue = tiny_catalogue(tmp_path)
    for name in ("efficientnet-lite0", "mine"):
        store(session, name, catalogue.benchmarks[NAMES[0]], 0.5)
    cards = {name: model_page(session, name, catalogue, Viewer())[0].card for name in ("efficientnet-lite0", "mine")}
    assert cards == {"efficientnet-lite0": MODELS["efficientnet-lite0"].card, "mine": CARD}


def test_a_page_has_the_newest_run_of_each_benchmark(session: Session, tmp_path: Path) -> None:
    catalogue = tiny_catalogue(tmp_path)
    store(session, "mine", catalogue.benchmarks[NAMES[0]], 0.4)
    newest = [store(session, "mine", catalogue.benchmarks[name], 0.5) for name in NAMES]
    model, runs = model_page(session, "mine", catalogue, Viewer())
    assert model.scored
    assert sorted((run.run_id, public) for run, public in runs) == [(number, True) for number in newest]
    with pytest.raises(NotFoundError, match="'mime'"):
        model_page(session, "mime", catalogue, Viewer())
    assert model_page(session, "pixels", catalogue, Viewer())[1] == []
