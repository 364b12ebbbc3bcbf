"""Every entry: its network is built with random weights, and its layers, size and licence are what it says."""

import subprocess
import sys
from collections import Counter
from dataclasses import replace

import pytest
import timm
from torch import nn

from brainrank.benchmark.types.errors import UnknownNameError, UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.model_card import Objective
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.catalogue import FAMILIES, MODELS, find_model
from brainrank.models_zoo.load import check, outline
from brainrank.models_zoo.loaders.architecture import on_meta
from brainrank.models_zoo.network_layers import block_outputs, layer_outputs

FIRST_DIGESTS = {
    "efficientnet-lite0": "7833fec4ef4e94e4",
    "efficientnet-lite1": "3cd03bd84b145ae5",
    "efficientnet-lite2": "e46205762329f4c2",
    "efficientnet-lite0-random": "f9dbf714c4cf6ec4",
    "pixels": "c18da96cbb454f05",
    "gabor": "da7b17be5b8ef506",
}
# Entries that differ in their weights alone are built once.
BY_ARCHITECTURE: dict[tuple[str, tuple[str, ...]], ModelSpec] = {}
for _spec in MODELS.values():
    _key = _spec.source.partition("@")[0].partition(".")[0].partition("/")[0]
    BY_ARCHITECTURE.setdefault((_key, _spec.layers), _spec)


# Graphs are read from their files, which are fetched: test_packaged_weights.py.
OUTLINED = [spec.name for spec in BY_ARCHITECTURE.values() if not spec.source.startswith("onnx:")]
# What may stand behind the last block; norms, pooling and heads are no blocks.
BEHIND = {
    *("norm", "bn2", "global_pool", "pre_logits", "head", "head.global_pool"),
    *("cls_attn_blocks.0", "cls_attn_blocks.1"),
    "features.18",  # MobileNetV2's convolution before pooling
}
# Whose blocks are found under other names: stages (RegNet), a trunk, activations, areas.
OWN_GRAIN = (
    *("regnet-y-1.6gf", "openclip-convnext-base", "vae-celeba"),
    *("cornet-s-random", "cornet-s-once-random"),
)


def built_on_meta(spec: ModelSpec, home: Locations) -> tuple[nn.Module, tuple[str, ...], tuple[int, int]]:
    model = outline(spec, home, Silent())
    return on_meta(model.build), model.layers, model.preprocessing.size


@pytest.fixture(scope="session")
def nowhere(tmp_path_factory: pytest.TempPathFactory) -> Locations:
    return Locations(tmp_path_factory.mktemp("home"))


@pytest.mark.parametrize("name", OUTLINED)
def test_the_layers_exist_and_run_once(name: str, nowhere: Locations) -> None:
    spec = MODELS[name]
    network, layers, size = built_on_meta(spec, nowhere)
    assert layers == (spec.layers or layers)
    outputs = {output.name: output for output in layer_outputs(network, size)}
    wrong = {layer: outputs.get(layer) for layer in layers if layer not in outputs or outputs[layer].shape is None}
    assert not wrong
    assert spec.card is not None
    counted = sum(parameter.numel() for parameter in network.parameters()) / 1e6
    assert spec.card.parameters_million == pytest.approx(counted, abs=0.051)


# The networks trained here are one architecture.
GRAINED = [each for each in OUTLINED if each not in OWN_GRAIN and not each.startswith("controlled-")]


@pytest.mark.parametrize("name", [*GRAINED, "controlled-supervised"])
def test_every_block_is_a_layer(name: str, nowhere: Locations) -> None:
    """Of every family: a network of which more blocks are tried has more chances to have one that is like a brain."""
    network, layers, size = built_on_meta(MODELS[name], nowhere)
    blocks = block_outputs(network, size)
    places = [place for place, block in enumerate(blocks) if block in layers]
    within = blocks[min(places) : max(places) + 1]
    assert [block for block in within if block not in layers] == []
    behind = set(blocks[max(places) + 1 :])
    assert behind <= BEHIND, behind - BEHIND


