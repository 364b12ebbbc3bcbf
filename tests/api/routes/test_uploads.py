"""/v1/uploads: files in pieces, checked once they are whole, their owners', bounded."""

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save
from sqlalchemy import text
from uploaded_files import announce, graph, npy, npz, send

from brainrank.api.services.access import tokens
from brainrank.api.services.access.refusals import ConflictError
from brainrank.api.services.access.tokens import Scope
from brainrank.benchmark.files.downloads import locate
from brainrank.benchmark.types.remote_file import RemoteFile


def safetensors() -> bytes:
    return bytes(save({"weight": np.ones((3, 3), np.float32)}))


TRIALS = b"subj,imagename,object_response,category\nnet,a.png,cat,cat\nnet,b.png,dog,cat\n"


@pytest.mark.parametrize(
    ("kind", "content"),
    [("safetensors", safetensors), ("onnx", graph), ("npz", npz), ("csv", lambda: TRIALS)],
)
def test_a_good_file_is_kept_where_weights_are_looked_for(api: Any, kind: str, content: Callable[[], bytes]) -> None:
    sent, headers = content(), api.token()
    answer = send(api, sent, kind, headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["ready"]
    found = locate(RemoteFile(f"upload.{kind}", answer.json()["sha256"], ()), api.service.uploads.locations)
    assert found is not None
    assert found.read_bytes() == sent
    again = announce(api, sent, kind, headers).json()
    assert (again["ready"], again["received"]) == (True, len(sent))


@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        ("safetensors", lambda: b"\x80\x04 a pickle", "damaged or no safetensors file"),
        ("safetensors", lambda: safetensors()[:-4], "damaged"),
        ("onnx", lambda: b"not a graph", "no ONNX file"),
        ("onnx", lambda: graph(outside=True), "in other files"),
        ("npz", lambda: npz(late=np.array([{}], dtype=object)), "holds Python objects"),
        ("npz", lambda: npz(late=np.zeros((12, 100)))[:-30], "damaged"),
        ("npz", npz, "sha256"),
        ("npy", lambda: npy(np.array(3.0)), "a single number"),
        ("npy", lambda: b"x" * 100, "is no array"),
        ("csv", lambda: b"subj,imagename\na,b\n", "has no column for"),
        ("csv", lambda: TRIALS + b"other,a.png,cat,cat\nother,b.png,dog,cat\n", "those of one model"),
    ],
)
def test_what_is_not_what_it_is_said_to_be_is_refused_and_forgotten(
    api: Any, kind: str, content: Callable[[], bytes], words: str
) -> None:
    sent, headers = content(), api.token()
    changed = {"sha256": "a" * 64} if words == "sha256" else {}
    answer = send(api, sent, kind, headers, **changed)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-data"), answer.text
    assert words in answer.json()["detail"]
    assert "partial" not in answer.json()["detail"]
    home = api.service.uploads.locations.home
    assert [path for path in home.rglob("*upload*") if path.is_file()] == []
    assert list((home / "uploads").iterdir()) == []


def test_an_archive_that_unpacks_to_more_than_a_file_may_have_is_refused(api: Any) -> None:
    file = io.BytesIO()
    np.savez_compressed(file, late=np.zeros((12, 200_000)))
    answer = send(api, file.getvalue(), "npz", api.token())
    assert answer.status_code == 422
    assert "unpacks to more than 2,097,152 bytes" in answer.json()["detail"]


def test_a_file_comes_in_pieces_and_goes_on_where_it_broke_off(api: Any) -> None:
    content, headers = npz(), api.token()
    made = announce(api, content, "npz", headers).json()
    address = f"/v1/uploads/{made['id']}"

    def piece(start: int, end: int) -> Any:
        return api.http.patch(address, content=content[start:end], headers=headers | {"Upload-Offset": str(start)})

    assert piece(0, 100).json()["received"] == 100
    assert piece(50, 150).json()["code"] == "conflict"
    assert announce(api, content, "npz", headers).json()["received"] == 100
    assert api.http.get(address, headers=headers).json()["received"] == 100
    assert piece(100, len(content)).json()["ready"]
    assert piece(0, 10).json()["code"] == "conflict"


def test_uploads_are_their_owners(api: Any) -> None:
    content = npz()
    made = send(api, content, "npz", api.token("ada")).json()
    bob = api.token("bob")
    assert api.http.get(f"/v1/uploads/{made['id']}", headers=bob).status_code == 404
    model = {"name": "features-of-bob", "source": made["source"]}
    assert api.http.post("/v1/submissions", json={"model": model}, headers=bob).json()["code"] == "invalid-request"
    assert announce(api, content, "npz", bob).json()["received"] == 0


