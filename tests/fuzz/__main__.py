"""`python -m tests.fuzz NAME... --seconds N [--seed N] [--atheris]`: let readers of strangers' bytes read changed ones.

Inputs are changes of good files, drawn by the seed; with `--atheris` (the package of that name) they are found by what
they cover. What a reader raises beside a BrainrankError, and what takes longer than 10 s of the processor, is written
to build/fuzz/NAME and told; exit code 1 then. All readers in turn when none is named, each in a process of its own;
seconds are of the processor.
"""

import argparse
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

NAMES = (
    "safetensors", "onnx", "npz", "npz-member", "npy", "csv", "archive", "description", "stimuli", "people",
    "responses", "rdms", "image", "netcdf", "pickle",
)  # fmt: skip
"""Those of targets.py, which is not imported before atheris watches."""
MEMORY_BYTES = 6 * 2**30
FELL = 1


def main() -> int:
    """Run the readers that are named, each for so long."""
    options = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    options.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    options.add_argument("--seconds", type=int, default=60)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--atheris", action="store_true")
    given = options.parse_args()
    unknown = sorted(set(given.names) - set(NAMES))
    if unknown:
        options.error(f"unknown reader {unknown[0]}; choose from {', '.join(NAMES)}")
    names = given.names or list(NAMES)
    if len(names) == 1:
        return run(names[0], seconds=given.seconds, seed=given.seed, covered=given.atheris)
    further = ["--seconds", str(given.seconds), "--seed", str(given.seed), *(["--atheris"] if given.atheris else [])]
    codes = [subprocess.run([sys.executable, "-m", "tests.fuzz", name, *further]).returncode for name in names]
    for name, code in zip(names, codes, strict=True):
        if code not in {0, FELL}:
            print(f"{name}: its reader ended with {code}; the input is the newest file in build/fuzz/{name}")  # noqa: T201
    return FELL if any(codes) else 0


def run(name: str, *, seconds: int, seed: int, covered: bool) -> int:
    """Try inputs on one reader for so many seconds of the processor, and tell how many."""
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    begun = time.process_time()
    made: list[Any] = []

    def findings() -> Any:
        from tests.fuzz.findings import Findings

        made.append(Findings(name))
        return made[0]

    def finished() -> bool:
        return time.process_time() - begun > seconds

    def tell() -> int:
        (found,), took = made, time.process_time() - begun
        print(f"{name}: {found.tried:,} inputs in {took:.0f} s, {len(found.places)} fell", flush=True)  # noqa: T201
        return FELL if found.places else 0

    if covered:
        from tests.fuzz.covered import cover

        cover(findings, finished, tell, seed)
    else:
        _draw(findings(), finished, seed)
    return tell()


def _draw(found: Any, finished: Callable[[], bool], seed: int) -> None:
    from tests.fuzz.findings import LONGEST_INPUT
    from tests.fuzz.mutations import mutated

    rng, seeds = np.random.default_rng(seed), list(found.target.seeds())
    while not finished():
        found.run(mutated(seeds[int(rng.integers(len(seeds)))], rng)[:LONGEST_INPUT])


if __name__ == "__main__":
    sys.exit(main())
