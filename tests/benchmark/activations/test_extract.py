"""Extraction and the store, on a tiny network and tiny images."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from brainrank.benchmark.activations.extract import choose_device, extract
from brainrank.benchmark.activations.gram import layer_gram
from brainrank.benchmark.activations.preprocessing import image_transform, read_image
from brainrank.benchmark.activations.store import ActivationStore, store_key
from brainrank.benchmark.types.activations import ActivationsError, LayerGram
from brainrank.benchmark.types.errors import InvalidDataError, StorageError, UnknownNameError, UserError
from brainrank.benchmark.types.model_spec import Preprocessing
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.stimuli import Stimulus, StimulusSet

PREPROCESSING = Preprocessing(size=(8, 8))


class Tiny(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.pair = nn.MaxPool2d(2, return_indices=True)
        self.unused = nn.Identity()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        output: torch.Tensor = self.pair(self.conv(images))[0]
        return output


@pytest.fixture
def stimuli(tmp_path: Path) -> StimulusSet:
    rng = np.random.default_rng(0)
    made = []
    for number in range(20):
        path = tmp_path / f"{number}.png"
        Image.fromarray(rng.integers(0, 256, (10, 12, 3), dtype=np.uint8)).save(path)
        made.append(Stimulus(f"image-{number}", path, f"{number:064d}"))
    return StimulusSet("tiny", tuple(made))


def run(network: nn.Module, stimuli: StimulusSet, layer: str, pooling: str = "flatten") -> LayerGram:
    made = extract(
        network,
        stimuli,
        layers=[layer],
        preprocessing=PREPROCESSING,
        pooling=pooling,
        device=torch.device("cpu"),
        reporter=Silent(),
    )
    return next(iter(made))


@pytest.mark.parametrize("pooling", ["flatten", "mean"])
def test_gram_is_the_product_of_the_features(stimuli: StimulusSet, pooling: str) -> None:
    network = Tiny().eval()
    transform = image_transform(PREPROCESSING)
    images = torch.stack([transform(read_image(each.path)) for each in stimuli.stimuli])
    with torch.inference_mode():
        output = network.conv(images)
    features = (output.flatten(1) if pooling == "flatten" else output.mean(dim=(2, 3))).double().numpy()
    found = run(network, stimuli, "conv", pooling)
    np.testing.assert_allclose(found.gram, features @ features.T, rtol=1e-5)
    np.testing.assert_allclose(found.row_sums, features.sum(axis=1), rtol=1e-4, atol=1e-5)
    assert found.n_features == features.shape[1]


def test_blocks_of_features_add_up() -> None:
    features = np.random.default_rng(0).standard_normal((5, 150_000)).astype(np.float32)
    exact = features.astype(np.float64)
    np.testing.assert_allclose(layer_gram("wide", features).gram, exact @ exact.T, rtol=1e-12)


def test_an_unknown_layer_suggests_near_ones(stimuli: StimulusSet) -> None:
    with pytest.raises(UnknownNameError, match="Unknown layer 'convv': did you mean conv"):
        run(Tiny(), stimuli, "convv")


def test_a_layer_that_never_runs_is_named(stimuli: StimulusSet) -> None:
    with pytest.raises(ActivationsError, match="Layer 'unused' never runs"):
        run(Tiny(), stimuli, "unused")


def test_a_layer_without_one_tensor_is_named(stimuli: StimulusSet) -> None:
    with pytest.raises(ActivationsError, match="Layer 'pair' puts out tuple, not a tensor"):
        run(Tiny(), stimuli, "pair")


def test_a_truncated_image_is_named(stimuli: StimulusSet) -> None:
    path = stimuli.stimuli[7].path
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(InvalidDataError, match=f"{path} is not a readable image"):
        run(Tiny(), stimuli, "conv")


def test_cuda_without_a_gpu_is_an_error_and_not_a_fallback() -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    with pytest.raises(UserError, match="--device cpu"):
        choose_device("cuda")
    with pytest.raises(UnknownNameError, match="did you mean cuda"):
        choose_device("cuda0")
    assert choose_device("auto").type == "cpu"


def a_layer() -> LayerGram:
    return layer_gram("conv", np.random.default_rng(0).standard_normal((6, 30)).astype(np.float32))


def key(layer: str = "conv") -> str:
    return store_key(
        weights_digest="w",
        preprocessing=PREPROCESSING,
        layer=layer,
        pooling="flatten",
        precision="float32",
        stimuli_digest="s",
    )


def test_the_store_gives_back_what_was_put(tmp_path: Path) -> None:
    store, layer = ActivationStore(tmp_path), a_layer()
    assert store.get(key()) is None
    store.put(key(), layer)
    found = store.get(key())
    assert found is not None
    np.testing.assert_array_equal(found.gram, layer.gram)
    assert (found.layer, found.n_features) == ("conv", 30)
    assert key() != key("other")


def test_a_damaged_entry_counts_as_missing_and_is_replaced(tmp_path: Path) -> None:
    store = ActivationStore(tmp_path)
    store.put(key(), a_layer())
    (path,) = tmp_path.rglob("*.npz")
    path.write_bytes(path.read_bytes()[:100])
    assert store.get(key()) is None
    store.put(key(), a_layer())
    assert store.get(key()) is not None


def test_a_store_that_cannot_be_written_says_so_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object, **_named: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(StorageError, match="The disk of .* is full"):
        ActivationStore(tmp_path).put(key(), a_layer())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
