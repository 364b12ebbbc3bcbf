"""Hundreds of submissions under faults, by seed: the same seed, the same faults. `python faults.py --seed 1`."""

import argparse
import itertools
import random
import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from fire.deployment import Deployment, deployed
from fire.faults import FAULTS
from fire.promises import broken, drained
from processes import wait_until

from brainrank.api.client.client import ServiceError

BATCH, CHECKED_EVERY, RUN_S = 10, 10, 0.05


class Outcome(NamedTuple):
    """What a fault did: how long a lost run waited (if one was lost), and how long the fault and its repair took."""

    fault: str
    recovery_s: float | None
    took_s: float


def planned(seed: int, submissions: int) -> list[str]:
    """Which fault comes with each batch of submissions: all of them in turn, each round in another order."""
    rng, names = random.Random(seed), list[str]()
    for _ in itertools.count():
        names += rng.sample(list(FAULTS), len(FAULTS))
        if len(names) * BATCH >= submissions:
            return names[: -(-submissions // BATCH)]
    raise AssertionError


def send(service: Deployment, keys: list[str], accepted: list[int]) -> None:
    """Submit once under each key, however often it has to be sent while the service is away."""
    for key in keys:
        while True:
            try:
                accepted.append(service.client.submit(service.model, idempotency_key=key).id)
                break
            except ServiceError:
                time.sleep(0.2)


def soak(service: Deployment, *, seed: int, submissions: int) -> tuple[list[Outcome], list[int], list[str]]:
    """Batch after batch, each with its fault while it is sent and worked on; what happened, and what is broken."""
    rng, outcomes, accepted, wrong = random.Random(seed), list[Outcome](), list[int](), list[str]()
    for number, name in enumerate(planned(seed, submissions), start=1):
        keys = [f"{seed}-{number}-{each}" for each in range(BATCH)]
        sender = threading.Thread(target=send, args=(service, keys, accepted))
        sender.start()
        began = time.monotonic()
        recovery_s = FAULTS[name](service, rng)
        wait_until(service.is_ready, "the service")
        sender.join()
        outcomes.append(Outcome(name, recovery_s, time.monotonic() - began))
        say(f"{number:3d} {name}" + (f": lost run to be had again after {recovery_s:.1f} s" if recovery_s else ""))
        if number % CHECKED_EVERY == 0:
            say(f"    all done {drained(service):.1f} s later; checking")
            wrong += broken(service, accepted)
    drained(service)
    return outcomes, accepted, wrong + broken(service, accepted)


def table(outcomes: list[Outcome]) -> str:
    """A line for each fault, as Markdown."""
    by_name = defaultdict[str, list[Outcome]](list)
    for each in outcomes:
        by_name[each.fault].append(each)
    lines = ["| fault | times | a lost run was to be had again after, at most |", "|---|---|---|"]
    for name, found in sorted(by_name.items()):
        waits = [each.recovery_s for each in found if each.recovery_s is not None]
        lines.append(f"| {name.replace('_', ' ')} | {len(found)} | {f'{max(waits):.1f} s' if waits else ''} |")
    return "\n".join(lines)


def say(line: str) -> None:
    """Show how far it is."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Soak, and exit with 1 if a promise did not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--submissions", type=int, default=500)
    parser.add_argument("--real", action="store_true", help="Run networks, in cells; a run takes seconds.")
    given = parser.parse_args()
    run_s = None if given.real else RUN_S
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, deployed(Path(folder), run_s=run_s) as service:
        outcomes, accepted, wrong = soak(service, seed=given.seed, submissions=given.submissions)
        runs = service.ask("SELECT status, count(*) AS n, max(attempts) AS most FROM runs GROUP BY status")
    say(table(outcomes))
    say(f"{len(accepted)} submissions accepted, seed {given.seed}, {time.monotonic() - began:.0f} s; runs: {runs}")
    for each in wrong or ["Every promise held"]:
        say(each)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
