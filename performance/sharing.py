"""What a second worker is worth to a large encoding; writes RESULTS-sharing.md.

`python -m performance.sharing` starts PostgreSQL, Redis, `brainrank serve` and one, then two `brainrank worker` on this
machine, uploads a made study as a package, as its owner would, and scores a model on it with each.
"""

import os
import statistics
import tempfile
import time
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image
from sqlalchemy import Engine, create_engine, text

from brainrank.api.client.client import Client
from brainrank.api.services.submissions.packages import pack
from brainrank.benchmark.types.reporter import Silent
from performance.service import answering, deployed, process
from tests.support import servers

IMAGES, TARGETS, MODEL = 1200, 4000, "controlled-supervised"
ROUNDS, WORKER_STARTS_S = 3, 15.0
RESULTS = Path(__file__).parent / "RESULTS-sharing.md"
DESCRIPTION = """\
name = "made-wide"
title = "A made study, as wide as a visual area of an fMRI study"
citation = "none"
licence = "CC0"
access = "open"

[[regions]]
name = "cortex"
responses = "responses.npy"
axes = ["stimuli", "targets"]

[[benchmarks]]
region = "cortex"
metric = "encoding"
parameters = { draws = 100 }
"""


class Taken(NamedTuple):
    """What a run took after its activations were there, and what came out."""

    scoring_s: float
    value: float


def study(folder: Path) -> Path:
    """A package of coloured noise, whose targets follow a few of its properties."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (IMAGES, 4, 4, 3), dtype=np.uint8)
    for number, each in enumerate(coarse):
        Image.fromarray(each).resize((64, 64), Image.Resampling.BICUBIC).save(folder / f"im{number:04d}.png")
    table = "".join(f"im{number:04d},im{number:04d}.png\n" for number in range(IMAGES))
    (folder / "stimuli.csv").write_text("stimulus_id,file\n" + table)
    latent = coarse.reshape(IMAGES, -1) / 255 - 0.5
    weights = rng.standard_normal((latent.shape[1], TARGETS), dtype=np.float32)
    noise = 4 * rng.standard_normal((IMAGES, TARGETS), dtype=np.float32)
    np.save(folder / "responses.npy", (latent @ weights + noise).astype(np.float32))
    (folder / "dataset.toml").write_text(DESCRIPTION)
    return pack(folder, folder.parent / "made-wide.zip", Silent())


def scored(client: Client, engine: Engine) -> Taken:
    """Submit, and wait for the end."""
    made = client.submit(MODEL, benchmarks=["made-wide.cortex.encoding"], visibility="private")
    list(client.watch(made.id))
    found = text("SELECT seconds, value FROM runs JOIN scores ON run_id = runs.id WHERE runs.id = :run")
    with engine.connect() as connection:
        row = connection.execute(found, {"run": made.runs[0].id}).one()
    return Taken(row.seconds["scoring"], row.value)


def main() -> None:
    """Measure and write."""
    alone, together = list[Taken](), list[Taken]()
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = stack.enter_context(servers.database(stack.enter_context(servers.postgresql())))
        environment = deployed(home, database, stack.enter_context(servers.redis_server()))
        port = servers.free_port()
        stack.enter_context(process(environment, "serve", "--port", str(port)))
        client = stack.enter_context(answering(f"http://127.0.0.1:{port}", home / "local-token"))
        folder = home / "study"
        folder.mkdir()
        client.upload(study(folder))
        engine = create_engine(database)
        stack.callback(engine.dispose)
        stack.enter_context(process(environment, "worker"))
        scored(client, engine)  # its activations are in the store from here on
        for _ in range(ROUNDS):
            alone.append(scored(client, engine))
            with process(environment, "worker"):
                time.sleep(WORKER_STARTS_S)
                together.append(scored(client, engine))
    report(alone, together)


def report(alone: list[Taken], together: list[Taken]) -> None:
    """Write the table."""
    if len({each.value for each in (*alone, *together)}) != 1:
        raise AssertionError("the score depends on who computed it")
    one, two = (statistics.median(each.scoring_s for each in taken) for taken in (alone, together))
    pairs = ", ".join(f"{a.scoring_s:.0f} and {b.scoring_s:.0f}" for a, b in zip(alone, together, strict=True))
    RESULTS.write_text(f"""# A large encoding, shared

`python -m performance.sharing`, {datetime.now():%Y-%m-%d}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}:
{IMAGES:,} images, {TARGETS:,} targets, the seven layers of `{MODEL}`, chosen by cross-validation; PostgreSQL, Redis,
`brainrank serve` and the workers on one machine, a thread each. Activations are stored; the time is that of scoring.
The score is the same to the last bit.

| | measured | limit |
|---|---|---|
| one worker | {one:.0f} s |  |
| two workers | {two:.0f} s | {one / 2:.0f} s |
| ratio | {one / two:.2f} | 2 |

Pairs, one after the other: {pairs} s.

Seven layers on two workers take four rounds, so that choosing them is done 7/4 times as fast at best; the models of the
chosen layers and the interval are the work of one.
""")
    print(RESULTS.read_text())


if __name__ == "__main__":
    main()
