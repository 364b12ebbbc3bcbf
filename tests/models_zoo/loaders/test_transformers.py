"""Vision networks of transformers: the hidden states that the package itself gives, from repositories made here."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from noise_images import noise_stimuli
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import nn

from brainrank.benchmark.activations.extract import features
from brainrank.benchmark.activations.forward_pass import ForwardPass
from brainrank.benchmark.types.activations import ActivationsError
from brainrank.benchmark.types.errors import BrainrankError, DataUnavailableError, ModelLoadError, UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.stimuli import StimulusSet
from brainrank.models_zoo.catalogue import find_model
from brainrank.models_zoo.describe import describe_layers
from brainrank.models_zoo.hub_names import VISION_CLASSES
from brainrank.models_zoo.known_names import require_known
from brainrank.models_zoo.load import outline, require_data_only, resolve
from brainrank.models_zoo.loaders import optional_packages

transformers = pytest.importorskip("transformers")
COMMIT = "c" * 40
SOURCE = f"transformers:owner/repo@{COMMIT}"
SMALL = {
    **{"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32},
    **{"image_size": 32, "patch_size": 8},
}
DECODER = {"decoder_hidden_size": 16, "decoder_num_attention_heads": 2, "decoder_num_hidden_layers": 1}
STAGES = {"hidden_sizes": [8, 8, 8, 8], "depths": [1, 1, 2, 1]}
SWIN = {"image_size": 32, "patch_size": 2, "embed_dim": 8, "depths": [1, 2], "num_heads": [1, 2], "window_size": 4}
RESNET = {"embedding_size": 8, "hidden_sizes": [8, 8], "depths": [1, 2]}
# What a repository holds, the class and settings of its configuration, and the class that sees.
HELD = {
    "vit": ("ViTForImageClassification", "ViTConfig", SMALL, "ViTModel"),
    "deit": ("DeiTForImageClassification", "DeiTConfig", SMALL, "DeiTModel"),
    "beit": ("BeitForImageClassification", "BeitConfig", SMALL, "BeitModel"),
    "dinov2": ("Dinov2Model", "Dinov2Config", SMALL, "Dinov2Model"),
    "registers": ("Dinov2WithRegistersModel", "Dinov2WithRegistersConfig", {**SMALL, "num_register_tokens": 3},
                  "Dinov2WithRegistersModel"),
    "dinov3": ("DINOv3ViTModel", "DINOv3ViTConfig", {**SMALL, "num_register_tokens": 2}, "DINOv3ViTModel"),
    "siglip": ("SiglipVisionModel", "SiglipVisionConfig", SMALL, "SiglipVisionModel"),
    "mae": ("ViTMAEForPreTraining", "ViTMAEConfig", {**SMALL, **DECODER}, "ViTMAEModel"),
    "convnext": ("ConvNextForImageClassification", "ConvNextConfig", {**STAGES, "image_size": 32}, "ConvNextModel"),
    "swin": ("SwinModel", "SwinConfig", SWIN, "SwinModel"),
    "resnet": ("ResNetForImageClassification", "ResNetConfig", RESNET, "ResNetModel"),
}  # fmt: skip
PROCESSOR = {"image_processor_type": "ViTImageProcessor", "size": {"height": 32, "width": 32}, "resample": 2}
Put = Callable[[str, str, Path], Path]


def model_of(kind: str) -> Any:
    held, config, settings, _ = HELD[kind]
    torch.manual_seed(1)
    return getattr(transformers, held)(getattr(transformers, config)(**settings)).eval()


def put(hub: Put, folder: Path, model: Any, processor: Mapping[str, Any] = PROCESSOR) -> None:
    model.save_pretrained(folder / "saved")
    (folder / "saved" / "preprocessor_config.json").write_text(json.dumps(processor))
    for name in ("config.json", "model.safetensors", "preprocessor_config.json"):
        hub(f"owner/repo@{COMMIT}", name, folder / "saved" / name)


@pytest.fixture
def stimuli(tmp_path: Path) -> StimulusSet:
    return noise_stimuli(tmp_path, 5, (32, 32))


def pixels(stimuli: StimulusSet) -> torch.Tensor:
    """As the package's own processor gives them: ViT's mean and standard deviation are .5."""
    processor = transformers.ViTImageProcessorPil.from_dict(dict(PROCESSOR))
    images = [Image.open(each.path) for each in stimuli.stimuli]
    return torch.as_tensor(np.asarray(processor(images, return_tensors="np")["pixel_values"]))


def seen(network: nn.Module, stimuli: StimulusSet, model: Any, *layers: str) -> dict[str, np.ndarray]:
    forward = ForwardPass(
        network,
        stimuli,
        layers=layers or model.layers,
        preprocessing=model.preprocessing,
        pooling="flatten",
        device=torch.device("cpu"),
    )
    return {each.layer: each.values for each in features(forward, reporter=Silent())}


@pytest.mark.parametrize("kind", sorted(HELD))
def test_layers_are_the_hidden_states_behind_the_blocks(
    kind: str, tmp_path: Path, hub: Put, stimuli: StimulusSet, capfd: pytest.CaptureFixture[str]
) -> None:
    theirs = model_of(kind)
    put(hub, tmp_path, theirs)
    capfd.readouterr()  # saving shows a bar
    model = resolve(find_model(SOURCE), Locations(tmp_path), Silent())
    assert model.network.name == f"transformers:{HELD[kind][3]}"
    found = seen(model.build(), stimuli, model)
    assert capfd.readouterr() == ("", "")  # neither warnings nor bars of the package
    if kind == "mae":  # whole images, their patches in order
        theirs.vit.config.mask_ratio = 0.0
        noise = torch.arange(16.0).expand(5, -1)
        states = theirs.vit(pixels(stimuli), noise=noise, output_hidden_states=True).hidden_states
    else:
        states = theirs(pixels(stimuli), output_hidden_states=True).hidden_states
    if kind in {"convnext", "resnet"}:  # states are behind stages, which end in their last block
        ends = [max(name for name in found if f"stages.{stage}." in name) for stage in range(len(states) - 1)]
    elif kind == "swin":  # its states are behind the downsampling, but for the last
        ends, states = list(found)[-1:], states[-1:]
    else:
        ends = list(found)
        assert len(found) == SMALL["num_hidden_layers"]
    for name, state in zip(ends, states[-len(ends) :], strict=True):
        # float32: the package normalises in numpy.
        np.testing.assert_allclose(found[name], state.detach().flatten(1).numpy(), rtol=2e-3, atol=2e-4, err_msg=name)
    assert outline(find_model(SOURCE), Locations(tmp_path), Silent()).layers == model.layers


def test_of_two_towers_the_one_that_sees_is_taken(tmp_path: Path, hub: Put, stimuli: StimulusSet) -> None:
    torch.manual_seed(1)
    text = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    both = transformers.CLIPModel(transformers.CLIPConfig(vision_config=SMALL, text_config=text)).eval()
    put(hub, tmp_path, both)
    model = resolve(find_model(SOURCE), Locations(tmp_path), Silent())
    assert model.layers == ("encoder.layers.0", "encoder.layers.1")
    found = seen(model.build(), stimuli, model)
    states = both.vision_model(pixels(stimuli), output_hidden_states=True).hidden_states
    np.testing.assert_allclose(found["encoder.layers.1"], states[-1].detach().flatten(1).numpy(), rtol=2e-3, atol=2e-4)


@pytest.mark.parametrize(("kind", "tokens"), [("vit", 1), ("deit", 2), ("registers", 4), ("dinov3", 3)])
def test_class_and_patch_tokens_are_pooled_apart(
    kind: str, tokens: int, tmp_path: Path, hub: Put, stimuli: StimulusSet
) -> None:
    put(hub, tmp_path, model_of(kind))
    model = resolve(find_model(SOURCE), Locations(tmp_path), Silent())
    name = model.layers[-1]
    found = seen(model.build(), stimuli, model, name, f"{name}:mean", f"{name}:cls")
    rows = found[name].reshape(5, tokens + 16, 16)
    np.testing.assert_allclose(found[f"{name}:cls"], rows[:, 0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found[f"{name}:mean"], rows[:, tokens:].mean(axis=1), rtol=1e-4, atol=1e-5)


def test_where_there_is_no_class_token_it_cannot_be_asked_for(tmp_path: Path, hub: Put, stimuli: StimulusSet) -> None:
    put(hub, tmp_path, model_of("siglip"))
    model = resolve(find_model(SOURCE), Locations(tmp_path), Silent())
    with pytest.raises(ActivationsError, match="no class token"):
        seen(model.build(), stimuli, model, f"{model.layers[0]}:cls")


def test_half_precision_is_read_as_float32_and_a_missing_pooler_left_out(tmp_path: Path, hub: Put) -> None:
    put(hub, tmp_path, model_of("vit").half())
    network = resolve(find_model(SOURCE), Locations(tmp_path), Silent()).build()
    assert {each.dtype for each in network.parameters()} == {torch.float32}
    assert network.pooler is None


@pytest.mark.parametrize("fault", ["missing", "shape", "pickle"])
def test_weights_that_do_not_fit_are_refused(fault: str, tmp_path: Path, hub: Put) -> None:
    put(hub, tmp_path, model_of("dinov2"))
    weights = next((tmp_path / "hub").rglob("model.safetensors"))
    state = {key: tensor.clone() for key, tensor in load_file(weights).items()}  # not of the file that is written anew
    name = next(key for key in state if key.endswith("fc1.weight"))
    if fault == "missing":
        del state[name]
    elif fault == "shape":
        state[name] = torch.zeros(3, 16)
    if fault == "pickle":
        torch.save(state, weights)
    else:
        save_file(state, weights)
    model = resolve(find_model(SOURCE), Locations(tmp_path), Silent())
    with pytest.raises(ModelLoadError, match="is a pickle" if fault == "pickle" else "does not fit Dinov2Model"):
        model.build()


def test_random_weights_are_the_same_every_time_and_of_a_repository_or_a_class(tmp_path: Path, hub: Put) -> None:
    put(hub, tmp_path, model_of("dinov2"))
    random = find_model(f"{SOURCE}@random")
    first, second = (resolve(random, Locations(tmp_path), Silent()) for _ in range(2))
    trained = resolve(find_model(SOURCE), Locations(tmp_path), Silent())
    assert first.weights_digest == second.weights_digest != trained.weights_digest
    assert first.layers == trained.layers
    one, other = first.build().state_dict(), second.build().state_dict()
    assert all(torch.equal(one[key], other[key]) for key in one)
    described = describe_layers(find_model("transformers:Dinov2Model@random"), Locations(tmp_path), Silent())
    assert described.default == tuple(f"encoder.layer.{number}" for number in range(12))
    shapes = {each.name: each.shape for each in described.outputs}
    assert shapes["encoder.layer.11"] == (257, 768)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("transformers:owner/repo@main", "write transformers:OWNER/REPO@COMMIT with the 40 digits"),
        ("transformers:owner/repo", "write transformers:OWNER/REPO@COMMIT"),
        ("transformers:ViTModell@random", "did you mean ViTModel"),
        ("transformers:BertModel@random", "Unknown vision class of transformers 'BertModel'"),
        ("transformers:ViTModel", "or transformers:CLASS@random"),
        (f"transformers:../repo@{COMMIT}", "is no repository at a commit"),
    ],
)
def test_names_that_are_none_say_how_to_write_them(name: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        find_model(name)
    with pytest.raises(UserError, match=message):
        require_known(find_model("pixels").__class__(name, "unsorted", name))


def test_a_service_takes_it_as_data() -> None:
    require_data_only(find_model(SOURCE))
    require_known(find_model(f"{SOURCE}@random"))


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"model_type": "bert"}, "a model of the kind 'bert', which is no network of images that is known here"),
        ({"model_type": "mine", "auto_map": {"AutoModel": "code.Mine"}}, "of the kind 'mine'"),
        ({}, "of the kind ''"),
        ({"model_type": "vit", "hidden_size": "wide"}, "The configuration of ViTModel is refused by transformers"),
    ],
)
def test_a_repository_of_something_else_is_refused(
    config: dict[str, Any], message: str, tmp_path: Path, hub: Put
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(PROCESSOR))
    for name in ("config.json", "preprocessor_config.json"):
        hub(f"owner/repo@{COMMIT}", name, tmp_path / name)
    with pytest.raises(BrainrankError, match=message):
        outline(find_model(SOURCE), Locations(tmp_path), Silent())


def test_without_an_image_processor_it_says_so(tmp_path: Path, hub: Put) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "vit"}))
    hub(f"owner/repo@{COMMIT}", "config.json", tmp_path / "config.json")
    with pytest.raises(DataUnavailableError, match=r"preprocessor_config.json of 'owner/repo'.*has to be given"):
        outline(find_model(SOURCE), Locations(tmp_path), Silent())


def test_every_class_is_one_of_the_packages() -> None:
    assert [name for name in VISION_CLASSES.values() if not hasattr(transformers, name)] == []


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def absent(module: str) -> Any:
        raise ImportError(f"No module named '{module}'")

    monkeypatch.setattr(optional_packages, "import_module", absent)
    with pytest.raises(UserError, match="'transformers:' needs a package that is not here .* pip install transformers"):
        resolve(find_model("transformers:ViTModel@random"), Locations(tmp_path), Silent())
