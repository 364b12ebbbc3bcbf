"""A network of a Python session as a model: what it is known by, and that it stays as it was."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from live_networks import SMALL, Net, made, net, source
from tiny_study import NAMES, tiny_catalogue
from torch import nn
from torchvision import transforms

from brainrank.benchmark.scoring.run import run
from brainrank.benchmark.types.errors import BrainrankError, UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.catalogue import find_model
from brainrank.models_zoo.load import require_data_only, resolve
from brainrank.models_zoo.loaders.live import LiveModel, live_model


class Messages(Silent):
    """Keeps what was said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def message(self, text: str) -> None:
        self.said.append(text)


@pytest.fixture
def score(tmp_path: Path) -> Callable[[LiveModel], object]:
    locations, catalogue = Locations(tmp_path / "home"), tiny_catalogue(tmp_path)
    benchmark = catalogue.benchmarks[NAMES[0]]
    region = catalogue.load(benchmark, locations, Silent())

    def scored(model: LiveModel) -> object:
        return run(
            model.spec,
            benchmark,
            region,
            locations=locations,
            device="cpu",
            reporter=Silent(),
            resolve=lambda *_: model.resolved,
        )

    return scored


def as_it_is(network: nn.Module) -> object:
    """Whatever must be as before."""
    return (
        [(name, each.training, len(each._forward_hooks)) for name, each in network.named_modules()],
        [(n, p.device, p.dtype, p.requires_grad, p.stride(), id(p), p._version) for n, p in network.named_parameters()],
        [(name, each.dtype, each.tolist()) for name, each in network.named_buffers()],
    )


def test_a_network_is_scored_and_stays_as_it_was(score: Callable[[LiveModel], object]) -> None:
    one = net().train()
    one.layers[1].eval()
    one.stem.weight.requires_grad_(False)
    seen: list[int] = []
    one.stem.register_forward_hook(lambda _module, _inputs, output: seen.append(len(output)))
    before = as_it_is(one)
    result = score(made(one, name="mine"))
    assert as_it_is(one) == before
    assert result.receipt.model == "mine"
    assert not result.receipt.verified
    assert seen
    again = score(made(one, name="mine"))
    assert again.score.value == result.score.value


def test_in_training_mode_the_running_statistics_count(score: Callable[[LiveModel], object]) -> None:
    assert score(made(net().train())).score.value == score(made(net().eval())).score.value


class Failing(Net):
    def forward(self, images: torch.Tensor) -> torch.Tensor:
        if len(images) > 3:
            raise IndexError("too many")
        return super().forward(images)


def test_after_an_error_it_is_as_it_was_too(score: Callable[[LiveModel], object]) -> None:
    one = net(Failing).train()
    before = as_it_is(one)
    with pytest.raises((BrainrankError, IndexError)):
        score(made(one))
    assert as_it_is(one) == before


def test_half_precision_is_computed_with_as_float32(score: Callable[[LiveModel], object]) -> None:
    messages, whole = Messages(), net()
    half = net().half()
    assert score(live_model(half, preprocess=SMALL, reporter=messages)).score.value == pytest.approx(
        score(made(whole)).score.value, abs=0.02
    )
    assert messages.said == ["The network's torch.float16 numbers are computed with as float32"]
    assert half.stem.weight.dtype == torch.float16


def test_wrappers_are_taken_off_and_told(score: Callable[[LiveModel], object]) -> None:
    for wrapped in (torch.compile(net()), nn.DataParallel(net())):
        messages = Messages()
        found = live_model(wrapped, preprocess=SMALL, reporter=messages)
        assert found.spec == made(net()).spec
        assert "Net inside it is run" in messages.said[0]
    outer = net()
    outer.layers[1] = torch.compile(outer.layers[1])  # type: ignore[assignment]
    inner = score(made(outer, layers=["layers.1"]))
    assert inner.score.value == score(made(net(), layers=["layers.1"])).score.value


