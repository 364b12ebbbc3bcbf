"""What a GPU comes to and how fast, against the CPU: `python -m performance.gpu [--out FOLDER]`, under eight minutes.

First it checks that features, Gram matrices, RDMs and scores on the GPU are those of the CPU, with and without a cell,
and encoding computed on the GPU that of NumPy; then it measures. It ends with 1 where something does not agree, and
writes RESULTS-gpu.md part by part: a lent GPU may be gone before the last. `--only encoding` has one part alone.
`--device cpu --small` tries the program itself where there is no GPU, in two minutes.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import starmap
from pathlib import Path
from typing import NamedTuple

import torch

from brainrank.benchmark.cell.enclosure import missing
from brainrank.benchmark.statistics.processors import usable_processors
from performance import decoding, gpu_agreement, gpu_gram, gpu_scoring, gpu_speed
from performance.gpu_agreement import Agreement
from performance.gpu_study import Study

RESULTS = Path(__file__).with_name("RESULTS-gpu.md")
LIMIT_S = 420.0
# Of these, what the encoding of a large study may take: the rest is for images a second.
STUDY_S = 120.0


class Scene(NamedTuple):
    """Where, on what and how much is checked and measured, until when; `agreements` are those seen so far."""

    study: Study
    folder: Path
    device: str
    small: bool
    until: float
    agreements: list[Agreement]

    def note(self, found: Agreement) -> str:
        """Remember an agreement; a line of its table."""
        self.agreements.append(found)
        told = "agrees" if found.holds else "DIFFERS"
        return f"| {found.what} | {found.apart:.1e} | {found.most:.0e} | {told} |"


def activations(scene: Scene) -> Iterator[str]:
    """What small networks put out, and products of random features."""
    n_features = 20_000 if scene.small else 200_000
    yield from ("## Activations, against the CPU", "", "| what | apart | at most | |", "|---|---|---|---|")
    yield from map(scene.note, gpu_agreement.activations_agree(scene.study, scene.device, n_features))


def scores(scene: Scene) -> Iterator[str]:
    """Scores, and what they take."""
    models = ("test_resnet",) if scene.small else ("test_resnet", "resnet18")
    notes = []
    yield from ("## Scores", "", *gpu_agreement.HEAD)
    for each in gpu_agreement.scores_agree(scene.study, scene.device, models):
        yield each.line
        notes += map(scene.note, each.agreements)
    yield from ("", "| what | apart | at most | |", "|---|---|---|---|", *notes)
    yield from ("", "What the precision of products changes:", "", *gpu_gram.HEAD)
    yield from gpu_gram.precision_in_scores(scene.study, scene.device, models)


def decoded(scene: Scene) -> Iterator[str]:
    """Images decoded a second."""
    yield from ("## Images decoded a second", "", "By one process; of 224 pixels once prepared.", "")
    found = decoding.rates(
        scene.folder,
        sides=decoding.SIDES[:1] if scene.small else decoding.SIDES,
        numbers=sorted({1, 2, usable_processors()} | ({4, 8} if usable_processors() > 8 else set())),
        seconds=0.5 if scene.small else 2.0,
    )
    yield from decoding.table(list(found))


def speed(scene: Scene) -> Iterator[str]:
    """Images extracted a second."""
    yield from (
        "## Images extracted a second",
        "",
        "To Gram matrices of all blocks in this machine's memory. *Bare* is the whole forward pass on a batch in the",
        "device's memory; *at hand* is ours with images that are decoded and pinned already, *from files* ours with",
        f"JPEG files of {gpu_speed.SIDE} px, *decoded* how many of these are decoded where nothing else is done. The",
        "weights are random.",
        "",
        *gpu_speed.HEAD,
    )
    extent = gpu_speed.SMALL if scene.small else gpu_speed.LARGE
    yield from gpu_speed.throughput(scene.folder, scene.device, extent, until=scene.until)


def memory(scene: Scene) -> Iterator[str]:
    """What becomes of a network that wants too much of the GPU."""
    yield from ("## Memory of the GPU", "")
    if scene.device == "cpu":
        yield "Not tried: on the CPU there is none."
    else:
        yield from gpu_agreement.memory_is_bounded(scene.study)


def rdms(scene: Scene) -> Iterator[str]:
    """Comparisons of RDMs on the device, against NumPy's, and what they take."""
    stimuli = (gpu_scoring.SMALL if scene.small else gpu_scoring.LARGE).rdms
    yield from (
        "## RSA on the device, against NumPy on the CPU",
        "",
        "| what | apart | at most | |",
        "|---|---|---|---|",
    )
    yield from map(scene.note, starmap(Agreement, gpu_scoring.rdms_agree(scene.device, stimuli)))
    yield from ("", "From RDMs in the host's memory:", "", *gpu_scoring.SPEED)
    yield from gpu_scoring.rdms_speed(scene.device, stimuli)


