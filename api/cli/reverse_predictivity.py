"""`brainrank reverse-predictivity`: what models predict of measured responses, and what these predict of models."""

from typing import Annotated

import typer

from brainrank.api.cli.layout import number_column, print_table, print_text, text_column
from brainrank.api.cli.measured_spaces import measured_spaces
from brainrank.api.cli.options import Device, Draws, Folds, Json, LayersOfModels, OnDatasets, OwnPooling, Seed
from brainrank.api.cli.output import clear_errors, print_json
from brainrank.api.number_text import interval_text, number_text
from brainrank.api.score_json import interval_json
from brainrank.api.services.analysis.reverse_predictivity import BothWays, WayRow, analyse_both_ways


def reverse_predictivity(
    models: Annotated[list[str], typer.Argument(metavar="MODEL...", help="Names of the catalogue, or timm:NAME.")],
    *,
    benchmark: Annotated[str, typer.Option("--benchmark", metavar="NAME", help="The benchmark whose responses count.")],
    dataset: OnDatasets = None,
    layers: LayersOfModels = None,
    pooling: OwnPooling = None,
    device: Device = "auto",
    folds: Folds = 5,
    draws: Draws = 1000,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Predict responses from models, and models from the responses: held-out R2 both ways.

    With all of the layer, and with as many of its principal components as there are targets. Of several layers the one
    is taken, for each fold, that predicts the other folds best. Responses that are noisy predict less: compare the
    reverse among models, not with the forward.
    """
    with clear_errors():
        given = measured_spaces(models, benchmark, dataset or (), layers or (), pooling=pooling, device=device)
        found = analyse_both_ways(*given, folds=folds, draws=draws, seed=seed)
        targets, stimuli = len(given[1].targets), len(given[1].stimulus_ids)
        if json:
            told = {"benchmark": benchmark, "stimuli": stimuli, "targets": targets}
            settings = {"folds": folds, "draws": draws, "seed": seed}
            print_json(told | {"models": [_as_json(each) for each in found]} | settings)
        else:
            _print(found, f"R2 of {benchmark} both ways: {targets} targets, {stimuli} stimuli")


def _as_json(found: BothWays) -> dict[str, object]:
    return {
        "model": found.space,
        "layers": list(found.layers),
        "dimensions": found.dimensions,
        "response_dimensions": found.of_responses,
        "ways": [_row_json(each) for each in found.rows],
    }


def _row_json(row: WayRow) -> dict[str, object]:
    told = {"way": row.way, "components": row.components}
    return told | {"r2": row.estimate.value, "interval": interval_json(row.estimate.interval)}


def _print(found: tuple[BothWays, ...], title: str) -> None:
    columns = [text_column("model"), text_column("way"), number_column("R2"), number_column("95 % interval")]
    rows = [[each.space, _words(row), *_cells(row)] for each in found for row in each.rows]
    print_table(columns, rows, title=title)
    for each in found:
        print_text(f"{each.space}: {each.dimensions:.1f} dimensions, in {', '.join(dict.fromkeys(each.layers))}")
    print_text(f"responses: {found[0].of_responses:.1f} dimensions (participation ratio)")


def _words(row: WayRow) -> str:
    about = f", {row.components} components" if row.components else ""
    return ("predicts the responses" if row.way == "forward" else "is predicted by them") + about


def _cells(row: WayRow) -> tuple[str, str]:
    return number_text(row.estimate.value), interval_text(row.estimate.interval)
