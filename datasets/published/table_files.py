"""Tables of published scores as people have them: a row a score, or a row a model and a column a benchmark."""

import csv
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.datasets.published.scores import PublishedModel, PublishedScore, lines_of
from brainrank.datasets.readers.tables import check_table

MODEL, BENCHMARK, SCORE = "model", "benchmark", "score"
DESCRIPTIONS = ("architecture", "family", "training_data", "objective", "seed", "parameters", "samples_seen")
SOURCE = "source"
MISSING = ("", "na", "n/a", "nan", "x", "-")
"""What stands in a cell without a number, in any case; `x` is what some leaderboards print for a failed score."""

Row = Mapping[str, str]


def read_scores(path: Path) -> tuple[PublishedScore, ...]:
    """Read a CSV table of scores.

    With the columns `model`, `benchmark` and `score` each row is a score; with `model` and without those two each other
    column is a benchmark, named by its heading. Of a model DESCRIPTIONS may be told, in columns of those names, and in
    `source` where a number stands; else the source is the file's name.

    Raises InvalidDataError, naming the file and the line, for a table that is neither, a cell that is no number, and a
    model with two scores on a benchmark.
    """
    rows = read_rows(path)
    headings = list(rows[0])
    if MODEL not in headings:
        raise InvalidDataError(
            f"{path} has the columns {', '.join(headings)}; name the column of the models '{MODEL}', and give either "
            f"'{BENCHMARK}' and '{SCORE}' or a column for each benchmark"
        )
    if BENCHMARK not in headings and SCORE not in headings:
        rows = list(_long_rows(rows, _benchmark_headings(path, headings)))
    elif BENCHMARK not in headings or SCORE not in headings:
        lacking = BENCHMARK if BENCHMARK not in headings else SCORE
        raise InvalidDataError(f"{path} has no column '{lacking}'; a table of a row a score needs it")
    return scores_of(rows, source=path.name)


def read_rows(path: Path) -> list[Row]:
    """Read a CSV table's rows, text by heading. Raises InvalidDataError for one without rows, or with uneven ones."""
    check_table(path)
    with path.open(encoding="utf-8-sig", newline="") as opened:
        reader = csv.reader(opened)
        headings = next(reader, [])
        if len(set(headings)) < len(headings):
            twice = next(each for each in headings if headings.count(each) > 1)
            raise InvalidDataError(f"{path} has two columns '{twice}'; give each a name of its own")
        rows: list[Row] = []
        for cells in reader:
            if len(cells) != len(headings):
                raise InvalidDataError(
                    f"{path} has {len(cells)} cells in line {reader.line_num} and {len(headings)} headings; give each "
                    "row a cell for each heading"
                )
            rows.append(dict(zip(headings, cells, strict=True)))
    if not rows:
        raise InvalidDataError(f"{path} has no rows; give a heading line and a row for each model or score")
    return rows


def scores_of(rows: Iterable[Row], *, source: str) -> tuple[PublishedScore, ...]:
    """Return the scores of rows with the columns `model`, `benchmark`, `score` and any of DESCRIPTIONS.

    Raises InvalidDataError as `read_scores` does.
    """
    found = []
    for place, row in enumerate(rows, start=1):
        at = f"row {place} of {source}"
        if not row[MODEL].strip():
            raise InvalidDataError(f"{at} names no model; give each row the name of its model")
        if row[BENCHMARK] in ("", MODEL, SOURCE, *DESCRIPTIONS):
            raise InvalidDataError(f"{at} has '{row[BENCHMARK]}' as benchmark; give the benchmark a name of its own")
        score = _number(row, SCORE, at)
        found.append(PublishedScore(_model(row, at), row[BENCHMARK], score, row.get(SOURCE, "").strip() or source))
    lines_of(found)
    return tuple(found)


def _long_rows(rows: Iterable[Row], benchmarks: Sequence[str]) -> Iterator[Row]:
    for row in rows:
        for benchmark in benchmarks:
            yield {**row, BENCHMARK: benchmark, SCORE: row[benchmark]}


def _benchmark_headings(path: Path, headings: Sequence[str]) -> Sequence[str]:
    found = [each for each in headings if each not in (MODEL, SOURCE, *DESCRIPTIONS)]
    if not found:
        raise InvalidDataError(f"{path} has no column of scores; give a column for each benchmark, or '{SCORE}'")
    return found


def _model(row: Row, at: str) -> PublishedModel:
    words = {name: row.get(name, "").strip() for name in DESCRIPTIONS}
    seed = _number(words, "seed", at)
    if not math.isnan(seed) and seed != int(seed):
        raise InvalidDataError(f"{at} has the seed {words['seed']}; a seed is a whole number")
    return PublishedModel(
        name=row[MODEL].strip(),
        architecture=words["architecture"],
        family=words["family"],
        training_data=words["training_data"],
        objective=words["objective"],
        seed=None if math.isnan(seed) else int(seed),
        parameters=_number(words, "parameters", at),
        samples_seen=_number(words, "samples_seen", at),
    )


def _number(row: Row, name: str, at: str) -> float:
    text = row[name].strip()
    if text.lower() in MISSING:
        return math.nan
    try:
        found = float(text)
    except ValueError:
        found = math.inf
    if math.isinf(found):
        raise InvalidDataError(f"{at} has '{text}' as {name}; give a number, or leave the cell empty")
    return found