def encoding(scene: Scene) -> Iterator[str]:
    """Encoding computed on the device, against NumPy's, and what it takes."""
    extent = gpu_scoring.SMALL if scene.small else gpu_scoring.LARGE
    yield from (
        "## Encoding on the device, against NumPy on the CPU",
        "",
        "| what | apart | at most | |",
        "|---|---|---|---|",
    )
    yield from map(scene.note, starmap(Agreement, gpu_scoring.scores_agree(scene.device, extent)))
    yield from (
        "",
        "Stimuli x features x targets, from arrays in the host's memory and back to it:",
        "",
        *gpu_scoring.SPEED,
    )
    yield from gpu_scoring.ridge_speed(scene.device, extent)
    yield from gpu_scoring.study_speed(scene.device, extent, until=min(scene.until, time.monotonic() + STUDY_S))


PARTS: Sequence[Callable[[Scene], Iterator[str]]] = (activations, scores, rdms, encoding, decoded, speed, memory)


def head(device: str, command: Sequence[str]) -> list[str]:
    """What it was measured on."""
    name = torch.cuda.get_device_name() if device == "cuda" else "no GPU: the CPU stands for it"
    lacking = "; ".join(missing()) or "nothing"
    return [
        "# On a GPU",
        "",
        f"`python -m performance.gpu {' '.join(command)}`".replace(" `", "`"),
        f"on {name}; {usable_processors()} processors, load {os.getloadavg()[0]:.1f}, torch {torch.__version__}, "
        f"Python {sys.version.split()[0]}, {datetime.now(UTC):%Y-%m-%d}. Of a cell's protections this machine lacks "
        f"{lacking}.",
        "",
    ]


def main() -> int:
    """Check and measure; 1 where something does not agree."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--small", action="store_true", help="less of everything, to try the program")
    parser.add_argument("--out", type=Path, default=RESULTS.parent, help="the folder of RESULTS-gpu.md")
    parser.add_argument("--only", choices=[each.__name__ for each in PARTS], help="one part; all without it")
    asked = parser.parse_args()
    if asked.device == "cuda" and not torch.cuda.is_available():
        parser.error("torch finds no GPU here; --device cpu --small tries the program without one")
    started, lines = time.monotonic(), head(asked.device, sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        study = Study(Path(folder), 48 if asked.small else 96)
        scene = Scene(study, Path(folder), asked.device, asked.small, started + LIMIT_S, [])
        for part in (each for each in PARTS if asked.only in (None, each.__name__)):
            if time.monotonic() > scene.until:
                lines += [f"Not measured for want of time: {part.__name__}.", ""]
                continue
            for line in part(scene):
                print(line, flush=True)
                lines.append(line)
            print(flush=True)
            lines.append("")
            (asked.out / RESULTS.name).write_text("\n".join(lines))
    apart = [each.what for each in scene.agreements if not each.holds]
    agreeing, took_s = len(scene.agreements) - len(apart), time.monotonic() - started
    print(f"{agreeing} agree, {len(apart)} differ {apart}; {took_s:.0f} s")
    return 1 if apart else 0


if __name__ == "__main__":
    sys.exit(main())
