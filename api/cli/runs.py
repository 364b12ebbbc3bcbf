"""`brainrank runs show`: everything that is kept of one run."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from brainrank.api.cli.options import Json
from brainrank.api.numbers import NOTHING, ceiling_json, ceiling_text, interval_json, interval_text, number_text

if TYPE_CHECKING:
    from brainrank.api.repositories.runs import StoredRun

runs = typer.Typer(help="Runs: one model on one benchmark, with all that came of it.", no_args_is_help=True)


@runs.callback()
def group() -> None:
    """Runs: one model on one benchmark, with all that came of it."""


@runs.command("show")
def show(
    run: Annotated[int, typer.Argument(help="The run's number, as brainrank score --json tells it.")],
    *,
    targets: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write each neuron's or voxel's score to FILE (.csv).")
    ] = None,
    json: Json = False,
) -> None:
    """Show a run: score, layer curve and which layers won, subjects, details, times and receipt."""
    from brainrank.api.cli.output import clear_errors, print_json
    from brainrank.api.db.engine import open_database, transaction
    from brainrank.api.repositories.runs import find_run
    from brainrank.api.settings import Settings

    with clear_errors():
        with transaction(open_database(Settings().effective_database_url)) as session:
            found = find_run(session, run)
        if targets is not None:
            write_targets(found, targets)
        if json:
            print_json(run_json(found))
        else:
            _print(found)


def write_targets(run: "StoredRun", path: Path) -> None:
    """Write a line for each target. Raises UserError when the run has no scores of targets."""
    from brainrank.api.services.exports import REAL, TEXT, Format, export
    from brainrank.benchmark.storage import written_whole
    from brainrank.benchmark.types.errors import UserError

    found = run.score.per_target
    if found is None:
        raise UserError(f"Run {run.run_id} ({run.benchmark}) has no scores of targets; only encoding has them")
    values = (None if value != value else value for value in found.values.tolist())
    rows = zip(found.targets, values, strict=True)
    columns = {"target": TEXT, run.score.unit.removeprefix("median "): REAL}
    with written_whole(path) as file:
        file.writelines(export(rows, columns, Format.CSV))


def run_json(run: "StoredRun") -> dict[str, Any]:
    """A run as plain values."""
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
        "layer_curve": [{"layer": each.layer, "value": each.value, "won": each.won} for each in score.layer_curve],
        "subjects": [{"subject": each.subject, "value": each.value} for each in score.per_subject],
        "details": [{"name": each.name, "value": each.value, "people": each.reference} for each in score.details],
        "reason": score.reason,
        "finished_at": run.finished_at.isoformat(),
        "seconds": dict(run.seconds),
        "receipt": run.receipt,
    }


def _print(run: "StoredRun") -> None:
    from brainrank.api.cli.layout import name, number, print_facts, print_table, print_text
    from brainrank.api.cli.output import results

    score, receipt = run.score, run.receipt
    print_text(f"{run.model} on {run.benchmark}, run {run.run_id}", style="bold")
    facts = {
        "score": f"{number_text(score.value)} {score.unit} {f'({score.reason})' if score.reason else ''}".strip(),
        "95 % interval": interval_text(score.interval),
        "noise ceiling": ceiling_text(score.ceiling),
        "readout": receipt.get("readout") or NOTHING,
        "seconds": ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in run.seconds.items()) or NOTHING,
        "finished": run.finished_at.isoformat(timespec="seconds"),
        "code": receipt["code_version"],
    }
    print_facts(facts)
    for title, rows in (
        (("layer", "score", "won"), [(e.layer, number_text(e.value), f"{e.won:.0%}") for e in score.layer_curve]),
        (("subject", "score"), [(each.subject, number_text(each.value)) for each in score.per_subject]),
        (
            ("detail", "model", "people"),
            [(e.name, number_text(e.value), number_text(e.reference)) for e in score.details],
        ),
    ):
        if rows:
            results.print()
            print_table([name(title[0]), *map(number, title[1:])], rows)
