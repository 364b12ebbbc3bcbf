"""What is asked to be scored: models by name, as specs, or as networks of this session."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from brainrank.benchmark.types.errors import UserError

if TYPE_CHECKING:
    from brainrank.benchmark.types.model_spec import ModelSpec
    from brainrank.benchmark.types.reporter import Reporter
    from brainrank.models_zoo.loaders.live import LiveModel
    from brainrank.models_zoo.resolved import ResolvedModel

LONGEST_NAME = 200  # in a database


@dataclass(frozen=True)
class Wishes:
    """What is to be done with the models otherwise than they do by themselves; `name` is what one is to be called."""

    layers: tuple[str, ...] = ()
    pooling: str | None = None
    preprocess: Any = None
    name: str | None = None


@dataclass(frozen=True)
class AskedModels:
    """Models to be scored; those of them that are networks of this session, by name; and of which nothing is stored."""

    specs: "Sequence[ModelSpec]"
    live: "Mapping[str, ResolvedModel]" = field(default_factory=dict)
    passing: frozenset[str] = frozenset()


def asked_models(given: Any, wishes: Wishes, reporter: "Reporter") -> AskedModels:
    """The models given, one or several, each once.

    `name` is for one model; without it a network of this session is stored nowhere. `preprocess` is for such networks,
    and for one named model that gets a name of its own. Raises UserError where that does not fit, and for what is no
    model; what a network that cannot be run raises.
    """
    several = _several(given)
    _check_fits(several, wishes)
    specs: dict[int, ModelSpec] = {
        place: _spec_named(each, wishes, reporter) for place, each in enumerate(several) if _is_named(each)
    }
    live: dict[str, ResolvedModel] = {}
    for place, each in enumerate(several):
        if place not in specs:
            model = _live(each, wishes, reporter)
            specs[place] = _with_own_name(model.spec, specs.values())
            live[specs[place].name] = model.resolved
    found = {specs[place].name: specs[place] for place in range(len(several))}
    return AskedModels(tuple(found.values()), live, frozenset() if wishes.name else frozenset(live))


def _is_named(given: Any) -> bool:
    return isinstance(given, str) or spec_of(given) is not None


def _several(given: Any) -> list[Any]:
    """One or several; a network of several modules is one."""
    if isinstance(given, Mapping) or is_model(given):
        return [given]
    several = list(given) if isinstance(given, Iterable) else [given]
    if not several:
        raise UserError(f"models: {given!r} names nothing; give a model, or a list of them")
    return several


def is_model(given: Any) -> bool:
    """Whether it is one model: a name, what `br.load` returned, or a network of this session."""
    return _is_named(given) or is_network(given)


def is_network(given: Any) -> bool:
    """Whether it is a network of this session."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(given, torch.nn.Module)


def spec_of(given: Any) -> "ModelSpec | None":
    """The spec that is given, or that what is given holds, as what `br.load` returns."""
    from brainrank.benchmark.types.model_spec import ModelSpec

    if isinstance(given, ModelSpec):
        return given
    held = getattr(given, "spec", None)
    return held if isinstance(held, ModelSpec) else None


def _check_fits(several: Sequence[Any], wishes: Wishes) -> None:
    from brainrank.models_zoo.catalogue import MODELS
    from brainrank.models_zoo.load import SOURCES

    name, named = wishes.name, [each for each in several if _is_named(each)]
    if name is not None:
        if len(several) > 1:
            raise UserError(f"name='{name}' is one name for {len(several)} models; score them one by one")
        if not isinstance(name, str) or not name.strip():
            raise UserError(f"name={name!r} is no name; give a word, as name='my-net'")
        _check_name(name)
        if name in MODELS or name.partition(":")[0] in SOURCES:
            raise UserError(f"name='{name}' is what another model is called; give a name of your own, as 'my-{name}'")
    if wishes.preprocess is not None and name is None and len(named) == len(several):
        raise UserError(
            "With a preprocess of your own it is another model than the one of that name; give it a name of its own, "
            "as name='my-net'"
        )


def _check_name(name: str) -> None:
    """Raise UserError for a name that no service would take either."""
    from brainrank.benchmark.types.text import one_line

    if len(name) > LONGEST_NAME:
        raise UserError(f"name='{name[:40]}...' has {len(name)} characters; give at most {LONGEST_NAME}")
    try:
        one_line(name)
    except ValueError as error:
        raise UserError(f"name={name!r}: {error}") from error


def _spec_named(given: Any, wishes: Wishes, reporter: "Reporter") -> "ModelSpec":
    from brainrank.api.services.submissions.asked_model import with_layers
    from brainrank.models_zoo.catalogue import find_model

    held = spec_of(given)
    spec = with_layers(find_model(given) if held is None else held, wishes.layers, wishes.pooling)
    if wishes.name is None:
        return spec
    if wishes.preprocess is not None:
        spec = replace(spec, preprocessing=_as_data(wishes.preprocess, reporter))
    return replace(spec, name=wishes.name)


def _as_data(preprocess: Any, reporter: "Reporter") -> Any:
    """Preprocessing as data. Raises UserError for a transform that only its own code can say."""
    from brainrank.benchmark.types.model_spec import OwnTransform
    from brainrank.models_zoo.loaders.given_preprocessing import given_preprocessing

    found = given_preprocessing(preprocess, reporter)
    if isinstance(found, OwnTransform):
        raise UserError(
            f"preprocess ({found.described.splitlines()[0]}) is code, which a model known by its name cannot have; "
            "give a dict, as {'size': (224, 224)}, or the network itself instead of its name"
        )
    return found


def _live(given: Any, wishes: Wishes, reporter: "Reporter") -> "LiveModel":
    from brainrank.models_zoo.loaders.live import live_model

    return live_model(
        given,
        preprocess=wishes.preprocess,
        layers=wishes.layers,
        pooling=wishes.pooling or "flatten",
        name=wishes.name,
        reporter=reporter,
    )


def _with_own_name(spec: "ModelSpec", others: "Iterable[ModelSpec]") -> "ModelSpec":
    """The spec under its name, or, where another model has that, under one with the beginning of its digest."""
    if all(spec.name != each.name or spec.digest == each.digest for each in others):
        return spec
    return replace(spec, name=f"{spec.name}@{spec.digest[:7]}")
