"""`br.features`: the numbers of the forward pass, with ids, shown, saved and read."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import brainrank as br
from brainrank.benchmark.metrics.rdms.rdm import rdm_from_features
from brainrank.benchmark.types.dissimilarity import Dissimilarity

IMAGES = np.random.default_rng(0).integers(0, 256, (21, 16, 16, 3), dtype=np.uint8)
PLAIN = {"size": 16, "crop_fraction": 1, "mean": 0, "std": 1}


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRAINRANK_HOME", str(tmp_path / "home"))


def make() -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 6, 3), nn.BatchNorm2d(6), nn.Flatten()).train()


def by_hand(network: nn.Module) -> list[torch.Tensor]:
    """What each module puts out, with torch alone."""
    held, network = [torch.from_numpy(IMAGES).permute(0, 3, 1, 2) / 255], make().eval()
    with torch.inference_mode():
        for module in network:
            held.append(module(held[-1]))
    return held[1:]


def features(**settings: object) -> br.Features:
    given = {"layers": ["1", "3:flatten"], "preprocess": PLAIN, "progress": False, **settings}
    return br.features(make(), IMAGES, **given)


def test_features_are_those_of_the_forward_pass() -> None:
    x, expected = features(), by_hand(make())
    assert x.layers == ("1", "3:flatten")
    assert list(x) == list(x.layers)
    assert x.ids == tuple(str(number) for number in range(21))
    assert "1" in x
    assert "2" not in x
    np.testing.assert_allclose(x["1"], expected[1].mean(dim=(2, 3)), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(x["3:flatten"], expected[3].flatten(1), rtol=1e-4, atol=1e-6)
    assert x.receipt["model"] == "Sequential"
    assert x.receipt["pooling"] == "mean"
    assert repr(x) == "Features of Sequential: 21 images x 1 (4), 3:flatten (864)"


def test_they_are_the_same_however_they_are_had(tmp_path: Path) -> None:
    whole = features()
    for number, pixels in enumerate(IMAGES):
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    of_folder = br.features(make(), tmp_path, layers=["1", "3:flatten"], preprocess=PLAIN, progress=False)
    on_disk = features(memory="20KiB")
    assert isinstance(on_disk["1"], np.memmap)
    assert of_folder.ids == whole.ids
    for other in (of_folder, on_disk):
        assert all(np.array_equal(other[layer], whole[layer]) for layer in whole)


def test_by_name_with_the_models_own_layers_and_another_preprocessing() -> None:
    x = br.features("timm:test_resnet@random", IMAGES[:3], layers="layer4*", progress=False)
    assert all(layer.startswith("layer4") for layer in x)
    own = br.features("timm:test_resnet@random", IMAGES[:3], pooling="flatten", preprocess=PLAIN, progress=False)
    assert own.receipt["preprocessing"]["size"] == (16, 16)
    assert len(own) > 1


def test_gram_and_rdm_are_the_projects_own() -> None:
    x = features()
    layer = x["3:flatten"].astype(np.float64)
    centred = layer - layer.mean(axis=0)
    np.testing.assert_allclose(x.gram("3:flatten"), centred @ centred.T, rtol=1e-5, atol=1e-6)
    for metric in Dissimilarity:
        expected = rdm_from_features(x["3:flatten"], metric)
        np.testing.assert_allclose(x.rdm(metric, "3:flatten"), expected, rtol=1e-6, atol=1e-9)
    one = features(layers="1")
    assert np.array_equal(one.rdm(), one.rdm("correlation", "1"))
    np.testing.assert_allclose(one.rdm("correlation")[0], 1 - np.corrcoef(one["1"][:2])[0, 1], rtol=1e-4)


def test_to_xarray_has_ids_and_layers() -> None:
    x = features()
    found = x.to_xarray()
    assert found.stimulus.values.tolist() == list(x.ids)
    assert np.array_equal(found["1"], x["1"])
    assert "Sequential" in found.attrs["receipt"]


@pytest.mark.parametrize("suffix", [".npz", ".h5", ".nc", ".zarr"])
def test_saved_features_are_read_and_scored(tmp_path: Path, suffix: str) -> None:
    x, path = features(), tmp_path / f"x{suffix}"
    x.save(path)
    x.save(str(path))
    y = br.open_features(path)
    assert (y.layers, y.ids) == (x.layers, x.ids)
    assert all(np.array_equal(x[layer], y[layer]) for layer in x)
    assert y.receipt["stimuli_digest"] == x.receipt["stimuli_digest"]
    with pytest.raises(br.BrainrankError, match="holds other features"):
        features(layers="1").save(path)


def test_the_network_stays_as_it_was() -> None:
    network = make()
    before = {name: each.clone() for name, each in network.state_dict().items()}
    br.features(network, IMAGES, layers="3", preprocess=PLAIN, progress=False)
    assert network.training
    assert all(torch.equal(before[name], each) for name, each in network.state_dict().items())
    assert not any(each._forward_hooks for each in network.modules())


def test_a_result_cannot_be_changed() -> None:
    x = features()
    before = x.rdm(layer="1")
    with pytest.raises(ValueError, match="read-only"):
        np.negative(x["1"], out=x["1"])
    x.receipt["preprocessing"].clear()
    assert x.receipt["preprocessing"]
    np.testing.assert_array_equal(x.rdm(layer="1"), before)


GREY = """
import torch
from torch import nn

