"""`brainrank benchmarks recovery`: whether a benchmark would find the model that is true."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NamedTuple

import typer

from brainrank.api.cli.layout import name_column, number_column, print_table, print_text, text_column
from brainrank.api.cli.options import Device, Json, OnDatasets, names_in
from brainrank.api.cli.output import clear_errors, print_json
from brainrank.api.cli.progress import TerminalReporter
from brainrank.api.services.analysis.model_recovery import recover_models
from brainrank.api.services.boards.selection import select_here
from brainrank.api.services.home.local_machine import open_machine
from brainrank.api.services.views.inventory import models_of
from brainrank.api.services.views.open_catalogue import open_catalogue, sizes
from brainrank.api.services.views.recovery_results import recovery_facts
from brainrank.api.settings import Settings
from brainrank.benchmark.recovery.detection import Recovery
from brainrank.benchmark.recovery.recovery import LEAST_WORLDS, WORLDS
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.catalogue import find_model

NAMED = 3


def recovery(
    names: Annotated[list[str], typer.Argument(metavar="BENCHMARK...", help="Benchmarks, or groups of them.")],
    *,
    models: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,...", help="The models, separated by commas; all whose weights are here unless given."
        ),
    ] = None,
    worlds: Annotated[int, typer.Option(min=LEAST_WORLDS, help="Simulated sets of data for each model.")] = WORLDS,
    dataset: OnDatasets = None,
    device: Device = "auto",
    json: Json = False,
) -> None:
    """Take each model in turn as the true one, simulate data from it, and score all.

    Is the true one found, and told apart? With as many images and subjects as were measured, and as much noise.
    Activations that are not stored are computed. Of several benchmarks, those that are not simulated are named.
    """
    with clear_errors():
        found = _recover(names, models, worlds, dataset or (), device)
        if json:
            print_json({name: _as_json(each.found) for name, each in found.items()})
            return
        for name, each in found.items():
            if isinstance(each.found, Recovery):
                _print(name, each.found, each.measured)
            else:
                print_text(f"{name}: not simulated: {each.found}")


class Sized(NamedTuple):
    """A recovery, or why there is none, and how much was measured."""

    found: Recovery | str
    measured: Mapping[str, int]


def _as_json(found: Recovery | str) -> Mapping[str, Any]:
    return found.content if isinstance(found, Recovery) else {"reason": found}


def _recover(
    names: Sequence[str], models: str | None, worlds: int, datasets: Sequence[str], device: str
) -> dict[str, Sized]:
    settings = Settings()
    catalogue = open_catalogue(settings.locations, datasets)
    chosen = select_here(names, catalogue, settings.locations).benchmarks
    if models is None:
        specs = models_of(None, settings.locations)
    else:
        specs = [find_model(name) for name in names_in(models, option="--models")]
    found = {}
    with TerminalReporter() as reporter, open_machine(settings, catalogue, device=device) as machine:
        for benchmark in chosen:
            measured = sizes(catalogue.load(benchmark, settings.locations, Silent()).assembly)
            try:
                made: Recovery | str = recover_models(benchmark, specs, machine, reporter, worlds=worlds)
            except InvalidDataError as error:
                if len(chosen) == 1:
                    raise
                made = str(error)
            found[benchmark.name] = Sized(made, measured)
    return found


def _print(name: str, found: Recovery, measured: Mapping[str, int]) -> None:
    print_text(f"{name}: {len(found.models)} models, {found.worlds} worlds of each")
    columns = [text_column("over models"), text_column("true model as good as measured"), text_column("at the ceiling")]
    print_table(columns, [list(fact) for fact in recovery_facts(found, measured)])
    rows = []
    for place, model in enumerate(found.models):
        like = found.as_measured.not_told_from(model)
        told = ", ".join(like[:NAMED]) + (f" and {len(like) - NAMED} more" if len(like) > NAMED else "")
        shares = (found.as_measured.first[place], found.as_measured.certain[place])
        rows.append([model, *(f"{share:.0%}" for share in shares), told or "none"])
    columns = [name_column("true model"), number_column("first"), number_column("told from 2nd")]
    print_text("")
    print_table([*columns, text_column("told from these in fewer than 80 %")], rows)