@pytest.mark.parametrize("name", ["alexnet", "resnet18", "convnext-tiny", "swin-tiny", "dino-vit-small-16", "taesana"])
def test_the_layers_are_the_outputs_of_the_blocks(name: str, nowhere: Locations) -> None:
    assert outline(replace(MODELS[name], layers=()), nowhere, Silent()).layers == MODELS[name].layers


def test_every_entry_is_known_to_its_loader() -> None:
    for spec in MODELS.values():
        check(spec)


def test_what_the_issue_asks_for_is_there() -> None:
    families = Counter(spec.family for spec in MODELS.values())
    assert tuple(each for each in FAMILIES if families[each]) == FAMILIES
    assert sum(families.values()) >= 60
    objectives = {spec.card.objective for spec in MODELS.values() if spec.card}
    assert {Objective.DISTILLATION, Objective.MASKED, Objective.LANGUAGE_CONTRASTIVE, Objective.LANGUAGE_SIGMOID} <= (
        objectives
    )
    for spec in MODELS.values():
        assert spec.layers or spec.family == "classical", spec.name
        assert spec.card is not None, spec.name
        assert all((spec.card.paper, spec.card.training_data, spec.card.licence, spec.description)), spec.name
        assert len(spec.description) <= 90, spec.name
        assert spec.name == spec.name.lower()
        assert (spec.card.objective is Objective.NONE) == (spec.card.training_data == "none"), spec.name


@pytest.mark.parametrize(
    "name",
    [s.name for s in MODELS.values() if s.source.startswith("timm:") and "." in s.source and "@" not in s.source],
)
def test_the_licence_is_the_one_timm_states(name: str) -> None:
    spec = MODELS[name]
    assert spec.card is not None
    if spec.source.endswith("@random"):
        assert spec.card.licence == "none"
        return
    assert spec.card.licence.lower() == timm.get_pretrained_cfg(spec.source.removeprefix("timm:")).license


def test_pinned_weights_name_their_commit_or_digest() -> None:
    pinned = [spec for spec in MODELS.values() if spec.weights is not None]
    assert {"vae-celeba", "beta-vae-celeba", "beta-tcvae-celeba", "factor-vae-celeba", "taesana", "taef2"} <= {
        spec.name for spec in pinned
    }
    assert all(spec.weights is not None and len(spec.weights.sha256) == 64 for spec in pinned)
    assert len({spec.digest for spec in MODELS.values()}) == len(MODELS)


def test_the_card_and_the_name_do_not_decide_what_is_computed() -> None:
    spec = MODELS["resnet50"]
    assert replace(spec, card=None, name="mine", description="").digest == spec.digest
    assert replace(spec, file_sha256="0" * 64).digest != spec.digest


def test_the_digests_of_the_first_models_stay() -> None:
    """Scores of these are in databases; a digest that moves would score them anew."""
    assert {name: MODELS[name].digest[:16] for name in FIRST_DIGESTS} == FIRST_DIGESTS


def test_the_catalogue_loads_no_torch() -> None:
    code = "import sys, brainrank.models_zoo.catalogue; print({'torch', 'timm', 'numpy.linalg'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() in {"set()", "{'numpy.linalg'}"}


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("net.onnx", "onnx:net.onnx"),
        ("runs/net.safetensors", "file:runs/net.safetensors#SOURCE:ARCHITECTURE, as in #timm:resnet50"),
        ("net.PTH", "file:net.PTH#SOURCE:ARCHITECTURE"),
        ("/a/net.py", "python:/a/net.py:FUNCTION"),
        ("x.npz", "features:x.npz"),
        ("answers.csv", "trials:answers.csv"),
    ],
)
def test_a_bare_file_says_how_it_is_written_whether_it_is_there_or_not(name: str, written: str) -> None:
    with pytest.raises(UserError, match=f"'{name}' is no model by itself; a file is written {written}"):
        find_model(name)


def test_an_unknown_name_says_which_are_near() -> None:
    with pytest.raises(UnknownNameError, match="did you mean clip-vit-base-32"):
        find_model("clip-vit-b-32")
