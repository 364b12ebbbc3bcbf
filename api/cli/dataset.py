"""`brainrank dataset`: the studies behind the benchmarks, and one's own data beside them."""

from typing import TYPE_CHECKING

import typer

from brainrank.api.cli.options import Json

if TYPE_CHECKING:
    from brainrank.benchmark.types.locations import Locations
    from brainrank.datasets.dataset import Dataset

dataset = typer.Typer(help="The studies behind the benchmarks, and your own data beside them.", no_args_is_help=True)


@dataset.callback()
def group() -> None:
    """The studies behind the benchmarks, and your own data beside them."""


@dataset.command("list")
def list_datasets(*, json: Json = False) -> None:
    """List the studies, whether their files are on this machine, and what one may do with them."""
    from rich.padding import Padding

    from brainrank.api.cli.output import clear_errors, print_json, results
    from brainrank.api.services.catalogue import open_catalogue
    from brainrank.api.settings import Settings

    locations = Settings().locations
    with clear_errors():
        catalogue = open_catalogue(locations)
    rows = [
        {
            "name": each.card.name,
            "here": _here(each, locations),
            "title": each.card.title,
            "regions": ", ".join(each.regions),
            "licence": each.card.licence,
            "citation": each.card.citation,
        }
        for each in catalogue.datasets.values()
    ]
    if json:
        print_json(rows)
        return
    for row in rows:
        results.print(f"[bold]{row['name']}[/bold]  {row['title']}")
        for key in ("regions", "here", "licence", "citation"):
            results.print(Padding(f"{key}: {row[key]}", (0, 0, 0, 4)))


def _here(dataset: "Dataset", locations: "Locations") -> str:
    missing = [region for region in dataset.regions if not dataset.is_here(region, locations)]
    if not missing:
        return "yes"
    some = "" if len(missing) == len(dataset.regions) else f" ({', '.join(missing)})"
    return f"no{some}; {dataset.card.access}"
