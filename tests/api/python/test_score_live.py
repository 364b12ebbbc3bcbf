"""br.score of networks of the session: the numbers of the same network by its name, and nothing stored or changed."""

import copy
import json
from pathlib import Path

import fsspec
import numpy as np
import pytest
import timm
import torch
from PIL import Image
from tiny_study import NAMES, tiny_catalogue
from torch import nn

import brainrank as br
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.catalogue import find_model
from brainrank.models_zoo.load import resolve

IT, V1 = NAMES
NAME = "timm:test_resnet@random"


@pytest.fixture
def net() -> nn.Module:
    """The network that the source gives."""
    return resolve(find_model(NAME), Locations(home=Path()), Silent()).build()


@pytest.fixture
def preprocess() -> object:
    """What timm says of it."""
    return timm.data.resolve_model_data_config(timm.create_model("test_resnet"))


def files(home: Path) -> set[str]:
    return {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()} if home.exists() else set()


def test_it_has_the_numbers_of_the_same_network_by_its_name(tiny: Path, net: nn.Module, preprocess: object) -> None:
    layers = ["act1", "layer1.0", "layer4.*"]
    named = br.score(NAME, IT, layers=layers, progress=False)
    live = br.score(net, IT, layers=layers, preprocess=preprocess, progress=False)
    assert live.receipt["preprocessing"] == named.receipt["preprocessing"]
    assert (live.value, live.layers) == (named.value, named.layers)
    assert (live.interval, live.ceiling) == (named.interval, named.ceiling)
    assert live.frame("layers").drop(columns="model").equals(named.frame("layers").drop(columns="model"))
    assert live.frame("subjects").drop(columns="model").equals(named.frame("subjects").drop(columns="model"))


def test_stored_or_not_the_numbers_are_the_same(tiny: Path, net: nn.Module, preprocess: object) -> None:
    passing = br.score(net, IT, preprocess=preprocess, progress=False)
    stored = br.score(net, IT, preprocess=preprocess, name="mine", progress=False)
    assert (passing.model, passing[0].run, stored.model) == ("ResNet", None, "mine")
    assert stored[0].run is not None
    for part in ("scores", "layers", "subjects", "targets", "details"):
        ours, theirs = passing.frame(part), stored.frame(part)  # type: ignore[arg-type]
        own = ["model", "run"]
        assert ours.drop(columns=own, errors="ignore").equals(theirs.drop(columns=own, errors="ignore")), part
    receipts = [json.loads(json.dumps(each.receipt)) for each in (passing, stored)]
    assert receipts[0] | {"model": "mine"} == receipts[1] | {"spec_digest": receipts[1]["spec_digest"]}


def test_nothing_of_it_is_stored(tiny: Path, net: nn.Module) -> None:
    br.score(net, "tiny", preprocess={"size": (32, 32)}, progress=False)
    assert files(tiny) == set()
    assert list(fsspec.filesystem("memory").store) == []


def test_under_a_name_it_is_stored_and_found_again(tiny: Path, net: nn.Module, monkeypatch: pytest.MonkeyPatch) -> None:
    first = br.score(net, IT, preprocess={"size": (32, 32)}, name="mine", progress=False)
    assert any(name.startswith("activations") for name in files(tiny))
    with monkeypatch.context() as blocked:
        blocked.setattr("brainrank.api.services.runs.score_models.run", None)
        again = br.score(copy.deepcopy(net), IT, preprocess={"size": (32, 32)}, name="mine", progress=False)
    assert again[0].run == first[0].run
    assert br.leaderboard(IT).frame().model.tolist() == ["mine"]
    with torch.no_grad():
        next(net.parameters()).add_(0.1)
    changed = br.score(net, IT, preprocess={"size": (32, 32)}, name="mine", progress=False)
    assert changed[0].run != first[0].run
    assert changed.value != first.value


def test_it_is_left_as_it_was(tiny: Path, net: nn.Module) -> None:
    seen: list[int] = []
    net.train()
    first = next(iter(net.children()))
    first.eval()
    handle = first.register_forward_hook(lambda *_: seen.append(1))
    next(net.parameters()).requires_grad_(False)
    tensors = {name: value.clone() for name, value in net.state_dict().items()}
    flags = [each.requires_grad for each in net.parameters()]
    br.score(net, IT, preprocess={"size": (32, 32)}, progress=False)
    assert (net.training, first.training, list(first._forward_hooks)) == (True, False, [handle.id])
    assert [each.requires_grad for each in net.parameters()] == flags
    assert all(each.grad is None for each in net.parameters())
    assert all(torch.equal(value, tensors[name]) for name, value in net.state_dict().items())


