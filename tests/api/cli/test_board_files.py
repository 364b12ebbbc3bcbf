"""A leaderboard as a file and as a figure, from scores the command line made."""

import csv
import json
from pathlib import Path

import pyarrow.parquet
import pytest
from typer.testing import CliRunner, Result

from brainrank.api.cli.main import app

IT, EVC = "kriegeskorte2008.human-it.rsa", "cichy2014.evc.rsa"


def brainrank(*arguments: object) -> Result:
    result = CliRunner().invoke(app, [str(each) for each in arguments])
    assert result.exit_code in {0, 2}, result.stderr
    return result


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, mirror: Path) -> Path:
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("BRAINRANK_HOME", str(folder))
        environment.setenv("BRAINRANK_MIRROR", str(mirror))
        assert (
            brainrank("score", "pixels", "timm:test_resnet@random", "--benchmark", IT, "--benchmark", EVC).exit_code
            == 0
        )
    return folder


@pytest.fixture(autouse=True)
def environment(home: Path, mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRAINRANK_HOME", str(home))
    monkeypatch.setenv("BRAINRANK_MIRROR", str(mirror))


def test_csv_has_a_line_for_each_score_with_raw_and_shown_values(tmp_path: Path) -> None:
    brainrank("leaderboard", "--convention", "brainscore-2026", "--export", tmp_path / "board.csv")
    with (tmp_path / "board.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {(row["model"], row["benchmark"]) for row in rows} == {
        (model, benchmark) for model in ("pixels", "timm:test_resnet@random") for benchmark in (IT, EVC)
    }
    for row in rows:
        assert float(row["value"]) == pytest.approx(float(row["raw"]) / float(row["ceiling_lower"]))


def test_json_and_parquet_say_the_same_as_csv(tmp_path: Path) -> None:
    for ending in ("csv", "json", "parquet"):
        brainrank("leaderboard", "--export", tmp_path / f"board.{ending}")
    objects = json.loads((tmp_path / "board.json").read_text())
    assert pyarrow.parquet.read_table(tmp_path / "board.parquet").to_pylist() == objects
    with (tmp_path / "board.csv").open() as file:
        written = list(csv.DictReader(file))
    assert [{key: "" if value is None else str(value) for key, value in each.items()} for each in objects] == written


def test_markdown_has_a_table_for_all_and_one_for_each_group(tmp_path: Path) -> None:
    brainrank("leaderboard", "--export", tmp_path / "board.md")
    text = (tmp_path / "board.md").read_text()
    assert "### it" in text
    assert "### early-visual" in text
    assert text.count("| pixels |") == 3
    assert "*noise ceiling, raw* | .371 to .664" in text
    assert "Convention: explained." in text
    assert f"{IT} (version " in text
    assert "2 of 2" in text


def test_an_export_holds_what_is_seen(tmp_path: Path) -> None:
    brainrank("leaderboard", "--export", tmp_path / "board.csv")
    seen = json.loads(brainrank("leaderboard", "--json").stdout)
    lines = {row["model"]: row for row in seen["rows"]}
    versions = {each["name"]: str(each["version"]) for each in seen["benchmarks"]}
    with (tmp_path / "board.csv").open() as file:
        for row in csv.DictReader(file):
            line = lines[row["model"]]
            cell = line["scores"][row["benchmark"]]
            shown = {"rank": line["rank"], "last_rank": line["last_rank"], "coverage": 2, "counted": 2}
            shown |= {"run": cell["run"], "convention": "explained", "benchmark_version": versions[row["benchmark"]]}
            assert {key: row[key] for key in shown} == {key: str(each) for key, each in shown.items()}
            numbers = {"low": line["interval"]["low"], "high": line["interval"]["high"], "value": cell["value"]}
            numbers |= {"value_low": cell["interval"]["low"], "raw_high": cell["raw_interval"]["high"]}
            assert {key: float(row[key]) for key in numbers} == pytest.approx(numbers)


def test_a_group_is_ranked_alone_and_json_tells_groups() -> None:
    board = json.loads(brainrank("leaderboard", "it", "--json").stdout)
    assert {each["group"] for each in board["benchmarks"]} == {"it"}
    assert all(list(row["groups"]) == ["it"] and row["coverage"] == 1 for row in board["rows"])


def test_json_says_of_every_benchmark_whether_it_counts_and_why_not() -> None:
    board = json.loads(brainrank("leaderboard", "--json").stdout)
    told = {each["name"]: (each["counted"], each["not_counted"]) for each in board["benchmarks"]}
    assert {name for name, (counted, _) in told.items() if counted} == {IT, EVC}
    assert {why for counted, why in told.values() if counted} == {""}
    assert {why for counted, why in told.values() if not counted} == {"no model is scored on it"}


def test_a_figure_is_drawn_of_what_is_scored(tmp_path: Path) -> None:
    brainrank("leaderboard", "--plot", tmp_path / "board.svg")
    assert "timm:test_resnet@random" in (tmp_path / "board.svg").read_text()


def test_mistakes_are_named_before_anything_is_done(tmp_path: Path) -> None:
    ending = brainrank("leaderboard", "--export", tmp_path / "board.xlsx")
    assert (ending.exit_code, "Unknown ending" in ending.stderr) == (2, True)
    convention = brainrank("leaderboard", "--convention", "brainscore")
    assert (convention.exit_code, "Unknown convention 'brainscore'" in convention.stderr) == (2, True)
    name = brainrank("leaderboard", "behavior")
    assert (name.exit_code, "did you mean behaviour" in name.stderr) == (2, True)


def test_a_run_is_shown_and_its_targets_are_only_those_of_encoding(tmp_path: Path) -> None:
    run = json.loads(brainrank("score", "pixels", "--benchmark", IT, "--json").stdout)[0]["run"]
    shown = brainrank("runs", "show", run)
    assert "noise ceiling" in shown.stdout
    assert "100%" in shown.stdout
    refused = brainrank("runs", "show", run, "--targets", tmp_path / "targets.csv")
    assert (refused.exit_code, "only encoding has them" in refused.stderr.replace("\n", " ")) == (2, True)
    assert brainrank("runs", "show", 999).exit_code == 2
    benchmark = json.loads(brainrank("benchmarks", "show", IT, "--json").stdout)
    assert benchmark["ceiling"]["lower"] == pytest.approx(0.371, abs=5e-4)
