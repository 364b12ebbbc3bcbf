"""What a network trained with captions explains in macaque V4 that one trained on images alone does not: the record.

Run as `python -m performance.partition [SESSION ...]`; six minutes of a processor for all. Networks of the controlled
zoo: one architecture, one set of images, another objective. Two seeds of one objective say how much is unique to a
network for no reason but its seed.
Prints the table, and writes performance/RESULTS-partition.md when all sessions are asked for.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from threadpoolctl import threadpool_limits

from brainrank.api.number_text import interval_text, number_text
from brainrank.api.services.analysis.measured_region import layers_on, load_responses
from brainrank.api.services.analysis.partition import PartitionAnalysis, choose_layers, partition_of_layers
from brainrank.api.services.home.local_machine import open_machine
from brainrank.api.services.submissions.asked_model import with_layers
from brainrank.api.settings import Settings
from brainrank.benchmark.metrics.encoding import EncodingMetric
from brainrank.benchmark.scoring.catalogue import built_in
from brainrank.benchmark.types.activations import LayerGram
from brainrank.benchmark.types.assemblies import ResponseAssembly
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.catalogue import find_model

# The layer of the larger sessions is one chosen on other images: a choice of their own takes minutes for each model.
CHOSEN_ON, LARGER = "210325", ("210225", "201025")
PAIRS = (
    ("clip", "simclr"),
    ("clip-seed1", "simclr-seed1"),
    ("clip", "supervised"),
    ("clip-seed1", "supervised-seed1"),
    ("clip", "clip-seed1"),
    ("simclr", "simclr-seed1"),
    ("supervised", "supervised-seed1"),
)
RESULTS = Path(__file__).with_name("RESULTS-partition.md")
HEADS = ("session", "A", "B", "unique to A", "unique to B", "shared", "R2 of both", "noise ceiling")
Layers = Mapping[str, Sequence[LayerGram]]


def layers_of(session: str, names: Iterable[str], only: Mapping[str, str]) -> tuple[Layers, ResponseAssembly]:
    """The layer of each model for each fold, and the responses; `only` the layer given of a model, else chosen."""
    settings, catalogue, metric = Settings(), built_in(), EncodingMetric()
    benchmark = catalogue.benchmark(f"cowley2023.v4-{session}.encoding")
    region, assembly = load_responses([benchmark], catalogue, settings.locations, Silent())
    found = {}
    with open_machine(settings, catalogue, device="cpu") as machine:
        for name in names:
            spec = with_layers(find_model(f"controlled-{name}"), [only[name]] if name in only else [])
            found[name] = choose_layers(name, layers_on(spec, region, machine, Silent()), assembly, metric)
    return found, assembly


def rows(sessions: Sequence[str]) -> Iterator[str]:
    """A row for each pair: on the smallest session with nested layers, on others with those chosen there most often."""
    names = dict.fromkeys(name for pair in PAIRS for name in pair)
    layers, assembly = layers_of(CHOSEN_ON, names, {})
    chosen = {name: Counter(each.layer for each in of_folds).most_common(1)[0][0] for name, of_folds in layers.items()}
    if CHOSEN_ON in sessions:
        yield from _pairs(CHOSEN_ON, layers, assembly)
    for session in (each for each in sessions if each != CHOSEN_ON):
        yield from _pairs(session, *layers_of(session, names, chosen))
    told = ", ".join(f"{name} {layer}" for name, layer in chosen.items())
    yield f"\nLayers chosen on {CHOSEN_ON} in most folds, and taken on the larger sessions: {told}."


def _pairs(session: str, layers: Layers, assembly: ResponseAssembly) -> Iterator[str]:
    for pair in PAIRS:
        yield row(session, partition_of_layers({name: layers[name] for name in pair}, assembly, EncodingMetric()))


def row(session: str, analysis: PartitionAnalysis) -> str:
    """A row of the table: medians over neurons with their intervals."""
    cells = [
        "-" if each.reason else f"{number_text(each.estimate.value)} ({interval_text(each.estimate.interval)})"
        for each in analysis.main_rows
    ]
    return f"| {' | '.join([session, *analysis.spaces, *cells])} |"


def main() -> None:
    """Partition the pairs on the sessions named (or all), and record it."""
    lines = [f"| {' | '.join(HEADS)} |", f"|{'---|' * len(HEADS)}"]
    print("\n".join(lines), flush=True)
    with threadpool_limits(limits=1):
        for line in rows(sys.argv[1:] or (CHOSEN_ON, *LARGER)):
            lines.append(line)
            print(line, flush=True)
    if len(sys.argv) == 1:
        text = "\n".join(lines)
        RESULTS.write_text(f"# Variance of V4 by objective\n\n`python -m performance.partition` made this.\n\n{text}\n")


if __name__ == "__main__":
    main()
