"""The layers of models that a command names, beside the responses of the benchmark it names."""

from collections.abc import Mapping, Sequence

from brainrank.api.cli.progress import TerminalReporter
from brainrank.api.services.analysis.measured_region import layers_on, load_responses
from brainrank.api.services.boards.selection import select_here
from brainrank.api.services.home.local_machine import open_machine
from brainrank.api.services.submissions.asked_model import with_layers
from brainrank.api.services.views.open_catalogue import open_catalogue
from brainrank.api.settings import Settings
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.errors import UserError
from brainrank.models_zoo.catalogue import find_model


def measured_spaces(
    models: Sequence[str],
    benchmark: str,
    datasets: Sequence[str],
    layers: Sequence[str],
    *,
    pooling: str | None,
    device: str,
) -> tuple[Mapping[str, Sequence[LayerGram]], ResponseAssembly]:
    """The layers of each model on the benchmark's images, and the responses to them.

    Raises UserError for two models of one name, layers of models that are not asked for, benchmarks of several regions
    or without responses, and whatever a model that cannot be run raises.
    """
    if len(set(models)) < len(models):
        raise UserError(f"{', '.join(models)}: a model is there twice; name each once")
    by_model, own = layers_of_models(layers, models), Settings()
    catalogue = open_catalogue(own.locations, datasets)
    chosen = select_here([benchmark], catalogue, own.locations)
    with TerminalReporter() as reporter, open_machine(own, catalogue, device=device) as machine:
        region, assembly = load_responses(chosen.benchmarks, catalogue, own.locations, reporter)
        spaces = {
            name: layers_on(with_layers(find_model(name), by_model[name], pooling), region, machine, reporter)
            for name in models
        }
        return spaces, assembly


def layers_of_models(written: Sequence[str], models: Sequence[str]) -> dict[str, list[str]]:
    """The layers of each model, from `NAME`, which is of all, and `MODEL=NAME`. UserError for a model not asked for."""
    found: dict[str, list[str]] = {name: [] for name in models}
    for each in written:
        model, equals, layer = each.rpartition("=")
        if not layer or (equals and model not in found):
            raise UserError(f"--layers {each}: give NAME, or MODEL=NAME of one of {', '.join(models)}")
        for name in [model] if equals else models:
            found[name].append(layer)
    return found
