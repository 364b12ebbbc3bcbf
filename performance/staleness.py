"""Which edits of the source make which scores and boards stale, counted on the whole catalogue.

`python -m performance.staleness` prints the table of docs/decisions/what-makes-a-score-current.md, and what it took to
find the code versions of one model on every benchmark.
"""

import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from brainrank.api.services.boards import board_content
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.scoring.code_version import LOOKUPS, score_digest, sources
from brainrank.benchmark.scoring.import_closure import Sources
from brainrank.models_zoo.catalogue import FAMILIES, MODELS

COMMENT, LINE = "\n# Another word on it.\n", "\n_ANOTHER = 1\n"
RANKING = board_content.leaderboard.__module__.removeprefix("brainrank.").replace(".", "/") + ".py"
EDITS = (
    ("benchmark/metrics/alignment/procrustes.py", COMMENT),
    ("benchmark/metrics/alignment/procrustes.py", LINE),
    ("benchmark/metrics/regression/ridge.py", COMMENT),
    ("benchmark/metrics/regression/ridge.py", LINE),
    ("models_zoo/loaders/onnx.py", LINE),
    ("models_zoo/loaders/timm.py", LINE),
    ("benchmark/statistics/uncertainty.py", LINE),
    (RANKING, COMMENT),
    (RANKING, LINE),
    ("benchmark/metrics/another.py", LINE),
    ("benchmark/activations/extract.py", LINE),
)


def copy_to(root: Path) -> None:
    """Copy the source; weights are not read."""
    for each in ("benchmark", "models_zoo", "datasets", "api"):
        ignored = shutil.ignore_patterns("*.safetensors", "__pycache__", "static")
        shutil.copytree(sources().root / each, root / each, ignore=ignored)


def digests(found: Sources) -> dict[tuple[str, str], str]:
    """Of every model of the catalogue on every benchmark."""
    return {
        (spec.name, name): score_digest(spec, benchmark, found)
        for spec in MODELS.values()
        for name, benchmark in BENCHMARKS.items()
    }


def board(found: Sources) -> str:
    """Of what computes a board of all benchmarks."""
    metrics = {type(each.metric).__module__ for each in BENCHMARKS.values()}
    return found.digest(frozenset({board_content.__name__, *metrics}))


def row(root: Path, file: str, text: str, before: tuple[dict[tuple[str, str], str], str]) -> str:
    """A line of the table."""
    path = root / file
    content = path.read_text() if path.is_file() else None
    path.write_text(f"{content or ''}{text}")
    found = Sources(root, lookups=LOOKUPS)
    after = digests(found)
    stale = [pair for pair, digest in before[0].items() if after[pair] != digest]
    cells = {(MODELS[model].family, benchmark) for model, benchmark in stale}
    boards = "computed again" if board(found) != before[1] else "stay"
    if content is None:
        path.unlink()
    else:
        path.write_text(content)
    kind = "a new module" if content is None else "a comment" if text == COMMENT else "a line"
    return f"| {kind} | `{file}` | {len({name for _, name in stale})} | {len(cells)} | {len(stale):,} | {boards} |"


def timed(find: Callable[[], object]) -> float:
    """Seconds of processor time."""
    started = time.process_time()
    find()
    return time.process_time() - started


def main() -> None:
    """Print the table."""
    spec = next(each for each in MODELS.values() if each.source.startswith("timm:"))
    new = Sources(sources().root, lookups=LOOKUPS)
    seconds = [timed(lambda: [score_digest(spec, each, new) for each in BENCHMARKS.values()]) for _ in range(2)]
    pairs = len(MODELS) * len(BENCHMARKS)
    print(f"| edit | file | of {len(BENCHMARKS)} benchmarks | of {len(BENCHMARKS) * len(FAMILIES)} cells ", end="")
    print(f"| of {pairs:,} scores | boards |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "brainrank"
        copy_to(root)
        before = Sources(root, lookups=LOOKUPS)
        known = digests(before), board(before)
        for file, text in EDITS:
            print(row(root, file, text, known))
    print(f"\nOne model on {len(BENCHMARKS)} benchmarks: {seconds[0]:.2f} s, then {1000 * seconds[1]:.0f} ms")


if __name__ == "__main__":
    main()
