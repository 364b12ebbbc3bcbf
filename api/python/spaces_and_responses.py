"""Feature spaces beside responses, as people give both: of a study's images, or arrays in the same order."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from brainrank.api.python.feature_spaces import Layers
from brainrank.benchmark.types.errors import UserError

if TYPE_CHECKING:
    from brainrank.benchmark.types.activations import LayerGram
    from brainrank.benchmark.types.assemblies import ResponseAssembly
    from brainrank.benchmark.types.reporter import Reporter

    SpacesAndResponses = tuple[Mapping[str, Sequence[LayerGram]], ResponseAssembly]


def spaces_and_responses(
    spaces: Mapping[str, Any],
    responses: Any,
    *,
    layers: Layers,
    axes: Sequence[str] | None,
    groups: Any,
    extracting: Mapping[str, Any],
    reporter: "Reporter",
) -> "SpacesAndResponses":
    """The layers of each space as Gram matrices, and the responses to the same stimuli.

    `extracting` says how models are run: `pooling`, `preprocess` and `device`. Raises UserError for what was given and
    has no effect, and whatever spaces and responses that do not fit, or a model that cannot be run, raise.
    """
    from brainrank.api.python.asked import is_network

    if not isinstance(spaces, Mapping) or not all(isinstance(name, str) and name for name in spaces):
        raise UserError(
            f"spaces is {type(spaces).__name__}; give names with what each is: {{'language': A, 'images': B}}"
        )
    if extracting["preprocess"] is not None and not any(map(is_network, spaces.values())):
        raise UserError("preprocess is for networks of this session, and no space is one; leave preprocess out")
    if _is_study(responses):
        _refuse(axes=axes, groups=groups, why="the data that are named have their own; leave it out")
        return _of_study(spaces, responses, layers, extracting, reporter)
    without = {name: extracting[name] for name in ("pooling", "preprocess")}
    _refuse(**without, why="of an array there are no images to run a model on")
    return _of_array(spaces, responses, layers, axes, groups)


def _is_study(responses: Any) -> bool:
    from brainrank.api.python.benchmark_choice import is_own_data

    return isinstance(responses, str) or is_own_data(responses)


def _refuse(*, why: str, **given: Any) -> None:
    """Raise UserError for what was given and has no effect here."""
    for name, value in given.items():
        if value is not None:
            raise UserError(f"{name}: {why}")


def _of_study(
    spaces: Mapping[str, Any],
    responses: Any,
    layers: Layers,
    extracting: Mapping[str, Any],
    reporter: "Reporter",
) -> "SpacesAndResponses":
    from brainrank.api.python.asked import is_model
    from brainrank.api.python.benchmark_choice import chosen_benchmarks
    from brainrank.api.python.feature_spaces import (
        Extracting,
        array_layers,
        gram_layers,
        in_order,
        layers_by_space,
        model_layers,
    )
    from brainrank.api.services.analysis.measured_region import load_responses
    from brainrank.api.services.boards.selection import select_here
    from brainrank.api.settings import Settings

    by_space, own = layers_by_space(layers, spaces), Settings()
    choice = chosen_benchmarks(responses, own.locations)
    chosen = select_here(choice.names, choice.catalogue, own.locations)
    region, assembly = load_responses(chosen.benchmarks, choice.catalogue, own.locations, reporter)
    how = Extracting(region, choice.catalogue, own, reporter, **extracting)
    found = {}
    for name, given in spaces.items():
        if is_model(given):
            found[name] = model_layers(given, by_space[name], how)
        else:
            arrays = array_layers(given, by_space[name], name=name)
            ids = assembly.stimulus_ids
            found[name] = gram_layers({key: in_order(each, ids, named=True, what=name) for key, each in arrays.items()})
    return found, assembly


def _of_array(
    spaces: Mapping[str, Any],
    responses: Any,
    layers: Layers,
    axes: Sequence[str] | None,
    groups: Any,
) -> "SpacesAndResponses":
    import numpy as np

    from brainrank.api.python.analyse import units_given
    from brainrank.api.python.asked import is_model
    from brainrank.api.python.feature_spaces import array_layers, gram_layers, in_order, layers_by_space
    from brainrank.benchmark.metrics.regression.folds import identical_rows
    from brainrank.benchmark.types.assemblies import ResponseAssembly
    from brainrank.datasets.memory.paired_arrays import Features, responses_to

    models = [name for name, each in spaces.items() if is_model(each)]
    if models:
        raise UserError(
            f"{', '.join(models)} is a model, and an array of responses has no images; give br.data(images, "
            "responses), a benchmark's name, or the model's features"
        )
    by_space = layers_by_space(layers, spaces)
    arrays = {name: array_layers(each, by_space[name], name=name) for name, each in spaces.items()}
    every = [each for of_space in arrays.values() for each in of_space.values()]
    first = next((each for each in every if each.stimulus_ids is not None), every[0])
    ids = first.stimulus_ids or tuple(map(str, range(len(first.values))))
    ordered = {
        name: {
            layer: in_order(each, ids, named=first.stimulus_ids is not None, what=name)
            for layer, each in of_space.items()
        }
        for name, of_space in arrays.items()
    }
    measured = responses_to(Features(first.values, first.stimulus_ids), responses, axes=axes, what="responses")
    if groups is None:
        units = identical_rows(np.hstack([each.values for of_space in ordered.values() for each in of_space.values()]))
    else:
        units = units_given(groups, first.stimulus_ids, len(ids))
    assembly = ResponseAssembly(
        "responses", ids, tuple(map(str, range(measured.shape[2]))), measured, groups=tuple(map(str, units))
    )
    return {name: gram_layers(each) for name, each in ordered.items()}, assembly
