"""A network found in a checkpoint: whole, by name and shape, told in a line; or refused with what is missing."""

from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from checkpoint_forms import NAME, body, cast, prefixed, weights, write_forms
from checkpoint_reading import resolved, saved, the_same
from safetensors.torch import save_file
from torch import nn

from brainrank.benchmark.types.errors import UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.catalogue import find_model
from brainrank.models_zoo.load import resolve

OWN, OTHER = weights(0), weights(1)
INNER, FOREIGN = body(OWN), body(OTHER)
N, N_BODY = len(OWN), len(INNER)
HEAD = prefixed("fc.0.", {"weight": torch.zeros(4, 4)})


class Notes(Silent):
    """Keeps what is said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def message(self, text: str) -> None:
        self.said.append(text)


LINES = {
    "compiled.safetensors": f"{N} of {N} tensors; prefix _orig_mod. removed",
    "data-parallel.safetensors": f"{N} of {N} tensors; prefix module. removed",
    "dino.pth": f"{N_BODY} of {N} tensors; key teacher, prefix backbone. removed; the teacher, not "
    "student.module.backbone; no classifier",
    "half.safetensors": f"{N} of {N} tensors; in float16",
    "lightning.ckpt": f"{N} of {N} tensors; key state_dict, prefix model. removed",
    "moco.pth.tar": f"{N_BODY} of {N} tensors; key state_dict, prefix module.encoder_q. removed; the query or online "
    "network, not state_dict.module.encoder_k; no classifier, a projector in its place",
    "no-head.safetensors": f"{N_BODY} of {N} tensors; no classifier",
    "plain.pth": f"{N} of {N} tensors",
    "plain.safetensors": f"{N} of {N} tensors",
    "ten-classes.safetensors": f"{N_BODY} of {N} tensors; its classifier of 10 classes left out",
    "with-ema.pth": f"{N} of {N} tensors; key model; the same in model_ema",
}


def test_all_forms_give_one_network_and_say_what_was_done(tmp_path: Path) -> None:
    forms = write_forms(tmp_path)
    assert list(forms) == sorted(LINES)
    for name, path in forms.items():
        model = resolved(path)
        assert model.checkpoint == LINES[name]
        assert the_same(model, cast(cast(INNER, torch.float16), torch.float32) if name.startswith("half") else INNER)
        assert model.imagenet_classes == (f"{N} of" in LINES[name])


def test_what_was_done_is_said_when_a_model_is_resolved(tmp_path: Path) -> None:
    notes, path = Notes(), saved(tmp_path, {"model": INNER})
    resolve(find_model(f"file:{path}#{NAME}"), Locations(tmp_path), notes)
    assert notes.said == [f"net.pth: {N_BODY} of {N} tensors; key model; no classifier"]


FIELD: dict[str, tuple[Any, str]] = {
    "SwAV": (
        prefixed("module.", INNER | {"prototypes.weight": torch.zeros(3, 4)}),
        "1 tensors of prototypes left aside",
    ),
    "SimSiam": ({"state_dict": prefixed("module.encoder.", INNER | HEAD)}, "prefix module.encoder. removed"),
    "MoCo v3": (
        {"state_dict": prefixed("module.base_encoder.", INNER) | prefixed("module.momentum_encoder.", FOREIGN)},
        "the query or online network, not state_dict.module.momentum_encoder",
    ),
    "BYOL": ({"online_backbone": INNER, "target_backbone": FOREIGN}, "key online_backbone"),
    "VICReg": ({"model": prefixed("module.backbone.", INNER)}, "prefix module.backbone. removed"),
    "solo-learn": (
        {"state_dict": prefixed("backbone.", INNER) | prefixed("momentum_backbone.", FOREIGN)},
        "the network itself, not state_dict.momentum_backbone",
    ),
    "VISSL": (
        {"classy_state_dict": {"base_model": {"model": {"trunk": prefixed("_feature_blocks.", INNER)}}}},
        "key classy_state_dict.base_model.model.trunk, prefix _feature_blocks. removed",
    ),
    "mmpretrain": (
        {"meta": {}, "state_dict": prefixed("backbone.", INNER) | {"head.fc.weight": OWN["fc.weight"]}},
        "prefix backbone. removed; no classifier",
    ),
    "timm's training": (
        {"state_dict": OTHER, "state_dict_ema": prefixed("module.", OWN)},
        "the average (EMA), not state_dict",
    ),
    "iBOT": (
        {
            "student": prefixed("module.backbone.", FOREIGN) | {"module.head.last_layer.weight_g": torch.zeros(2)},
            "teacher": prefixed("backbone.", INNER),
        },
        "the teacher, not student.module.backbone",
    ),
    "DINOv2": (
        {"teacher": prefixed("backbone.", INNER) | {"dino_head.mlp.0.weight": torch.zeros(2, 2)}},
        "key teacher, prefix backbone. removed",
    ),
    "compiled, then parallel, in Lightning": (
        {"state_dict": prefixed("model.module._orig_mod.", OWN)},
        "prefix model.module._orig_mod. removed",
    ),
}


@pytest.mark.parametrize("method", FIELD)
def test_how_methods_of_the_field_write_their_networks(tmp_path: Path, method: str) -> None:
    content, told = FIELD[method]
    model = resolved(saved(tmp_path, content))
    assert told in model.checkpoint
    assert the_same(model, INNER)


def test_children_by_their_numbers_as_lightly_saves_them(tmp_path: Path) -> None:
    network = timm.create_model("test_resnet")
    network.load_state_dict(OWN)
    numbered = nn.Sequential(*list(network.children())[:-1]).state_dict(prefix="backbone.")
    model = resolved(saved(tmp_path, {"state_dict": numbered}))
    assert "children by their numbers; no classifier" in model.checkpoint
    assert the_same(model, INNER)


AMBIGUOUS: dict[str, Any] = {
    "two of equal right": {"a": INNER, "b": FOREIGN},
    "teacher and student of a method that is not told": {"teacher": INNER, "student": FOREIGN},
    "a DINO head and a momentum copy, which is its teacher": {
        "state_dict": prefixed("backbone.", INNER)
        | prefixed("momentum_backbone.", FOREIGN)
        | {"head.mlp.0.weight": torch.zeros(2, 2)}
    },
}


@pytest.mark.parametrize("case", AMBIGUOUS)
def test_of_several_networks_without_a_rule_one_must_be_chosen(tmp_path: Path, case: str) -> None:
    path = saved(tmp_path, AMBIGUOUS[case])
    with pytest.raises(UserError, match=r"holds 2 networks that fit.*--key and --prefix(.|\n)*--key '.*' --prefix '"):
        resolved(path)


def test_key_and_prefix_choose_and_make_another_model(tmp_path: Path) -> None:
    path = saved(tmp_path, {"a": prefixed("net.", INNER) | prefixed("ema.", FOREIGN), "b": FOREIGN | HEAD})
    chosen = {
        written: resolved(path, f"{NAME}?{written}") for written in ("key=a&prefix=net", "key=a&prefix=ema.", "key=b")
    }
    assert [the_same(model, INNER) for model in chosen.values()] == [True, False, False]
    digests = [model.network_digest("code") for model in chosen.values()]
    assert len(set(digests)) == 3
    assert len({find_model(f"file:{path}#{NAME}?{written}").digest for written in chosen}) == 3
    assert len({model.weights_digest for model in chosen.values()}) == 1
    with pytest.raises(UserError, match="Unknown key of net.pth 'c': choose from a, b"):
        resolved(path, f"{NAME}?key=c")
    with pytest.raises(UserError, match=r"has the prefix 'nett\.' and has a name"):
        resolved(path, f"{NAME}?prefix=nett")


def test_a_classifier_or_none_are_two_networks(tmp_path: Path) -> None:
    path = saved(tmp_path, {"a": OWN, "b": INNER})
    assert resolved(path).checkpoint == f"{N} of {N} tensors; key a; the same in b"
    digests = {resolved(path, f"{NAME}?key={key}").network_digest("code") for key in "ab"}
    assert len(digests) == 2


def test_without_a_classifier_the_network_puts_out_what_is_before_it(tmp_path: Path) -> None:
    headless = resolved(saved(tmp_path, INNER)).build().eval()
    whole = timm.create_model("test_resnet", num_classes=0)
    whole.load_state_dict(INNER)
    images = torch.rand(2, 3, 64, 64)
    with torch.inference_mode():
        assert torch.equal(headless(images), whole.eval()(images))
    path = saved(tmp_path, INNER)
    spec = find_model(f"file:{path}#{NAME}")
    with pytest.raises(UserError, match="Layer 'fc' is the classifier, of which the file has no weights"):
        resolve(type(spec)(spec.name, spec.family, spec.source, layers=("fc:flatten",)), Locations(tmp_path), Silent())


def without(*names: str) -> dict[str, torch.Tensor]:
    return {key: each for key, each in OWN.items() if not key.endswith(names)}


REFUSED: dict[str, tuple[Any, str]] = {
    "one tensor is missing": (
        {key: each for key, each in OWN.items() if key != "layer3.0.conv2.weight"},
        r"tensors of its body fit; missing layer3.0.conv2.weight\. A network is never loaded in part",
    ),
    "under another name": (
        {key.replace("layer3.0.conv2.", "layer3.0.conv2_."): each for key, each in OWN.items()},
        r"missing layer3.0.conv2.weight \(the file has layer3.0.conv2_.weight",
    ),
    "statistics are missing": (without("running_mean", "running_var"), "missing .*running_mean"),
    "more blocks": (OWN | {"layer1.9.conv1.weight": torch.zeros(1)}, "1 that this architecture has not: layer1.9"),
    "a step in a block": (OWN | {"layer1.0.se.fc1.weight": torch.zeros(1)}, "has not: layer1.0.se.fc1.weight"),
    "another shape": (OWN | {"layer1.0.conv1.weight": torch.zeros(1)}, r"'layer1.0.conv1.weight' is \(1,\), but \("),
    "nothing of it": ({"a.b": torch.zeros(1)}, "none of its 1 tensors has a name of the"),
    "transformers' names": (
        {"vit.encoder.layer.0.attention.attention.query.weight": torch.zeros(1)},
        "give its repository as transformers:OWNER/REPO@COMMIT",
    ),
    "an adapter": ({"base_model.model.conv1.lora_A.weight": torch.zeros(2, 2)}, "an adapter .* merge_and_unload"),
    "an optimiser": (
        {"optimizer": {"state": {0: {"exp_avg": torch.zeros(2)}}, "param_groups": []}, "epoch": 1},
        "no weights by name, but an optimiser's state",
    ),
    "nothing at all": ({}, "no weights by name"),
    "integers": (cast(OWN, torch.int8), "torch.int8, of quantised weights"),
    "eighths": (cast(OWN, torch.float8_e4m3fn), "torch.float8_e4m3fn, of quantised weights"),
    "complex numbers": (cast(OWN, torch.complex64), "complex numbers .* computes with real ones"),
    "sparse": ({key: each.to_sparse() if each.ndim == 4 else each for key, each in OWN.items()}, "is sparse; save it"),
    "scales of a quantisation": (
        {"conv1.qweight": torch.zeros(1), "conv1.scales": torch.zeros(1)},
        "quantised weights",
    ),
    "a list": ([1, 2], "holds a list, where tensors by name are due"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_network_that_is_not_whole_is_refused_with_what_is_wrong(tmp_path: Path, case: str) -> None:
    content, told = REFUSED[case]
    with pytest.raises(UserError, match=told):
        resolved(saved(tmp_path, content))


def test_a_sparse_classifier_is_left_out(tmp_path: Path) -> None:
    model = resolved(saved(tmp_path, OWN | {"fc.weight": OWN["fc.weight"].to_sparse()}))
    assert "classifier" in model.checkpoint
    assert the_same(model, INNER)


def test_counts_of_batches_may_be_missing(tmp_path: Path) -> None:
    model = resolved(saved(tmp_path, without("num_batches_tracked")))
    n = sum(key.endswith("num_batches_tracked") for key in OWN)
    assert model.checkpoint == f"{N - n} of {N} tensors; {n} num_batches_tracked are not there, and of no effect"
    assert the_same(model, without("num_batches_tracked"))


def test_tensors_as_memory_has_them(tmp_path: Path) -> None:
    """Tied, transposed, channels last, views of something larger, parameters: the numbers count."""
    turned = {key: each.transpose(0, -1).contiguous().transpose(0, -1) for key, each in OWN.items() if each.ndim == 4}
    large = torch.rand(10, *OWN["fc.bias"].shape)
    views = {"fc.bias": large[3], "fc.weight": nn.Parameter(OWN["fc.weight"])}
    tied = {f"layer4.0.bn{number}.bias": OWN["layer4.0.bn1.bias"] for number in (1, 2)}
    for content in (OWN | turned, OWN | views, OWN | tied, {"state_dict": OWN | views}):
        model = resolved(saved(tmp_path, content))
        assert the_same(model, content.get("state_dict", content))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64])
def test_other_precisions_are_told(tmp_path: Path, dtype: torch.dtype) -> None:
    model = resolved(saved(tmp_path, cast(OWN, dtype)))
    assert model.checkpoint == f"{N} of {N} tensors; in {str(dtype).removeprefix('torch.')}"
    assert the_same(model, cast(cast(OWN, dtype), torch.float32))


def test_safetensors_and_torch_files_are_read_alike(tmp_path: Path) -> None:
    save_file(prefixed("student.", INNER), tmp_path / "net.safetensors")
    first = resolved(tmp_path / "net.safetensors")
    second = resolved(saved(tmp_path, prefixed("student.", INNER)))
    assert first.checkpoint == second.checkpoint
    assert first.network == second.network
