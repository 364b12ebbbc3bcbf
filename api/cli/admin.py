"""`brainrank admin`: for whoever runs a service; works on its database (BRAINRANK_DATABASE_URL), not over the web."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from brainrank.api.cli.admin_data import backup, restore
from brainrank.api.cli.layout import name_column, number_column, print_table
from brainrank.api.cli.options import Json
from brainrank.api.cli.output import clear_errors, messages, print_json
from brainrank.api.db.engine import open_database, transaction
from brainrank.api.services.access import tokens
from brainrank.api.services.access.tokens import Scope, Token
from brainrank.api.settings import Settings
from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError

admin = typer.Typer(help="Run a service: its tokens, its database and its data.", no_args_is_help=True)
token = typer.Typer(help="Tokens: who may ask the service for what.", no_args_is_help=True)
admin.add_typer(token, name="token")
for name, command in (("backup", backup), ("restore", restore)):
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


def _print(found: Sequence[Token]) -> None:
    rows = []
    for each in found:
        moments = (each.created_at, each.expires_at, each.revoked_at)
        dates_of = ("-" if at is None else f"{at:%Y-%m-%d}" for at in moments)
        rows.append([str(each.number), each.owner, each.scope, *dates_of])
    columns = [
        number_column("token"),
        name_column("owner"),
        name_column("scope"),
        *map(number_column, ("created", "expires", "revoked")),
    ]
    print_table(columns, rows)


@token.command("revoke")
def revoke(number: Annotated[int, typer.Argument(metavar="TOKEN", help="Its number (admin token list).")]) -> None:
    """End a token at once."""
    with clear_errors(), _session() as session:
        tokens.revoke(session, number)
    messages.print(f"Token {number} is revoked")


@admin.command("migrate")
def migrate() -> None:
    """Bring the database to this version's schema. Every command does so; this one does nothing else."""
    with clear_errors():
        open_database(Settings().effective_database_url).dispose()
    messages.print("The database is up to date")


def _session() -> AbstractContextManager[Session]:
    return transaction(open_database(Settings().effective_database_url))
