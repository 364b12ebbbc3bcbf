"""`br.features()`: what a model's layers put out for images, as arrays; `br.open_features()`: from a file."""

from collections.abc import Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from brainrank.api.python.features_result import Features
    from brainrank.api.python.score import Model
    from brainrank.api.services.home.extract_features import Asked
    from brainrank.api.settings import Settings
    from brainrank.benchmark.types.reporter import Reporter


def features(
    model: "Model",
    images: Any,
    *,
    layers: str | Sequence[str] | None = None,
    pooling: str = "mean",
    preprocess: Any = None,
    device: str = "auto",
    precision: str | None = None,
    memory: str | None = None,
    progress: bool = True,
) -> "Features":
    """The features of images in a model's layers: arrays of stimuli x features, by layer.

    `model` is a name of the catalogue, a source (`timm:NAME`, `file:WEIGHTS#SOURCE:ARCHITECTURE`, ...), what `br.load`
    returned, or a `torch.nn.Module`, which is left as it was. `images` are a folder, a list of files, pictures of
    Pillow, arrays (height x width[ x 3], or several of them; uint8, or fractions of 0 to 1), a torch Dataset, or a
    mapping of ids to any of these; their ids are the files' names without ending, else numbers from 0.

    `layers` are names or globs (`layer4*`), each with a pooling of its own if need be (`blocks.3:cls`); without them,
    the model's own. `pooling` is `mean` over space or patch tokens, `flatten` (all of it) or `cls`, the class token.
    `preprocess` is a transform of torchvision, timm or open_clip, a dict (`{"size": 224}`), or none: the model's own,
    and for a module ImageNet's. `memory` (`4GiB`) is what features may take: beyond it they wait on the disk.

    Raises BrainrankError with the value, the rule and the remedy.

    Example:
        >>> import brainrank as br
        >>> x = br.features("timm:resnet18@random", "photographs", layers="layer4*")  # doctest: +SKIP
        >>> x["layer4.0"].shape  # doctest: +SKIP
        (12, 512)
        >>> x.rdm("correlation", layer="layer4.0")  # doctest: +SKIP
        >>> x.save("features.zarr")  # doctest: +SKIP

    """
    from brainrank.api.python.features_result import Features
    from brainrank.api.python.given_names import names_of
    from brainrank.api.python.progress import Bars, quiet
    from brainrank.api.services.home.extract_features import compute
    from brainrank.api.settings import Settings
    from brainrank.datasets.memory.pictures import stimuli_from

    settings = Settings()
    chosen = () if layers is None else names_of(layers, "layers")
    with quiet(), Bars(progress=progress) as bars, stimuli_from(images, name="images", reporter=bars) as stimuli:
        asked = _find_model(model, chosen, pooling, preprocess, settings, bars)
        extraction = settings.extraction(memory=memory, precision=precision)
        return Features(compute(replace(asked, device=device, extraction=extraction), stimuli, bars))


def open_features(path: str | PathLike[str]) -> "Features":
    """The features in a file that `.save` or `brainrank features` wrote, or another .npz, .h5, .nc or .zarr of arrays.

    Every array of stimuli x features is a layer, and is read when it is asked for. Raises BrainrankError for a file
    that is not there or is something else.

    Example:
        >>> import brainrank as br
        >>> br.open_features("features.npz")["layer4"].shape  # doctest: +SKIP

    """
    from brainrank.api.python.features_result import Features
    from brainrank.benchmark.feature_files.draft import read_features

    return Features(read_features(Path(path).expanduser()))


def _find_model(
    given: Any, layers: tuple[str, ...], pooling: str, preprocess: Any, settings: "Settings", reporter: "Reporter"
) -> "Asked":
    """The model that is given, by name, as data, or as a network of this session."""
    from brainrank.api.python.asked import spec_of
    from brainrank.api.services.home.extract_features import Asked, asked_by_name
    from brainrank.models_zoo.catalogue import find_model
    from brainrank.models_zoo.loaders.given_preprocessing import given_preprocessing, with_channels
    from brainrank.models_zoo.loaders.live import live_model

    held = find_model(given) if isinstance(given, str) else spec_of(given)
    if held is None:
        live = live_model(given, preprocess=preprocess, layers=layers, pooling=pooling, reporter=reporter)
        return Asked(live.spec, live.resolved, settings.locations)
    asked = asked_by_name(held, layers=layers, pooling=pooling, locations=settings.locations, reporter=reporter)
    if preprocess is None:
        return asked
    given_one, channels = given_preprocessing(preprocess, reporter), asked.model.preprocessing.channels
    prepared = with_channels(given_one, channels, named=held.name, reporter=reporter)
    return replace(asked, model=replace(asked.model, preprocessing=prepared))
