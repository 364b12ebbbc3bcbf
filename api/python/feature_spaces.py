"""Feature spaces as people give them: arrays, what `br.features` returned, models by name, networks of the session."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from brainrank.api.python.asked import is_model, is_network
from brainrank.benchmark.types.errors import InvalidDataError, UserError

if TYPE_CHECKING:
    from brainrank.api.settings import Settings
    from brainrank.benchmark.scoring.catalogue import Catalogue
    from brainrank.benchmark.types.activations import LayerGram
    from brainrank.benchmark.types.reporter import Reporter
    from brainrank.datasets.dataset import LoadedRegion
    from brainrank.datasets.memory.paired_arrays import Features as SpaceFeatures

Layers = str | Sequence[str] | Mapping[str, str | Sequence[str]] | None


def layers_by_space(layers: Layers, spaces: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The layers asked for of each space: of all the same, or by the space's name; none where nothing is asked.

    Raises UserError for layers of an array, which has none, and for a space that there is not.
    """
    from brainrank.api.python.features_result import Features
    from brainrank.api.python.given_names import names_of

    if layers is None:
        return dict.fromkeys(spaces, ())
    with_layers = [name for name, each in spaces.items() if is_model(each) or isinstance(each, Features)]
    given = layers if isinstance(layers, Mapping) else dict.fromkeys(with_layers, layers)
    unknown = [name for name in given if name not in with_layers]
    if unknown or not given:
        raise UserError(
            f"layers: {', '.join(map(str, unknown)) or repr(layers)} is no space that has layers; those are "
            f"{', '.join(with_layers) or 'none: arrays have one layer each'}"
        )
    return dict.fromkeys(spaces, ()) | {name: names_of(each, "layers") for name, each in given.items()}


def array_layers(given: Any, layers: tuple[str, ...], *, name: str) -> "dict[str, SpaceFeatures]":
    """The arrays of a space by layer, one under the space's own name where it is an array; ids where it has them.

    `layers` are names or globs over the layers of what `br.features` returned. Raises UnknownNameError where none is
    meant, and InvalidDataError for what is no array of stimuli x features.
    """
    from fnmatch import fnmatchcase

    from brainrank.api.python.features_result import Features
    from brainrank.benchmark.types.errors import UnknownNameError
    from brainrank.datasets.memory.paired_arrays import Features as SpaceFeatures
    from brainrank.datasets.memory.paired_arrays import features_of

    if not isinstance(given, Features):
        return {name: features_of(given, what=name)}
    for each in layers:
        if not any(fnmatchcase(layer, each) for layer in given.layers):
            raise UnknownNameError(f"layer of {name}", each, given.layers)
    chosen = [layer for layer in given.layers if not layers or any(fnmatchcase(layer, each) for each in layers)]
    found = {layer: features_of(given[layer], what=f"{name}, layer {layer}").values for layer in chosen}
    return {layer: SpaceFeatures(values, given.ids) for layer, values in found.items()}


def in_order(features: "SpaceFeatures", stimulus_ids: Sequence[str], *, named: bool, what: str) -> "SpaceFeatures":
    """The rows of these stimuli, by their ids where features have ids and the stimuli are `named`; else as they are.

    Raises InvalidDataError, with `what`, where stimuli are missing or, without ids, rows are more or fewer.
    """
    ids = features.stimulus_ids
    if ids is None or not named:
        if len(features.values) != len(stimulus_ids):
            raise InvalidDataError(f"{what} has {len(features.values)} stimuli; there are {len(stimulus_ids)}")
        return features
    place = {each: row for row, each in enumerate(ids)}
    missing = [each for each in stimulus_ids if each not in place]
    if missing:
        raise InvalidDataError(
            f"{what} has no features of {len(missing)} of the {len(stimulus_ids)} stimuli, as "
            f"{', '.join(missing[:3])}; it names {', '.join(ids[:3])}, ...: name them alike, or give an array in the "
            "stimuli's order"
        )
    return features._replace(
        values=features.values[[place[each] for each in stimulus_ids]], stimulus_ids=tuple(stimulus_ids)
    )


def gram_layers(arrays: "Mapping[str, SpaceFeatures]") -> "list[LayerGram]":
    """The Gram matrix of each array."""
    from brainrank.benchmark.activations.gram import layer_gram

    return [layer_gram(layer, np.asarray(each.values, dtype=np.float64)) for layer, each in arrays.items()]


@dataclass(frozen=True)
class Extracting:
    """How the layers of models are had: of which study's images, and with which pooling, preprocessing and device."""

    region: "LoadedRegion"
    catalogue: "Catalogue"
    settings: "Settings"
    reporter: "Reporter"
    pooling: str | None
    preprocess: Any
    device: str


def model_layers(given: Any, layers: tuple[str, ...], how: Extracting) -> "Sequence[LayerGram]":
    """The layers of a model, or network of this session, on a region's images, as `br.score` has them.

    `preprocess` is for networks of this session. Errors as of `br.score`.
    """
    from brainrank.api.python.asked import Wishes, asked_models
    from brainrank.api.services.analysis.measured_region import layers_on
    from brainrank.api.services.home.local_machine import open_machine

    preprocess = how.preprocess if is_network(given) else None
    asked = asked_models(given, Wishes(layers, how.pooling, preprocess), how.reporter)
    with open_machine(
        how.settings, how.catalogue, device=how.device, live=asked.live, passing=asked.passing
    ) as machine:
        (spec,) = asked.specs
        return layers_on(spec, how.region, machine, how.reporter)
