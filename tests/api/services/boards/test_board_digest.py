"""The digest of a board is of its numbers: their order does not count, a last bit does."""

from brainrank.api.board_schemas import BoardCell, BoardLine
from brainrank.api.score_json import interval_json
from brainrank.api.services.boards.board_digest import board_digest
from brainrank.benchmark.types.score import Interval


def line(model: str, value: float, *, rank: int = 1) -> BoardLine:
    bounds = interval_json(Interval(value - 0.1, value + 0.1))
    cell = BoardCell(run=1, value=value, interval=bounds, raw=value, raw_interval=bounds)
    return BoardLine.model_construct(model=model, rank=rank, scores={"a.b.rsa": cell})


def test_only_numbers_count() -> None:
    made = board_digest([line("a", 0.3), line("b", 0.2)])
    assert board_digest([line("b", 0.2, rank=7), line("a", 0.3)]) == made
    assert board_digest([line("a", 0.1 + 0.2), line("b", 0.2)]) != made
    assert board_digest([line("a", 0.3)]) != made
