"""What `brainrank analyse error-consistency` prints, and its JSON."""

from collections.abc import Mapping
from typing import Any

from brainrank.api.cli.layout import (
    Column,
    fits,
    name_column,
    number_column,
    print_facts,
    print_table,
    print_text,
    text_column,
)
from brainrank.api.cli.output import results
from brainrank.api.cli.people_tables import print_people
from brainrank.api.number_text import interval_text, number_text, range_text
from brainrank.api.people_json import people_json
from brainrank.api.score_json import interval_json
from brainrank.api.services.analysis.consistency import Among, Analysis, Group
from brainrank.benchmark.metrics.behaviour.pair_consistency import GroupConsistency, PairConsistency
from brainrank.benchmark.metrics.behaviour.undefined import undefined_text
from brainrank.benchmark.types.score import Interval

WIDEST_MATRIX = 12
HEADINGS = ("kappa, 95 % interval", "observed consistency", "accuracy difference")


def as_json(found: Analysis) -> dict[str, Any]:
    """Everything as plain values."""
    return {
        "observers": [
            {"observer": who, "kind": _kind(found, who), "accuracy": value} for who, value in found.accuracy.items()
        ],
        "mean_accuracy": {
            "people": found.mean_accuracy(of_models=False),
            "models": found.mean_accuracy(of_models=True),
        },
        "groups": [_group_json(each) for each in found.groups],
        "by_condition": {
            condition: [_group_json(each) for each in groups] for condition, groups in found.by_condition.items()
        },
        "pairs": [_pair_json(pair) for pair in found.pairs],
        "people_by_condition": found.people and people_json(found.people),
    }


def _kind(found: Analysis, observer: str) -> str:
    return "model" if observer in found.models else "person"


def _pair_json(pair: PairConsistency) -> dict[str, Any]:
    intervals = ("interval", "observed_interval", "accuracy_difference_interval")
    return pair._asdict() | {name: interval_json(getattr(pair, name)) for name in intervals}


def _group_json(found: Group) -> dict[str, Any]:
    group, counts = found.means, found.means.counts
    return {
        "among": found.among,
        "name": group.name,
        "pairs": group.pairs,
        "kappa": group.kappa,
        "interval": interval_json(group.interval),
        "unreliable": group.unreliable,
        "observed": group.observed,
        "observed_interval": interval_json(group.observed_interval),
        "accuracy_difference": group.accuracy_difference,
        "accuracy_difference_interval": interval_json(group.accuracy_difference_interval),
        "kappas": counts.kappas,
        "undefined": counts.undefined,
        "too_few_trials": counts.too_few,
    }


def print_analysis(found: Analysis) -> None:
    """Observers with the matrix of their kappas, each pair, and last the means that papers report."""
    if len(found.accuracy) == 2:
        _print_pair(found)
    else:
        numbers = {observer: str(k) for k, observer in enumerate(found.accuracy, start=1)}
        _print_observers(found, numbers)
        _print_pairs(found, numbers)
    for pair in found.pairs:
        if pair.reason:
            print_text(f"{pair.first} - {pair.second}: {pair.reason}")
    if len(found.accuracy) > 2:
        _print_groups(found)
    if found.by_condition:
        _print_conditions(found)
    if found.people is not None:
        results.print()
        print_people(found.people)
    for line in _remarks(found):
        print_text(line)


def _print_pair(found: Analysis) -> None:
    (pair,) = found.pairs
    print_text(f"{pair.first} and {pair.second}")
    facts = {
        "kappa": f"{number_text(pair.kappa)}   95 % interval {interval_text(pair.interval)}",
        "attainable": f"{number_text(pair.kappa_min)} to {number_text(pair.kappa_max)} at these accuracies",
        "both right or both wrong": f"{_with_interval(pair.observed, pair.observed_interval)}   by chance "
        f"{number_text(pair.expected)}",
        "accuracy difference": _with_interval(pair.accuracy_difference, pair.accuracy_difference_interval),
        "trials in common": str(pair.trials),
    }
    facts |= {f"right, {observer}": number_text(value) for observer, value in found.accuracy.items()}
    print_facts({f"  {label}": value for label, value in facts.items()})


