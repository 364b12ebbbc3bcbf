"""Error consistency of groups of people, such as ages, within and between them, and which of them each model errs like.

A group is the people under one condition, each person under one only. What a model answered is compared with
everybody's answers to the same images, whatever its own condition is called.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from brainrank.benchmark.metrics.behaviour.accuracy import accuracy
from brainrank.benchmark.metrics.behaviour.closest_group import Lead, closest, leads
from brainrank.benchmark.metrics.behaviour.correctness import Correctness, correctness
from brainrank.benchmark.metrics.behaviour.error_consistency import MINIMUM_SHARED, UndefinedKappa
from brainrank.benchmark.metrics.behaviour.group_consistency import Estimate, GroupCell, group_cells, share_of
from brainrank.benchmark.metrics.behaviour.model_trials import MODEL, model_trials
from brainrank.benchmark.ranking.places import LEVEL
from brainrank.benchmark.statistics.resampling import units_of
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.trials import BehaviouralAssembly, Choices

DRAWS = 400  # a third of a second for 56 observers, and an end of an interval to within .01
EVERYWHERE = "0"  # groups are compared on what they share, whatever their condition


class PeopleGroup(NamedTuple):
    """A group: how many people, their trials, and their mean accuracy."""

    name: str
    people: int
    trials: int
    accuracy: float


class WithGroup(NamedTuple):
    """A model with a group: kappa, that as a share of what two people of the group have, and the latent correlation.

    `lead` is None where no two groups have one with the model.
    """

    group: str
    kappa: Estimate
    share: Estimate
    latent_r: Estimate
    lead: Lead | None


class ModelErrors(NamedTuple):
    """A model with each group; `closest` is the group whose lead is surest, which need not be sure (`Lead.p`)."""

    model: str
    accuracy: float
    groups: Sequence[WithGroup]
    closest: Lead | None


@dataclass(frozen=True, eq=False)
class GroupAnalysis:
    """Groups of people, each two of them, and each model with each; `cells` by the names of two groups in order."""

    groups: Sequence[PeopleGroup]
    cells: Mapping[tuple[str, str], GroupCell]
    models: Sequence[ModelErrors]


def compare_groups(
    assembly: BehaviouralAssembly,
    *,
    models: frozenset[str],
    convention: UndefinedKappa = UndefinedKappa.RAW,
    minimum: int = MINIMUM_SHARED,
    draws: int = DRAWS,
    seed: int = 0,
) -> GroupAnalysis:
    """Compare the people under each condition with each other and with `models`.

    Raises InvalidDataError where a person has trials under several conditions, people have all the same, or a group is
    called as a model is.
    """
    members = _groups_of_people(assembly, models)
    table = _everywhere(assembly)
    ids = table.stimulus_ids
    belongs = assembly.group_of or {}
    cells = group_cells(
        table,
        {**members, **{each: (each,) for each in sorted(models)}},
        units=units_of([belongs.get(each, each) for each in ids], len(ids)),
        rng=np.random.default_rng(seed),
        draws=draws,
        convention=convention,
        minimum=minimum,
    )
    right = dict(zip(table.observers, accuracy(table.correct, table.shown).value.tolist(), strict=True))
    trials = dict(zip(table.observers, table.shown.sum(axis=1).tolist(), strict=True))
    return GroupAnalysis(
        [
            PeopleGroup(
                name, len(who), sum(trials[each] for each in who), float(np.mean([right[each] for each in who]))
            )
            for name, who in members.items()
        ],
        {names: cell for names, cell in cells.items() if models.isdisjoint(names)},
        [_model_errors(model, right[model], list(members), cells) for model in sorted(models)],
    )


def compare_choices(
    choices: Choices, humans: BehaviouralAssembly, *, draws: int = DRAWS, seed: int = 0
) -> GroupAnalysis:
    """Compare what a model chose with the people under each condition. Raises InvalidDataError as `compare_groups`."""
    model = model_trials(choices, humans)
    once = model.select(np.unique(model.stimulus_id, return_index=True)[1])
    columns = ("observer", "stimulus_id", "condition", "response", "category")
    both = {name: np.concatenate([getattr(humans, name), getattr(once, name)]) for name in columns}
    assembly = BehaviouralAssembly(**both, group_of=humans.group_of, models=frozenset({MODEL}))
    return compare_groups(assembly, models=assembly.models, draws=draws, seed=seed)


def closest_text(model: ModelErrors) -> str:
    """Which group's errors a model shares most, and how sure that is."""
    if model.closest is None:
        return "Of too few errors nobody can tell whose errors the model shares most."
    who, share = model.closest.group, f"{100 * model.closest.share:.0f} % of draws of images and people"
    if model.closest.p < LEVEL:
        return f"The model shares most with {who} (p = {model.closest.p:.3f}, first on {share})."
    return (
        f"Groups cannot be told apart: {who} lead most surely, first on {share}, but a lead as sure comes by chance "
        f"with p = {model.closest.p:.2f}."
    )


def tells_groups(humans: BehaviouralAssembly) -> bool:
    """Whether people are in groups: several conditions, and each person under one."""
    pairs = np.unique(np.stack([humans.observer, humans.condition]), axis=1)
    return len(humans.conditions) > 1 and pairs.shape[1] == len(humans.observers)


def _groups_of_people(assembly: BehaviouralAssembly, models: frozenset[str]) -> dict[str, tuple[str, ...]]:
    people = assembly.select(~np.isin(assembly.observer, sorted(models)))
    if len(people.conditions) < 2:
        raise InvalidDataError(
            f"All people have the condition {people.conditions[0]}; groups are people under different conditions: give "
            "each person's group (age, say) in a column, and name it as the condition"
        )
    members = {each: people.within([each]).observers for each in people.conditions}
    several = sorted(
        {who for who in people.observers if sum(who in each for each in members.values()) > 1}
        | (members.keys() & models)
    )
    if several:
        raise InvalidDataError(
            f"{', '.join(several[:5])} have trials under several conditions, or name a group and a model; groups are "
            "of people who have one condition each"
        )
    return members


def _everywhere(assembly: BehaviouralAssembly) -> Correctness:
    """Who was right on which image. Raises InvalidDataError where a model answered twice for one."""
    return correctness(replace(assembly, condition=np.full(len(assembly), EVERYWHERE)), condition=EVERYWHERE)


def _model_errors(
    model: str, right: float, groups: Sequence[str], cells: Mapping[tuple[str, str], GroupCell]
) -> ModelErrors:
    own = {group: cells[group, model] for group in groups}
    found = leads({group: each.latent_r for group, each in own.items()})
    by_group = {each.group: each for each in found}
    rows = [
        WithGroup(
            group,
            each.kappa,
            share_of(each.kappa, cells[group, group].kappa if (group, group) in cells else None),
            each.latent_r,
            by_group.get(group),
        )
        for group, each in own.items()
    ]
    return ModelErrors(model, right, rows, closest(found))
