"""What a command prints: results on stdout, everything else on stderr, and one clear line for a failure."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from brainrank.api.json_text import without_nan
from brainrank.benchmark.types.errors import BrainrankError, UserError

# What shells say of a command that Ctrl-C ended.
STOPPED_CODE = 130

results = Console(highlight=False)
messages = Console(stderr=True, highlight=False)


def print_json(content: Any) -> None:
    """Print `content` as JSON on stdout; NaN becomes null, for JSON has no NaN."""
    json.dump(without_nan(content), sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


@contextmanager
def clear_errors() -> Iterator[None]:
    """Turn a BrainrankError into one message on stderr and exit code 2 (the user's to mend) or 1; Ctrl-C into 130."""
    try:
        yield
    except BrainrankError as error:
        messages.print(f"[red]Error:[/red] {escape(str(error))}", soft_wrap=True)
        raise typer.Exit(2 if isinstance(error, UserError) else 1) from error
    except KeyboardInterrupt as error:
        messages.print("[yellow]Stopped.[/yellow] Nothing is half written")
        raise typer.Exit(STOPPED_CODE) from error
