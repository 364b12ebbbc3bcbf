"""`brainrank benchmarks list|show|recovery`: what there is to score on, and what it can detect."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from shlex import join
from typing import Annotated, Any

import typer

from brainrank.api.cli.layout import name_column, print_facts, print_table, text_column
from brainrank.api.cli.options import Json, OnDatasets
from brainrank.api.cli.output import clear_errors, print_json, results
from brainrank.api.cli.progress import TerminalReporter
from brainrank.api.cli.recovery import recovery
from brainrank.api.number_text import ceiling_text, interval_text, number_text
from brainrank.api.score_json import ceiling_json, interval_json
from brainrank.api.services.views.inventory import BenchmarkFacts, benchmark_facts
from brainrank.api.services.views.open_catalogue import describe, open_catalogue
from brainrank.api.services.views.other_brains import other_brains
from brainrank.api.services.views.recovery_results import recovery_facts, stored_recovery, why_not_recovered
from brainrank.api.settings import Settings
from brainrank.benchmark.scoring.benchmarks import Benchmark

benchmarks = typer.Typer(help="The benchmarks to score them on.", no_args_is_help=True)


@benchmarks.command("list")
def list_benchmarks(
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Also those whose data one must get oneself, and which are not here.")
    ] = False,
    dataset: OnDatasets = None,
    json: Json = False,
) -> None:
    """List the benchmarks whose data are here or are fetched when first used."""
    with clear_errors():
        locations = Settings().locations
        catalogue = open_catalogue(locations, dataset or ())
        rows = benchmark_facts(catalogue.benchmarks.values(), catalogue, locations)
    shown = [row for row in rows if everything or row.can_be_had]
    if json:
        print_json([row._asdict() for row in shown])
    elif shown:
        _print(shown)
    if len(shown) < len(rows) and not json:
        option = join(
            ["brainrank", "benchmarks", "list", "--all", *(word for d in dataset or () for word in ("--dataset", d))]
        )
        results.print(
            f"\n{len(rows) - len(shown)} more need files that one must get oneself: {option}",
            markup=False,
            soft_wrap=True,
        )


@benchmarks.command("show")
def show_benchmark(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A benchmark's name.")],
    *,
    dataset: OnDatasets = None,
    json: Json = False,
) -> None:
    """Show a benchmark: data, metric, ceiling, and what people reach; of the data only what was measured is needed."""
    with clear_errors(), TerminalReporter() as reporter:
        locations = Settings().locations
        catalogue = open_catalogue(locations, dataset or ())
        found = describe(catalogue.benchmark(name), catalogue, locations, reporter)
    benchmark, card = found.benchmark, found.card
    facts = {
        "name": benchmark.name,
        "version": benchmark.version,
        "title": benchmark.title,
        "group": benchmark.group,
        "data set": f"{benchmark.dataset}, {benchmark.region}",
        **({"subject": found.subject} if found.subject else {}),
        "measured": ", ".join(f"{count} {what}" for what, count in found.sizes.items()),
        **({"preprocessing": found.preprocessing} if found.preprocessing else {}),
        "metric": benchmark.metric.name,
        "parameters": ", ".join(f"{key} {value}" for key, value in asdict(benchmark.metric).items()),
        "citation": card.citation,
        "licence": card.licence,
        "access": card.access,
    }
    if json:
        stored = stored_recovery(benchmark)
        told = {"recovery": None if stored is None else stored.content, "other_brains": _brains_json(benchmark)}
        people = {"ceiling": ceiling_json(found.ceiling), "people": found.references}
        print_json({**facts, "sizes": found.sizes, **people, **told})
        return
    ceiling = {"noise ceiling": ceiling_text(found.ceiling)}
    if found.ceiling.interval is not None:
        ceiling["95 % interval of the lower"] = interval_text(found.ceiling.interval)
    reached = {f"people: {key}": number_text(value, 4) for key, value in found.references.items()}
    reached |= {f"other brain: {each.title}": each.text for each in other_brains(benchmark)}
    detects = _detects(benchmark, found.sizes)
    print_facts({**{key: str(fact) for key, fact in facts.items()}, **ceiling, **reached, **detects})


benchmarks.command("recovery")(recovery)


def _detects(benchmark: Benchmark, sizes: Mapping[str, int]) -> dict[str, str]:
    """What it can detect of the models at hand, were the true one as good as measured."""
    found = stored_recovery(benchmark)
    if found is None:
        return {"what it can detect": f"not known: {why_not_recovered(benchmark)}"}
    about = f"{len(found.models)} models in turn the true one and as good as measured, {found.worlds} worlds each"
    return {"what it can detect": about, **{each.what: each.as_measured for each in recovery_facts(found, sizes)}}


def _brains_json(benchmark: Benchmark) -> list[dict[str, Any]]:
    brains = other_brains(benchmark)
    return [{"title": each.title, "value": each.value, "interval": interval_json(each.interval)} for each in brains]


def _print(rows: Sequence[BenchmarkFacts]) -> None:
    columns = [name_column("name"), text_column("group"), text_column("title")]
    print_table(columns, [[row.name, row.group, row.title] for row in rows])
