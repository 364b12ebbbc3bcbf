"""`brainrank cache info|clear`: the store of activations."""

import typer

from brainrank.api.cli.options import Json
from brainrank.api.cli.output import clear_errors, print_json, results
from brainrank.api.settings import Settings
from brainrank.benchmark.activations.store import ActivationStore, StoreInfo

cache = typer.Typer(help="The stored activations of models.", no_args_is_help=True)


@cache.command("info")
def info(*, json: Json = False) -> None:
    """Show where activations are stored, how many, and how much they take."""
    with clear_errors():
        _print(_store().info(), "holds", as_json=json)


@cache.command("clear")
def clear(*, json: Json = False) -> None:
    """Remove all stored activations; they are computed anew when they are needed."""
    with clear_errors():
        _print(_store().clear(), "held and lost", as_json=json)


def _store() -> ActivationStore:
    settings = Settings()
    return ActivationStore(settings.store_url or settings.locations.activations, limit_bytes=settings.store_limit)


def _print(found: StoreInfo, verb: str, *, as_json: bool) -> None:
    if as_json:
        print_json(found._asdict())
        return
    limit = "no limit" if found.limit_bytes is None else f"limit {found.limit_bytes / 2**30:.1f} GiB"
    results.print(
        f"{found.address} {verb} {found.entries} layers, {found.size_bytes / 2**20:.1f} MiB ({limit})",
        soft_wrap=True,
        markup=False,
    )
