"""`brainrank compare` and `brainrank runs list` on stored scores of the tiny study."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from stored_scores import store
from tiny_study import NAMES, tiny_catalogue
from typer.testing import Result

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.number_text import chance_text
from brainrank.api.repositories import runs
from brainrank.api.repositories.visibility import EVERYBODY
from brainrank.api.services.boards.comparison import compare
from brainrank.benchmark.types.convention import Convention
from brainrank.benchmark.types.errors import ModelLoadError
from brainrank.models_zoo.catalogue import find_model

Run = Callable[..., Result]
IT, V1 = NAMES
VALUES = {"a": (0.5, 0.4), "b": (0.45, 0.41), "c": (0.1, None)}


@pytest.fixture
def scored(tiny: Run, tmp_path: Path) -> Run:
    """Two models on both benchmarks, a third on one of them, and a run that failed."""
    benchmarks = tiny_catalogue(tmp_path).benchmarks
    engine = open_database(f"sqlite:///{tmp_path / 'home' / 'brainrank.db'}")
    with transaction(engine) as session:
        for model, values in VALUES.items():
            for name, value in zip(NAMES, values, strict=True):
                if value is not None:
                    store(session, model, benchmarks[name], value, spread=0.02)
        runs.add_failed(
            session,
            find_model("pixels"),
            benchmark=V1,
            benchmark_version=1,
            code_version="1",
            error=ModelLoadError("weights.pth does not fit"),
        )
    engine.dispose()
    return tiny


def test_the_numbers_are_those_of_the_service(scored: Run, tmp_path: Path) -> None:
    found = json.loads(scored("compare", "a", "b", "c", "--benchmark", IT, "--convention", "raw", "--json").stdout)
    with transaction(open_database(f"sqlite:///{tmp_path / 'home' / 'brainrank.db'}")) as session:
        benchmark = tiny_catalogue(tmp_path).benchmarks[IT]
        made = compare(session, "abc", [benchmark], convention=Convention.RAW, viewer=EVERYBODY)
    pairs = made.benchmarks[IT]
    assert [(each["first"], each["second"]) for each in found["benchmarks"]] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert [each["difference"] for each in found["benchmarks"]] == pytest.approx([0.05, 0.4, 0.35])
    for told, each in zip(found["benchmarks"], pairs, strict=True):
        interval = each.paired.interval
        assert told["interval"] == {"low": interval.low, "high": interval.high, "level": 0.95}
        assert (told["p"], told["q"]) == (each.paired.p, each.q)
        assert told["benchmark"] == IT


def test_the_table_has_differences_intervals_p_and_q(scored: Run) -> None:
    shown = scored("compare", "a", "c", "--benchmark", IT).stdout
    assert shown.startswith(IT)
    heading, row = (line.split() for line in shown.splitlines()[1:3])
    assert heading == ["first", "second", "difference", "95", "%", "interval", "p", "q"]
    assert row[:2] == ["a", "c"]
    assert "< .001" in shown
    several = " ".join(scored("compare", "a", "b", "c").stdout.split())
    assert "mean of the 2 benchmarks that count first second difference 95 % interval p q both have a b" in several
    assert V1 in several
    assert "shared" not in several


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("compare", "a"), "1 models to compare; name 2 to 10 different ones"),
        (("compare", "a", "bb"), "Unknown scored model 'bb'"),
        (("compare", "a", "c", "--benchmark", V1), f"'c' has no score on {V1} that you may see; score it there first"),
        (("compare", "a", "b", "--benchmark", "tinny"), "did you mean tiny"),
        (("compare", "a", "b", "--convention", "plain"), "Unknown convention 'plain'"),
        (("runs", "list", "--status", "done"), "Unknown status of a run 'done': choose from cancelled"),
        (("runs", "list", "--model", "pixel"), "Unknown model with a run 'pixel': did you mean pixels"),
        (("runs", "list", "--benchmark", "tiny2026"), "did you mean tiny2026"),
    ],
)
def test_a_mistake_is_one_message_and_exit_code_2(scored: Run, words: tuple[str, ...], message: str) -> None:
    result = scored(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_small_p_values_are_said_to_be_small() -> None:
    assert [chance_text(p) for p in (0.0, 0.00099, 0.001, 0.0321, 1.0, float("nan"))] == [
        *("< .001", "< .001", ".001", ".032", "1.000", "-")
    ]


def test_runs_are_listed_the_newest_first_and_filtered(scored: Run) -> None:
    def listed(*words: str) -> list[int]:
        return [each["run"] for each in json.loads(scored("runs", "list", *words, "--json").stdout)]

    assert listed() == [6, 5, 4, 3, 2, 1]
    assert listed("--model", "a") == [2, 1]
    assert listed("--model", "a", "--model", "c") == [5, 2, 1]
    assert listed("--benchmark", V1) == [6, 4, 2]
    assert listed("--benchmark", "tiny", "--dataset", "tiny2026") == [6, 5, 4, 3, 2, 1]
    assert listed("--status", "failed") == [6]
    assert listed("--status", "cancelled") == []
    assert listed("--limit", "2") == [6, 5]
    failed, *_, first = json.loads(scored("runs", "list", "--json").stdout)
    assert (first["model"], first["benchmark"], first["value"], first["error"]) == ("a", IT, 0.5, None)
    assert failed["error"] == {"class": "ModelLoadError", "message": "weights.pth does not fit"}
    assert failed["value"] is None


def test_the_list_says_why_runs_failed_and_that_there_are_more(scored: Run) -> None:
    shown = scored("runs", "list", "--limit", "4")
    assert [line.split()[0] for line in shown.stdout.splitlines()[1:5]] == ["6", "5", "4", "3"]
    assert "run 6 failed: ModelLoadError: weights.pth does not fit" in shown.stdout
    assert "2 older ones: --limit 6" in shown.stderr
    assert "No such runs." in scored("runs", "list", "--status", "queued").stderr


def test_the_version_and_h_everywhere(tiny: Run) -> None:
    version = tiny("--version")
    assert version.exit_code == 0
    assert version.stdout.startswith("brainrank ")
    for words in ((), ("score",), ("runs", "list"), ("analyse", "rsa"), ("admin", "token", "create")):
        shown = tiny(*words, "-h")
        assert shown.exit_code == 0
        assert shown.stdout == tiny(*words, "--help").stdout
