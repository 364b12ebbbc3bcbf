"""`brainrank partition`: what models predict of measured responses, each by itself and together."""

from pathlib import Path
from typing import Annotated, Any

import typer

from brainrank.api.cli.layout import number_column, print_table, print_text, text_column
from brainrank.api.cli.measured_spaces import measured_spaces
from brainrank.api.cli.options import Device, Draws, Folds, Json, LayersOfModels, OnDatasets, OwnPooling, Plot, Seed
from brainrank.api.cli.output import clear_errors, print_json
from brainrank.api.number_text import interval_text, number_text
from brainrank.api.score_json import interval_json
from brainrank.api.services.analysis.partition import (
    PartitionAnalysis,
    PartitionRow,
    analyse_partition,
    check_spaces,
)
from brainrank.benchmark.metrics.regression.quantity_intervals import Estimate


def partition(
    models: Annotated[
        list[str], typer.Argument(metavar="MODEL MODEL [MODEL]", help="Names of the catalogue, or timm:NAME.")
    ],
    *,
    benchmark: Annotated[
        str, typer.Option("--benchmark", metavar="NAME", help="The benchmark whose responses are predicted.")
    ],
    dataset: OnDatasets = None,
    layers: LayersOfModels = None,
    pooling: OwnPooling = None,
    device: Device = "auto",
    folds: Folds = 5,
    draws: Draws = 1000,
    seed: Seed = 0,
    json: Json = False,
    plot: Plot = None,
    maps: Annotated[
        Path | None,
        typer.Option("--maps", metavar="DIR", help="Write each part back into the brain, a file for each, into DIR."),
    ] = None,
) -> None:
    """Partition the variance of responses that two or three models predict: unique to each, and shared.

    Held-out responses are predicted by banded ridge. Prints medians over targets with 95 % intervals over stimuli; with
    repeats, the noise ceiling. Of several layers the one is taken, for each fold, that predicts the other folds best.
    """
    with clear_errors():
        if plot is not None:
            from brainrank.api.plots.save import checked_ending

            checked_ending(plot)
        check_spaces(models)
        given = measured_spaces(models, benchmark, dataset or (), layers or (), pooling=pooling, device=device)
        found = analyse_partition(*given, folds=folds, draws=draws, seed=seed)
        if plot is not None:
            from brainrank.api.plots.partition import partition_figure
            from brainrank.api.plots.save import save_figure

            save_figure(partition_figure(found), plot)
        if maps is not None:
            write_maps(found, maps)
        if json:
            print_json(_as_json(found, benchmark) | {"folds": folds, "draws": draws, "seed": seed})
        else:
            _print(found, benchmark)


def write_maps(found: PartitionAnalysis, folder: Path) -> None:
    """Write a file for each part. Raises InvalidDataError where nobody knows where the targets lie."""
    from brainrank.api.services.analysis.partition_maps import partition_maps
    from brainrank.datasets.brain_images import usual_ending, write_values

    made = partition_maps(found)
    folder.mkdir(parents=True, exist_ok=True)
    for name, each in made.items():
        write_values(
            each.found.space, each.found.everywhere, folder / f"{name}{usual_ending(each.found.space)}", each.title
        )


def _estimate_json(estimate: Estimate) -> dict[str, Any]:
    return {"value": estimate.value, "interval": interval_json(estimate.interval)}


def _row_json(row: PartitionRow) -> dict[str, Any]:
    return {
        "quantity": row.quantity,
        "spaces": list(row.spaces),
        **_estimate_json(row.estimate),
        "reason": row.reason,
        "targets": [_estimate_json(each) for each in row.targets],
    }


def _as_json(found: PartitionAnalysis, benchmark: str) -> dict[str, Any]:
    return {
        "benchmark": benchmark,
        "spaces": list(found.spaces),
        "layers": {name: list(each) for name, each in found.layers.items()},
        "stimuli": len(found.fold_of),
        "groups": found.n_units,
        "targets": list(found.assembly.targets),
        "unscored": [
            {"target": target, "reason": reason}
            for target, reason in zip(found.assembly.targets, found.reasons, strict=True)
            if reason
        ],
        "quantities": [_row_json(row) for row in found.rows],
        "fold_of_stimulus": found.fold_of.tolist(),
    }


def _print(found: PartitionAnalysis, benchmark: str) -> None:
    rows = [
        [each.label, number_text(each.estimate.value), interval_text(each.estimate.interval)] for each in found.rows
    ]
    title = f"Explained variance of {benchmark}: {len(found.assembly.targets)} targets, {len(found.fold_of)} stimuli"
    print_table([text_column(""), number_column("median R2"), number_column("95 % interval")], rows, title=title)
    for name, layers in found.layers.items():
        print_text(f"{name}: {', '.join(dict.fromkeys(layers))}")
    if found.ceiling_reason:
        print_text(f"No noise ceiling: {found.ceiling_reason}")
    unscored = [reason for reason in found.reasons if reason]
    for reason in dict.fromkeys(unscored):
        print_text(f"{unscored.count(reason)} unscored: {reason}")
