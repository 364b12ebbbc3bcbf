"""What no request may hold: control characters, halves of characters, numbers beyond 64 bits or not finite."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from every_route import every_route

from brainrank.api.routes.boundary import DEEPEST, LARGEST_WHOLE, JsonRoute, read_json
from brainrank.api.routes.submissions import LARGEST_NUMBER
from brainrank.benchmark.types.errors import InvalidDataError

MODEL = {"name": "mine", "source": "classical:pixels"}
PREPROCESSING = {"size": [8, 8]}
# Percent-encoded: NUL, unit separator, delete, a C1 control, line end.
CONTROLS = ("%00", "%1F", "%7F", "%C2%85", "%0A")


def is_problem(answer: Any) -> bool:
    return bool(answer.headers["content-type"] == "application/problem+json" and answer.json()["detail"])


@pytest.mark.parametrize("character", CONTROLS)
def test_no_address_may_hold_control_characters(api: Any, character: str) -> None:
    for route in every_route(api.http.app):
        texts = [each for each in route.parameters if each.where != "header" and not each.is_whole]
        for text in texts:
            path = route.asked({text.name: character}) if text.where == "path" else route.asked({})
            query = f"?{text.name}=a{character}" if text.where == "query" else ""
            answer = api.http.request(route.method, path + query)
            assert (answer.status_code, is_problem(answer)) == (422, True), (route.name, text.name)
            assert "control character U+" in answer.json()["detail"]


def test_no_header_may_hold_control_characters(api: Any) -> None:
    for name in ("Idempotency-Key", "If-None-Match", "Authorization", "X-Anything"):
        for character in ("\0", "\x1f", "\x7f"):
            answer = api.http.get("/v1/models", headers={name: f"a{character}b"})
            assert (answer.status_code, is_problem(answer)) == (422, True)
            assert name.lower() in answer.json()["detail"]
    assert api.http.get("/v1/models", headers={"User-Agent": "a\tb \u2019".encode()}).status_code == 200


def test_half_a_character_in_an_address_is_answered(api: Any) -> None:
    for half in ("%ED%A0%80", "%FF"):
        for address in (f"/v1/models/{half}", f"/v1/scores?model={half}", f"/models?text={half}"):
            assert api.http.get(address).status_code in {200, 404}


def test_whole_numbers_have_bounds_that_both_databases_know(api: Any) -> None:
    headers = api.token()
    for route in every_route(api.http.app):
        for number in (each for each in route.parameters if each.is_whole):
            most = [each.le for each in number.about.metadata if hasattr(each, "le")]
            assert most, (route.name, number.name)
            assert most[0] <= LARGEST_WHOLE
            for value in (most[0], most[0] + 1, 2**63, 10**30, -1):
                path = route.asked({number.name: str(value)})
                given = headers | ({number.name: str(value)} if number.where == "header" else {})
                params = {number.name: value} if number.where == "query" else {}
                answer = api.http.request(route.method, path, params=params, headers=given)
                taken = {200, 204} if value == most[0] else set()
                assert answer.status_code in {404, 422} | taken, (route.name, number.name, value)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ({"layers": ["a\0"]}, "control character U+0000"),
        ({"layers": ["a\nb"]}, "U+000A"),
        ({"source": "classical:pixels\0"}, "control character U+0000"),
        ({"name": "a\x1fb"}, "control character U+001F"),
        ({"name": "mine\u202e"}, "U+202E, which cannot be seen"),
        ({"family": "a\0"}, "control character U+0000"),
        ({"family": "a\u200bb"}, "U+200B"),
        ({"family": "x" * 51}, "at most 50"),
        ({"description": "a\x85"}, "control character U+0085"),
        ({"description": "\ud800"}, "control character U+D800"),
        ({"no\0field": 1}, "A key of body.model"),
        ({"no\ud800field": 1}, "A key of body.model"),
        ({"preprocessing": PREPROCESSING | {"std": [0, 1, 1]}}, "std.0"),
        ({"preprocessing": PREPROCESSING | {"std": [1, -1, 1]}}, "std.1"),
        ({"preprocessing": PREPROCESSING | {"std": [1e-300, 1, 1]}}, "std.0"),
        ({"preprocessing": PREPROCESSING | {"mean": [1e300, 1, 1]}}, "mean.0"),
        ({"preprocessing": PREPROCESSING | {"mean": [float("nan"), 0, 0]}}, "NaN is no number"),
        ({"preprocessing": PREPROCESSING | {"mean": [float("-inf"), 0, 0]}}, "-Infinity is no number"),
        ({"preprocessing": PREPROCESSING | {"interpolation": "cubic"}}, "'bicubic'"),
        ({"preprocessing": PREPROCESSING | {"crop_mode": "centre"}}, "'center'"),
        ({"preprocessing": {"size": [2**70, 8]}}, "more than 64 bits"),
    ],
)
def test_what_a_submission_may_not_hold(api: Any, model: dict[str, Any], words: str) -> None:
    body = json.dumps({"model": MODEL | model, "visibility": "private"})
    answer = api.http.post("/v1/submissions", content=body, headers=api.token() | {"Content-Type": "application/json"})
    assert (answer.status_code, is_problem(answer)) == (422, True)
    assert words in answer.json()["detail"]
    assert api.http.get("/v1/submissions", headers=api.token()).json()["submissions"] == []


@pytest.mark.parametrize("key", ["a\x85", "é", " \t"])
def test_a_key_is_written_in_ascii(api: Any, key: str) -> None:
    headers = api.token() | {"Idempotency-Key": key.encode("latin-1")}
    assert api.http.post("/v1/submissions", json={"model": MODEL}, headers=headers).status_code == 422


def test_notes_of_several_lines_and_any_script_are_taken(api: Any) -> None:
    note = "erste Zeile\r\n\tzweite – 𝒙 \N{PILE OF POO} עברית"
    body = {"model": MODEL | {"description": note, "family": "Größe ≥ 1"}, "note": note, "visibility": "private"}
    made = api.http.post("/v1/submissions", json=body, headers=api.token())
    assert (made.status_code, made.json()["note"], made.json()["model"]["family"]) == (202, note, "Größe ≥ 1")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"[" * (DEEPEST + 2) + b"]" * (DEEPEST + 2), "nested deeper"),
        (b"[" * 400_000 + b"]" * 400_000, "nested deeper"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested deeper"),
        (b"9" * 100_000, "more than 64 bits"),
        (b"-9223372036854775809", "more than 64 bits"),
        (b"1e999", "larger than a computer's numbers"),
        (b"NaN", "NaN is no number"),
        (b"\xff", "is no JSON"),
        (b"{", "is no JSON"),
        (b"", "is no JSON"),
        (b'"\\u0000"', "U+0000"),
        (b'"\\udfff"', "U+DFFF"),
        (b'{"a": [{"b": "\\u0007"}]}', "body.a.0.b"),
    ],
)
def test_json_that_breaks_the_rule(text: bytes, words: str) -> None:
    with pytest.raises(InvalidDataError) as refused:
        read_json(text)
    assert words in str(refused.value)
    assert len(str(refused.value)) < 300


def test_json_that_keeps_it_is_read_as_python_reads_it() -> None:
    content = {"a": [1, -(2**63) + 1, 2**63 - 1, 0.1, -1e308, None, True, "\U0001f600 \n\t"], "": {"b": []}}
    assert read_json(json.dumps(content).encode()) == content


def test_every_route_with_a_body_reads_it_by_the_rule(api: Any) -> None:
    from fastapi.routing import iter_route_contexts

    with_body = [each for each in iter_route_contexts(api.http.app.routes) if getattr(each, "body_field", None)]
    assert {each.path for each in with_body} == {"/v1/submissions", "/v1/uploads"}
    assert all(isinstance(each.original_route, JsonRoute) for each in with_body)


def test_moments_are_compared_in_utc_on_every_database(api: Any) -> None:
    for moment in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        answer = api.http.get(f"/v1/scores?since={quote(moment)}")
        assert (answer.status_code, is_problem(answer)) == (422, True)
    assert api.http.get("/v1/scores?since=0001-01-01T00:00:00").status_code == 200
    assert api.http.get(f"/v1/submissions/{LARGEST_NUMBER}/log").status_code == 404


@pytest.mark.parametrize("owner", ["", "a\0b", "a\nb", "a\u202eb", "x" * 101])
def test_owners_of_tokens_are_names(api: Any, owner: str) -> None:
    with pytest.raises(InvalidDataError, match="owner"):
        api.token(owner)
