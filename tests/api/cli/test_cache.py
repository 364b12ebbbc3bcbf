"""`brainrank cache`, and the options of `brainrank score` that say how activations are had."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from brainrank.api.cli.main import app
from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.activations.store import ActivationStore

IT = "kriegeskorte2008.human-it.rsa"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BRAINRANK_HOME", str(tmp_path))
    for name in ("STORE_URL", "STORE_LIMIT", "MEMORY", "DATABASE_URL"):
        monkeypatch.delenv(f"BRAINRANK_{name}", raising=False)
    return tmp_path


def test_info_and_clear(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert json.loads(run("cache", "info", "--json").stdout) == {
        "address": str(home / "activations"),
        "entries": 0,
        "size_bytes": 0,
        "limit_bytes": None,
    }
    ActivationStore(home / "activations").put("aa", layer_gram("conv", np.eye(3)))
    monkeypatch.setenv("BRAINRANK_STORE_LIMIT", "3GiB")
    assert "holds 1 layers" in run("cache", "info").stdout
    assert "limit 3.0 GiB" in run("cache", "info").stdout
    assert json.loads(run("cache", "clear", "--json").stdout)["entries"] == 1
    assert json.loads(run("cache", "info", "--json").stdout)["entries"] == 0


def test_an_address_without_a_client_is_the_users_to_mend(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRAINRANK_STORE_URL", "nosuch://here")
    found = run("cache", "info")
    assert found.exit_code == 2
    assert "Cannot use the activations store 'nosuch://here'" in found.stderr.replace("\n", " ")


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--memory", "lots", "'lots' is no size"),
        ("--memory", "10KiB", "it takes --memory"),
        ("--precision", "fp8", "Unknown precision 'fp8'"),
    ],
)
def test_options_that_cannot_be_met_are_the_users_to_mend(
    home: Path, mirror: Path, option: str, value: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRAINRANK_MIRROR", str(mirror))
    found = run("score", "pixels", "--benchmark", IT, option, value)
    assert (found.exit_code, found.stdout) == (2, "")
    assert message in found.stderr.replace("\n", " ")


def test_another_precision_is_another_score_with_its_receipt(
    home: Path, mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRAINRANK_MIRROR", str(mirror))
    arguments = ("score", "timm:test_resnet@random", "--benchmark", IT, "--json")
    (exact,) = json.loads(run(*arguments).stdout)
    (rounded,) = json.loads(run(*arguments, "--precision", "bf16", "--memory", "100MiB").stdout)
    assert (exact["receipt"]["precision"], rounded["receipt"]["precision"]) == ("float32", "bf16")
    assert not rounded["reused"]
    assert exact["value"] != rounded["value"]
    assert exact["value"] == pytest.approx(rounded["value"], abs=0.02)
