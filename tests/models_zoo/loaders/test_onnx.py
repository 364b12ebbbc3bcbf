"""ONNX graphs: the same numbers as the network they came from, and every way in which one cannot be used."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from onnx import TensorProto, helper, numpy_helper
from onnx_files import RELU, graph, hooked, resolved, saved

from brainrank.benchmark.types.errors import ModelLoadError
from brainrank.models_zoo.network_layers import layer_outputs

Export = Callable[..., Path]
RESNET_BLOCKS = ["layer1.0", "layer2.0", "layer3.0", "layer4.0"]


@pytest.fixture(scope="session")
def network() -> torch.nn.Module:
    torch.manual_seed(0)
    made: torch.nn.Module = timm.create_model("test_resnet").eval()
    return made


def export(network: torch.nn.Module, path: Path, *, batch: int, dynamic: bool) -> Path:
    axes = {"images": {0: "n"}} if dynamic else None
    torch.onnx.export(
        network, (torch.zeros(batch, 3, 64, 64),), path, dynamo=False, input_names=["images"], dynamic_axes=axes
    )
    return path


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(("batch", "dynamic"), [(1, True), (1, False), (4, False)])
def test_its_layers_are_the_networks_blocks(
    network: torch.nn.Module, tmp_path: Path, batch: int, dynamic: bool
) -> None:
    """Six images go through a dynamic batch at once, through a batch of 1 singly, through one of 4 as 4 and 2."""
    path = export(network, tmp_path / "net.onnx", batch=batch, dynamic=dynamic)
    model, images = resolved(path), torch.rand(6, 3, 64, 64)
    assert model.preprocessing.size == (64, 64)
    expected: dict[str, torch.Tensor] = {}
    handles = [
        network.get_submodule(name).register_forward_hook(lambda _m, _i, out, name=name: expected.update({name: out}))
        for name in RESNET_BLOCKS
    ]
    with torch.inference_mode():
        network(images)
    for handle in handles:
        handle.remove()
    for found, name in zip(hooked(model, images), RESNET_BLOCKS, strict=True):
        assert torch.allclose(found, expected[name], atol=1e-5), name


def test_preprocessing_can_be_written_into_the_file(tmp_path: Path) -> None:
    model = graph([RELU])
    helper.set_model_props(model, {"preprocessing": '{"mean": [0, 0, 0], "std": [1, 1, 1], "crop_mode": "squash"}'})
    found = resolved(saved(model, tmp_path / "net.onnx")).preprocessing
    assert (found.size, found.mean, found.std, found.crop_mode) == ((8, 8), (0, 0, 0), (1, 1, 1), "squash")


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ('{"colour": "none"}', "no field 'colour', only size"),
        ('{"std": [0, 1, 1]}', "each is above 0"),
        ('{"mean": [1, 2]}', "mean"),
        ('{"interpolation": "cubic"}', "choose from bicubic"),
        ('{"crop_fraction": 2}', "up to 1"),
        ("[1]", "it is list"),
        ("{", "not understood"),
    ],
)
def test_preprocessing_that_makes_no_sense_names_the_field(written: str, message: str, tmp_path: Path) -> None:
    model = graph([RELU])
    helper.set_model_props(model, {"preprocessing": written})
    with pytest.raises(ModelLoadError, match=message):
        resolved(saved(model, tmp_path / "net.onnx"))


def test_channels_may_come_last_and_sides_may_be_dynamic(tmp_path: Path) -> None:
    model = graph([RELU], inputs=[("images", TensorProto.FLOAT, ("n", "h", "w", 3))])
    found = resolved(saved(model, tmp_path / "net.onnx"))
    assert found.preprocessing.size == (224, 224)
    images = torch.rand(2, 3, 5, 6) - 0.5
    assert torch.equal(hooked(found, images)[0], images.permute(0, 2, 3, 1).relu())


@pytest.mark.parametrize("shape", [("n", 1, "h", "w"), ("n", "h", "w", 1)])
def test_a_graph_of_one_channel_is_fed_grey_images(shape: tuple[object, ...], tmp_path: Path) -> None:
    model = graph([RELU], inputs=[("images", TensorProto.FLOAT, shape)])
    helper.set_model_props(model, {"preprocessing": '{"mean": 0.5, "std": [0.25]}'})
    found = resolved(saved(model, tmp_path / "net.onnx"))
    preprocessing = found.preprocessing
    assert (preprocessing.channels, preprocessing.mean, preprocessing.std) == (1, (0.5,) * 3, (0.25,) * 3)
    images = torch.rand(2, 1, 5, 6) - 0.5
    expected = images.relu() if shape[1] == 1 else images.permute(0, 2, 3, 1).relu()
    assert torch.equal(hooked(found, images)[0], expected)


def test_every_tensor_is_shown_and_those_without_a_row_for_each_image_say_so(tmp_path: Path) -> None:
    fold = numpy_helper.from_array(np.array([-1, 4]), "fold")
    nodes = [RELU, helper.make_node("Reshape", ["out", "fold"], ["folded"])]
    model = resolved(saved(graph(nodes, stored=[fold]), tmp_path / "net.onnx"))
    outputs = {each.name: each for each in layer_outputs(model.build(), (8, 8))}
    assert outputs["out"].shape == (3, 8, 8)
    assert outputs["folded"].shape is None
    assert outputs["folded"].reason == "puts out (48, 4), not a tensor with rows"


def test_half_precision_is_fed_as_such(tmp_path: Path) -> None:
    model = graph([RELU], inputs=[("images", TensorProto.FLOAT16, (1, 3, 8, 8))])
    model.graph.output[0].type.tensor_type.elem_type = TensorProto.FLOAT16
    images = torch.rand(3, 3, 8, 8)
    assert torch.allclose(hooked(resolved(saved(model, tmp_path / "net.onnx")), images)[0], images, atol=1e-3)


def test_only_what_is_looked_at_is_computed(tmp_path: Path) -> None:
    """The node behind the wanted one cannot run on these images: it is left out."""
    shape = numpy_helper.from_array(np.array([7, 7]), "shape")
    nodes = [helper.make_node("Relu", ["images"], ["early"]), helper.make_node("Reshape", ["early", "shape"], ["out"])]
    model = resolved(saved(graph(nodes, stored=[shape]), tmp_path / "net.onnx"))
    built = model.build()
    with pytest.raises(ModelLoadError, match=r"failed on \(2, 3, 8, 8\): .*Reshape"):
        built(torch.rand(2, 3, 8, 8))
    seen: list[torch.Tensor] = []
    built.get_submodule("early").register_forward_hook(lambda _m, _i, out: seen.append(out))
    built(torch.rand(2, 3, 8, 8))
    assert seen[0].shape == (2, 3, 8, 8)


def test_a_tensor_of_another_length_is_not_offered(tmp_path: Path) -> None:
    nodes = [RELU, helper.make_node("Gather", ["out", "first"], ["one"], axis=0)]
    first = numpy_helper.from_array(np.array([0]), "first")
    built = resolved(saved(graph(nodes, stored=[first]), tmp_path / "net.onnx")).build()
    assert {name for name, _ in built.named_modules()} == {"", "out"}


def test_an_operator_whose_output_depends_on_the_data_fails_when_it_is_looked_at(tmp_path: Path) -> None:
    """Nothing in the graph says how many rows are left; the first batch does."""
    nodes = [RELU, helper.make_node("Compress", ["out", "keep"], ["fewer"], axis=0)]
    keep = numpy_helper.from_array(np.array([True, False, True]), "keep")
    built = resolved(saved(graph(nodes, stored=[keep], outputs=("out", "fewer")), tmp_path / "net.onnx")).build()
    built.get_submodule("fewer").register_forward_hook(lambda _m, _i, _o: None)
    with pytest.raises(ModelLoadError, match=r"Tensor 'fewer' .* for 3 images; a layer has a row per image"):
        built(torch.rand(3, 3, 8, 8))


class Encoder(torch.nn.Module):
    """Patches through torch's own transformer, whose batch is second unless it is told otherwise."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.patch, layer = torch.nn.Conv2d(3, 8, 8, 8), torch.nn.TransformerEncoderLayer(8, 2, 16, batch_first=False)
        self.encoder = torch.nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        tokens = self.patch(images).flatten(2).permute(2, 0, 1)
        output: torch.Tensor = self.encoder(tokens).mean(dim=0)
        return output


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning")
@pytest.mark.parametrize(
    "n_images", [1, 2, 16]
)  # of 16 patches each: which axis is which cannot be told by sizes alone
def test_a_batch_that_is_second_is_turned_round(n_images: int, tmp_path: Path) -> None:
    network = Encoder().eval()
    path = tmp_path / "net.onnx"
    torch.onnx.export(
        network, (torch.zeros(2, 3, 32, 32),), path, dynamo=False, input_names=["x"], dynamic_axes={"x": {0: "n"}}
    )
    model, images = resolved(path), torch.rand(n_images, 3, 32, 32)
    found = hooked(model, images)
    assert {each.shape for each in found} == {(n_images, 16, 8)}
    singly = [hooked(model, image[None]) for image in images]
    for layer, rows in enumerate(found):
        torch.testing.assert_close(rows, torch.cat([each[layer] for each in singly]), atol=1e-5, rtol=1e-4)


