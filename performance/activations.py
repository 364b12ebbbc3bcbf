"""The activations engine against the bare forward pass: `python -m performance.activations [hooks|resnet50|growth]...`.

Writes performance/RESULTS-activations.md and docs/images/activations-growth.png. Takes about ten minutes on two cores.
"""

import os
import platform
import re
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import timm
import torch
from PIL import Image
from torch import nn

from brainrank.benchmark.activations.extract import extract
from brainrank.benchmark.activations.forward_pass import ForwardPass
from brainrank.benchmark.activations.layers import Call, wanted_layers
from brainrank.benchmark.activations.taps import Taps
from brainrank.benchmark.types.activations import GIB, Extraction
from brainrank.benchmark.types.model_spec import Preprocessing
from brainrank.benchmark.types.reporter import Silent
from brainrank.benchmark.types.stimuli import Stimulus, StimulusSet

BATCH, DISTINCT = 16, 40
RESULTS = Path(__file__).with_name("RESULTS-activations.md")
PLOT = Path(__file__).parents[1] / "docs" / "images" / "activations-growth.png"
CPU = torch.device("cpu")


class Case(NamedTuple):
    """A network and the glob of its block outputs."""

    name: str
    build: Callable[[], nn.Module]
    blocks: tuple[str, ...]


def _clip() -> nn.Module:
    import open_clip

    return open_clip.create_model("ViT-B-32").visual


CASES = (
    Case("resnet18", lambda: timm.create_model("resnet18"), ("layer?.?",)),
    Case("resnet50", lambda: timm.create_model("resnet50"), ("layer?.?",)),
    Case("tf_efficientnet_lite0", lambda: timm.create_model("tf_efficientnet_lite0"), ("blocks.?",)),
    Case("vit_small_patch16_224", lambda: timm.create_model("vit_small_patch16_224"), ("blocks.?", "blocks.??")),
    Case("CLIP ViT-B/32 (vision)", _clip, ("transformer.resblocks.?", "transformer.resblocks.??")),
)


