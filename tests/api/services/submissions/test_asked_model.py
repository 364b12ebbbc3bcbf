"""A model that is asked for with other layers or another pooling is another model."""

import pytest

from brainrank.api.services.submissions.asked_model import with_layers
from brainrank.benchmark.types.errors import UnknownNameError, UserError
from brainrank.benchmark.types.model_spec import ModelSpec

NET = ModelSpec("net", "supervised", "timm:net", layers=("a", "b"), pooling="flatten")


def test_its_name_and_digest_say_what_is_other() -> None:
    found = with_layers(NET, ["b", "c", "b"], "mean")
    assert (found.name, found.layers, found.pooling) == ("net[mean of b,c]", ("b", "c"), "mean")
    assert with_layers(NET, ["b"]).name == "net[b]"
    pooled = with_layers(NET, (), "mean")
    assert (pooled.name, pooled.layers) == ("net[mean]", NET.layers)
    assert len({each.digest for each in (NET, found, pooled, with_layers(NET, ["b"]))}) == 4


def test_what_is_its_own_makes_no_other_model() -> None:
    assert with_layers(NET, ()) is NET
    assert with_layers(NET, (), "flatten") is NET


@pytest.mark.parametrize(
    ("source", "layers", "pooling", "error", "words"),
    [
        ("timm:net", (), "man", UnknownNameError, "did you mean mean"),
        ("trials:x.csv", ("a",), None, UserError, "leave out the layers"),
        ("trials:x.csv", (), "mean", UserError, "leave out the pooling"),
        ("features:x.npz", (), "mean", UserError, "are not pooled here"),
    ],
)
def test_what_has_no_effect_is_refused(
    source: str, layers: tuple[str, ...], pooling: str | None, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        with_layers(ModelSpec("net", "supervised", source), layers, pooling)


def test_recorded_features_have_layers() -> None:
    assert with_layers(ModelSpec("net", "supervised", "features:x.npz"), ["a"]).layers == ("a",)
