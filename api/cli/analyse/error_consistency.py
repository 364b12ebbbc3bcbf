"""`brainrank analyse error-consistency`: whether observers err on the same trials."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from brainrank.api.cli.analyse.trials import Categories, Common, Conditions, Trials, assembly_of
from brainrank.api.cli.options import Draws, Json, Plot, Seed, names_in
from brainrank.api.cli.output import clear_errors, print_json

if TYPE_CHECKING:
    from jaxtyping import Bool
    from numpy import ndarray

    from brainrank.api.cli.analyse.consistency_tables import Among, Analysis, Group
    from brainrank.benchmark.metrics.behaviour.error_consistency import Convention
    from brainrank.benchmark.metrics.behaviour.pair_consistency import Compared
    from brainrank.benchmark.types.trials import BehaviouralAssembly


def error_consistency(
    trials: Trials,
    models: Annotated[
        str | None,
        typer.Option(metavar="NAMES", help="Observers that are models, such as resnet*,vit-b; or a column `kind`."),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(metavar="CONDITIONS", help="Conditions that do not count, separated by commas."),
    ] = None,
    published: Annotated[
        str | None,
        typer.Option(metavar="EXPERIMENT", help="Leave out what published numbers of this experiment leave out."),
    ] = None,
    by_condition: Annotated[bool, typer.Option("--by-condition", help="Also a table of each condition.")] = False,
    minimum_shared: Annotated[
        int | None,
        typer.Option(
            min=2, help="Trials of a condition that a pair must share to be compared there; 20 (or all) unless given."
        ),
    ] = None,
    convention: Annotated[
        str, typer.Option(help="What an undefined kappa is: raw (none) or model-vs-human (1 where all answers agree).")
    ] = "raw",
    condition: Conditions = None,
    common: Common = False,
    categories: Categories = None,
    draws: Draws = 1000,
    seed: Seed = 0,
    json: Json = False,
    plot: Plot = None,
) -> None:
    """Compare the errors of observers: kappa, observed consistency and accuracy difference, with intervals.

    Models with people, people with people and models with models are separate means, over conditions and then pairs.
    Each pair is compared on the trials it shares.
    """
    with clear_errors():
        from brainrank.api.cli.analyse.consistency_tables import as_json, print_analysis
        from brainrank.api.cli.analyse.published import find_published_exclusion, leave_out
        from brainrank.api.cli.layout import print_text
        from brainrank.benchmark.metrics.behaviour.error_consistency import MINIMUM_SHARED, Convention
        from brainrank.benchmark.types.errors import UnknownNameError

        if convention not in list(Convention):
            raise UnknownNameError("convention", convention, list(Convention))
        given = assembly_of(trials, conditions=condition, common=common, categories=categories, aligned=False)
        assembly, excluded = leave_out(given, exclude=exclude or (), published=published)
        found = compare_observers(
            assembly,
            models=assembly.models | _named(assembly, models),
            convention=Convention(convention),
            minimum=MINIMUM_SHARED if minimum_shared is None else minimum_shared,
            by_condition=by_condition,
            draws=draws,
            seed=seed,
        )
        forgotten = find_published_exclusion(trials, assembly, excluded)
        if plot is not None:
            from brainrank.api.plots.behaviour import kappa_matrix
            from brainrank.api.plots.save import save_figure

            save_figure(kappa_matrix(assembly.observers, found.pairs), plot)
        if json:
            head = {
                "convention": convention,
                "draws": draws,
                "seed": seed,
                "minimum_shared": found.minimum,
                "conditions": list(assembly.conditions),
                "excluded": list(excluded),
                "published_exclusions_counted": forgotten and forgotten._asdict(),
            }
            print_json(head | as_json(found))
            return
        print_analysis(found)
        if excluded:
            print_text(f"Left out: condition {', '.join(excluded)}")
        if forgotten:
            print_text(str(forgotten))


def compare_observers(
    assembly: "BehaviouralAssembly",
    *,
    models: frozenset[str],
    convention: "Convention",
    minimum: int,
    by_condition: bool,
    draws: int,
    seed: int,
) -> "Analysis":
    """Compare all observers of some trials.

    Raises InvalidDataError for one observer, or where no two share enough trials.
    """
    import numpy as np

    from brainrank.api.cli.analyse.consistency_tables import Analysis
    from brainrank.benchmark.metrics.behaviour.accuracy import accuracy
    from brainrank.benchmark.metrics.behaviour.correctness import correctness_by_condition
    from brainrank.benchmark.metrics.behaviour.pair_consistency import compared, of_pairs
    from brainrank.benchmark.metrics.behaviour.ratios import mean_of_defined
    from brainrank.benchmark.types.errors import InvalidDataError

    tables = correctness_by_condition(assembly)

    def of(names: tuple[str, ...]) -> "Compared":
        some = {name: tables[name] for name in names}
        rng = np.random.default_rng(seed)
        return compared(some, rng=rng, draws=draws, convention=convention, minimum=minimum)

    found = of(assembly.conditions)
    trials = np.stack([each.trials for each in found.by_condition.values()])
    if np.isnan(found.mean("expected")).all():
        most = int(trials[:, *found.pairs.T].max())
        raise InvalidDataError(
            f"No two observers share {minimum} trials of a condition, the most are {most}; give trials on the same "
            "stimuli, or lower --minimum-shared"
        )
    right = mean_of_defined(np.stack([accuracy(table.correct, table.shown).value for table in tables.values()]))
    return Analysis(
        accuracy=dict(zip(assembly.observers, right.tolist(), strict=True)),
        models=models,
        pairs=of_pairs(found),
        groups=_groups(found, models),
        by_condition={each: _groups(of((each,)), models) for each in assembly.conditions if by_condition},
        conditions=assembly.conditions,
        convention=convention,
        minimum=minimum,
        partial=not all(table.shown.all() for table in tables.values()),
    )


def _named(assembly: "BehaviouralAssembly", models: str | None) -> frozenset[str]:
    """The observers that names or patterns call models. Raises UserError for no name, or one that fits no observer."""
    from fnmatch import fnmatchcase

    from brainrank.benchmark.types.errors import UnknownNameError

    found: set[str] = set()
    for pattern in [] if models is None else names_in(models, option="--models"):
        fitting = {observer for observer in assembly.observers if fnmatchcase(observer, pattern)}
        if not fitting:
            raise UnknownNameError("observer", pattern, assembly.observers)
        found |= fitting
    return frozenset(found)


def _groups(found: "Compared", models: frozenset[str]) -> "list[Group]":
    """People with people, each model with people, all models with people, models with models: those that there are."""
    from brainrank.api.cli.analyse.consistency_tables import Group
    from brainrank.benchmark.metrics.behaviour.pair_consistency import of_group

    return [
        Group(among, of_group(found, name, chosen)) for among, name, chosen in _chosen(found, models) if chosen.any()
    ]


def _chosen(found: "Compared", models: frozenset[str]) -> "Iterator[tuple[Among, str, Bool[ndarray, ' pairs']]]":
    import numpy as np

    from brainrank.api.cli.analyse.consistency_tables import Among

    is_model = np.isin(found.observers, list(models))
    first, second = is_model[found.pairs].T
    if not models:
        yield Among.ALL, "all pairs", ~first
        return
    yield Among.PEOPLE, "people with people", ~first & ~second
    for k in np.flatnonzero(is_model).tolist():
        own = (first != second) & (found.pairs == k).any(axis=1)
        yield Among.MODEL_WITH_PEOPLE, f"{found.observers[k]} with people", own
    if len(models) > 1:
        yield Among.MODELS_WITH_PEOPLE, "all models with people", first != second
    yield Among.MODELS, "models with models", first & second
