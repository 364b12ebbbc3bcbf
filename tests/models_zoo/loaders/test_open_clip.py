"""The visual towers of open_clip: its own preprocessing, its own features, the tag's activation function."""

from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image
from safetensors.torch import save_file

from brainrank.benchmark.preprocessing import image_transform
from brainrank.benchmark.types.errors import BrainrankError, InvalidDataError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.catalogue import find_model
from brainrank.models_zoo.load import resolve
from brainrank.models_zoo.loaders.architecture import on_meta
from brainrank.models_zoo.loaders.open_clip import architecture

SMALL = "ViT-S-32-alt"


@pytest.mark.parametrize("name", ["ViT-B-32/openai", "ViT-B-16-SigLIP/webli", "convnext_base_w/laion2b_s13b_b82k"])
@pytest.mark.parametrize("shape", [(300, 200), (180, 410)])
def test_images_are_prepared_as_open_clip_does(name: str, shape: tuple[int, int]) -> None:
    bare, _, tag = name.partition("/")
    settings = open_clip.get_pretrained_cfg(bare, tag)
    size = open_clip.get_model_config(bare)["vision_cfg"]["image_size"]
    known = {k: v for k, v in settings.items() if k in PreprocessCfg.__dataclass_fields__}
    theirs = image_transform_v2(PreprocessCfg(**{"size": size, **known}), is_train=False)
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8))
    ours = image_transform(architecture(name).preprocessing)(image)
    assert torch.allclose(torch.as_tensor(ours), theirs(image), atol=1e-6)


def test_the_tower_of_a_whole_model_gives_its_image_features(tmp_path: Path) -> None:
    torch.manual_seed(0)
    whole = open_clip.create_model(SMALL).eval()
    path = tmp_path / "clip.safetensors"
    save_file({key: tensor.contiguous() for key, tensor in whole.state_dict().items()}, path)
    model = resolve(find_model(f"file:{path}#open_clip:{SMALL}"), Locations(tmp_path), Silent())
    images = torch.rand(2, 3, *model.preprocessing.size)
    with torch.inference_mode():
        assert torch.allclose(model.build().eval()(images), whole.encode_image(images), atol=1e-6)
    assert model.layers[0] == "transformer.resblocks.0"


def test_the_tag_decides_the_activation_function() -> None:
    """OpenAI's weights under the exact GELU give other features than they were trained to give."""

    def kinds(name: str) -> set[str]:
        return {type(module).__name__ for module in on_meta(architecture(name).create).modules()}

    assert "QuickGELU" in kinds("ViT-B-32/openai")
    assert "QuickGELU" not in kinds("ViT-B-32/laion2b_s34b_b79k")
    assert "QuickGELU" in kinds("ViT-B-32-quickgelu")


def test_weights_of_another_tower_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "clip.safetensors"
    save_file({"visual.proj": torch.zeros(2, 2), "text.proj": torch.zeros(2)}, path)
    with pytest.raises(InvalidDataError, match="0 of the 152 tensors of its body fit"):
        resolve(find_model(f"file:{path}#open_clip:{SMALL}"), Locations(tmp_path), Silent())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("open_clip:ViT-B-33/openai", "did you mean ViT-B-32"),
        ("open_clip:ViT-B-32/openia", "did you mean openai"),
        ("open_clip:ViT-B-32", "names no weights; choose open_clip:ViT-B-32/TAG"),
        ("open_clip:ViT-B-32@main", "Unknown open_clip revision"),
    ],
)
def test_unknown_names_suggest_near_ones(name: str, message: str) -> None:
    with pytest.raises(BrainrankError, match=message):
        find_model(name)
