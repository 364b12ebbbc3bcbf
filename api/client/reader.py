"""The reading half of the client: leaderboards, models, benchmarks, studies, scores, runs, comparisons, exports."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, get_args
from urllib.parse import quote

from pydantic import TypeAdapter

from brainrank.api.board_schemas import BoardsAnswer, ComparisonAnswer, LeaderboardAnswer
from brainrank.api.client.connection import Connection
from brainrank.api.schemas import EventAnswer
from brainrank.api.score_schemas import (
    BenchmarkPage,
    BenchmarksAnswer,
    BenchmarkSummary,
    DatasetAnswer,
    DatasetsAnswer,
    ExportFormat,
    ModelPage,
    ModelsAnswer,
    ModelSummary,
    RunPage,
    ScoreAnswer,
    ScoresAnswer,
)
from brainrank.benchmark.types.errors import UnknownNameError

SCORES_AT_ONCE = 1000
Parameters = Mapping[str, Any]


class Reader(Connection):
    """What anybody may read of a service; with a token also what is one's own and private. Errors as of Client."""

    def leaderboards(self) -> BoardsAnswer:
        """The boards there are, and the conventions they can be shown under."""
        return self._ask(BoardsAnswer, "GET", "/v1/leaderboards")

    def leaderboard(
        self,
        name: str = "all",
        *,
        convention: str | None = None,
        as_of: date | None = None,
        family: Sequence[str] = (),
        training_data: Sequence[str] = (),
        objective: Sequence[str] = (),
        text: str = "",
        sort: str = "mean",
        reverse: bool = False,
        offset: int = 0,
        limit: int = 25,
    ) -> LeaderboardAnswer:
        """A page of a board: of all benchmarks, of a group, or of a benchmark.

        `as_of`: as it was when that day ended (UTC). Filters choose lines, and never change a rank.
        """
        params = _board(convention, as_of) | {"family": family, "training_data": training_data, "objective": objective}
        params |= {"text": text, "sort": sort, "reverse": reverse, "offset": offset, "limit": limit}
        return self._ask(LeaderboardAnswer, "GET", _address("leaderboards", name), params=_without_defaults(params))

    def models(
        self,
        *,
        family: str | None = None,
        training_data: str | None = None,
        objective: str | None = None,
        text: str = "",
    ) -> Sequence[ModelSummary]:
        """The models of the catalogue, and those that were scored."""
        params = {"family": family, "training_data": training_data, "objective": objective, "text": text}
        return self._ask(ModelsAnswer, "GET", "/v1/models", params=_without_defaults(params)).models

    def model(self, name: str) -> ModelPage:
        """A model's card, and its newest score on each benchmark with layer curve, subjects and details."""
        return self._ask(ModelPage, "GET", _address("models", name))

    def benchmarks(self, *, group: str | None = None) -> Sequence[BenchmarkSummary]:
        """The benchmarks, or those of a group."""
        return self._ask(
            BenchmarksAnswer, "GET", "/v1/benchmarks", params=_without_defaults({"group": group})
        ).benchmarks

    def benchmark(self, name: str) -> BenchmarkPage:
        """A benchmark with its metric's parameters, its study and its noise ceiling."""
        return self._ask(BenchmarkPage, "GET", _address("benchmarks", name))

    def datasets(self) -> Sequence[DatasetAnswer]:
        """The studies: citation, licence, access, regions, benchmarks."""
        return self._ask(DatasetsAnswer, "GET", "/v1/datasets").datasets

    def dataset(self, name: str) -> DatasetAnswer:
        """A study."""
        return self._ask(DatasetAnswer, "GET", _address("datasets", name))

    def compare(self, models: Sequence[str], *, board: str = "all", convention: str | None = None) -> ComparisonAnswer:
        """2 to 10 models pair by pair, on the benchmarks both have and the same bootstrap draws."""
        params = {"models": models, "board": board, "convention": convention}
        return self._ask(ComparisonAnswer, "GET", "/v1/compare", params=_without_defaults(params))

    def scores(
        self,
        *,
        model: Sequence[str] = (),
        family: Sequence[str] = (),
        benchmark: Sequence[str] = (),
        text: str = "",
        since: datetime | None = None,
    ) -> Iterator[ScoreAnswer]:
        """Every score that may be seen, the newest first, asked for page by page; `benchmark` also takes groups."""
        before: int | None = None
        while True:
            params = _scores(model, family, benchmark, text, since) | {"limit": SCORES_AT_ONCE, "before": before}
            page = self._ask(ScoresAnswer, "GET", "/v1/scores", params=_without_defaults(params))
            yield from page.scores
            before = page.before
            if before is None:
                return

    def run(self, number: int) -> RunPage:
        """A run: where it is, its score, its times, and the receipt to score it again from."""
        return self._ask(RunPage, "GET", f"/v1/runs/{number}")

    def targets(self, run: int) -> Mapping[str, float | None]:
        """A run's score of each target (neuron, voxel), None where it is unscored; refused where it has none."""
        rows: list[dict[str, Any]] = self._send("GET", f"/v1/runs/{run}/targets", params={"format": "json"}).json()
        return {row.pop("target"): next(iter(row.values()), None) for row in rows}

    def run_log(self, number: int) -> Iterator[EventAnswer]:
        """Every line of a run's log."""
        return self._every_line(f"/v1/runs/{number}/log")

    def export_leaderboard(
        self,
        name: str,
        file: Path,
        *,
        convention: str | None = None,
        as_of: date | None = None,
        family: Sequence[str] = (),
        training_data: Sequence[str] = (),
        objective: Sequence[str] = (),
        text: str = "",
    ) -> None:
        """Write a board, a row for each score, to a file of .csv, .json or .parquet."""
        params = _board(convention, as_of) | {"family": family, "training_data": training_data, "objective": objective}
        self._export(f"{_address('leaderboards', name)}/export", file, params | {"text": text})

    def export_scores(
        self,
        file: Path,
        *,
        model: Sequence[str] = (),
        family: Sequence[str] = (),
        benchmark: Sequence[str] = (),
        text: str = "",
        since: datetime | None = None,
    ) -> None:
        """Write every score that may be seen, however many, to a file of .csv, .json or .parquet."""
        self._export("/v1/scores/export", file, _scores(model, family, benchmark, text, since))

    def export_targets(self, run: int, file: Path) -> None:
        """Write a run's score of each target (neuron, voxel) to a file of .csv, .json or .parquet."""
        self._export(f"/v1/runs/{run}/targets", file, {})

    def _lines(self, path: str, after: int) -> list[EventAnswer]:
        answer = self._send("GET", path, params={"after": after})
        return TypeAdapter(list[EventAnswer]).validate_json(answer.content)

    def _every_line(self, path: str) -> Iterator[EventAnswer]:
        after = 0
        while lines := self._lines(path, after):
            yield from lines
            after = lines[-1].id

    def _export(self, path: str, file: Path, params: Parameters) -> None:
        self._save(path, file, params=_without_defaults({**params, "format": export_format(file)}))


def export_format(file: Path) -> str:
    """The format that a file's ending names. Raises UnknownNameError for another ending."""
    ending, known = file.suffix.removeprefix("."), get_args(ExportFormat)
    if ending not in known:
        raise UnknownNameError("ending of an export", file.suffix or file.name, [f".{each}" for each in known])
    return ending


def _address(kind: str, name: str) -> str:
    return f"/v1/{kind}/{quote(name, safe='/')}"


def _board(convention: str | None, as_of: date | None) -> dict[str, Any]:
    return {"convention": convention, "as_of": None if as_of is None else as_of.isoformat()}


def _scores(
    model: Sequence[str], family: Sequence[str], benchmark: Sequence[str], text: str, since: datetime | None
) -> dict[str, Any]:
    written = None if since is None else since.isoformat()
    return {"model": model, "family": family, "benchmark": benchmark, "text": text, "since": written}


def _without_defaults(params: Parameters) -> Parameters:
    return {name: value for name, value in params.items() if value is not None}