def test_a_class_token_of_a_graph_is_known_by_its_name(tmp_path: Path) -> None:
    token = numpy_helper.from_array(np.ones((1, 1, 8), "float32"), "visual.cls_token")
    nodes = [RELU, helper.make_node("Identity", ["visual.cls_token"], ["token"])]
    built = resolved(saved(graph(nodes, stored=[token]), tmp_path / "net.onnx")).build()
    assert built.cls_token.shape == (1, 1, 8)


def test_onnxruntime_finds_no_other_file_were_a_check_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given bytes, it looks in the working directory; here that holds a file of the server."""
    (tmp_path / "token").write_bytes(np.arange(3, dtype="float32").tobytes())
    monkeypatch.chdir(tmp_path)
    weight = TensorProto(name="weight", data_type=TensorProto.FLOAT, dims=[3, 1, 1], data_location=1)
    for key, value in {"location": "token", "offset": "0", "length": "12"}.items():
        entry = weight.external_data.add()
        entry.key, entry.value = key, value
    nodes = [helper.make_node("Add", ["images", "weight"], ["out"])]
    path = saved(graph(nodes, stored=[weight]), tmp_path / "net.onnx")
    with pytest.raises(ModelLoadError, match="in other files"):
        resolved(path)
    monkeypatch.setattr("brainrank.models_zoo.loaders.onnx_graph.check_content", lambda *_: None)
    with pytest.raises(ModelLoadError, match="onnxruntime|onnx"):
        resolved(path).build()(torch.zeros(1, 3, 8, 8))
    (tmp_path / "token").unlink()