def _print_observers(found: Analysis, numbers: Mapping[str, str]) -> None:
    """Who was right how often, with the kappas of all pairs where there is room for them."""
    columns = [
        number_column(""),
        name_column("observer"),
        *([text_column("")] if found.models else []),
        number_column("right"),
    ]
    rows = [
        [numbers[who], who, *([_kind(found, who)] if found.models else []), number_text(value, 2)]
        for who, value in found.accuracy.items()
    ]
    others = list(found.accuracy)[1:]
    kappa = {(pair.first, pair.second): number_text(pair.kappa, 2) for pair in found.pairs}
    matrix = [
        [*row, *(kappa.get((who, other), "") for other in others)]
        for who, row in zip(found.accuracy, rows, strict=True)
    ]
    wide = [*columns, *(number_column(numbers[other]) for other in others)]
    if len(found.accuracy) <= WIDEST_MATRIX and fits(wide, matrix):
        print_table(wide, matrix, title="kappa")
    else:
        print_table(columns, rows)
    means = {
        kind: found.mean_accuracy(of_models=of_models) for kind, of_models in (("people", False), ("models", True))
    }
    told = ", ".join(f"{kind} {number_text(value)}" for kind, value in means.items() if value == value)
    print_text(f"Mean accuracy: {told}")
    results.print()


def _print_pairs(found: Analysis, numbers: Mapping[str, str]) -> None:
    pairs = {pair: f"{numbers[pair.first]} - {numbers[pair.second]}" for pair in found.pairs}
    print_table(
        [text_column("pair"), *map(number_column, ("trials", "kappa", "95 % interval", "attainable"))],
        [
            [
                label,
                str(pair.trials),
                number_text(pair.kappa),
                interval_text(pair.interval),
                range_text(pair.kappa_min, pair.kappa_max),
            ]
            for pair, label in pairs.items()
        ],
    )
    results.print()
    headings = ("observed\nconsistency", "95 % interval", "by chance", "accuracy\ndifference", "95 % interval")
    print_table(
        [text_column("pair"), *map(number_column, headings)],
        [
            [
                label,
                number_text(pair.observed),
                interval_text(pair.observed_interval),
                number_text(pair.expected),
                number_text(pair.accuracy_difference),
                interval_text(pair.accuracy_difference_interval),
            ]
            for pair, label in pairs.items()
        ],
    )
    results.print()


def _print_groups(found: Analysis) -> None:
    columns: list[Column] = [text_column("means"), number_column("pairs"), *map(number_column, HEADINGS)]
    print_table(columns, [[each.name, str(each.pairs), *_numbers(each)] for _, each in found.groups])


def _print_conditions(found: Analysis) -> None:
    results.print()
    print_table(
        [name_column("condition"), text_column("means"), *map(number_column, HEADINGS)],
        [
            [condition, each.name, *_numbers(each)]
            for condition, groups in found.by_condition.items()
            for _, each in groups
        ],
    )


def _numbers(group: GroupConsistency) -> list[str]:
    return [
        _with_interval(group.kappa, group.interval),
        _with_interval(group.observed, group.observed_interval),
        _with_interval(group.accuracy_difference, group.accuracy_difference_interval),
    ]


def _with_interval(value: float, interval: Interval) -> str:
    return f"{number_text(value)}  {interval_text(interval)}"


def _remarks(found: Analysis) -> list[str]:
    """What is to be known of the numbers."""
    lines = []
    for among, group in found.groups:
        missing = undefined_text(
            group.counts, convention=found.convention, minimum=found.minimum, conditions=len(found.conditions)
        )
        if missing and len(found.accuracy) > 2:
            lines.append(f"{group.name}: {missing}")
        if group.unreliable and among in (Among.ALL, Among.PEOPLE):
            lines.append(
                f"Unreliable: kappa of {group.name}, without undefined pairs, cannot be told from zero, so that it is "
                "no ceiling for models"
            )
    if found.partial:
        shared = [pair.trials for pair in found.pairs]
        lines.append(
            f"Not all observers saw the same stimuli: pairs are compared on the {min(shared)} to {max(shared)} trials "
            f"they share, under conditions where they share at least {found.minimum}"
        )
    if len(found.conditions) > 1:
        lines.append(f"Means over {len(found.conditions)} conditions: {', '.join(found.conditions)}")
    lines.append("Accuracy differences are squared. Intervals: 95 %, over draws of the stimuli.")
    return lines
