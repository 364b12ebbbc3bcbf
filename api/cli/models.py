"""`brainrank models list|show|layers`: which models there are, what is known of one, and what its layers are."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from brainrank.api.cli.options import Json

if TYPE_CHECKING:
    from brainrank.benchmark.types.model_spec import ModelSpec
    from brainrank.models_zoo.layers import LayerOutput

models = typer.Typer(help="The models that can be scored.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="A name of the catalogue, or a source such as timm:NAME.")]
NOTHING = "-"


@models.command("list")
def list_models(
    *,
    family: Annotated[str | None, typer.Option(metavar="FAMILY", help="Only this family.")] = None,
    json: Json = False,
) -> None:
    """List the models by family. Besides them, any source is a model, as timm:NAME (docs/reference/models.md)."""
    from brainrank.api.cli.output import clear_errors, print_json
    from brainrank.api.services.lists import model_row, models_of
    from brainrank.models_zoo.catalogue import FAMILIES

    with clear_errors():
        wanted = models_of(family)
    if json:
        print_json([model_row(spec) for spec in wanted])
        return
    _print_families({each: [spec for spec in wanted if spec.family == each] for each in FAMILIES})


@models.command("show")
def show(name: Name, *, json: Json = False) -> None:
    """Show what is known of a model: paper, training data, objective, licence, weights, layers."""
    from rich.markup import escape

    from brainrank.api.cli.output import clear_errors, print_json, results
    from brainrank.api.services.lists import model_row
    from brainrank.models_zoo.catalogue import find_model

    with clear_errors():
        spec = find_model(name)
    content = model_row(spec)
    if json:
        print_json(content)
        return
    results.print(f"[bold]{escape(spec.name)}[/bold]  {escape(spec.description)}", soft_wrap=True)
    for key, value in content.items():
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
    from brainrank.api.cli.output import clear_errors, print_json
    from brainrank.api.settings import Settings
    from brainrank.benchmark.types.reporter import Silent
    from brainrank.models_zoo.catalogue import find_model
    from brainrank.models_zoo.describe import describe_layers

    with clear_errors():
        outputs, chosen = describe_layers(find_model(name), Settings().locations, Silent())
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


def _print_families(by_family: "Mapping[str, Sequence[ModelSpec]]") -> None:
    """A heading per family and a line per model: `models show` has the rest."""
    from brainrank.api.cli.layout import name, number, print_table, text
    from brainrank.api.cli.output import results

    longest = max(len(spec.name) for specs in by_family.values() for spec in specs)
    for family, specs in by_family.items():
        if specs:
            results.print(f"[bold]{family}[/bold] ({len(specs)})")
            rows = []
            for spec in specs:
                size = (
                    f"{spec.card.parameters_million:.1f} M" if spec.card and spec.card.parameters_million else NOTHING
                )
                rows.append([f"  {spec.name:{longest}}", f"{size:>7}", spec.description])
            print_table([name(""), number(""), text("")], rows)


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
    from brainrank.api.cli.layout import name, number, print_table, text

    columns = [name(""), name("layer"), name("type"), text("output"), number("features")]
    rows = []
    for output in outputs:
        shape = output.reason if output.shape is None else " x ".join(str(side) for side in output.shape)
        features = NOTHING if output.n_features is None else f"{output.n_features:,}"
        rows.append(["*" if output.name in chosen else "", output.name, output.kind, shape, features])
    print_table(columns, rows)
