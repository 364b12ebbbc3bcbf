"""How quickly pages come: 300 models on 40 benchmarks, asked for over HTTP and opened in Chromium.

`python -m performance.pages` writes performance/RESULTS-pages.md. Needs Chromium (apt-get install chromium).
"""

import os
import platform
import tempfile
import time
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import httpx2
import numpy as np
from playwright.sync_api import Browser
from sqlalchemy import insert

from brainrank.api.db.board_tables import ScoreChangesRow
from brainrank.api.db.engine import open_database, transaction
from brainrank.api.db.score_tables import LayerScoreRow, ScoreRow
from brainrank.api.db.tables import ModelRow, RunRow
from brainrank.api.repositories.score_rows import draws_row
from brainrank.api.services.boards.standings import EVERYTHING, LeaderboardCache
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import built_in
from brainrank.benchmark.types.model_card import ModelCard, Objective
from brainrank.benchmark.types.model_spec import Preprocessing
from brainrank.benchmark.types.receipt import Receipt
from brainrank.benchmark.types.score import Draws
from performance.browser import chromium, serving

PAGE = Path(__file__).parent / "RESULTS-pages.md"
MODELS, BENCHMARKS, DRAWS = 300, 40, 200
ASKED, OPENED = 60, 7
# Interactive: the document is read and its scripts have run. Sizes are as sent, packed where they are.
MOMENTS = """() => {
  const [page] = performance.getEntriesByType("navigation");
  const sent = [page, ...performance.getEntriesByType("resource")].reduce((sum, each) => sum + each.transferSize, 0);
  return { interactive: page.domContentLoadedEventEnd, loaded: page.loadEventEnd, bytes: sent };
}"""


def fill(address: str) -> None:
    """Record a score of every model on each of the first benchmarks, and compute their board."""
    engine = open_database(address)
    catalogue = built_in()
    chosen = list(catalogue.benchmarks.values())[:BENCHMARKS]
    rng = np.random.default_rng(0)
    values = rng.normal(0.4, 0.1, (MODELS, 1)) + rng.normal(0, 0.03, (MODELS, BENCHMARKS))
    pairs = [(m, b, 1 + m * BENCHMARKS + b) for m in range(MODELS) for b in range(BENCHMARKS)]
    with transaction(engine) as session:
        session.execute(insert(ModelRow), [_model(m) for m in range(MODELS)])
        session.execute(insert(RunRow), [_run(run, m, chosen[b]) for m, b, run in pairs])
        session.execute(insert(ScoreRow), [_score(run, float(values[m, b])) for m, b, run in pairs])
        curves = [(run, place, values[m, b] - 0.01 * place) for m, b, run in pairs for place in range(8)]
        session.execute(
            insert(LayerScoreRow),
            [
                {"run_id": run, "position": k, "layer": f"blocks.{k}", "value": value, "won": 0.0}
                for run, k, value in curves
            ],
        )
        session.add_all(draws_row(run, _draws(chosen[b], rng)) for _, b, run in pairs)
        session.execute(insert(ScoreChangesRow), [{"benchmark": each.name, "changes": MODELS} for each in chosen])
    boards = LeaderboardCache(partial(transaction, engine), catalogue)
    for name in (EVERYTHING, "it"):
        boards.refresh(boards.key(name, None))


def _model(number: int) -> dict[str, Any]:
    card = ModelCard("", ("ImageNet-1k", "LAION-2B")[number % 2], list(Objective)[number % 5], 1.0 + number, "MIT")
    family = ("supervised", "self-supervised", "generative")[number % 3]
    name = f"model-{number:03d}"
    spec = {"name": name, "family": family, "source": "classical:pixels", "card": asdict(card)}
    return {
        **{"id": number + 1, "name": name, "family": family, "description": "Made up"},
        **{"spec": spec, "spec_digest": f"{number:064d}"},
    }


def _run(run: int, model: int, benchmark: Benchmark) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        **{"id": run, "model_id": model + 1, "benchmark": benchmark.name, "benchmark_version": benchmark.version},
        **{"code_version": "1", "public": True, "status": "succeeded", "created_at": now, "finished_at": now},
        **{"receipt": asdict(_receipt(f"model-{model:03d}", benchmark)), "seconds": {"scoring": 1.0}},
    }


