"""Simulate what every counted benchmark can detect of the models at hand, for the pages: `make recovery`.

Writes api/services/views/recovery_results.json, which is part of the package. `python -m performance.recovery NAME ...`
does some benchmarks anew and leaves the others as they are. Activations and choices are those of the store of this
home (`BRAINRANK_HOME`); what it has not is computed.
"""

import json
import sys
from collections.abc import Iterator
from time import perf_counter
from typing import Any

from brainrank.api.cli.progress import TerminalReporter
from brainrank.api.services.analysis.model_recovery import recover_models
from brainrank.api.services.home.local_machine import open_machine
from brainrank.api.services.runs.score_models import Machine
from brainrank.api.services.views.open_catalogue import open_catalogue
from brainrank.api.services.views.recovery_results import FILE
from brainrank.api.settings import Settings
from brainrank.benchmark.recovery.recovery import WORLDS
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS, Benchmark
from brainrank.benchmark.types.errors import InvalidDataError
from performance.results import models


def main() -> None:
    """Simulate, and write what came out after every benchmark: one line each."""
    settings = Settings()
    catalogue = open_catalogue(settings.locations)
    found: dict[str, Any] = json.loads(FILE.read_text())
    asked = sys.argv[1:] or [each.name for each in BENCHMARKS.values() if each.counted]
    benchmarks = [catalogue.benchmark(name) for name in asked]
    with TerminalReporter() as reporter, open_machine(settings, catalogue, device="cpu") as machine:
        for benchmark in benchmarks:
            if catalogue.can_be_had(benchmark, settings.locations):
                started = perf_counter()
                found[benchmark.name] = _simulated(benchmark, machine, reporter)
                FILE.write_text("\n".join(_lines({name: found[name] for name in sorted(found)})))
                print(f"{benchmark.name}: {perf_counter() - started:.0f} s")


def _simulated(benchmark: Benchmark, machine: Machine, reporter: TerminalReporter) -> dict[str, Any]:
    """What came out, or the reason why the benchmark is not simulated."""
    version = {"version": benchmark.version}
    try:
        return version | recover_models(benchmark, models(), machine, reporter, worlds=WORLDS).content
    except InvalidDataError as error:
        return version | {"reason": str(error)}


def _lines(found: dict[str, Any]) -> Iterator[str]:
    yield "{"
    for number, (name, each) in enumerate(found.items()):
        yield f"{json.dumps(name)}: {json.dumps(each, separators=(',', ':'))}{',' if number < len(found) - 1 else ''}"
    yield "}\n"


if __name__ == "__main__":
    main()
