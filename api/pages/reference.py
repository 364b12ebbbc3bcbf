"""The page of the REST interface: what can be asked, from the description at /openapi.json; no script is needed."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from fastapi import APIRouter, Request, Response

from brainrank.api.pages.render import page
from brainrank.api.routes.openapi import operations

router = APIRouter(include_in_schema=False)
Schema = Mapping[str, Any]
BOUNDS = {"minimum": "from", "exclusiveMinimum": "above", "maximum": "to"}


class Parameter(NamedTuple):
    """A parameter, or a field of a body."""

    name: str
    where: str
    kind: str
    required: bool
    about: str


class Question(NamedTuple):
    """What can be asked: an operation as it is shown."""

    name: str
    summary: str
    about: str
    parameters: Sequence[Parameter]
    answers: Mapping[str, str]
    example: str


@router.get("/docs")
def show_reference(request: Request) -> Response:
    """Show all there is to ask, with parameters, answers and an example of each."""
    schema = request.app.openapi()
    groups: dict[str, list[Question]] = {}
    for name, about in operations(schema):
        groups.setdefault(about["tags"][0], []).append(_question(name, about, schema["components"]["schemas"]))
    return page(request, "reference.html", section="Reference", groups=groups)


def _question(name: str, about: Schema, forms: Schema) -> Question:
    parameters = [
        Parameter(
            each["name"],
            each["in"],
            _kind(each["schema"], forms),
            each.get("required", False),
            each.get("description", ""),
        )
        for each in about.get("parameters", ())
    ]
    body = about.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    fields = () if body is None else _fields(body["$ref"], forms)
    answers = {status: each["description"] for status, each in about["responses"].items()}
    return Question(
        name, about["summary"], about.get("description", ""), [*parameters, *fields], answers, _example(about)
    )


def _fields(address: str, forms: Schema, inside: str = "") -> Iterator[Parameter]:
    """The fields of a body, each followed by its own: `model`, `model.name`."""
    form = forms[_name_of(address)]
    for name, each in form.get("properties", {}).items():
        required = name in form.get("required", ())
        yield Parameter(f"{inside}{name}", "body", _kind(each, forms), required, each.get("description", ""))
        for choice in each.get("anyOf", [each]):
            if "$ref" in choice:
                yield from _fields(choice["$ref"], forms, f"{inside}{name}.")


def _name_of(address: str) -> str:
    return address.rpartition("/")[2]


def _kind(schema: Schema, forms: Schema) -> str:
    """What a value may be, in words: `integer from 1 to 200`; an object of several fields by its form's name."""
    if "anyOf" in schema:
        return " or ".join(_kind(each, forms) for each in schema["anyOf"])
    if "$ref" in schema:
        name = _name_of(schema["$ref"])
        return name if "properties" in forms[name] else _kind(forms[name], forms)
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    items = f" of {_kind(schema['items'], forms)}" if "items" in schema else ""
    if "prefixItems" in schema:
        kinds = dict.fromkeys(_kind(each, forms) for each in schema["prefixItems"])
        items = f" of {len(schema['prefixItems'])}: {', '.join(kinds)}"
    bounds = [f"{word} {_bound_text(schema[key])}" for key, word in BOUNDS.items() if key in schema]
    return " ".join([f"{schema.get('type', 'anything')}{items}", *bounds])


def _bound_text(value: float) -> str:
    """A bound as people write it, 2048 for 2048.0; whole numbers to their last digit."""
    return str(int(value) if value == int(value) else value)


def _example(about: Schema) -> str:
    """The example of its answer; empty where it has none."""
    for status, each in about["responses"].items():
        for content in each.get("content", {}).values() if status.startswith("2") else ():
            if "example" in content:
                found = content["example"]
                return found if isinstance(found, str) else json.dumps(found, indent=2, ensure_ascii=False)
    return ""
