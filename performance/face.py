"""What the public face costs: `import brainrank`, and `br.score(net)` beside the command; writes RESULTS-face.md.

`BRAINRANK_MIRROR=... python -m performance.face` starts processes in turn, each anew, so that what the machine does
besides falls on both alike; of times the least counts, and processor time is told beside them.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

RESULTS = Path(__file__).parent / "RESULTS-face.md"
IMPORTS, ROUNDS = 20, 3
MODEL = "resnet18"
BENCHMARKS = ("kriegeskorte2008.human-it.rsa",)
LIVE = """
import timm
import brainrank as br
net = timm.create_model({model!r})
transform = timm.data.create_transform(**timm.data.resolve_model_data_config(net))
br.score(net, {benchmark!r}, preprocess=transform, layers={layers!r}, progress=False)
"""
LAYERS = ["layer1.1", "layer2.1", "layer3.1", "layer4.1"]


class Took(NamedTuple):
    """Seconds by the clock, and of processors."""

    wall_s: float
    processor_s: float


def took(words: list[str], **environment: str) -> Took:
    """What a process takes from its start to its end."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(words, check=True, capture_output=True, env={**os.environ, **environment})
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Took(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def import_rows() -> list[tuple[str, Took]]:
    """The least that Python takes to do nothing, and to import brainrank."""
    programs = {"python -c pass": "pass", "import brainrank": "import brainrank"}
    found: dict[str, list[Took]] = {name: [] for name in programs}
    for _ in range(IMPORTS):
        for name, program in programs.items():
            found[name].append(took([sys.executable, "-c", program]))
    return [(name, least(each)) for name, each in found.items()]


def least(found: list[Took]) -> Took:
    """The least by the clock, and the least of processors."""
    return Took(min(each.wall_s for each in found), min(each.processor_s for each in found))


def score_row(benchmark: str, home: Path) -> tuple[list[Took], list[Took]]:
    """Times of the command, and of br.score of the same network in memory; nothing but the images is there before."""
    layers = [word for each in LAYERS for word in ("--layers", each)]
    command = [str(Path(sys.executable).with_name("brainrank")), "score", f"timm:{MODEL}@random"]
    command += ["--benchmark", benchmark, "--again", "--device", "cpu", *layers]
    program = [sys.executable, "-c", LIVE.format(model=MODEL, benchmark=benchmark, layers=LAYERS)]
    theirs, ours = [], []
    for number in range(ROUNDS + 1):
        for words, found in ((command, theirs), (program, ours)):
            shutil.rmtree(home / "activations", ignore_errors=True)
            each = took(words, BRAINRANK_HOME=str(home), BRAINRANK_PUBLISHED_RESULTS="no")
            if number:  # the first unpacks the images, and fills the disk's cache
                found.append(each)
    return theirs, ours


def table() -> str:
    """The results as Markdown."""
    load = os.getloadavg()[0]
    nothing, ours = import_rows()
    beyond = (ours[1].wall_s - nothing[1].wall_s) * 1000
    lines = [
        "# What the public face costs",
        "",
        f"`python -m performance.face` on {os.cpu_count()} cores, {datetime.now():%Y-%m-%d}; the machine was shared "
        f"(load {load:.0f} at the start),",
        f"so that of {IMPORTS} imports and {ROUNDS} scores the least counts.",
        "",
        "| fresh process | clock, ms | processor, ms |",
        "|---|---|---|",
        *(f"| `{name}` | {each.wall_s * 1000:.0f} | {each.processor_s * 1000:.0f} |" for name, each in (nothing, ours)),
        "",
        f"Beyond the interpreter: {beyond:.0f} ms (goal: under 100).",
        "",
        f"`brainrank score timm:{MODEL}@random --again` and `br.score(net, ...)` of that network in memory, from the "
        "start of a",
        "process to its end, without stored activations, the same layers and preprocessing:",
        "",
        "| benchmark | command, s | br.score(net), s | ratio | processor: command, s | br.score(net), s | ratio |",
        "|---|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as folder:
        for benchmark in BENCHMARKS:
            theirs, mine = (least(each) for each in score_row(benchmark, Path(folder)))
            wall, processor = mine.wall_s / theirs.wall_s, mine.processor_s / theirs.processor_s
            lines.append(
                f"| {benchmark} | {theirs.wall_s:.2f} | {mine.wall_s:.2f} | {wall:.2f} "
                f"| {theirs.processor_s:.2f} | {mine.processor_s:.2f} | {processor:.2f} |"
            )
    lines += ["", f"Load at the end: {os.getloadavg()[0]:.0f}. Goal: a ratio of at most 1.05.", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    text = table()
    RESULTS.write_text(text)
    print(text)
