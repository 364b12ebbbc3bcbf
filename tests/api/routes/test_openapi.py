"""The description at /openapi.json, all of it: each answer and parameter with an example true to its schema."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from brainrank.api.routes.example_parameters import PARAMETERS
from brainrank.api.routes.examples import ANSWERS
from brainrank.api.routes.openapi import operations

JSON, PROBLEM = "application/json", "application/problem+json"


@pytest.fixture
def schema(api: Any) -> dict[str, Any]:
    found: dict[str, Any] = api.http.get("/openapi.json").json()
    return found


def faults(schema: dict[str, Any], content: dict[str, Any]) -> list[str]:
    """What is wrong with the example of a content by its own schema."""
    validator = Draft202012Validator({**content["schema"], "components": schema["components"]})
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(content["example"])]


def test_it_is_openapi(schema: dict[str, Any]) -> None:
    validate(schema)


def test_each_answer_has_an_example_of_its_own_schema(schema: dict[str, Any]) -> None:
    asked = {}
    for name, about in operations(schema):
        assert about["summary"], name
        assert about["tags"], name
        assert about["description"].endswith((".", "?")), name
        if set(about["responses"]) == {"204", "default"}:
            continue
        (content,) = (each["content"] for status, each in about["responses"].items() if status.startswith("2"))
        shown = {kind: each for kind, each in content.items() if "example" in each}
        assert len(shown) == 1, name
        for kind, each in shown.items():
            assert kind != JSON or faults(schema, each) == [], name
            assert kind == JSON or isinstance(each["example"], str), name
        asked[name] = about
    assert set(asked) == set(ANSWERS)


def test_each_parameter_is_described_and_has_an_example_of_its_own_schema(schema: dict[str, Any]) -> None:
    used = set()
    for name, about in operations(schema):
        for parameter in about.get("parameters", ()):
            where = f"{name} {parameter['name']}"
            assert parameter.get("description"), where
            assert parameter["example"] is not None, where
            assert faults(schema, parameter) == [], where
            used |= {where} & set(PARAMETERS) or {parameter["name"]}
    assert used == set(PARAMETERS)


def test_each_error_is_a_problem(schema: dict[str, Any]) -> None:
    for name, about in operations(schema):
        if " /v1/" in name:
            assert set(about["responses"]["default"]["content"]) == {PROBLEM}, name
            assert faults(schema, about["responses"]["default"]["content"][PROBLEM]) == []
            assert "422" not in about["responses"], name
