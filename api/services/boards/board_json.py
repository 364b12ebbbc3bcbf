"""A leaderboard's head and lines as JSON, which is how they are stored and sent."""

import json
import math
from typing import Any

from brainrank.api.numbers import no_interval_text
from brainrank.api.repositories.standings import BoardKey
from brainrank.api.services.boards.leaderboard import Leaderboard, LeaderboardRow
from brainrank.benchmark.types.score import NoiseCeiling


def plain(content: Any) -> str:
    """Compact JSON; NaN is null."""
    return json.dumps(_without_nan(content), separators=(",", ":"), allow_nan=False)


def head_json(board: Leaderboard, key: BoardKey) -> dict[str, Any]:
    """What a board says beside its lines."""
    return {**key._asdict(), **board_json(board)}


def board_json(board: Leaderboard) -> dict[str, Any]:
    """What is to be known of a board's columns."""
    return {
        "convention": str(board.convention),
        "groups": list(board.groups),
        "counted": len(board.counted),
        "benchmarks": benchmarks_json(board),
    }


def benchmarks_json(board: Leaderboard) -> list[dict[str, Any]]:
    """The benchmarks that some model has been scored on, with their ceilings."""
    units = {name: score.unit for row in board.rows for name, score in row.scores.items()}
    return [
        {
            "name": each.name,
            "version": each.version,
            "group": each.group,
            "dataset": each.dataset,
            "metric": each.metric.name,
            "unit": units.get(each.name, ""),
            "title": each.title,
            "counted": each.name not in board.uncounted,
            "not_counted": board.uncounted.get(each.name, ""),
            "ceiling": ceiling_json(board.ceilings[each.name]),
        }
        for each in board.scored_benchmarks
    ]


def line_json(row: LeaderboardRow, *, training_data: str, objective: str) -> dict[str, Any]:
    """A model's line: its place, and by benchmark the value shown, the raw one with its interval, and the run."""
    return {
        "rank": row.rank,
        "last_rank": row.last_rank,
        "model": row.model,
        "family": row.family,
        "training_data": training_data,
        "objective": objective,
        "mean": row.value,
        "low": row.interval.low,
        "high": row.interval.high,
        "coverage": row.coverage,
        "deduction": row.deduction,
        "not_ranked": row.reason,
        "groups": dict(row.groups),
        "scores": {
            name: {
                "run": row.runs[name],
                "value": row.values[name],
                "low": row.intervals[name].low,
                "high": row.intervals[name].high,
                "raw": score.value,
                "raw_low": score.interval.low,
                "raw_high": score.interval.high,
                **({"reason": score.missing} if score.missing else {}),
            }
            for name, score in row.scores.items()
        },
    }


def ceiling_json(ceiling: NoiseCeiling) -> dict[str, Any]:
    """A noise ceiling; its interval is that of `lower`."""
    interval = ceiling.interval
    return {
        "lower": ceiling.lower,
        "upper": ceiling.upper,
        "low": None if interval is None else interval.low,
        "high": None if interval is None else interval.high,
        "unreliable": ceiling.unreliable,
        "reason": "; ".join(each for each in (ceiling.reason, no_interval_text(ceiling)) if each),
    }


def _without_nan(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: _without_nan(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_without_nan(each) for each in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content
