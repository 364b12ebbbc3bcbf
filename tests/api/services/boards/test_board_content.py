"""What decides a stored board: a changed line of that makes it stale, any other leaves it right."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from copied_tree import Tree, added_comment, added_line
from stored_boards import ALL, HERE, V4, StoredBoards, fill

from brainrank.api.services.boards import board_content
from brainrank.api.services.boards import standings as service
from brainrank.api.services.boards.standings import LeaderboardCache
from brainrank.benchmark.metrics.encoding import EncodingMetric
from brainrank.benchmark.metrics.regression.brainscore import half_split_ceiling
from brainrank.benchmark.ranking.board import rank_models
from brainrank.benchmark.scoring.catalogue import Catalogue, built_in
from brainrank.benchmark.scoring.conventions import converted_value
from brainrank.benchmark.statistics.uncertainty import spread


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return Tree(tmp_path_factory.mktemp("copy"))


def is_right_by(place: StoredBoards, tree: Tree, file: str, change: Callable[[str], str]) -> bool:
    """Whether a board that is stored stays right when a file of the source is edited."""
    path = tree.root / file
    content = path.read_text()
    tree.edit(file, change)
    edited = tree.sources([f"brainrank.{file.removesuffix('.py').replace('/', '.')}"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service, "sources", lambda: edited)
        found = LeaderboardCache(place.boards.begin, place.boards.catalogue).edition(ALL)
    path.write_text(content)
    return found is not None


def file_of(function: Callable[..., Any]) -> str:
    return f"{function.__module__.removeprefix('brainrank.').replace('.', '/')}.py"


RANKING = (
    *(board_content.compute, board_content.leaderboard, board_content.line_json),
    *(rank_models, converted_value, spread),
    *(EncodingMetric.share_of_ceiling, half_split_ceiling),
)


def test_a_changed_line_of_what_computes_a_board_makes_it_stale(place: StoredBoards, tree: Tree) -> None:
    fill(place)
    place.boards.refresh(ALL)
    for file in (*map(file_of, RANKING), "api/repositories/scores.py"):
        assert is_right_by(place, tree, file, added_comment), file
        assert not is_right_by(place, tree, file, added_line), file
    assert place.boards.edition(ALL) is not None


@pytest.mark.parametrize(
    "file",
    [
        "benchmark/scoring/run.py",
        "benchmark/metrics/alignment/procrustes.py",
        "benchmark/activations/extract.py",
        "datasets/nsd.py",
        "models_zoo/loaders/onnx.py",
        "api/services/runs/execution.py",
        "api/pages/leaderboard.py",
    ],
)
def test_a_changed_line_elsewhere_leaves_a_board_right(place: StoredBoards, tree: Tree, file: str) -> None:
    fill(place)
    place.boards.refresh(ALL)
    assert is_right_by(place, tree, file, added_line)


def test_what_benchmarks_and_cards_say_is_part_of_a_board(place: StoredBoards, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(place)
    place.boards.refresh(ALL)
    begin, benchmarks = place.boards.begin, {each.name: each for each in HERE}
    assert LeaderboardCache(begin, Catalogue(built_in().datasets, benchmarks)).edition(ALL) is not None
    changed = {V4.name: replace(V4, counted=False)}
    assert LeaderboardCache(begin, Catalogue(built_in().datasets, benchmarks | changed)).edition(ALL) is None
    monkeypatch.setattr(service, "cards", lambda: {"another": board_content.Card("ImageNet", "classification")})
    assert LeaderboardCache(begin, Catalogue(built_in().datasets, benchmarks)).edition(ALL) is None
