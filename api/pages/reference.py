"""The page of the REST interface: what can be asked, from the description at /openapi.json; no script is needed."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from fastapi import APIRouter, Request, Response

from brainrank.api.pages.render import page
from brainrank.api.routes.openapi import operations

router = APIRouter(include_in_schema=False)
Schema = Mapping[str, Any]


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
        groups.setdefault(about["tags"][0], []).append(_question(name, about, schema))
    return page(request, "reference.html", section="Reference", groups=groups)


def _question(name: str, about: Schema, schema: Schema) -> Question:
    parameters = [
        Parameter(
            each["name"], each["in"], _kind(each["schema"]), each.get("required", False), each.get("description", "")
        )
        for each in about.get("parameters", ())
    ]
    body = about.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    fields = [] if body is None else _fields(body, schema)
    answers = {status: each["description"] for status, each in about["responses"].items()}
    return Question(
        name, about["summary"], about.get("description", ""), [*parameters, *fields], answers, _example(about)
    )


def _fields(body: Schema, schema: Schema) -> list[Parameter]:
    form = schema["components"]["schemas"][body["$ref"].rpartition("/")[2]]
    return [
        Parameter(name, "body", _kind(each), name in form.get("required", ()), each.get("description", ""))
        for name, each in form["properties"].items()
    ]


def _kind(schema: Schema) -> str:
    """What a value may be, in words: `integer from 1 to 200`."""
    if "anyOf" in schema:
        return " or ".join(_kind(each) for each in schema["anyOf"])
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    bounds = [f"{word} {schema[key]}" for key, word in (("minimum", "from"), ("maximum", "to")) if key in schema]
    items = f" of {_kind(schema['items'])}" if "items" in schema else ""
    return " ".join([f"{schema.get('type', 'anything')}{items}", *bounds])


def _example(about: Schema) -> str:
    """The example of its answer; empty where it has none."""
    for status, each in about["responses"].items():
        for content in each.get("content", {}).values() if status.startswith("2") else ():
            if "example" in content:
                found = content["example"]
                return found if isinstance(found, str) else json.dumps(found, indent=2, ensure_ascii=False)
    return ""
