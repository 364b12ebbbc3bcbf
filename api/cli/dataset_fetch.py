"""`brainrank dataset fetch`: the files of a study that do not come by themselves."""

from typing import Annotated

import typer

from brainrank.api.cli.output import clear_errors, results
from brainrank.api.cli.progress import TerminalReporter
from brainrank.api.services.home.study_files import agree, fetch_study, study_files
from brainrank.api.settings import Settings
from brainrank.datasets.package.faults import count_text

FEW = 4


def fetch(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A study of `brainrank dataset list`.")],
    *,
    region: Annotated[
        list[str] | None, typer.Option(metavar="REGION", help="Only what this region needs; repeatable.")
    ] = None,
    accept_terms: Annotated[
        bool, typer.Option("--accept-terms", help="You have read the study's terms and agree to them.")
    ] = False,
) -> None:
    """Get the files of a study that do not come by themselves: says what they take, and goes on where it stopped.

    What only a person may get is told step by step.
    """
    with clear_errors(), TerminalReporter() as reporter:
        files = study_files(name, region or (), Settings().locations)
        card = files.study.card
        if not files.regions:
            results.print(f"{name}: everything is here", markup=False)
            return
        results.print(f"{card.title}\n  licence: {card.licence}\n  into: {files.folder}", soft_wrap=True, markup=False)
        if files.missing:
            agree(name, files.terms, accepted=accept_terms)
            size = files.size()
            told = "of unknown size" if size is None else f"{size / 2**30:.2f} GiB"
            results.print(f"  to fetch: {count_text(len(files.missing), 'file')}, {told}", markup=False)
            fetch_study(files, size, reporter)
        left = study_files(name, region or (), Settings().locations)
        if not left.regions:
            results.print(f"{name}: everything is here now. brainrank benchmarks list", markup=False)
            return
        results.print(
            f"What is left for you, for {', '.join(left.regions[:FEW])}{', ...' * (len(left.regions) > FEW)}:"
        )
        for number, step in enumerate(left.by_person, start=1):
            results.print(f"  {number}. {step}", soft_wrap=True, markup=False)