def test_the_sessions_random_numbers_go_on_as_without_it(tiny: Path, net: nn.Module) -> None:
    """Whoever scores between two epochs trains on as if they had not."""
    state = torch.get_rng_state()
    br.score(net, IT, preprocess={"size": (32, 32)}, progress=False)
    assert torch.equal(torch.get_rng_state(), state)


def test_one_forward_pass_serves_all_benchmarks_on_the_same_images(
    tiny: Path, net: nn.Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    from brainrank.benchmark.activations import extract as module

    calls, real = list[int](), module.extract

    def counted(*given: object, **named: object) -> object:
        calls.append(1)
        return real(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "extract", counted)
    br.score(net, "tiny", preprocess={"size": (32, 32)}, progress=False)
    assert len(calls) == 1


def test_networks_beside_names_each_by_what_it_is(tiny: Path) -> None:
    def made(seed: int) -> nn.Module:
        torch.manual_seed(seed)
        return nn.Sequential(nn.Sequential(nn.Conv2d(3, 4, 5, stride=3), nn.ReLU()))

    one, other = made(0), made(1)
    found = br.score([one, "pixels", other, one], IT, preprocess={"size": (16, 16)}, progress=False)
    names = [each.model for each in found]
    assert (names[:2], len(found)) == (["Sequential", "pixels"], 3)
    assert names[2].startswith("Sequential@")
    assert [each.run is None for each in found] == [True, False, True]
    assert found[0].value != found[2].value


def test_data_in_memory(tiny: Path, net: nn.Module, tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    rng = np.random.default_rng(0)
    for number in range(12):
        pixels = rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "images" / f"{number:02d}.png")
    rdms = rng.random((3, 66))
    lab = br.data(tmp_path / "images", rdms={"it": rdms}, name="lab")
    (name,) = lab.benchmarks
    only = br.score([net, "pixels"], lab, preprocess={"size": (32, 32)}, progress=False)
    assert {each.benchmark for each in only} == {name}
    assert [each.run is None for each in only] == [True, False]
    both = br.score("pixels", [lab, V1], progress=False)
    assert [each.benchmark for each in both] == [name, V1]
    assert both[0].run == only["pixels", name].run
    assert br.leaderboard(lab).frame().model.tolist() == ["pixels"]
    other = br.data(tmp_path / "images", rdms={"it": rdms[::-1]}, name="lab")
    assert br.score("pixels", other, progress=False)[0].run != both[0].run  # other data of the same name
    with pytest.raises(br.BrainrankError, match="Two data sets are called 'lab'"):
        br.score("pixels", [lab, other], progress=False)


def test_data_in_memory_take_the_place_of_a_package_of_their_name(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    images, rdms = rng.integers(0, 256, (12, 16, 16, 3), dtype=np.uint8), rng.random((3, 66))
    added, ours = (br.data(images, rdms={region: rdms}, name="lab") for region in ("v9", "it"))
    study = tiny_catalogue(tmp_path)
    there = Catalogue(
        {**study.datasets, **added.catalogue.datasets}, {**study.benchmarks, **added.catalogue.benchmarks}
    )
    monkeypatch.setattr("brainrank.api.services.views.open_catalogue.built_in", lambda: there)
    found = br.score("pixels", [ours, "all"], progress=False)
    assert {each.benchmark for each in found} == {*ours.benchmarks, *study.benchmarks}
    assert found.failures == ()


def test_what_is_no_network_is_refused_with_the_way_in(tiny: Path, net: nn.Module) -> None:
    for given, match in (
        (net.state_dict(), "load it: net.load_state_dict"),
        (nn.Sequential, "is a class; make one"),
        (np.zeros(3), "is no network"),
        (3, "3 is no network"),
    ):
        with pytest.raises(br.BrainrankError, match=match):
            br.score(given, IT, progress=False)  # type: ignore[arg-type]
    with pytest.raises(br.BrainrankError, match="leave isolated out"):
        br.score(net, IT, preprocess={"size": (32, 32)}, isolated=True, progress=False)


def test_a_name_of_the_catalogue_takes_a_preprocess_as_data(tiny: Path) -> None:
    found = br.score(NAME, IT, preprocess={"size": (32, 32)}, name="small", progress=False)
    assert (found.model, found.receipt["preprocessing"]["size"]) == ("small", [32, 32])
    assert found.receipt["source"] == NAME
    with pytest.raises(br.BrainrankError, match="is code, which a model known by its name cannot have"):
        br.score(NAME, IT, preprocess=lambda image: torch.zeros(3, 8, 8), name="own", progress=False)


def test_no_preprocess_is_told(tiny: Path, net: nn.Module, capsys: pytest.CaptureFixture[str]) -> None:
    br.score([net, nn.Sequential(nn.Sequential(nn.Conv2d(3, 2, 9, 9), nn.ReLU()))], IT)
    assert capsys.readouterr().err.count("No preprocess was given: ImageNet's is used") == 1
