"""`brainrank analyse error-consistency`: whether observers err on the same trials."""

from typing import Annotated

import typer

from brainrank.api.cli.analyse.consistency_tables import as_json, print_analysis
from brainrank.api.cli.analyse.trial_options import Categories, Common, Conditions, Trials, assembly_of
from brainrank.api.cli.layout import print_text
from brainrank.api.cli.options import Columns, Draws, Json, Plot, Seed, names_in
from brainrank.api.cli.output import clear_errors, print_json
from brainrank.api.services.analysis.consistency import compare_observers, models_among
from brainrank.api.services.analysis.exclusions import find_published_exclusion, leave_out
from brainrank.benchmark.metrics.behaviour.error_consistency import MINIMUM_SHARED, UndefinedKappa
from brainrank.benchmark.types.errors import choice


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
    people_by_condition: Annotated[
        bool,
        typer.Option(
            "--people-by-condition",
            help="Also compare groups, such as ages: the people under each condition, and models with them.",
        ),
    ] = False,
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
    columns: Columns = None,
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
        undefined = choice(UndefinedKappa, convention, "convention")
        given = assembly_of(
            trials, conditions=condition, common=common, categories=categories, columns=columns, aligned=False
        )
        left_out = [each for part in exclude or () for each in names_in(part, option="--exclude")]
        assembly, excluded = leave_out(given, exclude=left_out, published=published)
        found = compare_observers(
            assembly,
            models=models_among(assembly, [] if models is None else names_in(models, option="--models")),
            convention=undefined,
            minimum=MINIMUM_SHARED if minimum_shared is None else minimum_shared,
            by_condition=by_condition,
            draws=draws,
            seed=seed,
            people_by_condition=people_by_condition,
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
