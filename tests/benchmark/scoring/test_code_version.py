"""Which edits of the source make which scores stale: on a copy of the tree, in both directions."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from copied_tree import Tree, added_comment, added_line
from scored_code import CKA, OWN, RSA, spec

from brainrank.benchmark.metrics.rsa import RsaMetric
from brainrank.benchmark.scoring import code_version as identity
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.scoring.code_version import LOOKUPS, code_of, code_version, score_digest, sources
from brainrank.benchmark.scoring.import_closure import Sources
from brainrank.benchmark.types.errors import UnknownNameError
from brainrank.benchmark.types.model_spec import ModelSpec

ENCODING = BENCHMARKS["cowley2023.v4-210325.encoding"]
ERRORS = BENCHMARKS["geirhos2021.edge.error-consistency"]
LABELS = BENCHMARKS["peterson2019.cifar10h.label-distribution"]
WHICH = {"rsa": RSA, "encoding": ENCODING, "errors": ERRORS, "labels": LABELS, "own": OWN}
EVERY = set(WHICH)
BEHAVIOUR, NEURAL = {"errors", "labels"}, {"rsa", "encoding", "own"}


TIMM = spec("timm:resnet18")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return Tree(tmp_path_factory.mktemp("copy"))


def digests(found: Sources, model: ModelSpec = TIMM) -> Mapping[str, str]:
    return {name: score_digest(model, benchmark, found) for name, benchmark in WHICH.items()}


def anew(tree: Tree) -> Sources:
    return Sources(tree.root, lookups=LOOKUPS)


def stale_by(tree: Tree, file: str, model: ModelSpec = TIMM) -> set[str]:
    """Of which of the benchmarks a score is stale when a line is added to a file; the file is as before afterwards."""
    path = tree.root / file
    content, before = path.read_bytes(), digests(sources(), model)
    tree.edit(file, added_line)
    # A table is read with the module beside it that names it.
    edited = [f"brainrank.{each.relative_to(tree.root).with_suffix('')}" for each in path.parent.glob("*.py")]
    named = [f"brainrank.{Path(file).with_suffix('')}"] if path.suffix == ".py" else edited
    after = digests(tree.sources([each.replace("/", ".") for each in named]), model)
    path.write_bytes(content)
    return {name for name in WHICH if before[name] != after[name]}


def test_the_copy_is_of_the_same_code(tree: Tree) -> None:
    found = digests(anew(tree))
    for name, benchmark in WHICH.items():
        assert code_version(TIMM, benchmark).endswith(f"+{found[name][:12]}")


@pytest.mark.parametrize(
    ("file", "stale"),
    [
        ("benchmark/scoring/run.py", EVERY),
        ("benchmark/types/score.py", EVERY),
        ("benchmark/activations/extract.py", EVERY),
        ("benchmark/activations/gram.py", EVERY),
        ("benchmark/scoring/evidence.py", EVERY),
        ("models_zoo/loaders/timm.py", EVERY),
        ("models_zoo/loaders/weights.py", EVERY),
        ("datasets/dataset.py", EVERY),
        ("benchmark/scoring/choices.py", BEHAVIOUR),
        ("benchmark/readouts/fitted.py", BEHAVIOUR),
        ("benchmark/readouts/zero_shot.py", BEHAVIOUR),
        ("benchmark/metrics/rsa.py", {"rsa", "own"}),
        ("benchmark/metrics/rdms/rdm.py", {"rsa", "own"}),
        ("benchmark/metrics/regression/ridge.py", {"encoding"}),
        ("benchmark/metrics/regression/folds.py", {"encoding"}),
        ("benchmark/metrics/behaviour/error_consistency.py", {"errors"}),
        ("benchmark/metrics/behaviour/label_agreement.py", {"labels"}),
        ("datasets/kriegeskorte2008.py", {"rsa"}),
        ("datasets/cowley2023.py", {"encoding"}),
        ("datasets/geirhos2021.py", {"errors"}),
        ("datasets/package/responses.py", {"own"}),
        ("datasets/readers/rdms.py", {"own"}),
        # Beside the path of every one of these scores:
        ("benchmark/scoring/benchmarks.py", set()),
        ("benchmark/scoring/catalogue.py", set()),
        ("benchmark/scoring/code_version.py", set()),
        ("benchmark/scoring/declarations.py", set()),
        ("benchmark/metrics/alignment/procrustes.py", set()),
        ("benchmark/ranking/board.py", set()),
        ("datasets/nsd.py", set()),
        ("datasets/catalogue.py", set()),
        ("models_zoo/catalogue.py", set()),
        ("models_zoo/transformers.py", set()),
        ("models_zoo/loaders/onnx.py", set()),
        ("models_zoo/training/loop.py", set()),
        ("api/services/runs/score_models.py", set()),
        ("api/services/boards/leaderboard.py", set()),
        ("workers/tasks.py", set()),
    ],
)
def test_a_changed_line_makes_stale_what_it_can_reach(tree: Tree, file: str, stale: set[str]) -> None:
    assert stale_by(tree, file) == stale


@pytest.mark.parametrize(
    ("source", "reached", "beside"),
    [
        ("timm:resnet18", ["loaders/timm"], ["loaders/onnx", "loaders/vae"]),
        ("onnx:net.onnx", ["loaders/onnx", "loaders/onnx_graph"], ["loaders/timm"]),
        ("features:a.npz", ["loaders/features"], ["loaders/timm"]),
        ("file:a.safetensors#timm:resnet18", ["loaders/file", "loaders/timm"], ["loaders/open_clip", "loaders/onnx"]),
        (
            "file:a.safetensors#trained:hmax",
            ["loaders/file", "loaders/trained", "training/classical/hmax"],
            ["training/classical/pca", "training/image_tower"],
        ),
        ("trained:simclr-1", ["loaders/trained", "training/backbone"], ["training/classical/hmax"]),
        ("trained:simclr-1", [], ["training/objective", "training/objectives/simclr", "training/loop"]),
        ("trained:clip-0", ["training/image_tower", "training/captions"], ["training/classical/hmax"]),
        ("trained:slow-features-0", ["training/classical/slow_features"], ["training/classical/pca"]),
        ("trained:compact-resnet@random", ["training/backbone"], ["training/image_tower"]),
    ],
)
def test_a_changed_loader_makes_stale_its_own_models(
    tree: Tree, source: str, reached: list[str], beside: list[str]
) -> None:
    for file in reached:
        assert stale_by(tree, f"models_zoo/{file}.py", spec(source)) == EVERY, file
    for file in beside:
        assert stale_by(tree, f"models_zoo/{file}.py", spec(source)) == set(), file


def test_a_comment_makes_nothing_stale_wherever_it_is(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    for folder in ("benchmark", "datasets", "models_zoo"):
        for path in (tree.root / folder).rglob("*.py"):
            path.write_text(added_comment(path.read_text()))
    assert digests(anew(tree)) == digests(sources())


def test_new_modules_make_nothing_stale(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    for file in ("benchmark/metrics/another.py", "datasets/another2030.py", "models_zoo/loaders/another.py"):
        tree.edit(file, added_line)
    assert digests(anew(tree)) == digests(sources())


@pytest.mark.parametrize(
    ("table", "stale"),
    [
        ("benchmark/readouts/imagenet_16_categories.csv", BEHAVIOUR),
        ("datasets/geirhos2021_files.csv", {"errors"}),
    ],
)
def test_a_changed_table_makes_stale_what_reads_it(tree: Tree, table: str, stale: set[str]) -> None:
    assert stale_by(tree, table) == stale


def test_what_a_benchmark_says_of_its_numbers_is_part_of_it() -> None:
    known = sources()
    before = score_digest(TIMM, RSA, known)
    for told in ({"title": "Another title"}, {"group": "another"}, {"counted": False}, {"name": "another.name"}):
        assert score_digest(TIMM, replace(RSA, **told), known) == before  # type: ignore[arg-type]
    changed = [
        replace(RSA, region="monkey-it"),
        replace(RSA, dataset="cichy2014"),
        replace(RSA, metric=RsaMetric(draws=500)),
        CKA,
    ]
    assert len({before, *(score_digest(TIMM, each, known) for each in changed)}) == 5


def test_a_release_alone_changes_no_code(monkeypatch: pytest.MonkeyPatch) -> None:
    before = code_version(TIMM, RSA)
    monkeypatch.setattr(identity, "_release", lambda: "9.9.9")
    after = code_version(TIMM, RSA)
    assert after != before
    assert after.startswith("9.9.9+")
    assert code_of(after) == code_of(before)


def test_a_source_that_there_is_not_is_told() -> None:
    for source in ("timmm:resnet18", "file:a.safetensors#timmm:resnet18", "trained:compact@random"):
        with pytest.raises(UnknownNameError):
            code_version(spec(source), RSA)


def test_a_new_metric_and_benchmark_make_nothing_stale_in_a_process_of_their_own(tmp_path: Path) -> None:
    """The whole way: another process on the edited copy, which has the new benchmark in its catalogue."""
    tree = Tree(tmp_path)
    before = versions_of(tree)
    assert "torch" not in before
    tree.edit(
        "benchmark/metrics/another.py",
        lambda _: (
            "from dataclasses import dataclass\nfrom typing import ClassVar\n\n"
            "from brainrank.benchmark.metrics.rsa import RsaMetric\n\n\n"
            "@dataclass(frozen=True)\nclass AnotherMetric(RsaMetric):\n    name: ClassVar[str] = 'another'\n"
        ),
    )
    tree.edit(
        "benchmark/scoring/benchmarks.py",
        lambda text: text.replace(
            "_ALL = (",
            "from brainrank.benchmark.metrics.another import AnotherMetric\n"
            "_ALL = (Benchmark('cichy2014.it.another', 1, 'cichy2014', 'it', 'it', AnotherMetric(), ''),",
        ),
    )
    after = versions_of(tree)
    new = after.pop("cichy2014.it.another")
    assert new not in after.values()
    assert after == before


def versions_of(tree: Tree) -> dict[str, str]:
    """Every benchmark's code version for one model, as a process says whose brainrank is the copy."""
    code = """
import json, sys
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.scoring.code_version import code_version, sources
from brainrank.benchmark.types.model_spec import ModelSpec
spec = ModelSpec("a", "unsorted", "trained:simclr-0")
found = {name: code_version(spec, each) for name, each in BENCHMARKS.items()}
if "torch" in sys.modules:
    found["torch"] = "was imported"
print(json.dumps(found))
"""
    environment = {**os.environ, "PYTHONPATH": str(tree.root.parent)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    found: dict[str, str] = json.loads(done.stdout)
    return found
