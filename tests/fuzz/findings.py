"""One input at a time, and what was found with it."""

import faulthandler
import hashlib
import time
import traceback
from pathlib import Path

from tests.fuzz.targets import TARGETS, try_one

SLOW_S, HANGS_S, LONGEST_INPUT = 10.0, 300, 2**16
FINDINGS = Path("build/fuzz")


class Findings:
    """The inputs that a reader fell over, one for each place in the code, in build/fuzz/NAME.

    The input that is being read lies there, too: it is the one when the process does not live through it.
    """

    def __init__(self, name: str) -> None:
        self.target, self.folder = TARGETS[name], FINDINGS / name
        self.tried, self.places = 0, set[str]()
        self.folder.mkdir(parents=True, exist_ok=True)

    def run(self, content: bytes) -> None:
        """Let the reader read one input, and keep what it fell over. One it never returns from ends the process."""
        begun = time.process_time()
        self.tried += 1
        faulthandler.dump_traceback_later(HANGS_S, exit=True)
        try:
            try_one(self.target, content, self.folder)
        except Exception as error:  # noqa: BLE001 whatever it is, it is what is looked for
            frames = traceback.extract_tb(error.__traceback__)
            ours = [each for each in frames if "brainrank" in each.filename][-1:]
            place = f"{type(error).__name__} {frames[-1].filename}:{frames[-1].lineno}"
            told = "".join(f", from {each.filename}:{each.lineno}" for each in ours)
            self._add(content, place, f"{place}{told}: {str(error)[:200]}")
        finally:
            faulthandler.cancel_dump_traceback_later()
        took = time.process_time() - begun
        if took > SLOW_S:
            self._add(content, "slow", f"took {took:.0f} s")

    def _add(self, content: bytes, place: str, told: str) -> None:
        if place in self.places:
            return
        self.places.add(place)
        path = self.folder / hashlib.sha256(content).hexdigest()[:16]
        path.write_bytes(content)
        print(f"{path} ({len(content)} bytes): {told}", flush=True)  # noqa: T201
