"""A board's numbers as a digest, by which a reader knows them again."""

import hashlib
from collections.abc import Iterable

from brainrank.api.board_schemas import BoardLine


def board_digest(lines: Iterable[BoardLine]) -> str:
    """The sha256 of every raw score with its interval, by model and benchmark: the numbers, not how they are shown."""
    numbers = sorted(
        f"{line.model}\t{name}\t{cell.raw!r}\t{cell.raw_interval.low!r}\t{cell.raw_interval.high!r}\n"
        for line in lines
        for name, cell in line.scores.items()
    )
    return hashlib.sha256("".join(numbers).encode()).hexdigest()