class Memory(threading.Thread):
    """Watches the process's anonymous memory (RssAnon: what it holds itself, without pages of files)."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak_mib = 0.0

    def run(self) -> None:
        """Look twenty times a second."""
        while True:
            found = re.search(r"RssAnon:\s+(\d+)", Path("/proc/self/status").read_text())
            self.peak_mib = max(self.peak_mib, int(found[1]) / 1024 if found else 0.0)
            time.sleep(0.05)


def stimuli(folder: Path, n_stimuli: int, side: int) -> StimulusSet:
    """Images of coloured squares; as many files as DISTINCT, shown again and again."""
    rng = np.random.default_rng(0)
    for number in range(DISTINCT):
        squares = rng.integers(0, 256, (side // 8, side // 8, 3), dtype=np.uint8)
        Image.fromarray(squares.repeat(8, 0).repeat(8, 1)).save(folder / f"{side}-{number}.png")
    return StimulusSet(
        "squares",
        tuple(Stimulus(str(i), folder / f"{side}-{i % DISTINCT}.png", f"{i:064d}") for i in range(n_stimuli)),
    )


def hooks(repeats: int = 7) -> list[str]:
    """All block outputs hooked and discarded against the bare pass, by turns."""
    lines = [
        "## All block outputs hooked and discarded",
        "",
        f"Images per second, batch {BATCH}, 224 px, channels-last on both sides, medians of {repeats} by turns, ratios "
        "within a turn; at least .95. The last two columns stop behind the last block, as the engine does.",
        "",
        "| network | blocks | bare | hooked, whole pass | ratio | hooked, stopped | ratio |",
        "|---|---|---|---|---|---|---|",
    ]
    images = torch.randn(BATCH, 3, 224, 224).to(memory_format=torch.channels_last)
    for case in CASES:
        network = case.build().eval().to(memory_format=torch.channels_last)
        wanted = wanted_layers([name for name, _ in network.named_modules()], case.blocks, "flatten")
        modules = [each.module for each in wanted]
        times: dict[str, list[float]] = {"bare": [], "whole": [], "stopped": []}
        with torch.inference_mode():
            network(images)
            for _ in range(repeats):
                times["bare"].append(_seconds(lambda network=network: network(images)))
                for kind, last in (("whole", None), ("stopped", Call(modules[-1], 1))):
                    with Taps(network, modules, lambda *_: None, last=last) as taps:
                        times[kind].append(_seconds(lambda taps=taps: taps.run(images)))
        rate = {kind: BATCH / median(each) for kind, each in times.items()}
        # Of each turn by itself: other work on the machine changes from one turn to the next.
        ratio = {kind: median(np.divide(times["bare"], each)) for kind, each in times.items()}
        lines.append(
            f"| {case.name} | {len(wanted)} | {rate['bare']:.1f} | {rate['whole']:.1f} | "
            f"{ratio['whole']:.3f} | {rate['stopped']:.1f} | {ratio['stopped']:.3f} |"
        )
        print(lines[-1], flush=True)
    return lines


def _seconds(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


class Interleaved(Silent):
    """Times a bare forward pass after every fifth batch of the extraction, so that other load falls on both."""

    def __init__(self, network: nn.Module, images: torch.Tensor) -> None:
        self.network, self.images = network, images
        self.bare_s: list[float] = []
        self.first_gram = 0.0
        self._count = 0

    def progress(self, stage: str, done: int, total: int) -> None:
        """Take the time of one bare pass now and then."""
        if stage == "extracting":
            self._count += 1
            if self._count % 5 == 0:
                with torch.inference_mode():
                    self.bare_s.append(_seconds(lambda: self.network(self.images)))
            if done == total:
                self.first_gram = time.perf_counter()


def resnet50(*sizes: int) -> list[str]:
    """Gram matrices of all 16 blocks of resnet50, decoding and spilling included, against the bare forward pass."""
    lines = [
        "## resnet50, Gram matrices of all 16 blocks, 224 px",
        "",
        "From image files to 16 Gram matrices, budget 2 GiB. Bare: the forward pass of the same network on a batch in "
        "memory, timed after every fifth batch of the same run (its time is taken out), mean. Anonymous memory is the "
        "whole process's peak. At most 1.6 for 640 images, under 4,096 MiB for both.",
        "",
        "| images | bare s | ours s | ours / bare | of which Gram matrices s | peak anonymous MiB |",
        "|---|---|---|---|---|---|",
    ]
    network = timm.create_model("resnet50").eval().to(memory_format=torch.channels_last)
    images = torch.randn(BATCH, 3, 224, 224).to(memory_format=torch.channels_last)
    with torch.inference_mode():
        network(images)
    with tempfile.TemporaryDirectory() as folder:
        for n_stimuli in sizes:
            memory, watched = Memory(), Interleaved(deepcopy(network), images)
            memory.start()
            shown, start = stimuli(Path(folder), n_stimuli, 224), time.perf_counter()
            for _ in _extract(network, shown, ("layer?.?",), 224, watched):
                pass
            end = time.perf_counter()
            ours, bare = end - start - sum(watched.bare_s), float(np.mean(watched.bare_s)) * n_stimuli / BATCH
            lines.append(
                f"| {n_stimuli:,} | {bare:.1f} | {ours:.1f} | {ours / bare:.2f} | {end - watched.first_gram:.1f} | "
                f"{memory.peak_mib:,.0f} |"
            )
            print(lines[-1], flush=True)
    return lines


def _extract(network: nn.Module, shown: StimulusSet, layers: tuple[str, ...], side: int, reporter: Any) -> Any:
    return extract(
        ForwardPass(
            network, shown, layers=layers, preprocessing=Preprocessing(size=(side, side)), pooling="flatten", device=CPU
        ),
        reporter=reporter,
        extraction=Extraction(memory_bytes=2 * GIB if side == 224 else GIB // 2),
    )


def growth(sizes: tuple[int, ...] = (100, 500, 1500, 5000)) -> list[str]:
    """Time per image and peak memory as the number of images grows; a small network, so that it takes minutes."""
    lines = [
        "## Growth",
        "",
        "resnet18 at 64 px, outputs of its 8 blocks (61,440 features), budget 512 MiB, from files to Gram matrices. "
        "Bare: the forward pass of the same network, timed after every fifth batch (its time is taken out). The "
        "machine is shared: the ratio tells more than the milliseconds. Products grow with the number of images per "
        "image, as n x n pairs must.",
        "",
        "| images | ms per image | bare | ours / bare | Gram matrices / bare | features MiB | peak anonymous MiB |",
        "|---|---|---|---|---|---|---|",
    ]
    network, found = timm.create_model("resnet18").eval().to(memory_format=torch.channels_last), []
    images = torch.randn(BATCH, 3, 64, 64).to(memory_format=torch.channels_last)
    with torch.inference_mode():
        network(images)
    with tempfile.TemporaryDirectory() as folder:
        for n_stimuli in sizes:
            memory, watched = Memory(), Interleaved(deepcopy(network), images)
            memory.start()
            shown, n_features, start = stimuli(Path(folder), n_stimuli, 64), 0, time.perf_counter()
            for layer in _extract(network, shown, ("layer?.?",), 64, watched):
                n_features += layer.n_features
                del layer  # its matrix counts as memory as long as it has a name
            end = time.perf_counter()
            total = (end - start - sum(watched.bare_s)) / n_stimuli * 1e3
            bare, grams = np.mean(watched.bare_s) / BATCH * 1e3, (end - watched.first_gram) / n_stimuli * 1e3
            found.append((n_stimuli, total / bare, grams / bare, memory.peak_mib))
            size = n_stimuli * n_features * 4 / 2**20
            lines.append(
                f"| {n_stimuli:,} | {total:.1f} | {bare:.1f} | {total / bare:.2f} | {grams / bare:.2f} | {size:,.0f} | "
                f"{memory.peak_mib:,.0f} |"
            )
            print(lines[-1], flush=True)
    _plot(np.array(found))
    return [*lines, "", "![time per image and memory](../docs/images/activations-growth.png)"]


def _plot(found: np.ndarray) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), constrained_layout=True)
    left.plot(found[:, 0], found[:, 1], "o-", label="all")
    left.plot(found[:, 0], found[:, 1] - found[:, 2], "s--", label="without Gram matrices")
    left.set(xscale="log", xlabel="images", ylabel="time per image / bare forward pass", ylim=(0, None))
    left.legend(frameon=False)
    right.plot(found[:, 0], found[:, 3], "o-", color="tab:red")
    right.set(xscale="log", xlabel="images", ylabel="peak anonymous memory (MiB)", ylim=(0, None))
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    PLOT.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(PLOT, dpi=130)


PARTS: dict[str, Callable[[], list[str]]] = {
    "hooks": hooks,
    "resnet50": partial(resnet50, 640),
    "resnet50-twice": partial(resnet50, 1280),
    "growth": growth,
}


def machine() -> list[str]:
    """What it was measured on."""
    model = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    return [
        f"{model[1] if model else platform.processor()}, {os.cpu_count()} cores, shared with other work: load "
        f"{os.getloadavg()[0]:.1f} at the end. torch {version('torch')} ({torch.get_num_threads()} threads), timm "
        f"{version('timm')}, numpy {version('numpy')}, Python {platform.python_version()}; "
        f"{datetime.now(UTC):%Y-%m-%d}."
    ]


def main() -> None:
    """Measure the parts asked for (all unless told) and write them down; other parts keep what was recorded."""
    names = sys.argv[1:] or list(PARTS)
    torch.manual_seed(0)
    sections = {name: PARTS[name]() for name in names}
    old = RESULTS.read_text().split("\n<!-- ") if RESULTS.exists() else []
    kept = {name: part for part in old[1:] for name in PARTS if part.startswith(f"{name} -->")}
    kept |= {name: f"{name} -->\n" + "\n".join([*lines, "", *machine(), ""]) for name, lines in sections.items()}
    head = "# Activations: measured\n\nMade by `python -m performance.activations`.\n"
    RESULTS.write_text(head + "".join(f"\n<!-- {kept[name]}" for name in PARTS if name in kept))


if __name__ == "__main__":
    main()