def _receipt(model: str, benchmark: Benchmark) -> Receipt:
    return Receipt(
        *(model, "classical:pixels", True, "", "", "", asdict(Preprocessing((8, 8))), ("blocks.0",), "", "flatten"),
        *("float32", "cpu", "", benchmark.name, benchmark.version, {}, 0, "1", {}),
    )


def _score(run: int, value: float) -> dict[str, Any]:
    return {
        **{"run_id": run, "value": value, "unit": "r", "interval_low": value - 0.05, "interval_high": value + 0.05},
        **{"interval_level": 0.95, "ceiling_lower": 0.7, "ceiling_upper": 0.9, "ceiling_reason": ""},
        **{"ceiling_interval": [0.6, 0.8, 0.95], "layers": ["blocks.0"], "details": [], "reason": ""},
    }


def _draws(benchmark: Benchmark, rng: np.random.Generator) -> Draws:
    """Draws of stimuli, of subjects and of both; benchmarks of a study share its stimuli, each has its own subjects."""
    deviations = 0.02 * rng.standard_normal((3, DRAWS), dtype=np.float32)
    return Draws(deviations, 91, 3, f"stimuli of {benchmark.dataset}", f"subjects of {benchmark.name}")


def asked(address: str) -> str:
    """A row: the time until a page was here whole, and its size as sent."""
    times, size = [], 0
    with httpx2.Client(timeout=60) as client:
        client.get(address)
        for _ in range(ASKED):
            began = time.perf_counter()
            answer = client.get(address)
            times.append(1000 * (time.perf_counter() - began))
            answer.raise_for_status()
            size = answer.num_bytes_downloaded
    return f"{median(times):.0f} | {quantiles(times, n=20)[-1]:.0f} | {size / 1000:.0f}"


def opened(browser: Browser, address: str) -> str:
    """A row: medians over windows that have nothing of the page yet."""
    seen: list[dict[str, Any]] = []
    for _ in range(OPENED):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()
        page.goto(address, wait_until="load")
        seen.append(page.evaluate(MOMENTS))
        context.close()
    interactive, loaded, size = (median(each[name] for each in seen) for name in ("interactive", "loaded", "bytes"))
    return f"{interactive:.0f} | {loaded:.0f} | {size / 1000:.0f}"


def main() -> None:
    """Fill, serve, ask, open, write."""
    columns = "&".join(f"columns={name}" for name in list(built_in().benchmarks)[:BENCHMARKS])
    paths = {
        "the first page": "/",
        "leaderboard, 50 models, means of groups": "/leaderboards/all",
        f"leaderboard, {MODELS} models, {BENCHMARKS} benchmarks": f"/leaderboards/all?limit={MODELS}&{columns}",
        "leaderboard of a group": "/leaderboards/it",
        "a model": "/models/model-007",
        "a benchmark": "/benchmarks/kriegeskorte2008.human-it.rsa",
    }
    with tempfile.TemporaryDirectory() as folder:
        fill(f"sqlite:///{folder}/brainrank.db")
        with serving(folder) as base, chromium() as browser:
            rows = [
                f"| {name} | {asked(base + path)} | {opened(browser, base + path)} |" for name, path in paths.items()
            ]
    text = TEXT.format(
        rows="\n".join(rows),
        date=datetime.now(UTC).date(),
        processors=os.cpu_count(),
        machine=platform.machine(),
        models=MODELS,
        benchmarks=BENCHMARKS,
        asked=ASKED,
        opened=OPENED,
    )
    PAGE.write_text(text)
    print(text)


TEXT = """# Pages

`python -m performance.pages`, {date}, {processors} {machine} processors: {models} models on {benchmarks} benchmarks in
SQLite, one serving process, server and reader on the same machine. Asked for: milliseconds until the page was here,
median and 95th percentile of {asked}, and kB as sent. Opened in Chromium with nothing kept: milliseconds until the page
can be used and until it is loaded, and kB of page, style and scripts (charts come later, when they are scrolled to);
medians of {opened}. To reach: 100 ms in the server, 1 s until it can be used, 1 MB.

| page | asked ms | p95 ms | kB | usable ms | loaded ms | kB in all |
|---|---|---|---|---|---|---|
{rows}
"""

if __name__ == "__main__":
    main()