def test_sizes_and_sums_are_bounded(api: Any) -> None:
    headers = api.token()
    too_large = announce(api, b"x", "npz", headers, size=2**21 + 1)
    assert (too_large.status_code, too_large.json()["code"]) == (413, "too-large")
    for letter in "ab":
        assert announce(api, b"x", "npz", headers, size=2**21, sha256=letter * 64).status_code == 201
    over = announce(api, b"x", "npz", headers, size=2**21, sha256="c" * 64)
    assert (over.status_code, over.json()["code"]) == (429, "too-many")
    more = announce(api, b"x", "npz", api.token("bob"), size=10).json()
    answer = api.http.patch(
        f"/v1/uploads/{more['id']}", content=b"y" * 11, headers=api.token("bob") | {"Upload-Offset": "0"}
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


def test_an_upload_that_nobody_went_on_with_is_given_up(api: Any) -> None:
    headers = api.token()
    old = announce(api, b"x", "npz", headers, size=2**21).json()
    api.http.patch(f"/v1/uploads/{old['id']}", content=b"abc", headers=headers | {"Upload-Offset": "0"})
    with api.service.begin() as session:
        session.execute(text("UPDATE uploads SET created_at = :then"), {"then": datetime.now(UTC) - timedelta(days=8)})
    announce(api, b"y", "csv", headers)
    again = announce(api, b"x", "npz", headers, size=2**21).json()
    assert again["received"] == 0
    assert list((api.service.uploads.locations.home / "uploads").iterdir()) == []


def test_of_two_who_send_the_same_piece_at_once_one_is_refused_and_nothing_lost(api: Any) -> None:
    content = bytes(range(100))
    announced = {"kind": "csv", "sha256": hashlib.sha256(content).hexdigest(), "size": len(content) + 1}
    number = api.http.post("/v1/uploads", json=announced, headers=api.token()).json()["id"]
    uploads, refusals = api.service.uploads, list[str]()

    async def send() -> None:
        with api.service.begin() as session:
            caller = tokens.caller(session, api.token()["Authorization"].removeprefix("Bearer "))
        upload, between = uploads.find(caller, number), asyncio.Event()

        async def slowly() -> AsyncIterator[bytes]:
            yield content[:50]
            between.set()
            await asyncio.sleep(0.1)
            yield content[50:]

        async def at_once() -> AsyncIterator[bytes]:
            yield b"x" * 100

        async def second() -> None:
            await between.wait()
            with pytest.raises(ConflictError) as refused:
                await uploads.receive(upload, at_once(), offset=0)
            refusals.append(str(refused.value))

        await asyncio.gather(uploads.receive(upload, slowly(), offset=0), second())
        with pytest.raises(ConflictError, match="100 bytes are here, not 0"):
            await uploads.receive(upload, at_once(), offset=0)

    asyncio.run(send())
    assert ["Another request is sending this file" in each for each in refusals] == [True]
    assert (uploads.locations.home / "uploads" / f"{number}.partial").read_bytes() == content


def test_a_file_for_which_there_is_no_turn_is_there_and_checked_when_asked_again(
    api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers, turns = api.token(), api.service.uploads.turns
    with monkeypatch.context() as crowded:
        crowded.setattr(turns, "_at_a_time", 0)
        crowded.setattr(turns, "_most_waiting", 0)
        refused = send(api, TRIALS, "csv", headers)
    assert (refused.status_code, refused.json()["code"], refused.headers["retry-after"]) == (
        503,
        "too-many-at-once",
        "60",
    )
    (waiting,) = api.http.get("/v1/uploads", headers=headers).json()["uploads"]
    assert (waiting["received"], waiting["ready"]) == (len(TRIALS), False)
    offset = {"Upload-Offset": str(len(TRIALS))}
    again = api.http.patch(f"/v1/uploads/{waiting['id']}", content=b"", headers=headers | offset)
    assert (again.status_code, again.json()["ready"]) == (200, True)


def test_a_token_for_reading_sends_no_piece_of_its_owners_file(api: Any) -> None:
    made = announce(api, TRIALS, "csv", api.token()).json()
    path, reading = f"/v1/uploads/{made['id']}", api.token(scope=Scope.READ)
    refused = api.http.patch(path, content=b"?", headers=reading | {"Upload-Offset": "0"})
    assert (refused.status_code, refused.json()["code"]) == (403, "not-allowed")
    assert api.http.get(path, headers=reading).json()["received"] == 0
