"""`br.load()`: one's own weights for a network known by name."""

from dataclasses import dataclass
from os import PathLike, fspath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from brainrank.benchmark.types.model_spec import ModelSpec


@dataclass(frozen=True)
class LoadedModel:
    """Weights of one's own in a network: what `br.score` and `br.features` take.

    `spec` is the model as data, `checkpoint` says in a line what was read of the file and what was left out.
    """

    spec: "ModelSpec"
    checkpoint: str

    def __repr__(self) -> str:
        return f"<{self.spec.name}: {self.checkpoint}>"


def load(
    path: "str | PathLike[str]", architecture: str, *, key: str | None = None, prefix: str | None = None
) -> LoadedModel:
    """Find a network's weights in a checkpoint; `architecture` is as `timm:resnet50` or `torchvision:vit_b_16`.

    Takes .safetensors and what torch.save writes (.pth, .pt, .ckpt, .tar, .bin), and runs nothing of it. Where the
    network is in the file is found by the names and shapes of its tensors; where several are, and the field has no rule
    which is meant, `key` (`"teacher"`) and `prefix` (`"backbone."`) say it.

    Raises BrainrankError for a file in which the network's body is not whole.

    Example:
        >>> import brainrank as br
        >>> br.load("moco_v2.pth.tar", "torchvision:resnet50")  # doctest: +SKIP
        <file:moco_v2.pth.tar#torchvision:resnet50: 318 of 320 tensors; key state_dict, ...>

    """
    from brainrank.api.settings import Settings
    from brainrank.benchmark.types.reporter import Silent
    from brainrank.models_zoo.catalogue import find_model
    from brainrank.models_zoo.checkpoints.choice import with_choice
    from brainrank.models_zoo.load import resolve

    spec = find_model(with_choice(f"file:{fspath(path)}#{architecture}", key=key, prefix=prefix))
    return LoadedModel(spec, resolve(spec, Settings().locations, Silent()).checkpoint)
