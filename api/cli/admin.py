"""`brainrank admin`: for whoever runs a service; works on its database (BRAINRANK_DATABASE_URL), not over the web."""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Annotated

import typer

from brainrank.api.cli.admin_data import backup, export_results, import_results, restore
from brainrank.api.cli.options import Json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from brainrank.api.services.access.tokens import Token

admin = typer.Typer(help="Run a service: its tokens, its database and its data.", no_args_is_help=True)
token = typer.Typer(help="Tokens: who may ask the service for what.", no_args_is_help=True)
admin.add_typer(token, name="token")
for name, command in (
    ("backup", backup),
    ("restore", restore),
    ("export", export_results),
    ("import", import_results),
):
    admin.command(name)(command)


@token.command("create")
def create(
    owner: Annotated[str, typer.Argument(metavar="OWNER", help="Whose submissions are made with it.")],
    *,
    scope: Annotated[str, typer.Option(help="read, submit or admin.")] = "submit",
    days: Annotated[int | None, typer.Option(min=1, help="How long it is good; for ever unless given.")] = None,
    runs_a_day: Annotated[int, typer.Option(min=1, help="Most runs within 24 hours.")] = 1000,
    requests_a_minute: Annotated[int, typer.Option(min=1, help="Most requests within a minute.")] = 600,
) -> None:
    """Make a token and print it. It is shown this once: only its sha256 is stored."""
    from brainrank.api.cli.output import clear_errors
    from brainrank.api.services.access import tokens
    from brainrank.api.services.access.tokens import Scope
    from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError

    with clear_errors():
        if scope not in set(Scope):
            raise UnknownNameError("scope", scope, Scope)
        if not 1 <= len(owner) <= 100:
            raise InvalidDataError(f"An owner's name has 1 to 100 characters, not {len(owner)}")
        with _session() as session:
            made = tokens.create(
                session,
                owner=owner,
                scope=Scope(scope),
                days=days,
                runs_a_day=runs_a_day,
                requests_a_minute=requests_a_minute,
            )
    typer.echo(made)


@token.command("list")
def list_tokens(*, json: Json = False) -> None:
    """List the tokens; the tokens themselves are nowhere to be seen."""
    from brainrank.api.cli.output import clear_errors, print_json
    from brainrank.api.services.access import tokens

    with clear_errors(), _session() as session:
        found = tokens.every(session)
    if json:
        dates = ("created_at", "expires_at", "revoked_at")
        print_json(
            [
                {"token": each.number, "owner": each.owner, "scope": each.scope}
                | {date: (at := getattr(each, date)) and at.isoformat() for date in dates}
                for each in found
            ]
        )
        return
    _print(found)


def _print(found: "Sequence[Token]") -> None:
    from brainrank.api.cli.layout import name, number, print_table

    rows = []
    for each in found:
        moments = (each.created_at, each.expires_at, each.revoked_at)
        dates_of = ("-" if at is None else f"{at:%Y-%m-%d}" for at in moments)
        rows.append([str(each.number), each.owner, each.scope, *dates_of])
    columns = [number("token"), name("owner"), name("scope"), *map(number, ("created", "expires", "revoked"))]
    print_table(columns, rows)


@token.command("revoke")
def revoke(number: Annotated[int, typer.Argument(metavar="TOKEN", help="Its number (admin token list).")]) -> None:
    """End a token at once."""
    from brainrank.api.cli.output import clear_errors, messages
    from brainrank.api.services.access import tokens

    with clear_errors(), _session() as session:
        tokens.revoke(session, number)
    messages.print(f"Token {number} is revoked")


@admin.command("migrate")
def migrate() -> None:
    """Bring the database to this version's schema. Every command does so; this one does nothing else."""
    from brainrank.api.cli.output import clear_errors, messages
    from brainrank.api.db.engine import open_database
    from brainrank.api.settings import Settings

    with clear_errors():
        open_database(Settings().effective_database_url).dispose()
    messages.print("The database is up to date")


def _session() -> "AbstractContextManager[Session]":
    from brainrank.api.db.engine import open_database, transaction
    from brainrank.api.settings import Settings

    return transaction(open_database(Settings().effective_database_url))
