"""Simulate how often brainrank is wrong, and write docs/calibration.md.

`python -m performance.calibration` (`make calibration`): 500 sets of each setting, `--sets N` for others. What came out
before the statistics were mended is in before.json, by the same worlds and seeds at the commit named in it.
"""

import argparse
import json
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from performance.calibration.boards import left_out
from performance.calibration.measures import Calibration, Sets, calibration, simulate
from performance.calibration.page import page
from performance.calibration.settings import METRICS, settings

PAGE = Path(__file__).parents[2] / "docs" / "calibration.md"
BEFORE = Path(__file__).with_name("before.json")
CHUNK = 25
SEED = 2026


def main() -> None:
    """Simulate, summarise, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=500)
    sets = parser.parse_args().sets
    started = time.perf_counter()
    found = simulated(sets)
    boards = left_out(repetitions=max(2, sets // 25), every=1)
    before = json.loads(BEFORE.read_text())
    minutes = (time.perf_counter() - started) / 60
    PAGE.write_text(page(found, before, boards, sets=sets, minutes=minutes, day=datetime.now(UTC).date()))
    print(f"Written: {PAGE}")


def simulated(sets: int) -> dict[str, Calibration]:
    """Every setting's calibration, by its name; the machine's processors share the sets in chunks."""
    chunks = [
        (number, start) for number, each in enumerate(settings()) for start in range(0, int(each.share * sets), CHUNK)
    ]
    # The slow ones first, so that no processor is left with one at the end.
    chunks.sort(key=lambda chunk: -_size(chunk[0]))
    with ProcessPoolExecutor() as pool:
        done = list(pool.map(_chunk, chunks))
    of_setting: dict[int, Sets] = {}
    for (number, _), part in sorted(zip(chunks, done, strict=True), key=lambda each: each[0]):
        of_setting[number] = of_setting[number].and_others(part) if number in of_setting else part
    return {each.name: calibration(of_setting[number], truth=each.truth) for number, each in enumerate(settings())}


def _chunk(chunk: Sequence[int]) -> Sets:
    number, start = chunk
    setting = settings()[number]
    return simulate(setting.make, METRICS[setting.metric], sets=CHUNK, seed=[SEED, number, start])


def _size(number: int) -> int:
    return int(settings()[number].size.split()[0])


if __name__ == "__main__":
    main()
