"""`brainrank published list|show`: scores that others published, with their source; shown, never ranked."""

import math
from pathlib import Path
from typing import Annotated

import typer

from brainrank.api.cli.layout import name_column, number_column, print_facts, print_table, print_text, text_column
from brainrank.api.cli.options import Json
from brainrank.api.cli.output import clear_errors, messages, print_json
from brainrank.api.cli.progress import TerminalReporter
from brainrank.api.number_text import number_text
from brainrank.api.services.views.published import AXES, Wanted, line_row, load_table, select
from brainrank.api.settings import Settings
from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError
from brainrank.datasets.published.catalogue import CATALOGUE
from brainrank.datasets.published.scores import Publication, PublishedLine, benchmarks_of

MOST_ROWS = 30

published = typer.Typer(
    help="Scores that others published, with their source: shown, never ranked.", no_args_is_help=True
)


@published.command("list")
def list_published(*, json: Json = False) -> None:
    """List the published tables that brainrank can read."""
    with clear_errors():
        locations = Settings().locations
        rows = [
            {
                "name": each.card.name,
                "here": each.is_here(locations),
                "title": each.card.title,
                "licence": each.card.licence,
                "citation": each.card.citation,
            }
            for each in CATALOGUE.values()
        ]
    if json:
        print_json(rows)
        return
    columns = [name_column("name"), text_column("here"), text_column("title"), text_column("licence")]
    print_table(
        columns,
        [
            [str(row["name"]), "yes" if row["here"] else "fetched", str(row["title"]), str(row["licence"])]
            for row in rows
        ],
    )


@published.command("show")
def show_published(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A published table, or a CSV file of your own.")],
    *,
    benchmark: Annotated[
        str, typer.Option("--benchmark", metavar="NAME", help="Sort by this one, and draw it; else the first.")
    ] = "",
    text: Annotated[str, typer.Option("--text", metavar="WORDS", help="Only models whose description has this.")] = "",
    plot: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw the scores: .png, .pdf, .svg.")] = None,
    across: Annotated[
        str, typer.Option("--across", metavar="COUNT", help=f"Against what to draw: {', '.join(AXES)}.")
    ] = "samples_seen",
    json: Json = False,
) -> None:
    """Show others' scores as they were published: they enter no leaderboard, mean or rank.

    A table of your own has a column `model` and a column for each benchmark, or `model`, `benchmark` and `score`.
    """
    with clear_errors(), TerminalReporter() as reporter:
        found, lines = load_table(name, Settings().locations, reporter)
        benchmarks = benchmarks_of(lines)
        if benchmark and benchmark not in benchmarks:
            raise UnknownNameError(f"benchmark of {name}", benchmark, benchmarks)
        chosen = benchmark or benchmarks[0]
        shown = select(lines, Wanted(text=text, benchmark=chosen))
        if plot is not None:
            _draw(shown, chosen, across, path=plot, source=found.card.citation if found else name)
    if json:
        print_json([line_row(each) for each in shown])
        return
    if found is not None:
        _print_card(found)
    _print(shown, benchmarks)
    if plot is not None:
        messages.print(f"Wrote {plot}", soft_wrap=True, markup=False)


def _draw(lines: list[PublishedLine], benchmark: str, across: str, *, path: Path, source: str) -> None:
    from brainrank.api.pages.published_charts import drawn_lines
    from brainrank.api.plots.published import published_figure
    from brainrank.api.plots.save import save_figure

    if across not in AXES:
        raise UnknownNameError("axis", across, AXES)
    axis = AXES[across]
    if not drawn_lines(lines, benchmark, axis):
        raise InvalidDataError(
            f"No model shown has a score on {benchmark} and {axis.label}; draw it --across another of {', '.join(AXES)}"
        )
    save_figure(published_figure(lines, benchmark, axis, source=source), path)


def _print_card(found: Publication) -> None:
    print_text("Others' numbers, as published; brainrank did not compute them.", style="bold")
    card = found.card
    print_facts({"title": card.title, "source": card.citation, "licence": card.licence, "a score": found.meaning})
    for each in found.cautions:
        print_text(f"- {each}")


def _print(lines: list[PublishedLine], benchmarks: tuple[str, ...]) -> None:
    columns = [name_column("model"), *(number_column(each.replace(".", ".\n")) for each in benchmarks)]
    rows = [
        [each.model.name, *(number_text(each.scores.get(name, math.nan)) for name in benchmarks)]
        for each in lines[:MOST_ROWS]
    ]
    print_table(columns, rows)
    if len(lines) > MOST_ROWS:
        print_text(f"{MOST_ROWS} of {len(lines)} models; all of them with --json, fewer with --text WORDS.")
