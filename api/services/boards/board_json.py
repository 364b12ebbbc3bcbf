"""A leaderboard's head and lines as JSON, which is how they are stored and sent; and those that are stored, read."""

from brainrank.api.board_schemas import BoardCell, BoardColumn, BoardColumns, BoardHead, BoardLine
from brainrank.api.repositories.standings import BoardKey, BoardPage
from brainrank.api.score_json import ceiling_json, interval_json
from brainrank.api.services.boards.leaderboard import Leaderboard, LeaderboardRow


def head_json(board: Leaderboard, key: BoardKey) -> BoardHead:
    """What a board says beside its lines."""
    return BoardHead(name=key.name, day=key.day, **dict(columns_json(board)))


def columns_json(board: Leaderboard) -> BoardColumns:
    """What a board's lines have numbers of."""
    return BoardColumns(
        convention=str(board.convention),
        convention_reason=board.convention_reason,
        groups=list(board.groups),
        counted=len(board.counted),
        benchmarks=_benchmarks_json(board),
    )


def _benchmarks_json(board: Leaderboard) -> list[BoardColumn]:
    """The benchmarks that some model has been scored on, with their ceilings."""
    units = {name: score.unit for row in board.rows for name, score in row.scores.items()}
    return [
        BoardColumn(
            name=each.name,
            version=each.version,
            group=each.group,
            dataset=each.dataset,
            metric=each.metric.name,
            unit=units.get(each.name, ""),
            title=each.title,
            counted=each.name not in board.uncounted,
            not_counted=board.uncounted.get(each.name, ""),
            ceiling=ceiling_json(board.ceilings[each.name]),
        )
        for each in board.scored_benchmarks
    ]


def line_json(row: LeaderboardRow, *, training_data: str, objective: str) -> BoardLine:
    """A model's line: its place, and by benchmark the value shown, the raw one, and the run."""
    return BoardLine(
        rank=row.rank,
        last_rank=row.last_rank,
        model=row.model,
        family=row.family,
        training_data=training_data,
        objective=objective,
        mean=row.value,
        interval=interval_json(row.interval),
        coverage=row.coverage,
        deduction=row.deduction,
        not_ranked=row.reason,
        groups=dict(row.groups),
        scores={name: _cell_json(row, name) for name in row.scores},
    )


def _cell_json(row: LeaderboardRow, benchmark: str) -> BoardCell:
    """A model's score on a benchmark."""
    score = row.scores[benchmark]
    return BoardCell(
        run=row.runs[benchmark],
        value=row.values[benchmark],
        interval=interval_json(row.intervals[benchmark]),
        raw=score.value,
        raw_interval=interval_json(score.interval),
        reason=score.reason,
        origin=row.origins.get(benchmark, ""),
    )


def read_head(page: BoardPage) -> BoardHead:
    """The head of a stored board."""
    return BoardHead.model_validate_json(page.head)


def read_lines(page: BoardPage) -> list[BoardLine]:
    """The lines of a stored board that were asked for."""
    return [BoardLine.model_validate_json(each) for each in page.lines]
