"""Who names a model is told which there are."""

from pathlib import Path

import pytest
from sqlalchemy.orm import Session
from stored_scores import store
from tiny_study import NAMES, tiny_catalogue

from brainrank.api.repositories import runs
from brainrank.api.repositories.visibility import Viewer
from brainrank.api.services.boards.scored_models import require_run, require_scored
from brainrank.benchmark.types.errors import ModelLoadError, UnknownNameError
from brainrank.models_zoo.catalogue import find_model


def test_a_failed_run_is_a_run_and_no_score(session: Session) -> None:
    runs.add_failed(
        session,
        find_model("pixels"),
        benchmark=NAMES[0],
        benchmark_version=1,
        code_version="1",
        error=ModelLoadError("weights.pth does not fit"),
    )
    require_run(session, ["pixels"])
    with pytest.raises(UnknownNameError, match=r"'pixels'.*brainrank score makes scores"):
        require_scored(session, ["pixels"], Viewer(everything=True))
    with pytest.raises(UnknownNameError, match="did you mean pixels"):
        require_run(session, ["pixel"])


def test_a_private_score_is_there_for_its_owner_alone(session: Session, tmp_path: Path) -> None:
    store(session, "mine", tiny_catalogue(tmp_path).benchmarks[NAMES[0]], 0.5, public=False)
    require_scored(session, ["mine"], Viewer(everything=True))
    with pytest.raises(UnknownNameError):
        require_scored(session, ["mine"], Viewer())
