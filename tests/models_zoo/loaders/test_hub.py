"""What a machine without a hub is told, and how soon."""

import time
from collections.abc import Callable
from pathlib import Path

import huggingface_hub
import pytest

from brainrank.benchmark.types.errors import DataUnavailableError, ModelLoadError, UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.catalogue import find_model
from brainrank.models_zoo.load import resolve
from brainrank.models_zoo.loaders.hub import hub_file

COMMIT = "1234567890" * 4


def test_an_address_that_does_not_answer_is_said_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "http://127.0.0.1:1")
    started = time.monotonic()
    with pytest.raises(DataUnavailableError, match=r"http://127.0.0.1:1 does not answer") as caught:
        hub_file("timm/test_resnet.r160_in1k", ("model.safetensors",), way_out="untrained it is 'X'")
    assert time.monotonic() - started < 10
    for way_out in ("HF_ENDPOINT", "HF_HOME", "file:", "untrained it is 'X'"):
        assert way_out in str(caught.value)


def test_the_first_file_that_is_cached_is_taken(tmp_path: Path, hub: Callable[[str, str, Path], Path]) -> None:
    (tmp_path / "file").write_text("weights")
    target = hub(f"owner/repo@{COMMIT}", "second", tmp_path / "file")
    assert hub_file("owner/repo", ("first", "second"), revision=COMMIT) == target
    with pytest.raises(DataUnavailableError, match="HF_HUB_OFFLINE"):
        hub_file("owner/repo", ("third",), revision=COMMIT)


@pytest.mark.parametrize("source", ["hf:owner/repo", "hf:owner/repo@main", "hf:owner@" + COMMIT, "hf:o/r@1234abcd"])
def test_a_repository_needs_a_commit(source: str) -> None:
    with pytest.raises(UserError, match=r"40 hexadecimal digits|hf:OWNER/REPO@COMMIT"):
        find_model(source)


def test_a_repository_of_no_timm_network_says_so(tmp_path: Path, hub: Callable[[str, str, Path], Path]) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    hub(f"owner/repo@{COMMIT}", "config.json", tmp_path / "config.json")
    with pytest.raises(ModelLoadError, match="holds no timm network"):
        resolve(find_model(f"hf:owner/repo@{COMMIT}"), Locations(tmp_path), Silent())
