"""Where weights are, known without torch: by the names that each source's loader looks for."""

import subprocess
import sys
from pathlib import Path

import pytest

from brainrank.benchmark.files.downloads import cache_name
from brainrank.benchmark.types.locations import Locations
from brainrank.models_zoo.catalogue import MODELS, find_model
from brainrank.models_zoo.weight_files import FILE, Weights, weight_files, weights_of


@pytest.fixture
def locations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Locations:
    for name in ("HF_HOME", "HF_HUB_CACHE", "TORCH_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Locations(home=tmp_path / "home")


def test_the_file_is_what_the_installed_packages_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2]))  # performance/ lies beside the package, not in it
    from performance.known_names import weights_text

    assert FILE.read_text() == weights_text(), "make names writes it anew"


def test_nothing_of_the_catalogue_is_unknown(locations: Locations) -> None:
    found = {name: weights_of(spec, locations) for name, spec in MODELS.items()}
    assert set(found.values()) == set(Weights) - {Weights.UNKNOWN}
    assert {name for name, where in found.items() if where is Weights.HERE} == {
        name for name, spec in MODELS.items() if spec.source.startswith("trained:")
    }
    assert found["resnet50"] == found["vae-celeba"] == Weights.ABSENT
    assert {name for name, where in found.items() if where is Weights.PACKAGED} == {
        *("efficientnet-lite0", "efficientnet-lite1", "efficientnet-lite2"),
        *("mobilenet-v2-torchvision", "resnet50-half-nsfw", "dinov2-vit-small-14-saliency"),
    }
    assert found["efficientnet-lite0-random"] == found["gabor"] == Weights.NONE
    assert weights_of(find_model("timm:resnet26"), locations) is Weights.UNKNOWN


@pytest.mark.parametrize("source", ["timm:resnet50.tv_in1k", "open_clip:RN50/openai"])
def test_what_lies_in_the_hubs_cache_is_here(locations: Locations, tmp_path: Path, source: str) -> None:
    spec = next(each for each in MODELS.values() if each.source == source)
    repository, names = weight_files()[source]
    folder = tmp_path / "cache/huggingface/hub" / f"models--{repository.replace('/', '--')}" / "snapshots" / "a1"
    folder.mkdir(parents=True)
    assert weights_of(spec, locations) is Weights.ABSENT
    (folder / names[-1]).touch()
    assert weights_of(spec, locations) is Weights.HERE


def test_what_lies_in_torchs_cache_or_was_downloaded_is_here(locations: Locations, tmp_path: Path) -> None:
    alexnet, lite = MODELS["alexnet"], MODELS["efficientnet-lite0"]
    assert lite.weights is not None
    (file,) = weight_files()[alexnet.source].names
    for folder, model, name, before in (
        (tmp_path / "cache/torch/hub/checkpoints", alexnet, file, Weights.ABSENT),
        (locations.downloads, lite, cache_name(lite.weights), Weights.PACKAGED),
    ):
        assert weights_of(model, locations) is before
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
        assert weights_of(model, locations) is Weights.HERE


def test_it_is_known_without_torch() -> None:
    code = (
        "import sys; from brainrank.models_zoo.weight_files import weight_files; weight_files(); "
        "sys.exit('torch' in sys.modules or 'timm' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
