"""What a model's layers are, found out without its weights wherever there is a way."""

from typing import NamedTuple

from brainrank.benchmark.types.errors import UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Reporter
from brainrank.models_zoo.load import outline
from brainrank.models_zoo.loaders.architecture import on_meta
from brainrank.models_zoo.network_layers import LayerOutput, layer_outputs


class ModelLayers(NamedTuple):
    """Every module's output for one image, in the order in which they run, and the names of those that are scored."""

    outputs: tuple[LayerOutput, ...]
    default: tuple[str, ...]


def describe_layers(spec: ModelSpec, locations: Locations, reporter: Reporter) -> ModelLayers:
    """Pass one image through the untrained network, on the meta device where that works: then nothing is computed.

    Raises what `outline` raises. Of recorded features, the layers are what is in the file.
    """
    model = outline(spec, locations, reporter)
    if model.stored_shapes is not None:
        stored = [LayerOutput(name, "stored", shape, "", name) for name, shape in model.stored_shapes().items()]
        return ModelLayers(tuple(stored), model.layers)
    if model.trials is not None:
        raise UserError(f"'{spec.source}' holds recorded choices and has no layers")
    size, channels = model.preprocessing.size, model.preprocessing.channels
    try:
        outputs = layer_outputs(on_meta(model.build), size, channels=channels)
    except (RuntimeError, NotImplementedError):  # a network whose path depends on numbers, of which meta has none
        outputs = layer_outputs(model.build(), size, channels=channels)
    return ModelLayers(tuple(outputs), model.layers)
