"""Every table of the command line, at 40 to 200 columns and through a pipe: no name is cut, no number lost."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stored_scores import store
from terminal import drawn

from brainrank.api.cli import admin, benchmarks, models, printed_tables, runs, service_connection, train, verify
from brainrank.api.cli.analyse import consistency_tables, psychometric, rsa, shape_bias
from brainrank.api.db.engine import open_database, transaction
from brainrank.api.repositories.runs import StoredRun, find_run
from brainrank.api.schemas import EstimateAnswer, ModelAnswer, RunAnswer, SubmissionAnswer
from brainrank.api.services.access.tokens import Scope, Token
from brainrank.api.services.analysis.consistency import compare_observers
from brainrank.api.services.analysis.rsa import RsaAnalysis
from brainrank.api.services.boards.leaderboard import Leaderboard
from brainrank.api.services.boards.leaderboard import leaderboard as rank
from brainrank.api.services.runs.score_models import Outcome
from brainrank.api.services.runs.verification import NUMBERS, Claim, Verdict
from brainrank.api.services.views.inventory import BenchmarkFacts
from brainrank.benchmark.metrics.behaviour.error_consistency import UndefinedKappa
from brainrank.benchmark.metrics.behaviour.psychometric import PsychometricFit
from brainrank.benchmark.metrics.behaviour.psychometric_likelihood import Curve
from brainrank.benchmark.metrics.behaviour.shape_bias import CueDecisions, ShapeBias
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.scoring.conventions import Convention as Shown
from brainrank.benchmark.types.receipt import Receipt
from brainrank.benchmark.types.score import Interval, NoiseCeiling, SubjectScore
from brainrank.benchmark.types.trials import BehaviouralAssembly
from brainrank.datasets.readers.rdms import SubjectRdms
from brainrank.models_zoo.network_layers import LayerOutput
from brainrank.models_zoo.training.make import Made

LETTERS = "αβγδεζηθ漢字界例語∕"
"""Of names only, some of them two columns wide: as nothing else has them, names can be put together again."""

V4, V4_BEFORE = "cowley2023.v4-210325.encoding", "cowley2023.v4-210225.encoding"
IT, EDGES = "kriegeskorte2008.human-it.rsa", "geirhos2021.edge.error-consistency"
MANY = (V4, V4_BEFORE, IT, "kriegeskorte2008.judgements.rsa", "kriegeskorte2008.monkey-it.rsa", EDGES)
MORE = (*MANY, "geirhos2021.silhouette.error-consistency", "geirhos2021.cue-conflict.error-consistency")
VALUES = (0.3187, 0.2654, -0.0172)
RELIABLE = NoiseCeiling(0.9, 0.95)
UNRELIABLE = NoiseCeiling(0.4123, 0.6234, "3 of 28 pairs undefined", Interval(-0.0456, 0.7345))

widths = st.one_of(st.none(), st.integers(40, 200))
names = st.lists(st.text(LETTERS, min_size=1, max_size=200), min_size=3, max_size=3, unique=True)
SHOWN = settings(max_examples=25, deadline=None)


def check(out: str, named: Sequence[str], *numbers: str) -> None:
    """Names come out whole in their order, each number in one piece."""
    assert "".join(each for each in out if each in LETTERS) == "".join(named)
    for each in numbers:
        assert re.search(rf"(?<![\d.]){re.escape(each)}(?![\d])", out), (each, out)


class Stored:
    """Runs, and boards of some of their benchmarks by how many; no tuple, as Hypothesis would write all of it out."""

    def __init__(self, found: list[StoredRun], boards: dict[int, Leaderboard]) -> None:
        self.runs, self.boards = found, boards


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """Three models on eight benchmarks, one of which cannot be told from zero, and boards of 1, 6 and 8 of them."""
    engine = open_database(f"sqlite:///{tmp_path_factory.mktemp('home') / 'scores.db'}")
    with transaction(engine) as session:
        numbers = [
            store(session, f"m{k}", BENCHMARKS[each], value, ceiling=UNRELIABLE if each == EDGES else RELIABLE)
            for k, value in enumerate(VALUES)
            for each in MORE
        ]
        found = [find_run(session, each) for each in numbers]
        sizes = {1: (V4,), 2: (EDGES,), 6: MANY, 8: MORE}
        boards = {
            size: rank(session, [BENCHMARKS[each] for each in some], convention=Shown.RAW)
            for size, some in sizes.items()
        }
    engine.dispose()
    return Stored(found, boards)


@SHOWN
@given(width=widths, called=names)
def test_scores(stored: Stored, width: int | None, called: list[str]) -> None:
    of_edges = [run for run in stored.runs if run.benchmark == EDGES]
    outcomes = [Outcome(replace(run, model=name), True) for run, name in zip(of_edges, called, strict=True)]
    out = drawn(width, lambda: printed_tables.print_scores(outcomes))
    check(out, called, ".319", ".265", "-.017", ".299 to .339", "-.037 to .003", ".412 to .623?")
    assert all(re.search(rf"\b{run.run_id}\b", out) for run in of_edges)
    assert "unreliable" in out
    assert "3 of 28 pairs undefined" in " ".join(out.split())


@SHOWN
@given(width=widths, called=names, size=st.sampled_from([1, 2, 6, 8]))
def test_leaderboards(stored: Stored, width: int | None, called: list[str], size: int) -> None:
    board = stored.boards[size]
    shown = replace(board, rows=[replace(row, model=name) for row, name in zip(board.rows, called, strict=True)])
    out = drawn(width, lambda: printed_tables.print_leaderboard(shown))
    means = [f"{value:.3f}".replace("0.", ".") for row in board.rows for value in row.groups.values()]
    unranked = [row.model for row in shown.rows if row.reason and shown.counted]
    named = [*called, *(called if size > 2 else []), *unranked]
    check(out, named, *([".319", ".265", "-.017"] if size == 1 else means))
    assert ("unreliable" in out) == (size != 1)


@SHOWN
@given(width=widths, called=names)
def test_a_run(stored: Stored, width: int | None, called: list[str]) -> None:
    run = next(each for each in stored.runs if each.benchmark == EDGES)
    subjects = tuple(SubjectScore(name, value) for name, value in zip(called, VALUES, strict=True))
    shown = replace(run, score=replace(run.score, per_subject=subjects))
    out = drawn(width, lambda: runs._print(shown))
    check(out, called, ".319 r", ".299", ".339", ".412", ".623", ".319", ".265", "-.017", "67%", ".500", ".900")
    assert "unreliable" in out
    assert runs.run_json(shown)["ceiling"]["unreliable"] is True


@SHOWN
@given(width=widths, called=names)
def test_what_is_verified(width: int | None, called: list[str]) -> None:
    receipt = Receipt(
        "m", "classical:pixels", True, "", "", "", {}, (), "", "flatten", "float32", "cpu", "", V4, 1, {}, 0, "1", {}
    )
    then = dict.fromkeys(NUMBERS, 0.3187123456789012)
    now = dict.fromkeys(NUMBERS, -0.0011234567890123)
    verdict = Verdict(Claim(receipt, then), now, {called[0]: ("a", "b")})
    out = drawn(width, lambda: verify._print(verdict))
    check(out, called[:1], "0.3187123456789012", "-0.0011234567890123", "-0.32")


@SHOWN
@given(width=widths, called=names)
def test_lists(width: int | None, called: list[str]) -> None:
    about = {"can_be_had": True, "recovered": None, "smallest_difference": None}
    rows = [BenchmarkFacts(name, 1, "it", "tiny2026", "", "Faces of macaques", **about) for name in called]
    check(drawn(width, lambda: benchmarks._print(rows)), called)
    outputs = [LayerOutput(name, "Conv2d", (64, 112, 112), "", name) for name in called]
    check(drawn(width, lambda: models._print_layers(outputs, called[:1])), called, "802,816")
    moment = datetime(2026, 5, 4, tzinfo=UTC)
    tokens = [Token(k, name, Scope("submit"), moment, None, None) for k, name in enumerate(called)]
    check(drawn(width, lambda: admin._print(tokens)), called, "2026-05-04")
    card = {
        "seconds": 754.2,
        "loss_curve": [[0, 1.2345]],
        "accuracy": {"linear_probe": 0.4567, "nearest_neighbours": 0.3},
    }
    made = [Made(Path("w"), {"model": name, **card}) for name in called]
    check(drawn(width, lambda: train._print(made)), called, "12.6", "1.234", "0.457", "0.300")


@SHOWN
@given(width=widths, called=names)
def test_a_submission(width: int | None, called: list[str]) -> None:
    moment = datetime(2026, 5, 4, tzinfo=UTC)
    answers = [
        RunAnswer(
            id=1234 + k, benchmark=name, benchmark_version=1, queue="q", status="queued", attempts=0, created_at=moment,
            due_at=None, finished_at=None, progress=None, stages=[], failure=None,
            estimate=EstimateAnswer(seconds=340.0, memory=3 * 2**30, basis="of runs like it"),
        )
        for k, name in enumerate(called)
    ]  # fmt: skip
    model = ModelAnswer(name="m", family="f", description="", source="s", digest="d")
    found = SubmissionAnswer(
        id=7, owner="me", model=model, visibility="public", note="", created_at=moment, finished=False, runs=answers
    )
    check(drawn(width, lambda: service_connection.print_submission(found)), called, "1234", "1236", "6 min", "3.0 GiB")


def observed(called: Sequence[str], seed: int = 0) -> BehaviouralAssembly:
    """Three observers on two conditions of thirty images."""
    rng = np.random.default_rng(seed)
    rows = [
        (who, f"{c}{k}", c, "cat" if rng.random() < 0.7 else "dog", "cat")
        for who in called
        for c in ("mild", "strong")
        for k in range(30)
    ]
    return BehaviouralAssembly(*(np.array(column) for column in zip(*rows, strict=True)))


@SHOWN
@given(width=widths, called=names, kinds=st.integers(0, 2))
def test_error_consistency(width: int | None, called: list[str], kinds: int) -> None:
    trials = observed(called)
    found = compare_observers(
        trials,
        models=frozenset(trials.observers[:kinds]),
        convention=UndefinedKappa.RAW,
        minimum=20,
        by_condition=True,
        draws=40,
        seed=0,
    )
    out = drawn(width, lambda: consistency_tables.print_analysis(found))
    numbers = [f"{pair.kappa:.3f}".replace("0.", ".") for pair in found.pairs]
    numbers += [f"{group.means.observed:.3f}".replace("0.", ".") for group in found.groups]
    groups = [who for each in found.groups for who in trials.observers if each.means.name == f"{who} with people"]
    check(out, [*trials.observers, *groups, *groups * 2], *numbers, *(["60"] * 3))


@SHOWN
@given(width=widths, called=names)
def test_other_analyses(width: int | None, called: list[str]) -> None:
    interval = Interval(0.2111, 0.4222)
    ones = np.ones((3, 1234))
    decisions = CueDecisions(tuple(called), ("cat",) * 1234, ones, np.zeros((3, 1234)))
    bias = ShapeBias(np.array(VALUES), 0.5551, 0.6662, {})
    out = drawn(width, lambda: shape_bias._print(decisions, bias, [interval] * 3))
    check(out, called, ".319", ".265", "-.017", ".211 to .422", "1234", ".555", ".666")
    fit = PsychometricFit(Curve.LOGISTIC, 12.34, 0.567, 0.0123, 0.1, interval, interval, 45.67, 8, {})
    out = drawn(width, lambda: psychometric._print(dict.fromkeys(called, fit), 0.2))
    check(out, called, "12.3", "0.567", "0.211 to 0.422", ".012", "45.7/8")
    brain = SubjectRdms(np.ones((3, 3)), ("a", "b", "c"), tuple(called))
    analysis = RsaAnalysis(np.ones(3), brain, np.array(VALUES), interval, UNRELIABLE)
    out = drawn(width, lambda: rsa._print(analysis, "rho-a"))
    check(out, called, ".319", ".265", "-.017", ".211 to .422", ".412 to .623", "-.046 to .735")
    assert "Unreliable" in out
    assert rsa._as_json(analysis)["ceiling"].unreliable is True


def test_every_table_is_drawn_by_the_layout() -> None:
    """No module draws a table of its own, which would cut what does not fit."""
    folder = Path(printed_tables.__file__).parent
    own = re.compile(r"rich\.(table|columns|padding)")
    assert [path.name for path in folder.rglob("*.py") if own.search(path.read_text(encoding="utf-8"))] == []
