"""`brainrank score`: score models on this machine, with no server."""

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from brainrank.api.cli.numbers import ceiling_json, interval_json
from brainrank.api.cli.options import Json

if TYPE_CHECKING:
    from brainrank.api.services.scoring import Outcome
    from brainrank.benchmark.benchmarks import Benchmark
    from brainrank.benchmark.types.model_spec import ModelSpec


def score(
    models: Annotated[list[str], typer.Argument(metavar="MODEL...", help="Names of the catalogue, or timm:NAME.")],
    *,
    benchmark: Annotated[
        list[str] | None, typer.Option("--benchmark", metavar="NAME", help="May be repeated; all of them unless given.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    memory: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Memory for features, such as 4GiB; 2GiB unless set.")
    ] = None,
    precision: Annotated[str, typer.Option(help="float32, or bf16 for the forward pass.")] = "float32",
    again: Annotated[bool, typer.Option("--again", help="Score anew even if the score is stored already.")] = False,
    json: Json = False,
) -> None:
    """Score models on benchmarks and store the scores with their receipts."""
    from brainrank.api.cli.output import clear_errors, print_json
    from brainrank.api.cli.tables import print_scores
    from brainrank.benchmark.benchmarks import BENCHMARKS, find_benchmark
    from brainrank.models_zoo.catalogue import find_model

    with clear_errors():
        specs = [find_model(name) for name in dict.fromkeys(models)]
        wanted = [find_benchmark(name) for name in dict.fromkeys(benchmark or BENCHMARKS)]
        outcomes, failed = score_all(
            specs, wanted, device=device, again=again, required=bool(benchmark), memory=memory, precision=precision
        )
        if json:
            print_json([_as_json(outcome) for outcome in outcomes])
        elif outcomes:
            print_scores(outcomes)
    if failed:
        raise typer.Exit(1)


def score_all(
    specs: "list[ModelSpec]",
    benchmarks: "list[Benchmark]",
    *,
    device: str,
    again: bool,
    required: bool,
    memory: str | None = None,
    precision: str = "float32",
) -> "tuple[list[Outcome], bool]":
    """Score every model on every benchmark that can be had; report on stderr what failed and whether anything did.

    With `required`, a benchmark whose data cannot be had counts as a failure. UserErrors are raised: nobody's data
    mend them.
    """
    from brainrank.api.cli.output import messages
    from brainrank.api.cli.progress import TerminalReporter
    from brainrank.api.db.engine import open_database, transaction
    from brainrank.api.services.catalogue import fetch_data
    from brainrank.api.services.scoring import score as score_one
    from brainrank.api.settings import Settings
    from brainrank.benchmark.types.errors import BrainrankError, UserError

    settings = Settings()
    extraction = settings.extraction(memory=memory, precision=precision)
    begin = partial(transaction, open_database(settings.effective_database_url))
    outcomes, failed = [], False
    with TerminalReporter() as reporter:
        available = fetch_data(benchmarks, locations=settings.locations, reporter=reporter)
        for name, reason in available.unavailable.items():
            messages.print(f"[yellow]Unavailable here:[/yellow] data set {name}. {reason}", soft_wrap=True)
            failed = failed or required
        for spec in specs:
            for benchmark in available.benchmarks:
                try:
                    outcome = score_one(
                        spec,
                        benchmark,
                        begin=begin,
                        locations=settings.locations,
                        device=device,
                        again=again,
                        reporter=reporter,
                        extraction=extraction,
                    )
                except UserError:
                    raise
                except BrainrankError as error:
                    messages.print(f"[red]Failed:[/red] {spec.name} on {benchmark.name}: {error}", soft_wrap=True)
                    failed = True
                    break
                outcomes.append(outcome)
    return outcomes, failed


def _as_json(outcome: "Outcome") -> dict[str, Any]:
    run = outcome.run
    score = run.score
    return {
        "run": run.run_id,
        "model": run.model,
        "benchmark": run.benchmark,
        "value": score.value,
        "unit": score.unit,
        "interval": interval_json(score.interval),
        "ceiling": ceiling_json(score.ceiling),
        "layers": list(score.layers),
        "layer_curve": [{"layer": each.layer, "value": each.value} for each in score.layer_curve],
        "subjects": [{"subject": each.subject, "value": each.value} for each in score.per_subject],
        "reason": score.reason,
        "finished_at": run.finished_at.isoformat(),
        "reused": outcome.reused,
        "receipt": run.receipt,
    }
