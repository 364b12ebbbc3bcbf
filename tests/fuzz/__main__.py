"""`python -m tests.fuzz NAME... --seconds N [--seed N]`: let readers of strangers' bytes read changed ones.

Inputs are changes of good files, drawn by the seed; with `--atheris` (the package of that name) they are found by what
they cover. What a reader raises beside a BrainrankError, and what takes longer than 10 s of the processor, is written
to build/fuzz/NAME and told; exit code 1 then. All readers in turn when none is named; seconds are of the processor.
"""

import argparse
import hashlib
import resource
import sys
import time
import traceback
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

SLOW_S, MEMORY_BYTES, LONGEST_INPUT = 10.0, 6 * 2**30, 2**16
FINDINGS = Path("build/fuzz")


class Findings:
    """The inputs that a reader fell over, one for each place in the code."""

    def __init__(self, name: str) -> None:
        self.folder, self.tried, self.places = FINDINGS / name, 0, set[str]()

    def add(self, content: bytes, place: str, told: str) -> None:
        """Keep an input, unless one that fell at the same place is there."""
        if place in self.places:
            return
        self.places.add(place)
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / hashlib.sha256(content).hexdigest()[:16]
        path.write_bytes(content)
        print(f"{path} ({len(content)} bytes): {told}", flush=True)  # noqa: T201


def main() -> int:
    """Run the readers that are named, each for so long."""
    from tests.fuzz.targets import TARGETS

    options = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    options.add_argument("names", nargs="*", metavar="NAME", help=", ".join(TARGETS))
    options.add_argument("--seconds", type=int, default=60)
    options.add_argument("--seed", type=int, default=0)
    given = options.parse_args()
    unknown = sorted(set(given.names) - set(TARGETS))
    if unknown:
        options.error(f"unknown reader {unknown[0]}; choose from {', '.join(TARGETS)}")
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    fell = 0
    for name in given.names or TARGETS:
        found = Findings(name)
        begun = time.process_time()
        _draw(name, found, seconds=given.seconds, rng=np.random.default_rng(given.seed))
        took = time.process_time() - begun
        print(f"{name}: {found.tried:,} inputs in {took:.0f} s, {len(found.places)} fell", flush=True)  # noqa: T201
        fell += len(found.places)
    return 1 if fell else 0


def _draw(name: str, found: Findings, *, seconds: int, rng: np.random.Generator) -> None:
    from tests.fuzz.mutations import mutated
    from tests.fuzz.targets import TARGETS

    target = TARGETS[name]
    seeds = list(target.seeds())
    end = time.process_time() + seconds
    with TemporaryDirectory() as folder:
        while time.process_time() < end:
            content = mutated(seeds[int(rng.integers(len(seeds)))], rng)[:LONGEST_INPUT]
            run(name, content, Path(folder), found)


def run(name: str, content: bytes, folder: Path, found: Findings) -> None:
    """Let a reader read one input, and keep what it fell over."""
    from tests.fuzz.targets import TARGETS, try_one

    begun = time.process_time()
    found.tried += 1
    try:
        try_one(TARGETS[name], content, folder)
    except Exception as error:  # noqa: BLE001 whatever it is, it is what is looked for
        last = traceback.extract_tb(error.__traceback__)[-1]
        ours = [each for each in traceback.extract_tb(error.__traceback__) if "brainrank" in each.filename][-1:]
        place = f"{type(error).__name__} {last.filename}:{last.lineno}"
        found.add(
            content, place, f"{place}: {str(error)[:200]} (from {ours[0].filename}:{ours[0].lineno})" if ours else place
        )
    took = time.process_time() - begun
    if took > SLOW_S:
        found.add(content, "slow", f"took {took:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
