"""What is written behind an architecture: which of a checkpoint's networks is meant."""

import pytest

from brainrank.benchmark.types.errors import UserError
from brainrank.models_zoo.checkpoints.choice import Choice, Written, read_written, with_choice


def test_what_is_written_is_read() -> None:
    assert read_written("timm:resnet18") == Written("timm:resnet18", Choice(None, None))
    assert read_written("timm:a?key=b.c&prefix=d") == Written("timm:a", Choice("b.c", "d."))
    assert read_written("timm:a?key=&prefix=") == Written("timm:a", Choice("", ""))
    for key, prefix in (("a b", "c#d?"), ("é&=", None), (None, "module."), ("", "")):
        source = with_choice("file:x#timm:a", key=key, prefix=prefix)
        assert source.rpartition("#")[0] == "file:x"
        found = read_written(source.rpartition("#")[2]).choice
        assert found == Choice(key, prefix and prefix.removesuffix(".") + ".")
    assert with_choice("timm:a", key=None, prefix=None) == "timm:a"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("timm:a?", "cannot be read"),
        ("timm:a?key", "cannot be read"),
        ("timm:a?kei=x", "did you mean key"),
        ("timm:a?key=a&key=b", "says one thing twice"),
    ],
)
def test_settings_that_are_none_are_refused(written: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        read_written(written)


def test_a_choice_is_for_files_of_weights_alone() -> None:
    with pytest.raises(UserError, match="is no file of weights"):
        with_choice("timm:resnet18", key="a", prefix=None)
    with pytest.raises(UserError, match="says key or prefix itself"):
        with_choice("file:x#timm:a?key=b", key="a", prefix=None)
