"""`br.features` against the bare forward pass and thingsvision: `python -m performance.features [--device cuda]`.

thingsvision is given by the folder it is installed in (`--thingsvision SITE_PACKAGES`), an environment of its own, so
that none of what it asks for comes into this project's; without it, it is left out. What it imports and does not use
for networks of torch (TensorFlow) is replaced by empty modules, and NumPy is given the name that it knew. Writes
performance/RESULTS-features.md; `--device cuda` adds to it.
"""

import argparse
import contextlib
import io
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.metadata import version
from pathlib import Path
from statistics import median
from types import ModuleType
from typing import Any, NamedTuple
from unittest.mock import MagicMock

import numpy as np
import timm
import torch
import torchvision
from PIL import Image
from torch import nn

import brainrank as br
from brainrank.benchmark.activations.batch_size import START
from brainrank.benchmark.activations.decoding import batches, decoding_threads
from brainrank.benchmark.preprocessing import image_transform
from brainrank.benchmark.types.model_spec import Preprocessing
from brainrank.benchmark.types.reporter import Silent
from brainrank.datasets.memory.pictures import stimuli_from

RESULTS = Path(__file__).with_name("RESULTS-features.md")
SIDE = 256
ALL, FEW = "all", "few"
IMAGENET = Preprocessing((224, 224), "bilinear", 0.875, "center", (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
Features = Mapping[str, np.ndarray[Any, Any]]


class Case(NamedTuple):
    """A network with random weights, and the layers whose features are wanted whole."""

    name: str
    build: Callable[[], nn.Module]
    layers: tuple[str, ...]


CASES = (
    Case("resnet18", lambda: torchvision.models.resnet18(), ("layer1", "layer2", "layer3", "layer4")),
    Case(
        "vit_small_patch16_224",
        lambda: timm.create_model("vit_small_patch16_224"),
        ("blocks.2", "blocks.5", "blocks.8", "blocks.11"),
    ),
)


def main() -> None:
    """Measure, and write what came out."""
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    read.add_argument("--images", type=int, default=192)
    read.add_argument("--repeats", type=int, default=3)
    read.add_argument("--thingsvision", type=Path, help="the site-packages it is installed in")
    given = read.parse_args()
    if given.thingsvision is not None:
        sys.path.append(str(given.thingsvision))
        sys.meta_path.append(_Absent())
        vars(np).update(AxisError=np.exceptions.AxisError)
    with tempfile.TemporaryDirectory() as folder:
        _draw(Path(folder) / ALL, given.images)
        _draw(Path(folder) / FEW, START[given.device])
        rows = [_row(case, Path(folder), given) for case in CASES]
    _write(rows, given)


def _draw(folder: Path, count: int) -> None:
    """Photographs' size, as JPEG: decoding is as long as it is for photographs."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(count):
        squares = rng.integers(0, 256, (SIDE // 8, SIDE // 8, 3), dtype=np.uint8)
        Image.fromarray(squares.repeat(8, 0).repeat(8, 1)).save(folder / f"{number:05d}.jpg", quality=95)


def _row(case: Case, folder: Path, given: argparse.Namespace) -> str:
    torch.manual_seed(0)
    network = case.build().eval()
    ways: dict[str, Callable[[Path], Features]] = {
        "bare": lambda images: _bare(network, images, given.device),
        "ours": lambda images: _ours(network, images, case.layers, given.device),
    }
    if given.thingsvision is not None:
        ways["thingsvision"] = lambda images: _thingsvision(network, images, case.layers, given.device)
    for way in ways.values():
        way(folder / FEW)  # unmeasured: imports, caches, kernels
    found = dict[str, Features]()
    taken: dict[str, list[float]] = {name: [] for name in ways}
    worked: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(given.repeats):
        for name, way in ways.items():
            started, at_work = time.perf_counter(), time.process_time()
            found[name] = way(folder / ALL)
            taken[name].append(time.perf_counter() - started)
            worked[name].append(time.process_time() - at_work)
    rates = {name: f"{given.images / median(times):.1f}" for name, times in taken.items()}
    shares = [_share(times, "bare") for times in (taken, worked)]
    against = [_share(times, "thingsvision") for times in (taken, worked)] if "thingsvision" in ways else ["-", "-"]
    apart = f"{_apart(found['ours'], found['thingsvision']):.1e}" if "thingsvision" in ways else "-"
    cells = [
        case.name, rates["bare"], rates["ours"], *shares, rates.get("thingsvision", "-"), *against, apart
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _share(times: Mapping[str, Sequence[float]], other: str) -> str:
    """How many times as fast ours is, within a turn; the median of all turns."""
    return f"{median(np.divide(times[other], times['ours'])):.3f}"


def _apart(ours: Features, theirs: Features) -> float:
    """The largest difference, as a share of the largest feature of its layer."""
    return max(float(np.abs(ours[layer] - theirs[layer]).max() / np.abs(theirs[layer]).max()) for layer in theirs)


def _bare(network: nn.Module, folder: Path, device: str) -> Features:
    """The forward pass in torch over the same decoded batches, in channels-last; nothing of it is kept."""
    place = torch.device(device)
    network = network.to(place, memory_format=torch.channels_last)
    with stimuli_from(folder, name="images", reporter=Silent()) as stimuli, torch.inference_mode():
        for batch in batches(stimuli, IMAGENET, batch_size=START[device], device=place):
            network(batch.to(place, memory_format=torch.channels_last, non_blocking=True))
    if device == "cuda":
        torch.cuda.synchronize()
    network.to("cpu", memory_format=torch.contiguous_format)
    return {}


def _ours(network: nn.Module, folder: Path, layers: Sequence[str], device: str) -> Features:
    x = br.features(
        network, folder, layers=list(layers), pooling="flatten", preprocess=IMAGENET, device=device, progress=False,
        memory="32GiB",
    )  # fmt: skip
    return {layer: x[layer] for layer in x}


def _thingsvision(network: nn.Module, folder: Path, layers: Sequence[str], device: str) -> Features:
    """As its documentation says, with all layers in one pass, and torch's DataLoader, whose processes decode."""
    from thingsvision import get_extractor_from_model  # type: ignore[import-not-found]
    from thingsvision.utils.data import ImageDataset  # type: ignore[import-not-found]
    from torch.utils.data import DataLoader

    place = torch.device(device)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        extractor = get_extractor_from_model(model=network, device=device, backend="pt")
        dataset = ImageDataset(
            root=str(folder), out_path=tempfile.mkdtemp(), backend="pt", transforms=image_transform(IMAGENET)
        )
        loaded = DataLoader(
            dataset,
            batch_size=START[device],
            num_workers=decoding_threads(place),
            pin_memory=device == "cuda",
        )
        found = extractor.extract_features(
            batches=loaded, module_names=list(layers), flatten_acts=True, output_type="ndarray"
        )
    network.to("cpu")
    return {layer: np.asarray(found[layer]) for layer in layers}


class _Absent(MetaPathFinder, Loader):
    """Gives an empty module for what thingsvision imports and does not need here."""

    def find_spec(self, name: str, _path: object, _target: object = None) -> ModuleSpec | None:
        """A spec of one of them."""
        absent = {"tensorflow", "keras", "dreamsim", "numba", "skimage"}
        return ModuleSpec(name, self, is_package=True) if name.partition(".")[0] in absent else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """A module that has every name."""
        module: Any = MagicMock(name=spec.name)
        module.__path__, module.__spec__ = [], spec
        return module  # type: ignore[no-any-return]

    def exec_module(self, module: ModuleType) -> None:
        """Nothing."""


def _write(rows: Sequence[str], given: argparse.Namespace) -> None:
    threads = torch.get_num_threads()
    card = torch.cuda.get_device_name() if given.device == "cuda" else f"{threads} threads"
    peers = f", thingsvision {version('thingsvision')}" if given.thingsvision is not None else ""
    lines = [
        f"## {given.device} ({card})",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at "
        f"the end; torch {torch.__version__}{peers}; {given.images} JPEGs of {SIDE} pixels, batches of "
        f"{START[given.device]}, random weights, whole features of four layers; medians of {given.repeats} turns, "
        "ratios within a turn.",
        "",
        "| network | bare, images/s | br.features, images/s | of bare: wall | CPU | thingsvision, images/s | of it: "
        "wall | CPU | largest difference |",
        "|---|---|---|---|---|---|---|---|---|",
        *rows,
        "",
    ]
    if given.device == "cpu" or not RESULTS.exists():
        RESULTS.write_text(ABOUT)
    with RESULTS.open("a") as file:
        file.write("\n".join(lines))
    print("\n".join(lines))


ABOUT = """\
# br.features against the bare forward pass and thingsvision

By `python -m performance.features --thingsvision SITE_PACKAGES` (then `--device cuda`). Every side reads, decodes and
prepares the same files in the same batches with as many threads and processes; *bare* is the whole forward pass in
torch over them, channels-last, from which nothing is taken. Ours includes all that `br.features` does: digests of
images and network, a copy of the network, a first look at it, rows in arrays. Goals: .95 of bare, not slower than
thingsvision, the same features to 1e-5 of a layer's largest. Wall time is what one waits, CPU the seconds of processors
that it took: on a machine that is shared the second tells more.

"""


if __name__ == "__main__":
    main()