def lazy() -> nn.Module:
    return nn.Sequential(nn.LazyConv2d(4, 3), nn.ReLU())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (Net, "Net is a class; make one: Net"),
        (net, "net is a function; give what it returns"),
        ({"weight": torch.zeros(2)}, "A state dict holds weights and no network"),
        ({"size": 2}, "A dict of 'size' is no network"),
        ("resnet", "str 'resnet' is no network"),
        ((nn.ReLU(), None), "A tuple of ReLU, NoneType is no network"),
        (None, "NoneType None is no network"),
    ],
)
def test_what_is_no_network_is_refused_with_the_way_in(given: object, message: str) -> None:
    with pytest.raises(UserError, match=message):
        made(given)


def test_a_network_without_numbers_is_refused() -> None:
    with pytest.raises(UserError, match="is lazy and has no numbers yet"):
        made(lazy())
    with torch.device("meta"), pytest.raises(UserError, match="meta device"):
        made(Net())


@pytest.mark.filterwarnings("ignore:`torch.jit")
def test_a_traced_network_is_refused() -> None:
    with pytest.raises(UserError, match="scripted or traced"):
        made(torch.jit.trace(net().eval(), torch.zeros(1, 3, 32, 32)))


@pytest.mark.filterwarnings("ignore:`torch.jit")
def test_a_network_with_a_scripted_part_is_refused() -> None:
    mixed = nn.Sequential(nn.Conv2d(3, 4, 3), torch.jit.trace(nn.ReLU(), torch.zeros(1, 4, 2, 2)))
    with pytest.raises(
        UserError, match=r"'1' of Sequential is scripted or traced, .*give the network it was made from"
    ):
        made(mixed)


class Counting(Net):
    """Keeps what its last pass was given."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self.last, self.batch = images, len(images)
        return super().forward(images)


def test_what_a_network_keeps_of_a_pass_is_the_same_for_all_layers() -> None:
    one = net(Counting).eval()
    before = source(one)
    one(torch.rand(5, 3, 32, 32))
    assert source(one) == source(one, layers=["stem"]) == before


def test_a_network_that_takes_no_images_is_refused() -> None:
    with pytest.raises(BrainrankError, match=r"Linear failed on float32 images of shape \(1, 3, 32, 32\)"):
        made(nn.Linear(7, 2))


def test_a_network_of_one_channel_is_fed_grey_images(score: Callable[[LiveModel], object]) -> None:
    messages, grey = Messages(), nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU())
    found = live_model(grey, preprocess={"size": 32, "mean": 0.5, "std": 0.5}, reporter=messages)
    assert found.resolved.preprocessing.channels == 1
    assert "is fed grey images" in messages.said[0]
    score(found)
    own = transforms.Compose([transforms.Grayscale(1), transforms.Resize((32, 32)), transforms.ToTensor()])
    score(made(grey, preprocess=own))
    with pytest.raises(UserError, match=r"takes images of 1 channels, and preprocess gives 3; .* Grayscale\(1\)"):
        made(grey, preprocess=transforms.Compose([transforms.Grayscale(3), *own.transforms[1:]]))


def test_tensors_with_a_history_and_tied_weights_are_copied(score: Callable[[LiveModel], object]) -> None:
    one = net()
    one.layers[1] = one.layers[0]
    one.seen = one(torch.zeros(2, 3, 8, 8))
    assert one.seen.grad_fn is not None
    score(made(one, layers=["stem"]))


def test_the_command_line_and_services_say_that_it_is_made_in_python(tmp_path: Path) -> None:
    spec = ModelSpec("mine", "unsorted", source(net()))
    for refusing in (
        lambda: find_model(spec.source),
        lambda: require_data_only(spec),
        lambda: resolve(spec, Locations(tmp_path), Silent()),
    ):
        with pytest.raises(UserError, match="it is made in Python, with brainrank.score"):
            refusing()
