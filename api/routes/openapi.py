"""The service's description of itself: what FastAPI writes of the routes, with examples and the one form of errors."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from brainrank.api.routes.example_parameters import PARAMETERS
from brainrank.api.routes.examples import ANSWERS, CSV, JSON, PROBLEM
from brainrank.api.routes.problems import MEDIA_TYPE
from brainrank.api.schemas import Problem

Schema = dict[str, Any]


class Operation(NamedTuple):
    """A method of a path."""

    name: str
    about: Schema


def operations(schema: Schema) -> Iterator[Operation]:
    """What can be asked, as `GET /v1/models`."""
    for path, methods in schema["paths"].items():
        for method, about in methods.items():
            yield Operation(f"{method.upper()} {path}", about)


def describe(schema: Schema) -> None:
    """Add an example to each answer and parameter, and to each path that can fail how it says so."""
    forms = schema["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        forms.pop(unused, None)
    forms["Problem"] = Problem.model_json_schema(mode="serialization")
    for name, about in operations(schema):
        for parameter in about.get("parameters", ()):
            parameter["example"] = PARAMETERS.get(f"{name} {parameter['name']}", PARAMETERS.get(parameter["name"]))
        if name in ANSWERS:
            _show(about["responses"], *ANSWERS[name])
        if name.partition(" ")[2].startswith(("/v1/", "/metrics")):
            problem = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": PROBLEM}
            about["responses"].pop("422", None)  # FastAPI's own form of an error, which is answered nowhere
            about["responses"]["default"] = {
                "description": "What went wrong, and what to do.",
                "content": {MEDIA_TYPE: problem},
            }


def _show(responses: Schema, answer: Any, media_type: str) -> None:
    content = next(about for status, about in responses.items() if status.startswith("2")).setdefault("content", {})
    if media_type != JSON:  # FastAPI says nothing of a file's form, and of events by a word that OpenAPI 3.1 has not
        content[media_type] = {"schema": {"type": "string"}}
    content[media_type]["example"] = answer
    if media_type == CSV:
        content[JSON] = {"schema": {"type": "array", "items": {"type": "object"}}}
        content["application/vnd.apache.parquet"] = {"schema": {"type": "string", "format": "binary"}}
