"""What code and pages cite is in the repository: pages with their headings, files and modules by their paths."""

import re
from collections.abc import Iterator
from pathlib import Path

from markdown.extensions.toc import slugify

ROOT = Path(__file__).parents[2]
FOLDERS = ("api", "benchmark", "datasets", "docs", "models_zoo", "performance", "public", "tests", "workers")
TEXTS = {".py", ".pyi", ".md", ".toml", ".yml", ".html", ".js", ".css"}
# What was agreed on outside the repository; only the data that tests look for may lie there.
OUTSIDE = re.compile(
    r"shared (?:CONVENTIONS|DESIGN)|(?:CONVENTIONS|DESIGN)\.md|CONVENTIONS,? section"
    r"|/work/shared|\.\./shared(?!/data/mirror)"
)
PAGE = re.compile(r"\b(docs/[\w./-]+?\.md)(?:#([\w-]+))?")
MODULE = re.compile(r"\bbrainrank\.((?:api|benchmark|datasets|models_zoo|workers)(?:\.[a-z_0-9]+)+)")
FILE = re.compile(rf"(?<![\w./-])(?:{'|'.join(FOLDERS)})/[\w./-]*\w\.(?:py|md|csv|toml|html|css|js|svg|png)\b")
QUOTED = re.compile(rf"`((?:{'|'.join(FOLDERS)})/[\w./-]*\w)/?`|`(test_\w+\.py)`")
# Files that examples make.
EXAMPLES = {
    "benchmark/metrics/another.py",
    "datasets/another2030.py",
    "models_zoo/loaders/another.py",
    "docs/datasets/tiny2026.md",
}


def texts(*suffixes: str) -> Iterator[tuple[Path, str]]:
    """Every text of the repository with one of these suffixes, but for what is made and this file."""
    found = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*")]
    for path in [*found, *ROOT.glob("*.*")]:
        made = "__pycache__" in path.parts or ROOT / "api" / "pages" / "guide" in path.parents
        if path.suffix in suffixes and path.is_file() and not made and path != Path(__file__):
            yield path.relative_to(ROOT), path.read_text()


def headings(page: Path) -> set[str]:
    """The anchors of a page's headings."""
    found = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {slugify(re.sub(r"[`*]|\[|\]\([^)]*\)", "", each), "-") for each in found}


def test_nothing_outside_the_repository_is_cited() -> None:
    assert [(str(path), found[0]) for path, text in texts(*TEXTS) if (found := OUTSIDE.search(text))] == []


def test_pages_and_headings_that_code_cites_are_there() -> None:
    lost, cited = [], set()
    for path, text in texts(".py", ".html", ".toml", ".yml"):
        if path.parts[0] == "tests" and path.name == "test_guide.py":
            continue  # its pages are made up
        for page, anchor in PAGE.findall(text):
            cited.add(page)
            if page not in EXAMPLES and (
                not (ROOT / page).is_file() or (anchor and anchor not in headings(ROOT / page))
            ):
                lost.append((str(path), page, anchor))
    assert lost == []
    assert {"docs/conventions.md", "docs/architecture.md", "docs/decisions/ranks.md"} <= cited


def test_files_and_modules_that_code_names_are_there() -> None:
    lost = []
    for path, text in texts(".py", ".html", ".toml", ".yml"):
        if path.parts[0] == "tests":
            continue  # tests make files of such names
        named = {each for each in FILE.findall(text) if not re.search(r"[A-Z]{3}", each.removesuffix("README.md"))}
        lost += [(str(path), each) for each in named - EXAMPLES if not (ROOT / each).exists()]
        lost += [(str(path), each) for each in MODULE.findall(text) if not _is_module(each)]
    assert lost == []


def test_files_and_modules_that_pages_name_are_there() -> None:
    tests = {path.name for path in (ROOT / "tests").rglob("test_*.py")}
    lost = []
    for path, text in texts(".md"):
        if path.name == "CHANGELOG.md":
            continue  # tells of what was
        for named, test in QUOTED.findall(text):
            if named in EXAMPLES or re.search(r"[A-Z]{3}", named):
                continue  # a part to be filled in
            there = test in tests if test else (ROOT / named).exists() or (ROOT / f"{named}.py").exists()
            if not there:
                lost.append((str(path), named or test))
        lost += [(str(path), each) for each in MODULE.findall(text) if not _is_module(each)]
    assert lost == []


def _is_module(dotted: str) -> bool:
    """Whether a module, or a folder, or what is in a module, has this name."""
    path = ROOT.joinpath(*dotted.split("."))
    return path.is_dir() or any(each.with_suffix(".py").is_file() for each in (path, path.parent))
