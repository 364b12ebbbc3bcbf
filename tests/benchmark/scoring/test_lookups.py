"""What keeps the rules of code versions true while the code grows: lookups, entries, files beside modules."""

import ast
from collections.abc import Set
from functools import cache

from scored_code import OWN, spec

from brainrank.benchmark.scoring.benchmarks import BENCHMARKS
from brainrank.benchmark.scoring.code_version import LOOKUPS, entries, sources
from brainrank.benchmark.scoring.gather import MODULES as EVIDENCE
from brainrank.datasets.catalogue import DATASETS
from brainrank.datasets.catalogue import MODULES as STUDIES
from brainrank.models_zoo.catalogue import MODELS
from brainrank.models_zoo.load import ARCHITECTURES, SOURCES, modules_of
from brainrank.models_zoo.training.architectures import MODULES as NETWORKS


@cache
def begun_at() -> Set[str]:
    """The entries of all scores there are: of a model of each source and network on each benchmark."""
    written = [*(model.source for model in MODELS.values()), *(f"{source}:a" for source in SOURCES if source != "file")]
    written += [f"file:a.safetensors#{source}:a" for source in ARCHITECTURES]
    by_modules = {modules_of(spec(each)): spec(each) for each in written}
    assert {each.source.partition(":")[0] for each in by_modules.values()} == set(SOURCES)
    return {
        entry for model in by_modules.values() for each in (*BENCHMARKS.values(), OWN) for entry in entries(model, each)
    }


@cache
def reached() -> Set[str]:
    """Every module that can reach any score."""
    return set(sources().closure(begun_at()))


def test_scores_reach_no_service_and_no_lookup() -> None:
    assert not {name for name in reached() if name.startswith(("brainrank.api", "brainrank.workers"))}
    assert not reached() & set(LOOKUPS)


def test_whatever_is_imported_by_a_name_made_up_is_a_lookup_or_somebody_elses() -> None:
    """A module that finds others of ours by name would hide them from the closure, unless its beginning is written."""
    found = sources()
    unreadable = {name for name in (*reached(), *LOOKUPS) if found.module(name).unreadable}
    others = {"brainrank.models_zoo.loaders.optional_packages"}
    assert unreadable == others | {
        "brainrank.benchmark.scoring.gather",
        "brainrank.models_zoo.load",
        "brainrank.models_zoo.training.architectures",
    }


def test_what_lookups_find_are_entries() -> None:
    """Every module that a lookup can find is among the entries of the scores it is found for."""
    found = begun_at()
    assert set(EVIDENCE.values()) <= found
    assert {STUDIES[name] for name in DATASETS} <= found
    assert {each.path for each in SOURCES.values()} <= found
    assert {f"brainrank.models_zoo.training.{module}" for module in NETWORKS.values()} <= found
    assert {type(each.metric).__module__ for each in BENCHMARKS.values()} <= found


def test_files_beside_modules_are_read_by_their_name_written_out() -> None:
    """Else a table could change unseen. Weights are known by their sha256, which is in a model's spec."""
    found, by_file = sources(), set()
    for name in reached():
        path = found.path(name)
        assert path is not None
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Name) and node.id == "__file__" and not found.module(name).tables:
                by_file.add(name)
    assert by_file == {"brainrank.models_zoo.loaders.trained"}


def test_no_number_hangs_on_a_docstring() -> None:
    found = sources()
    paths = [found.path(name) for name in (*reached(), *LOOKUPS)]
    texts = [path.read_text() for path in paths if path is not None]
    assert not [text for text in texts if "__doc__" in text or "getdoc(" in text or "getsource" in text]


def test_every_table_of_the_science_is_read_by_a_module_beside_it() -> None:
    found = sources()
    folders = (found.root / folder for folder in ("benchmark", "datasets"))
    tables = {path for folder in folders for path in folder.rglob("*.csv")}
    named = {
        path.parent / table for name in reached() if (path := found.path(name)) for table in found.module(name).tables
    }
    assert tables <= named
