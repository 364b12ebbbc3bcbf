"""Layers of models named by a command."""

import pytest

from brainrank.api.cli.measured_spaces import layers_of_models, measured_spaces
from brainrank.benchmark.types.errors import UserError


def test_layers_are_of_the_model_named() -> None:
    assert layers_of_models(["b?", "two=x"], ["one", "two"]) == {"one": ["b?"], "two": ["b?", "x"]}
    with pytest.raises(UserError, match="--layers other=x: give NAME, or MODEL=NAME of one of one, two"):
        layers_of_models(["other=x"], ["one", "two"])


def test_a_model_named_twice_is_refused() -> None:
    with pytest.raises(UserError, match="pixels, pixels: a model is there twice; name each once"):
        measured_spaces(["pixels", "pixels"], "kriegeskorte2008.human-it.rsa", (), (), pooling=None, device="cpu")
