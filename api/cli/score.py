"""`brainrank score`: score models on this machine, with no server."""

from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from brainrank.api.cli.options import Json, OnDatasets

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from brainrank.api.services.scoring import Machine, Outcome
    from brainrank.benchmark.benchmarks import Benchmark
    from brainrank.benchmark.catalogue import Catalogue
    from brainrank.benchmark.types.model_spec import ModelSpec

# Below it nobody wonders when it will be done.
WORTH_TELLING_S = 30.0


def score(
    models: Annotated[list[str], typer.Argument(metavar="MODEL...", help="Names of the catalogue, or timm:NAME.")],
    *,
    benchmark: Annotated[
        list[str] | None,
        typer.Option(
            "--benchmark",
            metavar="NAME",
            help="A benchmark; or a group, or all: what is at hand of them. Repeatable; all unless given.",
        ),
    ] = None,
    dataset: OnDatasets = None,
    layer: Annotated[
        list[str] | None,
        typer.Option(
            "--layer", metavar="NAME", help="A layer, or a glob over them, instead of the model's own; repeatable."
        ),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    memory: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Memory for features, such as 4GiB; 2GiB unless set.")
    ] = None,
    precision: Annotated[str, typer.Option(help="float32, or bf16 for the forward pass.")] = "float32",
    isolated: Annotated[
        bool, typer.Option("--isolated", help="Run models in a cell, as a service does: for files of strangers.")
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="Score anew even if the score is stored already.")] = False,
    json: Json = False,
) -> None:
    """Score models on benchmarks and store the scores with their receipts."""
    from brainrank.api.cli.output import clear_errors, messages, print_json
    from brainrank.api.cli.runs import run_json
    from brainrank.api.cli.tables import print_scores
    from brainrank.api.services.asked_model import with_layers
    from brainrank.api.services.catalogue import open_catalogue
    from brainrank.api.services.selection import select_here
    from brainrank.api.settings import Settings
    from brainrank.models_zoo.catalogue import find_model

    with clear_errors():
        specs = [with_layers(find_model(name), layer or ()) for name in dict.fromkeys(models)]
        catalogue = open_catalogue(Settings().locations, dataset or ())
        wanted = select_here(benchmark or (), catalogue, Settings().locations)
        outcomes, failed = score_all(
            specs,
            wanted.benchmarks,
            catalogue,
            device=device,
            again=again,
            required=wanted.named,
            memory=memory,
            precision=precision,
            isolated=isolated,
        )
        if json:
            print_json([{**run_json(run), "reused": reused} for run, reused in outcomes])
        elif outcomes:
            print_scores(outcomes)
        if wanted.remark:
            messages.print(wanted.remark, soft_wrap=True, markup=False)
    if failed:
        raise typer.Exit(1)


def score_all(
    specs: "list[ModelSpec]",
    benchmarks: "Sequence[Benchmark]",
    catalogue: "Catalogue",
    *,
    device: str,
    again: bool,
    required: "Collection[str]",
    memory: str | None = None,
    precision: str = "float32",
    isolated: bool = False,
) -> "tuple[list[Outcome], bool]":
    """Score every model on every benchmark that can be had; report on stderr what failed and whether anything did.

    A benchmark whose data cannot be had counts as a failure where it is `required`, and where nothing is scored at all.
    """
    from rich.markup import escape

    from brainrank.api.cli.output import messages
    from brainrank.api.cli.progress import TerminalReporter
    from brainrank.api.services.own_machine import open_machine
    from brainrank.api.services.scoring import Failure
    from brainrank.api.services.scoring import score_all as score_each
    from brainrank.api.settings import Settings
    from brainrank.benchmark.cell.enclosure import missing

    for lack in missing() if isolated else ():
        messages.print(f"[yellow]The cell lacks something on this machine:[/yellow] {escape(lack)}", soft_wrap=True)
    outcomes: list[Outcome] = []
    failed, unavailable = False, dict[str, list[str]]()
    with ExitStack() as stack:
        machine = stack.enter_context(
            open_machine(Settings(), catalogue, device=device, memory=memory, precision=precision, isolated=isolated)
        )
        _say_how_long(specs, benchmarks, machine, again=again)
        reporter = stack.enter_context(TerminalReporter(runs=len(specs) * len(benchmarks)))
        for each in score_each(specs, benchmarks, machine, again=again, begun=reporter.begun, reporter=reporter):
            if not isinstance(each, Failure):
                outcomes.append(each)
            elif each.model is None:
                unavailable.setdefault(f"{each.benchmark.dataset}. {each.error}", []).append(each.benchmark.region)
                failed = failed or each.benchmark.name in required
            else:
                text = f"[red]Failed:[/red] {escape(f'{each.model} on {each.benchmark.name}: {each.error}')}"
                messages.print(text, soft_wrap=True)
                failed = True
    for reason, regions in unavailable.items():
        messages.print(
            f"[yellow]Unavailable here:[/yellow] data set {escape(reason)} ({', '.join(regions)})", soft_wrap=True
        )
    return outcomes, failed or not outcomes


def _say_how_long(
    specs: "list[ModelSpec]", benchmarks: "Sequence[Benchmark]", machine: "Machine", *, again: bool
) -> None:
    """Say about how long it takes, where earlier runs tell and it is long enough to matter."""
    from brainrank.api.cli.output import messages
    from brainrank.api.numbers import duration
    from brainrank.api.services.estimates import Estimates, not_stored
    from brainrank.benchmark.code_version import code_version

    wanted, found = {each.name: each.version for each in benchmarks}, list[float | None]()
    estimates = Estimates(machine.extraction.memory_bytes)
    with machine.begin() as session:
        for spec in specs:
            versions = {each.name: code_version(spec, each) for each in benchmarks}
            new = wanted if again else not_stored(session, spec, wanted, code_versions=versions)
            found += [each.seconds for each in estimates.of(session, spec, new).values()]
    known = [each for each in found if each is not None]
    if sum(known) > WORTH_TELLING_S:
        others = f"; of {len(found) - len(known)} others nothing is known" if len(found) > len(known) else ""
        messages.print(f"About {duration(sum(known))} for {len(known)} runs, going by earlier ones{others}")
