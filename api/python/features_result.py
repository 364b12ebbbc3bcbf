"""Features: arrays by layer, with the images' ids and what the arrays were made of."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from brainrank.benchmark.types.errors import UnknownNameError, UserError

if TYPE_CHECKING:
    import xarray as xr

    from brainrank.benchmark.feature_files.content import Stored
    from brainrank.benchmark.types.activations import LayerGram


@dataclass(frozen=True, eq=False, repr=False)
class Features:
    """What layers put out: `x["layer4.0"]` is an array of stimuli x features; iterating gives the layers' names.

    Example:
        >>> x = br.features("timm:resnet18@random", "photographs", layers="layer4*")  # doctest: +SKIP
        >>> {layer: x[layer].shape for layer in x}  # doctest: +SKIP

    """

    _stored: "Stored"

    @property
    def layers(self) -> tuple[str, ...]:
        """The names of the layers, in order."""
        return tuple(self._stored.content.features)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the images: the rows of every array."""
        return self._stored.content.ids

    @property
    def receipt(self) -> Mapping[str, Any]:
        """What the features were made of and how: model, digests, preprocessing, pooling, device, versions."""
        return deepcopy(dict(self._stored.content.receipt))

    def __getitem__(self, layer: str) -> NDArray[Any]:
        """The features of a layer, stimuli x features, to be read: `.copy()` can be changed.

        Raises UnknownNameError for another name.
        """
        if layer not in self._stored.content.features:
            raise UnknownNameError("layer", str(layer), self.layers)
        found = self._stored.load(layer)
        shown = found.reshape(len(found), -1).view()
        shown.flags.writeable = False
        return shown

    def __contains__(self, layer: object) -> bool:
        return layer in self._stored.content.features

    def __iter__(self) -> Iterator[str]:
        return iter(self.layers)

    def __len__(self) -> int:
        return len(self.layers)

    def __repr__(self) -> str:
        shown = ", ".join(f"{layer} ({count:,})" for layer, count in list(self._stored.content.features.items())[:8])
        more = f", and {len(self) - 8} more" if len(self) > 8 else ""
        model = f" of {self.receipt['model']}" if "model" in self.receipt else ""
        return f"Features{model}: {len(self.ids):,} images x {shown}{more}"

    def to_xarray(self) -> "xr.Dataset":
        """A variable for each layer, with the dimensions `stimulus` (whose coordinate are the ids) and `LAYER.feature`.

        The receipt is in the attributes, in JSON.
        """
        import json

        import xarray as xr

        variables = {layer: (("stimulus", f"{layer}.feature"), self[layer]) for layer in self}
        return xr.Dataset(variables, {"stimulus": list(self.ids)}, {"receipt": json.dumps(dict(self.receipt))})

    def gram(self, layer: str | None = None) -> NDArray[np.float64]:
        """K = X0 X0' of a layer's features centred over the images; `layer` may be left out where there is one."""
        return self._gram(layer).gram

    def rdm(self, metric: str = "correlation", layer: str | None = None) -> NDArray[np.float64]:
        """The dissimilarity of each pair of images, condensed: the upper triangle, row by row.

        `metric` is correlation (1 - Pearson r across features), euclidean (squared, divided by the number of features)
        or cosine; `layer` may be left out where there is one. An image without variance (cosine: without length) has
        none: NaN. Raises UserError for another metric or layer, InvalidDataError for fewer than two images.
        """
        from brainrank.benchmark.metrics.rdms.rdm import rdm_from_gram
        from brainrank.benchmark.types.dissimilarity import Dissimilarity

        known = [each.value for each in Dissimilarity]
        if metric not in known:
            raise UnknownNameError("metric", str(metric), known)
        return rdm_from_gram(self._gram(layer), Dissimilarity(metric))

    def save(self, path: str | PathLike[str]) -> None:
        """Write the features with ids and receipt to a file: .npz, .h5, .nc or .zarr.

        It has its name once it is whole. `br.open_features` and the source `features:FILE` read it. Raises UserError
        where there is a file of other features, StorageError where it cannot be written.
        """
        from brainrank.api.services.home.extract_features import save
        from brainrank.benchmark.types.reporter import Silent

        save(self._stored, Path(path).expanduser(), Silent())

    def _gram(self, layer: str | None) -> "LayerGram":
        from brainrank.benchmark.activations.gram import layer_gram

        if layer is None and len(self) != 1:
            raise UserError(f"There are {len(self)} layers; name one with layer=: {', '.join(self.layers[:8])}")
        name = self.layers[0] if layer is None else layer
        return layer_gram(name, _as_floats(self[name]))


def _as_floats(array: NDArray[Any]) -> NDArray[np.floating]:
    return array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)
