"""Score every model whose weights are at hand on every benchmark whose data are, and write docs/results.md.

`python -m performance.results` (`make results`). What is scored already is read back, so that a second run takes
seconds; the times in the page are those of the runs themselves. It also writes the results that come with brainrank.
`python -m performance.results page` only writes both, of the scores that are stored.
"""

import hashlib
import os
import platform
import sys
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from brainrank.api.cli.board_files import FORMATS
from brainrank.api.cli.leaderboard import read_leaderboard
from brainrank.api.cli.scoring import score_all
from brainrank.api.db.engine import open_database, transaction
from brainrank.api.repositories.runs import StoredRun, find_run
from brainrank.api.services.boards.leaderboard import Leaderboard
from brainrank.api.services.home import published_results
from brainrank.api.services.home.local_machine import own_database
from brainrank.api.services.views.open_catalogue import open_catalogue
from brainrank.api.settings import Settings
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.scoring.code_version import code_of, code_version
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.models_zoo.catalogue import MODELS
from performance.controlled import PREFIX, compared, draw, table

PAGE = Path(__file__).parents[1] / "docs" / "results.md"
FIGURE = PAGE.parent / "images" / "controlled-zoo.png"
READING = PAGE.parent / "reading-the-controlled-zoo.md"
# Weights from packages and public repositories, architectures of the field untrained, and everything fitted by hand.
NAMES = (
    *("efficientnet-lite0", "efficientnet-lite1", "efficientnet-lite2", "efficientnet-lite0-random"),
    *("mobilenet-v2-torchvision", "resnet50-half-nsfw", "dinov2-vit-small-14-saliency"),
    *("clip-vit-base-32-random", "vae-celeba", "beta-vae-celeba", "beta-tcvae-celeba", "factor-vae-celeba"),
    *("pixels", "gabor"),
)


def models() -> list[ModelSpec]:
    """The models of the table: those above, and all that are trained or fitted here."""
    return [MODELS[name] for name in NAMES] + [spec for spec in MODELS.values() if spec.name.startswith(PREFIX)]


def main() -> None:
    """Score, rank, write: the page, and what comes with brainrank."""
    os.environ["BRAINRANK_PUBLISHED_RESULTS"] = "no"  # the page is of scores that were made here
    catalogue = open_catalogue(Settings().locations)
    benchmarks = catalogue.select(None)
    if sys.argv[1:] != ["page"]:
        score_all(models(), benchmarks, catalogue, device="cpu", again=False)
    board = read_leaderboard(benchmarks)
    runs = _stored_runs(board)
    text = INTRODUCTION.format(
        code=code_of_scores(runs, catalogue),
        models=len(board.rows),
        benchmarks=len(board.scored_benchmarks),
        date=datetime.now(UTC).date(),
        processors=os.cpu_count(),
        machine=platform.machine(),
    )
    objectives = compared(board)
    controlled = ""
    if objectives:
        draw(
            {
                group: read_leaderboard(catalogue.select(group), convention=board.convention)
                for group in board.counted_groups
            },
            objectives,
            FIGURE,
        )
        controlled = CONTROLLED.format(table=table(board, objectives), reading=READING.read_text())
    times = _times(runs)
    table_of_all = b"".join(FORMATS[".md"](board)).decode()
    PAGE.write_text(f"{text}{table_of_all}\n{controlled}{times}")
    print(f"Written: {PAGE}")
    scored = [each.name for each in board.scored_benchmarks]
    with own_database(Settings()) as begin:
        made = published_results.write(begin, models=len(board.rows), benchmarks=scored)
    print(f"Written: {published_results.FILE}, {made.scores:,} scores, {published_results.FILE.stat().st_size:,} bytes")


def _stored_runs(board: Leaderboard) -> list[StoredRun]:
    with transaction(open_database(Settings().effective_database_url)) as session:
        return [find_run(session, number) for row in board.rows for number in row.runs.values()]


def code_of_scores(runs: Sequence[StoredRun], catalogue: Catalogue) -> str:
    """Which code the scores were made by, and which of them are by other code than there is now."""
    lines, earlier = list[str](), list[str]()
    for run in runs:
        name, code = f"{run.model} on {run.benchmark}", code_of(run.receipt["code_version"])
        lines.append(f"{name} {code}\n")
        spec = MODELS.get(run.model)
        if spec is None or code_of(code_version(spec, catalogue.benchmark(run.benchmark))) != code:
            earlier.append(name)
    releases = sorted({run.receipt["code_version"].rpartition("+")[0] for run in runs})
    digest = hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()[:12]
    made = f"Scored by brainrank {' and '.join(releases)}, code {digest}"
    if not earlier:
        return f"{made}: each of the {len(runs)} scores by the code that it would be scored by now."
    if len(earlier) == len(runs):
        return f"{made}, which is other code than there is now."
    told = ", ".join(earlier[:10]) + (f" and {len(earlier) - 10} more" if len(earlier) > 10 else "")
    return f"{made}; {len(earlier)} of the {len(runs)} by other code than there is now: {told}."


def _times(runs: Sequence[StoredRun]) -> str:
    """Where the wall time went, by benchmark."""
    seconds: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for run in runs:
        for place, part in enumerate(("extracting", "scoring")):
            seconds[run.benchmark][place] += run.seconds.get(part, 0.0)
    lines = [f"| {name} | {each[0]:.0f} | {each[1]:.0f} |" for name, each in seconds.items()]
    total = [sum(each[part] for each in seconds.values()) for part in (0, 1)]
    return TIMES.format(
        rows="\n".join(lines), extracting=total[0], scoring=total[1], minutes=sum(total) / 60, runs=len(runs)
    )


INTRODUCTION = """# Results: {models} models on {benchmarks} benchmarks

Made by `make results` on {date} ({processors} {machine} processors, no GPU). Studies whose files are not at hand are
not here; `brainrank benchmarks list` has them all. How to read it: [what a score is](what-a-score-is.md),
[groups and conventions](decisions/groups-and-conventions.md), [readouts](decisions/readouts.md). `-random` means
untrained weights, named so because no trained ones are at hand.

{code} ([What makes a score current](decisions/what-makes-a-score-current.md).)

"""

CONTROLLED = """
## Same network, same images, another objective

The models called `controlled-...` were trained here ([how](reference/controlled-zoo.md)): one network, one set of
images, one budget. Means over seeds, with the range of the seeds in brackets.

{table}
![Every objective on every group of benchmarks](images/controlled-zoo.png)

{reading}
"""

TIMES = """
## What it took

{runs} runs, {minutes:.0f} minutes of wall time in one process. Seconds over all models, to the evidence (loading,
forward pass, Gram matrices or readout) and to the score (metric, ceiling, bootstrap). The first benchmark on a set of
images pays for its forward pass; those that follow find the activations in the store.

| benchmark | evidence s | score s |
|---|---|---|
{rows}
| all | {extracting:.0f} | {scoring:.0f} |
"""

if __name__ == "__main__":
    main()
