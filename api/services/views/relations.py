"""Anything that is known of models against anything else: scores, means of groups, details, size, year."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from sqlalchemy.orm import Session

from brainrank.api.board_schemas import BoardHead, BoardLine
from brainrank.api.repositories.details import details
from brainrank.api.repositories.standings import BoardKey, Selection
from brainrank.api.repositories.visibility import EVERYBODY
from brainrank.api.score_json import IntervalJson, Number
from brainrank.api.services.boards.board_json import read_head, read_lines
from brainrank.api.services.boards.standings import LeaderboardCache
from brainrank.api.services.views.known_models import known_models
from brainrank.benchmark.scoring.catalogue import EVERYTHING
from brainrank.benchmark.statistics.rank_correlation import RankCorrelation, rank_correlation
from brainrank.benchmark.types.convention import Convention
from brainrank.benchmark.types.errors import UnknownNameError
from brainrank.benchmark.types.model_card import ModelCard

PARAMETERS, YEAR, MEAN = "parameters", "year", "mean"
DETAIL = ":"


class Value(NamedTuple):
    """A number of one model, with its 95 % interval where there is one."""

    value: float
    low: float = np.nan
    high: float = np.nan


class Measure(NamedTuple):
    """Something that models can be put in order by; `kind` is what its list is headed by, `log` its natural axis."""

    key: str
    label: str
    kind: str
    log: bool = False


class Related(NamedTuple):
    """A model on both axes."""

    model: str
    family: str
    x: Value
    y: Value


@dataclass(frozen=True)
class Relation:
    """Models that have both measures, highest on y first; how many have only one of them; how the two go together."""

    x: Measure
    y: Measure
    models: Sequence[Related]
    left_out: int
    correlation: RankCorrelation


class Relations:
    """What the public scores of boards, and the cards of models, allow to be related."""

    def __init__(self, session: Session, boards: LeaderboardCache) -> None:
        self._session, self._boards = session, boards
        head, self._lines = _board(boards, EVERYTHING)
        self._runs = {line.model: {name: cell.run for name, cell in line.scores.items()} for line in self._lines}
        self.measures = {each.key: each for each in self._measures(head)}

    def relate(self, x: str, y: str) -> Relation:
        """Relate two measures. Raises UnknownNameError for one that is none."""
        for key in (x, y):
            if key not in self.measures:
                raise UnknownNameError("measure", key, self.measures)
        across, up = self.measures[x], self.measures[y]
        on_x, on_y = (self._drawable(each) for each in (across, up))
        families = {line.model: line.family for line in self._lines}
        found = [Related(name, families[name], on_x[name], on_y[name]) for name in on_x if name in on_y]
        found.sort(key=lambda each: (-each.y.value, each.model))
        left_out = len({*on_x, *on_y}) - len(found)
        values = np.array([[each.x.value, each.y.value] for each in found]).reshape(-1, 2)
        correlation = rank_correlation(values[:, 0], values[:, 1], rng=np.random.default_rng(0))
        return Relation(across, up, found, left_out, correlation)

    def _measures(self, head: BoardHead) -> Sequence[Measure]:
        scored = [each.name for each in head.benchmarks]
        counted = dict.fromkeys(each.group for each in head.benchmarks)
        return [
            Measure(PARAMETERS, "parameters (million)", "Model", log=True),
            Measure(YEAR, "year of the newest paper its card cites", "Model"),
            Measure(MEAN, "mean share of the noise ceiling", "Mean"),
            *(Measure(group, f"mean share, {group}", "Mean") for group in counted),
            *(Measure(each.name, f"{each.name} ({each.unit})", "Score") for each in head.benchmarks),
            *(
                Measure(f"{name}{DETAIL}{detail}", f"{detail}, {name}", "Beside a score")
                for name, detail in self._details(scored)
            ),
        ]

    def _details(self, scored: Sequence[str]) -> Sequence[tuple[str, str]]:
        """What is told beside the scores of each benchmark, as one of its runs has it."""
        one = {name: runs[name] for name in scored for runs in self._runs.values() if name in runs}
        found = details(self._session, list(one.values()))
        return [(name, detail) for name, run in one.items() for detail in found.get(run, {})]

    def _drawable(self, measure: Measure) -> Mapping[str, Value]:
        """The measure's values that are defined, and on a logarithmic axis above zero."""
        found = self._values(measure.key)
        return {
            name: each
            for name, each in found.items()
            if np.isfinite(each.value) and (each.value > 0 or not measure.log)
        }

    def _values(self, key: str) -> Mapping[str, Value]:
        if key in (PARAMETERS, YEAR):
            return self._of_cards({PARAMETERS: _parameters, YEAR: _year}[key])
        if key in self._boards.catalogue.benchmarks:
            cells = {line.model: line.scores.get(key) for line in self._lines}
            return {name: _value(cell.raw, cell.raw_interval) for name, cell in cells.items() if cell}
        benchmark, told, detail = key.partition(DETAIL)
        if told:
            runs = {name: runs[benchmark] for name, runs in self._runs.items() if benchmark in runs}
            found = details(self._session, list(runs.values()))
            return {name: Value(found[run].get(detail, np.nan)) for name, run in runs.items() if run in found}
        lines = self._lines if key == MEAN else _board(self._boards, key)[1]
        return {line.model: _value(line.mean, line.interval) for line in lines}

    def _of_cards(self, read: Callable[[ModelCard], float]) -> Mapping[str, Value]:
        cards = {each.spec.name: each.card for each in known_models(self._session, EVERYBODY)}
        found = {line.model: cards.get(line.model) for line in self._lines}
        return {name: Value(read(card)) for name, card in found.items() if card is not None}


def _board(boards: LeaderboardCache, name: str) -> tuple[BoardHead, Sequence[BoardLine]]:
    shown = boards.page(BoardKey(name, Convention.EXPLAINED), Selection())
    return read_head(shown.page), read_lines(shown.page)


def _value(value: Number, interval: IntervalJson) -> Value:
    return Value(*(np.nan if each is None else each for each in (value, interval.low, interval.high)))


def _parameters(card: ModelCard) -> float:
    return card.parameters_million


def _year(card: ModelCard) -> float:
    """The newest of the papers that the card cites."""
    return max(map(float, re.findall(r"\((\d{4})[a-z]?\)", card.paper)), default=np.nan)
