"""The text tower of an open_clip model, for readouts by sentences; built only when one is asked for."""

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from brainrank.benchmark.types.errors import DataUnavailableError, first_line
from brainrank.models_zoo.loaders.architecture import Weights, with_random_weights
from brainrank.models_zoo.loaders.optional_packages import package
from brainrank.models_zoo.loaders.weights import fit
from brainrank.models_zoo.resolved import TextTower

TEXT, VISUAL = "text.", "visual."
# Parameters of the whole model: what a cosine is multiplied by, and what is added to it.
SCALE, BIAS = "logit_scale", "logit_bias"
INITIAL_SCALE = math.log(1 / 0.07)  # Radford et al. (2021)
SENTENCES_AT_ONCE = 64


def text_tower(name: str, quick_gelu: bool | None, weights: Weights | None) -> TextTower | None:
    """The text tower with the tensors of a whole model's weights (None: random); None where they hold no text tower.

    Raises DataUnavailableError when its tokenizer, or a tower of another hub's, is not on this machine, and UserError
    when the package that reads them is not installed.
    """
    if weights is not None and SCALE not in weights:
        return None
    if "hf_tokenizer_name" in _open_clip().get_model_config(name)["text_cfg"]:
        package("transformers", source="open_clip", install="transformers")
    try:
        tokenizer = _open_clip().get_tokenizer(name)
        tower = with_random_weights(partial(_create, name, quick_gelu)).eval()
    except OSError as error:
        raise DataUnavailableError(
            f"The sentences of '{name}' need a tokenizer or text tower of a hub ({first_line(error)}); set "
            "HF_HOME to a cache that holds it, or choose a model with open_clip's own"
        ) from error
    scale = INITIAL_SCALE
    if weights is not None:
        fit(tower, f"the text tower of {name}", text_only(weights), Path(f"{name} text tower.safetensors"))
        scale = float(weights[SCALE].reshape(-1)[0])
    return TextTower(partial(_encode, tower, tokenizer), math.exp(scale))


def text_only(weights: Weights) -> Weights:
    """The tensors of the text tower, under its own names: CLIP's stand beside `visual`, others' under `text`."""
    inside = {key.removeprefix(TEXT): tensor for key, tensor in weights.items() if key.startswith(TEXT)}
    return inside or {
        key: tensor for key, tensor in weights.items() if not key.startswith(VISUAL) and key not in {SCALE, BIAS}
    }


def _open_clip(module: str = "open_clip") -> Any:
    return package(module, source="open_clip", install="open_clip_torch")


def _create(name: str, quick_gelu: bool | None) -> nn.Module:
    config: dict[str, Any] = _open_clip().get_model_config(name)
    quick = config.get("quick_gelu", False) if quick_gelu is None else quick_gelu
    text = {**config["text_cfg"], "hf_model_pretrained": False}
    tower: nn.Module = _open_clip("open_clip.model")._build_text_tower(config["embed_dim"], text, quick)
    return tower


def _encode(tower: nn.Module, tokenizer: Any, sentences: Sequence[str]) -> NDArray[np.float32]:
    with torch.inference_mode():
        blocks = [tower(tokenizer(list(block))) for block in _blocks(sentences)]
    return np.asarray(torch.cat(blocks).float().numpy())


def _blocks(sentences: Sequence[str]) -> list[Sequence[str]]:
    return [sentences[start : start + SENTENCES_AT_ONCE] for start in range(0, len(sentences), SENTENCES_AT_ONCE)]
