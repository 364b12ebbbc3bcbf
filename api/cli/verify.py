"""`brainrank verify`: score a run again from its receipt."""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from brainrank.api.cli.layout import name_column, number_column, print_table, print_text, text_column
from brainrank.api.cli.options import Json, Memory, OnDatasets
from brainrank.api.cli.output import clear_errors, print_json, results
from brainrank.api.cli.progress import TerminalReporter
from brainrank.api.cli.runs import run_json
from brainrank.api.db.engine import transaction
from brainrank.api.repositories import models
from brainrank.api.repositories.runs import find_run
from brainrank.api.repositories.scores import latest_succeeded
from brainrank.api.repositories.visibility import Viewer
from brainrank.api.services.home.published_results import open_own_database
from brainrank.api.services.runs.verification import Claim, Verdict, read_claim
from brainrank.api.services.runs.verification import verify as verify_claim
from brainrank.api.services.views.open_catalogue import open_catalogue
from brainrank.api.settings import Settings
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.types.errors import InvalidDataError, UserError
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Reporter


def verify(
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN|FILE.json]", help="A run's number in your database, or a run as JSON.")
    ] = None,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Every model's newest score on every benchmark, of your database.")
    ] = False,
    dataset: OnDatasets = None,
    memory: Memory = None,
    json: Json = False,
) -> None:
    """Score a run again from its receipt; say whether the number is the same to the last bit.

    FILE.json is what a service answers at /v1/runs/NUMBER, or brainrank runs show NUMBER --json. The network runs anew,
    on the device of the receipt, and nothing is stored. Exit code 0: the same; 1: it differs, or cannot be scored here.
    """
    with clear_errors(), TerminalReporter() as reporter:
        if (run is None) != everything:
            raise UserError("Name the run: its number, or its file; or give --all, for every score of your database")
        found = list(_verdicts(run, dataset or (), memory, reporter))
    if json:
        print_json([_json(each) for each in found] if everything else _json(found[0]))
    elif everything:
        _print_all(found)
    else:
        _print(found[0])
    if not all(each.is_same for each in found):
        raise typer.Exit(1)


def _verdicts(run: str | None, datasets: Sequence[str], memory: str | None, reporter: Reporter) -> Iterator[Verdict]:
    """Of one run, or without one of every model's newest on each benchmark, model by model."""
    settings = Settings()
    catalogue = open_catalogue(settings.locations, datasets)
    if run is None:
        wanted: Iterable[tuple[Claim, ModelSpec | None]] = map(_own_run, _newest(catalogue))
    else:
        wanted = [_own_run(int(run)) if run.isdecimal() else (_claim(run), None)]
    for claim, spec in wanted:
        reporter.message(f"{claim.receipt.model} on {claim.receipt.benchmark}")
        yield verify_claim(
            claim,
            catalogue,
            locations=settings.locations,
            extraction=settings.extraction(memory=memory),
            reporter=reporter,
            spec=spec,
        )


def _newest(catalogue: Catalogue) -> list[int]:
    """The runs that the boards of one's own database show. Raises UserError when there are none."""
    versions = {name: each.version for name, each in catalogue.benchmarks.items()}
    with transaction(open_own_database(Settings())) as session:
        found = latest_succeeded(session, versions, viewer=Viewer(everything=True))
    if not found:
        raise UserError("Your database holds no score of any benchmark's version of today; brainrank score makes some")
    return [each.run_id for each in sorted(found, key=lambda each: (each.model, each.benchmark))]


def _own_run(number: int) -> tuple[Claim, ModelSpec | None]:
    """A run of one's own database, with its model, which need not be one of the catalogue."""
    with transaction(open_own_database(Settings())) as session:
        found = find_run(session, number)
        spec = models.scored_models(session, Viewer(everything=True), found.model).get(found.model)
    return read_claim(run_json(found)), spec


def _claim(file: str) -> Claim:
    """A run in a file. Raises UserError where it cannot be read, InvalidDataError where it is none."""
    try:
        content = json.loads(Path(file).read_text())
    except OSError as error:
        raise UserError(f"'{file}' is neither the number of a run nor a file that can be read: {error}") from error
    except ValueError as error:
        raise InvalidDataError(f"{file} is no JSON ({error}); give what /v1/runs/NUMBER answers") from error
    return read_claim(content if isinstance(content, dict) else {})


def _print_all(found: Sequence[Verdict]) -> None:
    not_same = [each for each in found if not each.is_same]
    rows = [[each.claim.receipt.model, each.claim.receipt.benchmark, _verdict(each), _why(each)] for each in not_same]
    if rows:
        print_table([name_column("model"), name_column("benchmark"), name_column("verdict"), name_column("why")], rows)
    print_text(
        f"{len(found) - len(not_same):,} of {len(found):,} scores are the same to the last bit",
        style="red" if not_same else "green",
    )


def _why(found: Verdict) -> str:
    """The reason; or what differs, by how much, and what else has changed."""
    if found.reason:
        return found.reason
    by = [
        f"{name.replace('_', ' ')} by {found.numbers[name] - then:.2g}"
        for name, then in found.claim.numbers.items()
        if repr(then) != repr(found.numbers[name])
    ]
    changed = f"; changed since: {', '.join(found.differences)}" if found.differences else ""
    return ", ".join(by) + changed


def _verdict(found: Verdict) -> str:
    if found.reason:
        return "cannot be scored here"
    return "the same to the last bit" if found.is_same else "differs"


def _json(found: Verdict) -> dict[str, object]:
    return {
        "verdict": _verdict(found),
        "model": found.claim.receipt.model,
        "benchmark": found.claim.receipt.benchmark,
        "reason": found.reason,
        "then": dict(found.claim.numbers),
        "now": dict(found.numbers),
        "changed": {name: {"then": then, "now": now} for name, (then, now) in found.differences.items()},
    }


def _print(found: Verdict) -> None:
    receipt = found.claim.receipt
    colour = "green" if found.is_same else "red"
    print_text(f"{receipt.model} on {receipt.benchmark}: {_verdict(found)}", style=colour)
    if found.reason:
        print_text(found.reason)
        return
    rows = []
    for quantity, then in found.claim.numbers.items():
        now = found.numbers[quantity]
        difference = "" if repr(then) == repr(now) else f"{now - then:.2g}"
        rows.append([quantity.replace("_", " "), repr(then), repr(now), difference])
    print_table([text_column(""), number_column("then"), number_column("now"), number_column("difference")], rows)
    if found.differences:
        results.print()
        changed = [[what, before, after] for what, (before, after) in found.differences.items()]
        print_table([name_column("changed since"), name_column("then"), name_column("now")], changed)
