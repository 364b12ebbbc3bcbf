"""A checkpoint written anew as plain safetensors."""

import json
from pathlib import Path

import open_clip
import pytest
import torch
from checkpoint_forms import NAME, body, prefixed, weights, write_forms
from safetensors.torch import load_file, save_file

from brainrank.benchmark.types.errors import BrainrankError, StorageError, UserError
from brainrank.models_zoo.checkpoints.choice import Choice
from brainrank.models_zoo.checkpoints.conversion import convert

OWN = weights(0)
ANY = Choice(None, None)


def test_every_form_becomes_the_plain_file(tmp_path: Path) -> None:
    for number, (name, path) in enumerate(write_forms(tmp_path).items()):
        target = tmp_path / f"out-{number}.safetensors"
        line = convert(path, target, architecture=NAME, choice=ANY)
        written, expected = (
            load_file(target),
            OWN if "no classifier" not in line and "left out" not in line else body(OWN),
        )
        assert written.keys() == expected.keys(), name
        assert all(torch.equal(written[key], each.to(written[key].dtype)) for key, each in expected.items())


def test_without_an_architecture_wrappers_alone_are_removed(tmp_path: Path) -> None:
    tied = torch.rand(3, 2)
    content = {"state_dict": prefixed("module.net.", {"a": tied.t(), "b": tied, "c": torch.tensor(3)}), "epoch": 1}
    torch.save(content, tmp_path / "in.pth")
    line = convert(tmp_path / "in.pth", tmp_path / "out.safetensors", architecture=None, choice=ANY)
    assert line == "3 of 3 tensors; key state_dict; prefix module. removed; names not checked (no --architecture)"
    written = load_file(tmp_path / "out.safetensors")
    assert {name: each.tolist() for name, each in written.items()} == {
        "net.a": tied.t().tolist(),
        "net.b": tied.tolist(),
        "net.c": 3,
    }


def test_what_is_not_clear_is_asked(tmp_path: Path) -> None:
    torch.save({"a": {"x.w": torch.ones(1)}, "b": {"w": torch.zeros(1), "v": torch.zeros(2)}}, tmp_path / "in.pth")
    target = tmp_path / "out.safetensors"
    with pytest.raises(UserError, match=r"tensors in 2 mappings(.|\n)*--key 'a' \(1 tensors\)\n  --key 'b' \(2"):
        convert(tmp_path / "in.pth", target, architecture=None, choice=ANY)
    with pytest.raises(UserError, match="Unknown key of in.pth 'c'"):
        convert(tmp_path / "in.pth", target, architecture=None, choice=Choice("c"))
    with pytest.raises(UserError, match="no tensor's name begins with 'y.'"):
        convert(tmp_path / "in.pth", target, architecture=None, choice=Choice("a", "y."))
    assert not target.exists()
    convert(tmp_path / "in.pth", target, architecture=None, choice=Choice("a", "x."))
    assert list(load_file(target)) == ["w"]


def test_nothing_is_overwritten_unless_told(tmp_path: Path) -> None:
    torch.save(OWN, tmp_path / "in.pth")
    target = tmp_path / "out.safetensors"
    target.write_bytes(b"mine")
    with pytest.raises(UserError, match="is there already; give another name, or --replace"):
        convert(tmp_path / "in.pth", target, architecture=NAME, choice=ANY)
    assert target.read_bytes() == b"mine"
    convert(tmp_path / "in.pth", target, architecture=NAME, choice=ANY, replace=True)
    assert load_file(target).keys() == OWN.keys()
    with pytest.raises(UserError, match="is there already; give another name$"):
        convert(target, target, architecture=NAME, choice=ANY, replace=True)


def test_the_file_that_is_read_is_never_replaced(tmp_path: Path) -> None:
    target = tmp_path / "model.safetensors"
    save_file({"w": torch.ones(2)}, target)
    for source in (target, tmp_path):
        with pytest.raises(UserError, match="is there already; give another name$"):
            convert(source, target, architecture=None, choice=ANY, replace=True)
    with pytest.raises(UserError, match="There is no file .*missing.pth"):
        convert(tmp_path / "missing.pth", target, architecture=None, choice=ANY, replace=True)


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    sparse = {"w": torch.eye(3).to_sparse()}
    torch.save(sparse, tmp_path / "in.pth")
    with pytest.raises(UserError, match="'w' is no plain tensor"):
        convert(tmp_path / "in.pth", tmp_path / "out.safetensors", architecture=None, choice=ANY)
    torch.save({"w": torch.zeros(1).expand(10, 10)}, tmp_path / "in.pth")
    with pytest.raises(UserError, match="'w' is no plain tensor"):
        convert(tmp_path / "in.pth", tmp_path / "out.safetensors", architecture=None, choice=ANY)
    torch.save(OWN, tmp_path / "in.pth")
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        convert(tmp_path / "in.pth", tmp_path / "file" / "out.safetensors", architecture=NAME, choice=ANY)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "in.pth"]


@pytest.mark.parametrize(
    ("source", "target"), [("in.pth", "out.pth"), ("none.pth", "out.safetensors"), ("in.onnx", "o.safetensors")]
)
def test_names_that_cannot_be(tmp_path: Path, source: str, target: str) -> None:
    for name in ("in.pth", "in.onnx"):
        torch.save(OWN, tmp_path / name)
    with pytest.raises(UserError):
        convert(tmp_path / source, tmp_path / target, architecture=NAME, choice=ANY)


def test_shards_become_one_file(tmp_path: Path) -> None:
    names = sorted(OWN)
    halves = {"model-1.safetensors": names[::2], "model-2.safetensors": names[1::2]}
    for file, held in halves.items():
        save_file({name: OWN[name] for name in held}, tmp_path / file)
    places = {name: file for file, held in halves.items() for name in held}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": places}))
    for number, source in enumerate((tmp_path, tmp_path / "model.safetensors.index.json")):
        line = convert(source, tmp_path / f"o{number}.safetensors", architecture=NAME, choice=ANY)
        assert line == f"{len(OWN)} of {len(OWN)} tensors"
    with pytest.raises(BrainrankError, match="is a folder without"):
        convert(tmp_path.parent, tmp_path / "o.safetensors", architecture=NAME, choice=ANY)


def test_the_text_tower_beside_a_network_is_written_too(tmp_path: Path) -> None:
    name = "ViT-B-32"
    config = dict(open_clip.get_model_config(name))
    tower = open_clip.model._build_vision_tower(
        config["embed_dim"], open_clip.model.CLIPVisionCfg(**config["vision_cfg"])
    )
    content = prefixed("module.visual.", tower.state_dict()) | {"module.logit_scale": torch.tensor(2.0)}
    torch.save({"state_dict": content}, tmp_path / "in.pt")
    line = convert(tmp_path / "in.pt", tmp_path / "o.safetensors", architecture=f"open_clip:{name}", choice=ANY)
    assert "prefix module.visual. removed" in line
    assert "as a text tower" in line
    written = load_file(tmp_path / "o.safetensors")
    assert written["logit_scale"] == 2
    assert {f"visual.{key}" for key in tower.state_dict()} | {"logit_scale"} == written.keys()
