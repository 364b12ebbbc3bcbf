"""What a network trained with captions explains in macaque V4 that one trained on images alone does not: the record.

Run as `python -m performance.partition [SESSION ...]`. Networks of the controlled zoo: one architecture, one set of
images, another objective. Two seeds of one objective say how much is unique to a network for no reason but its seed.
Prints the table, and writes performance/RESULTS-partition.md when all sessions are asked for.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from threadpoolctl import threadpool_limits

from brainrank.api.number_text import interval_text, number_text
from brainrank.api.services.analysis.measured_region import layers_on, load_responses
from brainrank.api.services.analysis.partition import PartitionAnalysis, choose_layers, partition_of_layers
from brainrank.api.services.home.local_machine import open_machine
from brainrank.api.settings import Settings
from brainrank.benchmark.metrics.encoding import EncodingMetric
from brainrank.benchmark.scoring.catalogue import built_in
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.catalogue import find_model

SESSIONS = ("210325", "210225", "201025")
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


def analyses(session: str) -> Iterator[PartitionAnalysis]:
    """Each pair on a session of the V4 recordings, its layers chosen as the encoding benchmark chooses them."""
    settings, catalogue, metric = Settings(), built_in(), EncodingMetric()
    benchmark = catalogue.benchmark(f"cowley2023.v4-{session}.encoding")
    region, assembly = load_responses([benchmark], catalogue, settings.locations, Silent())
    with open_machine(settings, catalogue, device="cpu") as machine:
        names = dict.fromkeys(name for pair in PAIRS for name in pair)
        layers = {
            name: choose_layers(
                name, layers_on(find_model(f"controlled-{name}"), region, machine, Silent()), assembly, metric
            )
            for name in names
        }
    for pair in PAIRS:
        yield partition_of_layers({name: layers[name] for name in pair}, assembly, metric)


def row(session: str, analysis: PartitionAnalysis) -> str:
    """A row of the table: medians over neurons with their intervals."""
    cells = [
        "-" if each.reason else f"{number_text(each.estimate.value)} ({interval_text(each.estimate.interval)})"
        for each in analysis.main_rows
    ]
    return f"| {' | '.join([session, *analysis.spaces, *cells])} |"


def main() -> None:
    """Partition every pair on the sessions named (or all), and record it."""
    lines = [f"| {' | '.join(HEADS)} |", f"|{'---|' * len(HEADS)}"]
    print("\n".join(lines), flush=True)
    with threadpool_limits(limits=1):
        for session in sys.argv[1:] or SESSIONS:
            for analysis in analyses(session):
                lines.append(row(session, analysis))
                print(lines[-1], flush=True)
    if len(sys.argv) == 1:
        text = "\n".join(lines)
        RESULTS.write_text(f"# Variance of V4 by objective\n\n`python -m performance.partition` made this.\n\n{text}\n")


if __name__ == "__main__":
    main()
