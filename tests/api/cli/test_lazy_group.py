"""Commands that are imported only when they are invoked: what `--help` says of them is what they say themselves."""

import typer
from typer.testing import CliRunner

from brainrank.api.cli.analyse.analyses import ANALYSES
from brainrank.api.cli.lazy_group import LazyGroup, Place, lazy_group, load
from brainrank.api.cli.main import VERBS, app

PLACES = {"pixels": Place("no.such.module:pixels", "The pixels."), "score": VERBS["score"]}


def group() -> LazyGroup:
    made = typer.main.get_command(typer.Typer(cls=lazy_group(PLACES), callback=lambda: None, rich_markup_mode=None))
    assert isinstance(made, LazyGroup)
    return made


def test_a_place_says_what_its_command_says() -> None:
    for name, place in {**VERBS, **ANALYSES}.items():
        first, *_ = (load(name, place).help or "").split("\n\n")
        assert place.about == " ".join(first.split()), name


def test_every_verb_is_there_under_its_name() -> None:
    commands = typer.main.get_command(app).commands
    assert list(commands) == list(VERBS)
    assert [each.name for each in commands.values()] == list(VERBS)
    assert list(commands["runs"].commands) == ["list", "show", "people", "course", "windows"]


def test_help_and_completion_import_nothing() -> None:
    made = group()
    context = typer.Context(made, info_name="brainrank")
    assert made.list_commands(context) == ["pixels", "score"]
    assert "pixels  The pixels." in made.get_help(context)
    assert [each.value for each in made.shell_complete(context, "pi")] == ["pixels"]


def test_a_command_that_is_none_is_refused_with_those_near_it() -> None:
    refused = CliRunner().invoke(app, ["scor"])
    assert (refused.exit_code, "Did you mean 'score'" in refused.stderr) == (2, True)
