"""`brainrank claims`: what is said of models, looked up in every study that has their scores."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Annotated

import typer

from brainrank.api.claim_json import replication_json
from brainrank.api.cli.layout import name_column, number_column, print_table, print_text, text_column
from brainrank.api.cli.options import Json
from brainrank.api.cli.output import clear_errors, messages, print_json, results
from brainrank.api.cli.progress import TerminalReporter
from brainrank.api.number_text import interval_text, number_text
from brainrank.api.services.analysis.claim_variations import agreement_text
from brainrank.api.services.analysis.claims import own_replications
from brainrank.api.services.analysis.replication import Replication
from brainrank.api.services.analysis.variant_scores import claimed_benchmarks, claimed_models, score_variants
from brainrank.api.services.home.local_machine import open_machine
from brainrank.api.services.views.open_catalogue import open_catalogue
from brainrank.api.settings import Settings
from brainrank.benchmark.claims.claim import AnyClaim, claim_files, read_claims
from brainrank.benchmark.claims.claim import register as write_digest
from brainrank.benchmark.claims.effects import FAILS, HOLDS
from brainrank.datasets.package.faults import count_text, first_few
from brainrank.models_zoo.catalogue import find_model


def claims(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE...]", help="Claims, a TOML file each; brainrank's own unless given."),
    ] = None,
    *,
    register: Annotated[
        bool,
        typer.Option(
            "--register", help="Write the files' digests beside them, so that edits are told; look up nothing."
        ),
    ] = False,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw every study and benchmark: .png, .pdf, .svg.")
    ] = None,
    multiverse: Annotated[
        bool,
        typer.Option(
            "--multiverse",
            help="First score the models by other dissimilarities, comparators, penalties, conventions, and on halves "
            "of the images; scores that are there already are found.",
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Look claims up in the stored scores: whether they hold in each study, and over all of them.

    A claim is two sets of models, a direction, and benchmarks, or a correlation over models (docs/how-to/claims.md).
    Intervals are over new images, subjects and seeds at once; studies that share images or subjects count as one.
    """
    with clear_errors():
        if register:
            for path in claim_files(files or ()):
                results.print(f"{write_digest(path).digest[:12]}  {path}", soft_wrap=True, markup=False)
            return
        asked = read_claims(files or ())
        if multiverse:
            score_multiverse(asked, Settings())
        found, refusals = own_replications(asked, Settings())
        if plot is not None:
            from brainrank.api.plots.claims import save_claims

            save_claims(found, plot)
    if json:
        print_json([replication_json(each).model_dump() for each in found])
        return
    for each in found:
        _print(each)
    for refusal in refusals:
        messages.print(refusal, soft_wrap=True, markup=False)
    if plot is not None:
        print_text(f"Wrote {plot}")


def score_multiverse(asked: Sequence[AnyClaim], settings: Settings, *, without: Collection[str] = ()) -> None:
    """Score the models of claims on variants of their benchmarks, but those of the data sets `without`.

    Raises UnknownNameError for a model that brainrank does not know by name, and as `score_variants`.
    """
    catalogue = open_catalogue(settings.locations)
    claimed = claimed_benchmarks(asked, catalogue, settings.locations)
    benchmarks = [each for each in claimed if each.dataset not in without]
    with TerminalReporter() as reporter, open_machine(settings, catalogue) as machine:
        with machine.begin() as session:
            specs = [find_model(name) for name in claimed_models(session, asked)]
        refused = list(score_variants(benchmarks, specs, machine, reporter))
    for why in dict.fromkeys(f"{each.benchmark}: {each.error}" for each in refused):
        messages.print(why, soft_wrap=True, markup=False)


def _print(found: Replication) -> None:
    results.print(f"[bold]{found.claim.name}[/bold]: {found.verdict}", soft_wrap=True)
    print_text(f"  {found.claim.statement}")
    rows = [
        [each.name, number_text(each.effect.value), interval_text(each.effect.interval), each.verdict]
        for each in found.studies
    ]
    if found.summary is not None:
        told = f"all {found.summary.studies} studies, tau {number_text(found.summary.tau)}"
        rows.append([told, number_text(found.summary.value), interval_text(found.summary.interval), found.verdict])
    print_table(
        [name_column("study"), number_column(found.effect_name), number_column("95 % interval"), text_column("")], rows
    )
    print_text(f"  It holds in {found.held_in}. {specifications_text(found)}")
    if found.lacking:
        print_text(f"  Without scores of all models: {first_few(found.lacking)}")
    results.print()


def specifications_text(found: Replication) -> str:
    """In how many of all benchmarks of the same recordings it holds, and in which it fails."""
    held = sum(each.verdict == HOLDS for each in found.specifications)
    failed = [each.benchmark for each in found.specifications if each.verdict == FAILS]
    told = f"Of {count_text(len(found.specifications), 'benchmark')} of their recordings it holds in {held}"
    told += f", and fails in {', '.join(failed)}." if failed else " and fails in none."
    return f"{told} {agreement_text(found.variations)}".rstrip()