def make():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU())
"""


def test_a_named_network_of_one_channel_is_fed_grey_images(tmp_path: Path) -> None:
    (tmp_path / "grey.py").write_text(GREY)
    name = f"python:{tmp_path / 'grey.py'}:make"
    x = br.features(name, IMAGES, layers="0", preprocess=PLAIN, progress=False)
    torch.manual_seed(0)
    same = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU())
    np.testing.assert_array_equal(x["0"], br.features(same, IMAGES, layers="0", preprocess=PLAIN, progress=False)["0"])

    def colours(image: Image.Image) -> torch.Tensor:
        return torch.from_numpy(np.asarray(image.resize((16, 16)))).permute(2, 0, 1) / 255

    with pytest.raises(br.BrainrankError, match="takes images of 1 channels, and preprocess gives 3"):
        br.features(name, IMAGES, layers="0", preprocess=colours, progress=False)


class Exploding(nn.Module):
    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images / (images - images[:, :, :1, :1])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"layers": "7"}, "Unknown layer '7'"),
        ({"layers": []}, "layers: .. names nothing"),
        ({"pooling": "max"}, "Unknown pooling 'max'"),
        ({"device": "tpu"}, "Unknown device 'tpu'"),
        ({"precision": "half"}, "Unknown precision 'half'"),
        ({"memory": "much"}, "'much' is no size"),
        ({"preprocess": "imagenet"}, "preprocess is str"),
    ],
)
def test_what_cannot_be_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(br.BrainrankError, match=message):
        features(**given)


def test_refusals_of_models_images_and_names(tmp_path: Path) -> None:
    x = features()
    np.savez(tmp_path / "f.npz", a=IMAGES.reshape(21, -1))
    for refused, message in (
        (lambda: x["9"], "Unknown layer '9'"),
        (lambda: x.rdm(), "There are 2 layers; name one with layer="),
        (lambda: x.rdm("manhattan", "1"), "Unknown metric 'manhattan'"),
        (lambda: x.save(tmp_path / "x.pickle"), "is of no format that features are kept in"),
        (lambda: br.features([make(), make()], IMAGES), "is no network"),
        (lambda: br.features(f"features:{tmp_path}/f.npz", IMAGES), "holds features already"),
        (lambda: br.features(make(), []), "holds no image"),
        (
            lambda: br.features(nn.Sequential(Exploding()), IMAGES, layers="0", preprocess=PLAIN, progress=False),
            "NaN or infinity for 0, 1, 2; the weights do not suit",
        ),
    ):
        with pytest.raises(br.BrainrankError, match=message):
            refused()
