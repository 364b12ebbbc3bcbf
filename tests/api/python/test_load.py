"""`br.load`: one's own weights for a network known by name."""

from pathlib import Path

import pytest
import torch
from checkpoint_forms import NAME, body, weights

import brainrank as br

OWN, OTHER = weights(0), weights(1)


def test_a_checkpoint_is_a_model(tmp_path: Path) -> None:
    torch.save({"model": body(OWN)}, tmp_path / "net.pth")
    found = br.load(tmp_path / "net.pth", NAME)
    line = f"{len(body(OWN))} of {len(OWN)} tensors; key model; no classifier"
    assert found.checkpoint == line
    assert found.spec.source == f"file:{tmp_path}/net.pth#{NAME}"
    assert repr(found) == f"<file:{tmp_path}/net.pth#{NAME}: {line}>"
    with pytest.raises(AttributeError):
        found.checkpoint = ""  # type: ignore[misc]


def test_key_and_prefix_choose(tmp_path: Path) -> None:
    torch.save({"a": body(OWN), "b": {f"net.{key}": each for key, each in body(OTHER).items()}}, tmp_path / "net.pth")
    with pytest.raises(br.BrainrankError, match=r"key= and prefix= of br.load"):
        br.load(tmp_path / "net.pth", NAME)
    found = br.load(str(tmp_path / "net.pth"), NAME, key="b", prefix="net")
    assert found.spec.source.endswith("?key=b&prefix=net.")
    assert "key b, prefix net. removed" in found.checkpoint
    with pytest.raises(br.BrainrankError, match="There is no file"):
        br.load(tmp_path / "none.pth", NAME)
