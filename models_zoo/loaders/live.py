"""`live:CLASS@SHA256`: a network of a Python session, as `brainrank.score(net, ...)` takes it. It cannot be written.

Its sha256 is that of all that decides its activations: tensors, the code and settings of its modules, its hooks, and
how images are prepared for it.
"""

import hashlib
import json
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple, NoReturn

from torch import nn

from brainrank.benchmark.types.errors import UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec, OwnTransform
from brainrank.benchmark.types.reporter import Reporter
from brainrank.models_zoo.images_taken import channels_taken
from brainrank.models_zoo.loaders.code_read import is_installed
from brainrank.models_zoo.loaders.given_preprocessing import given_preprocessing, with_channels
from brainrank.models_zoo.loaders.live_network import copy_network, other_precisions, unwrap
from brainrank.models_zoo.loaders.object_digest import code_digest, tensors_digest
from brainrank.models_zoo.loaders.own_code import distributions
from brainrank.models_zoo.network import Network
from brainrank.models_zoo.network_layers import block_outputs
from brainrank.models_zoo.resolved import ResolvedModel

FAMILY = "unsorted"
SIZE_REMEDY = "give another with preprocess={'size': N}"


class LiveModel(NamedTuple):
    """A network of this session as a model: what it is called and known by, and how it is run."""

    spec: ModelSpec
    resolved: ResolvedModel


def check(spec: ModelSpec) -> NoReturn:
    """Raise UserError: such a model is a network of a Python session, which no text can name."""
    raise UserError(
        f"'{spec.source}' is a network of a Python session; it is made in Python, with brainrank.score(net, ...) or "
        "brainrank.features(net, ...). Elsewhere, write python:FILE.py:FUNCTION, or save its weights and write "
        "file:WEIGHTS.safetensors#SOURCE:ARCHITECTURE"
    )


def resolve(spec: ModelSpec, _locations: Locations, _reporter: Reporter) -> ResolvedModel:
    """Raise UserError, as `check` does: the network has gone with its session."""
    check(spec)


def outline(spec: ModelSpec, _locations: Locations, _reporter: Reporter) -> ResolvedModel:
    """Raise UserError, as `check` does."""
    check(spec)


def live_model(
    net: object,
    *,
    preprocess: object = None,
    layers: Sequence[str] = (),
    pooling: str = "flatten",
    name: str | None = None,
    reporter: Reporter,
) -> LiveModel:
    """Make a model of a network: its class's name unless `name` is given, its own blocks unless `layers` are.

    `preprocess` is a transform, a dict, a Preprocessing, or None, which is told. The network is copied whenever it is
    run and so stays as it is: training mode, device, hooks, tensors. What is done with it is told: unwrapped from
    torch.compile or DataParallel, computed in float32 where its weights have half the precision.

    Raises UserError for what is no network or cannot be run, and for a `preprocess` that cannot be.
    """
    network = unwrap(net, reporter)
    others = other_precisions(network)
    if others:
        reporter.message(f"The network's {' and '.join(others)} numbers are computed with as float32")
    preprocessing = given_preprocessing(preprocess, reporter)
    kind = type(network).__name__
    copy = copy_network(network).cpu()  # in which no module is wrapped or compiled
    channels = channels_taken(copy, preprocessing.size, named=kind, remedy=SIZE_REMEDY)
    preprocessing = with_channels(preprocessing, channels, named=kind, reporter=reporter)
    # After one pass, which leaves what a network keeps of it, and before others, which depend on the layers.
    weights, code = tensors_digest(copy), code_digest(copy)
    chosen = tuple(layers) or block_outputs(copy, preprocessing.size, channels=preprocessing.channels)
    content = json.dumps([weights, code, preprocessing.content], sort_keys=True)
    source = f"live:{kind}@{hashlib.sha256(content.encode()).hexdigest()}"
    # A transform of the user's own is no data: its sha256 is in the source's.
    written = None if isinstance(preprocessing, OwnTransform) else preprocessing
    spec = ModelSpec(name or kind, FAMILY, source, preprocessing=written, layers=tuple(layers), pooling=pooling)
    computes = Network(f"live:{kind}", {"code": code}, _packages(network))
    return LiveModel(spec, ResolvedModel(weights, computes, preprocessing, chosen, partial(copy_network, network)))


def _packages(network: nn.Module) -> tuple[str, ...]:
    """The distributions that its modules' classes come from, sorted."""
    classes = {base for module in network.modules() for base in type(module).__mro__}
    roots = {each.__module__.partition(".")[0] for each in classes if is_installed(each.__module__)}
    return tuple(sorted({each for root in roots for each in distributions().get(root, ())}))
