"""Every `brainrank ...` that README, docs, tutorials, pages and messages tell is one that the command line takes."""

import ast
import json
import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
import typer
from typer.core import TyperCommand, TyperGroup

from brainrank.api.cli.main import app

ROOT = Path(__file__).parents[1]
PROGRAM = "brainrank"
SOURCES = ("api", "benchmark", "datasets", "models_zoo", "workers")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]
# What the program says of words that it does not take; typer has it under no name of its own.
USAGE = typer.BadParameter.__mro__[1]
# What a shell reads after a command, not the command.
ENDS = {"|", "||", "&&", ";", "&", ">", ">>", "<", "2>"}
FENCE = re.compile(r"^( *)```.*?\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
# In sentences and source text: the words behind the program's name that may be commands or options.
TOLD = re.compile(r"\bbrainrank((?: +(?:--?[a-z][a-z-]*|[a-z][a-z-]*(?:\|[a-z][a-z-]*)*|[A-Z][A-Z.]*|NAME=?\S*))+)")


class Line(NamedTuple):
    """A command as it is told, and where."""

    place: str
    text: str


def root() -> TyperGroup:
    found = typer.main.get_command(app)
    assert isinstance(found, TyperGroup)
    return found


def blocks(text: str) -> Iterator[str]:
    """The command lines of fenced blocks, continued ones joined."""
    for found in FENCE.finditer(text):
        yield from found[2].replace("\\\n", " ").splitlines()


def words_of(line: str) -> Iterator[list[str]]:
    """The words of every call of the program in a line of a shell, comments, pipes and redirections aside."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split, lexer.commenters = True, "#"
    try:
        tokens = list(lexer)
    except ValueError:  # a quote that is none: no line of a shell
        return
    call: list[str] | None = None
    for token in [*tokens, ";"]:
        if token in ENDS:
            if call is not None:
                yield call
            call = None
        elif call is not None:
            call.append(token)
        elif token.rpartition("/")[2] == PROGRAM:
            call = []


def command_lines() -> list[Line]:
    """Whole commands: in fenced blocks of pages, and in the cells of notebooks."""
    found = [
        (str(page.relative_to(ROOT)), line.strip().removeprefix("$ "))
        for page in PAGES
        for line in blocks(page.read_text())
    ]
    for notebook in sorted((ROOT / "docs").rglob("*.ipynb")):
        for cell in json.loads(notebook.read_text())["cells"]:
            lines = "".join(cell["source"]).splitlines() if cell["cell_type"] == "code" else []
            # A name in braces is a number that the notebook found.
            calls = [re.sub(r"\{\w+\}", "1", line[1:]) for line in lines if line.startswith("!")]
            found += [(str(notebook.relative_to(ROOT)), call) for call in calls]
    starts = (PROGRAM, f".venv/bin/{PROGRAM}", "BRAINRANK_")
    return [Line(place, line) for place, line in found if line.startswith(starts)]


def parse(words: Sequence[str]) -> None:
    """Parse words as the program would, and run nothing."""
    command: TyperCommand | TyperGroup = root()
    context = command.make_context(PROGRAM, list(words))
    while isinstance(command, TyperGroup):
        rest = [*context._protected_args, *context.args]
        name, found, rest = command.resolve_command(context, rest)
        assert found is not None
        command = found
        context = command.make_context(name, rest, parent=context)


@pytest.mark.parametrize(
    "line", [pytest.param(each, id=f"{each.place}: {each.text}"[:120]) for each in command_lines()]
)
def test_a_command_that_is_told_parses(line: Line) -> None:
    calls = list(words_of(line.text))
    assert calls
    for words in calls:
        if "..." not in words and not any(each.startswith("[") for each in words):
            try:
                parse(words)
            except USAGE as error:
                pytest.fail(f"{line.place}: {line.text}\n{error.format_message()}")
            except typer.Exit:  # --version and the like
                continue


def told(text: str) -> Iterator[list[str]]:
    """The words behind the program's name in sentences, as far as they may be commands and options."""
    for found in TOLD.finditer(re.sub(r"\s+", " ", text)):
        yield found[1].split()


def unknown(words: Sequence[str]) -> str:
    """What of these words the command line does not know; empty where they are fine, or no command at all."""
    commands: list[TyperCommand | TyperGroup] = [root()]
    for word in words:
        if word.startswith("-"):
            known = {option for each in commands for parameter in each.params for option in parameter.opts}
            if word not in {*known, "--help", "-h"}:
                return word
        elif word.isupper():
            continue
        elif all(isinstance(each, TyperGroup) for each in commands):
            groups = [each for each in commands if isinstance(each, TyperGroup)]
            found = [each.commands.get(name) for each in groups for name in word.split("|")]
            if not any(found):
                return "" if groups[0].name == root().name else word
            if not all(found):
                return word
            commands = [each for each in found if each is not None]
    return ""


def sentences() -> Iterator[Line]:
    """Whatever is written: pages, templates, and the text of sources."""
    for page in PAGES:
        yield Line(str(page.relative_to(ROOT)), page.read_text())
    for template in sorted((ROOT / "api" / "pages" / "templates").glob("*.html")):
        yield Line(str(template.relative_to(ROOT)), template.read_text())
    for folder in SOURCES:
        for file in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and PROGRAM in node.value:
                    yield Line(str(file.relative_to(ROOT)), node.value)


def test_commands_in_sentences_and_messages_are_there() -> None:
    faults = {
        f"{line.place}: brainrank {' '.join(words)} ({fault})"
        for line in sentences()
        for words in told(line.text)
        if (fault := unknown(words))
    }
    assert not faults, "\n".join(sorted(faults))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("brainrank score MODEL --json", ""),
        ("brainrank score MODEL --jsn", "--jsn"),
        ("brainrank runs shw", "shw"),
        ("brainrank plot leaderboard|model|compare --out", ""),
        ("brainrank plot leaderboard|modle --out", "leaderboard|modle"),
        ("brainrank is a program", ""),
        ("brainrank --version", ""),
        ("brainrank --verson", "--verson"),
    ],
)
def test_what_is_wrong_is_found(text: str, fault: str) -> None:
    assert [unknown(words) for words in told(text)] == [fault]


def test_no_page_and_no_message_installs_from_an_index_that_has_no_brainrank() -> None:
    """Extras are told by path, or by what they consist of."""
    wrong = re.compile(r"pip install ['\"]?brainrank\b")
    assert [line.place for line in sentences() if wrong.search(line.text)] == []
