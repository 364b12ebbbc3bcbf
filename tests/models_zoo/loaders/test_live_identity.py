"""What makes a network in memory another model: its numbers, its code, its settings."""

from collections.abc import Callable

import pytest
import torch
from live_networks import Net, made, net, source


class OtherForward(Net):
    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.layers(self.stem(images))


def test_the_same_network_is_the_same_model() -> None:
    one = net()
    assert made(one).spec == made(one).spec == made(net()).spec
    assert made(one).resolved.network_digest("") == made(net()).resolved.network_digest("")
    assert made(one.train()).spec == made(one.eval()).spec
    assert made(one).spec.name == "Net"
    assert made(one, name="mine").spec.name == "mine"


def changed_weight() -> Net:
    found = net()
    with torch.no_grad():
        found.stem.weight[0, 0, 0, 0] += 1e-6
    return found


def changed_buffer() -> Net:
    found = net()
    found.layers[0][1].running_mean += 1
    return found


def hooked() -> Net:
    found = net()
    found.layers[0].register_forward_hook(lambda _module, _inputs, output: output * 2)
    return found


@pytest.mark.parametrize(
    "other",
    [
        changed_weight,
        changed_buffer,
        hooked,
        lambda: net(OtherForward),
        lambda: net(dropout=0.2),
        lambda: net(scale=2.0),
    ],
)
def test_another_network_is_another_model(other: Callable[[], Net]) -> None:
    assert source(other()) != source(net())
    assert source(other()) == source(other())


def test_code_that_a_forward_pass_reaches_is_part_of_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    before = source(reading := net(Reading))
    assert source(reading) == before
    monkeypatch.setitem(globals(), "FACTOR", 3.0)
    changed = source(reading)
    assert changed != before
    monkeypatch.setitem(globals(), "doubled", lambda images: images * 3)
    assert source(reading) not in {before, changed}


FACTOR = 2.0


def doubled(images: torch.Tensor) -> torch.Tensor:
    return images * 2


class Reading(Net):
    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return doubled(super().forward(images)) * FACTOR


def test_preprocessing_and_layers_are_part_of_what_is_scored() -> None:
    one = net()
    assert source(one) != source(one, preprocess={"size": 48})
    few = made(one, layers=["layers.*"])
    assert few.resolved.layers == few.spec.layers == ("layers.*",)
    assert few.spec.digest != made(one).spec.digest
    assert made(one).resolved.layers == ("layers.0", "layers.1")
