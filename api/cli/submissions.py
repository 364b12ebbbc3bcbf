"""`brainrank cancel|retry|publish|unpublish`: what an owner can do with a submission."""

from typing import Annotated

import typer

from brainrank.api.cli import service_connection
from brainrank.api.cli.options import Json
from brainrank.api.cli.output import clear_errors, print_json

Number = Annotated[int, typer.Argument(metavar="SUBMISSION", help="Its number (brainrank status).")]


def cancel(number: Number, *, json: Json = False) -> None:
    """Stop what is not finished of a submission."""
    _change("cancel", number, json=json)


def retry(number: Number, *, json: Json = False) -> None:
    """Let a submission's failed and cancelled runs wait again."""
    _change("retry", number, json=json)


def publish(number: Number, *, json: Json = False) -> None:
    """Show a submission and its scores to everybody."""
    _change("publish", number, json=json)


def unpublish(number: Number, *, json: Json = False) -> None:
    """Show a submission and its scores to its owner alone."""
    _change("unpublish", number, json=json)


def _change(verb: str, number: int, *, json: bool) -> None:
    with clear_errors(), service_connection.open_client() as client:
        changes = {
            "cancel": client.cancel,
            "retry": client.retry,
            "publish": client.publish,
            "unpublish": client.unpublish,
        }
        found = changes[verb](number)
    if json:
        print_json(found.model_dump(mode="json"))
    else:
        service_connection.print_submission(found)
