"""`brainrank admin backup` and `restore`: a service's data as files."""

from pathlib import Path
from typing import Annotated

import typer

from brainrank.api.cli.output import clear_errors, messages
from brainrank.api.db.engine import open_database
from brainrank.api.services.home.backup import back_up
from brainrank.api.settings import Settings

File = Annotated[Path, typer.Argument(metavar="FILE")]


def backup(file: File) -> None:
    """Write the whole database to FILE, as it is at one moment, while the service works."""
    with clear_errors():
        back_up(Settings().effective_database_url, file)
    _wrote(file)


def restore(file: File) -> None:
    """Make an empty database (BRAINRANK_DATABASE_URL) what FILE holds, and bring it to this version."""
    from brainrank.api.services.home import backup

    with clear_errors():
        address = Settings().effective_database_url
        backup.restore(address, file)
        open_database(address).dispose()
    messages.print(f"The database is what {file} holds", markup=False, soft_wrap=True)


def _wrote(file: Path) -> None:
    messages.print(f"Wrote {file}, {file.stat().st_size:,} bytes", markup=False, soft_wrap=True)
