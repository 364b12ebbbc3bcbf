"""Groups of commands, of which only the one that is invoked is imported; `--help` knows the others by a line each."""

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from importlib import import_module
from typing import Any, ClassVar, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

# Typer has click under a private name: what it takes contexts and commands to be cannot be named here.
Command = Any
Context = Any


class Place(NamedTuple):
    """Where a command is (`module:name`), a function or a group, and its first sentence, which `--help` lists."""

    at: str
    about: str


class LazyCommands(MutableMapping[str, Command]):
    """Commands by name, in the order of their places; each is imported when it is looked at."""

    def __init__(self, places: Mapping[str, Place]) -> None:
        self._places, self._loaded = dict(places), dict[str, Command]()

    def __getitem__(self, name: str) -> Command:
        if name not in self._loaded:
            self._loaded[name] = load(name, self._places[name])
        return self._loaded[name]

    def __setitem__(self, name: str, command: Command) -> None:
        raise TypeError(f"{name}: the commands of a lazy group are its places")

    def __delitem__(self, name: str) -> None:
        raise TypeError(f"{name}: the commands of a lazy group are its places")

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


class LazyGroup(TyperGroup):
    """A group of the commands at `places`."""

    places: ClassVar[Mapping[str, Place]] = {}

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{**settings, "commands": {}})
        self.commands = LazyCommands(self.places)

    def list_commands(self, ctx: Context) -> list[str]:
        """The commands' names."""
        return list(self.places)

    def format_commands(self, ctx: Context, formatter: Any) -> None:
        """Write the list of commands."""
        self._described_group().format_commands(ctx, formatter)

    def shell_complete(self, ctx: Context, incomplete: str) -> Any:
        """The commands and options that begin so."""
        described = self._described_group()
        return described.shell_complete(
            typer.Context(described, info_name=ctx.info_name, parent=ctx.parent), incomplete
        )

    def _described_group(self) -> TyperGroup:
        """A group that knows of its commands what the places say."""
        commands: dict[str, Command] = {
            name: TyperCommand(name, help=place.about) for name, place in self.places.items()
        }
        return TyperGroup(name=self.name, commands=commands, params=self.params)


def lazy_group(places: Mapping[str, Place]) -> type[LazyGroup]:
    """The group of these commands, as `typer.Typer(cls=...)` takes it."""
    return type("LazyGroup", (LazyGroup,), {"places": places})


def load(name: str, place: Place) -> Command:
    """The command at a place, imported."""
    module, _, attribute = place.at.partition(":")
    found: typer.Typer | Callable[..., None] = getattr(import_module(module), attribute)
    # A group of one, since only in a group a function or a Typer becomes a command of the same settings as the others.
    around = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
    around.callback()(_nothing)
    if isinstance(found, typer.Typer):
        around.add_typer(found, name=name)
    else:
        around.command(name)(found)
    group: Command = typer.main.get_command(around)
    command: Command = group.commands[name]
    return command


def _nothing() -> None:
    """A group has a callback."""
