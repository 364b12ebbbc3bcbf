"""The routes of an application as FastAPI has them: methods, path, and what each takes in path, query and headers."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts


class Parameter(NamedTuple):
    """A parameter: `where` is path, query or header, `about` what FastAPI knows of it."""

    where: str
    name: str
    about: Any

    @property
    def is_whole(self) -> bool:
        """Whether it is a whole number."""
        return "int" in str(self.about.annotation).replace("<class 'int'>", "int").split(" | ")


class EveryRoute(NamedTuple):
    """A method of a path."""

    method: str
    path: str
    parameters: Sequence[Parameter]

    @property
    def name(self) -> str:
        """As `GET /v1/models`."""
        return f"{self.method} {self.path}"

    def asked(self, values: dict[str, str]) -> str:
        """The path with these values in the place of its parameters."""
        found = self.path
        for each in self.parameters:
            if each.where == "path":
                ending = ":path}" if f"{{{each.name}:path}}" in found else "}"
                found = found.replace(f"{{{each.name}{ending}", values.get(each.name, "1"))
        return found


def every_route(app: FastAPI) -> Iterator[EveryRoute]:
    """Every method of every path but HEAD."""
    for route in iter_route_contexts(app.routes):
        dependant = getattr(route, "dependant", None)
        parameters = tuple(_parameters(dependant)) if dependant else ()
        for method in sorted((route.methods or set()) - {"HEAD"}):
            yield EveryRoute(method, str(route.path), parameters)


def _parameters(dependant: Dependant) -> Iterator[Parameter]:
    for where, found in (
        ("path", dependant.path_params),
        ("query", dependant.query_params),
        ("header", dependant.header_params),
    ):
        for each in found:
            yield Parameter(where, each.alias, each.field_info)
    for under in dependant.dependencies:
        yield from _parameters(under)
