"""br.models, br.benchmarks and br.datasets say what the command line's lists say."""

import json
import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

import brainrank as br
from brainrank.api.cli.main import app


def listed(*words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    return found


def same(frame: pd.DataFrame, rows: list[dict[str, Any]]) -> None:
    made = frame.to_dict("records")
    assert len(made) == len(rows) > 0
    for got, wanted in zip(made, rows, strict=True):
        assert list(got) == list(wanted)
        for key, value in wanted.items():
            missing = value is None and (got[key] is None or math.isnan(got[key]))
            assert missing or got[key] == value, key


def test_models(home: Path) -> None:
    same(br.models(), listed("models", "list"))
    same(br.models(family="classical"), listed("models", "list", "--family", "classical"))
    with pytest.raises(br.BrainrankError, match="Unknown family 'clasical': did you mean classical"):
        br.models(family="clasical")


def test_benchmarks(home: Path) -> None:
    everything = listed("benchmarks", "list", "--all")
    same(br.benchmarks(), everything)
    same(br.benchmarks("v4"), [row for row in everything if row["group"] == "v4"])
    same(br.benchmarks("cichy2014.it.rsa"), [row for row in everything if row["name"] == "cichy2014.it.rsa"])
    with pytest.raises(br.BrainrankError, match="Unknown benchmark or group 'v44'"):
        br.benchmarks("v44")


def test_datasets(home: Path) -> None:
    same(br.datasets(), listed("dataset", "list"))


def test_importing_the_folder_of_that_name_does_not_hide_the_function(home: Path) -> None:
    import brainrank.datasets.cichy2014 as study

    assert br.datasets.cichy2014 is study  # type: ignore[attr-defined]
    assert "cichy2014" in set(br.datasets()["name"])


def test_a_benchmark_of_any_metric_that_fits_has_a_row(home: Path) -> None:
    name = "kriegeskorte2008.human-it.debiased-cka"
    assert list(br.benchmarks(name)["name"]) == [name]
