"""`brainrank verify`: score a run again from its receipt."""

from typing import TYPE_CHECKING, Annotated

import typer

from brainrank.api.cli.options import Json

if TYPE_CHECKING:
    from brainrank.api.services.verification import Claim, Verdict
    from brainrank.benchmark.types.model_spec import ModelSpec


def verify(
    run: Annotated[
        str, typer.Argument(metavar="RUN|FILE.json", help="A run's number in your database, or a run as JSON.")
    ],
    *,
    memory: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Memory for features, such as 4GiB; 2GiB unless set.")
    ] = None,
    json: Json = False,
) -> None:
    """Score a run again from its receipt; say whether the number is the same to the last bit.

    FILE.json is what a service answers at /v1/runs/NUMBER, or brainrank runs show NUMBER --json. The network runs anew,
    on the device of the receipt, and nothing is stored. Exit code 0: the same; 1: it differs, or cannot be scored here.
    """
    from brainrank.api.cli.output import clear_errors, print_json
    from brainrank.api.cli.progress import TerminalReporter
    from brainrank.api.services.catalogue import open_catalogue
    from brainrank.api.services.verification import verify as verify_claim
    from brainrank.api.settings import Settings

    with clear_errors(), TerminalReporter() as reporter:
        settings = Settings()
        claim, spec = _own_run(int(run)) if run.isdecimal() else (_claim(run), None)
        found = verify_claim(
            claim,
            open_catalogue(settings.locations),
            locations=settings.locations,
            extraction=settings.extraction(memory=memory),
            reporter=reporter,
            spec=spec,
        )
    if json:
        print_json(_json(found))
    else:
        _print(found)
    if not found.is_same:
        raise typer.Exit(1)


def _own_run(number: int) -> "tuple[Claim, ModelSpec | None]":
    """A run of one's own database, with its model, which need not be one of the catalogue."""
    from brainrank.api.cli.runs import run_json
    from brainrank.api.db.engine import open_database, transaction
    from brainrank.api.repositories import models
    from brainrank.api.repositories.runs import find_run
    from brainrank.api.repositories.visibility import Viewer
    from brainrank.api.services.verification import read_claim
    from brainrank.api.settings import Settings

    with transaction(open_database(Settings().effective_database_url)) as session:
        found = find_run(session, number)
        spec = models.scored_models(session, Viewer(everything=True), found.model).get(found.model)
    return read_claim(run_json(found)), spec


def _claim(file: str) -> "Claim":
    """A run in a file. Raises UserError where it cannot be read, InvalidDataError where it is none."""
    import json
    from pathlib import Path

    from brainrank.api.services.verification import read_claim
    from brainrank.benchmark.types.errors import InvalidDataError, UserError

    try:
        content = json.loads(Path(file).read_text())
    except OSError as error:
        raise UserError(f"'{file}' is neither the number of a run nor a file that can be read: {error}") from error
    except ValueError as error:
        raise InvalidDataError(f"{file} is no JSON ({error}); give what /v1/runs/NUMBER answers") from error
    return read_claim(content if isinstance(content, dict) else {})


def _verdict(found: "Verdict") -> str:
    if found.reason:
        return "cannot be scored here"
    return "the same to the last bit" if found.is_same else "differs"


def _json(found: "Verdict") -> dict[str, object]:
    return {
        "verdict": _verdict(found),
        "model": found.claim.receipt.model,
        "benchmark": found.claim.receipt.benchmark,
        "reason": found.reason,
        "then": dict(found.claim.numbers),
        "now": dict(found.numbers),
        "changed": {name: {"then": then, "now": now} for name, (then, now) in found.differences.items()},
    }


def _print(found: "Verdict") -> None:
    from brainrank.api.cli.layout import name, number, print_table, print_text, text
    from brainrank.api.cli.output import results

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
    print_table([text(""), number("then"), number("now"), number("difference")], rows)
    if found.differences:
        results.print()
        changed = [[what, before, after] for what, (before, after) in found.differences.items()]
        print_table([name("changed since"), name("then"), name("now")], changed)
