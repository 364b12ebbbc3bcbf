"""/v1/uploads: files in pieces, checked once they are whole, and found by the models that are made of them."""

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import timm
from onnx import TensorProto, helper
from safetensors.numpy import save
from sqlalchemy import text
from tiny_study import NAMES

from brainrank.api.client.client import Client, RefusedByServiceError, ServiceError
from brainrank.api.repositories.runs import find_run
from brainrank.api.schemas import ModelRequest, UploadAnswer
from brainrank.api.services.access import tokens
from brainrank.api.services.access.refusals import ConflictError
from brainrank.api.services.access.tokens import Scope
from brainrank.api.services.runs.execution import WorkerContext, execute
from brainrank.api.services.runs.score_models import Machine
from brainrank.benchmark.files.downloads import locate
from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION
from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.benchmark.types.remote_file import RemoteFile


def safetensors() -> bytes:
    return bytes(save({"weight": np.ones((3, 3), np.float32)}))


def npz(**arrays: Any) -> bytes:
    file = io.BytesIO()
    np.savez(file, **(arrays or {"late": np.ones((12, 5))}))
    return file.getvalue()


def npy(array: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def graph(*, outside: bool = False) -> bytes:
    weight = helper.make_tensor("w", TensorProto.FLOAT, (4, 3, 1, 1), [0.1] * 12)
    if outside:
        weight.ClearField("float_data")
        weight.data_location = TensorProto.EXTERNAL
        entry = weight.external_data.add()
        entry.key, entry.value = "location", "/etc/passwd"
    images = helper.make_tensor_value_info("images", TensorProto.FLOAT, ("n", 3, 16, 16))
    out = helper.make_tensor_value_info("out", TensorProto.FLOAT, ("n", 4, 16, 16))
    made = helper.make_graph([helper.make_node("Conv", ["images", "w"], ["out"])], "g", [images], [out], [weight])
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    return bytes(onnx.ModelProto.SerializeToString(model))


TRIALS = b"subj,imagename,object_response,category\nnet,a.png,cat,cat\nnet,b.png,dog,cat\n"


def announce(api: Any, content: bytes, kind: str, headers: dict[str, str], **changed: Any) -> Any:
    request = {"kind": kind, "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)} | changed
    return api.http.post("/v1/uploads", json=request, headers=headers)


def send(api: Any, content: bytes, kind: str, headers: dict[str, str], **changed: Any) -> Any:
    made = announce(api, content, kind, headers, **changed)
    assert made.status_code == 201, made.text
    offset = {"Upload-Offset": str(made.json()["received"])}
    return api.http.patch(f"/v1/uploads/{made.json()['id']}", content=content, headers=headers | offset)


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


def weights() -> bytes:
    network = timm.create_model("test_resnet")
    return bytes(save({name: tensor.numpy() for name, tensor in network.state_dict().items()}))


@pytest.mark.parametrize(
    ("kind", "content", "behind", "layers"),
    [
        ("npz", npz, "", {"late"}),
        ("npy", lambda: npy(np.arange(24.0).reshape(12, 2)), "", {"features"}),
        ("onnx", graph, "", {"out"}),
        ("safetensors", weights, "#timm:test_resnet", None),
    ],
)
def test_what_was_uploaded_is_scored(
    api: Any, kind: str, content: Callable[[], bytes], behind: str, layers: set[str] | None
) -> None:
    headers = api.token()
    source = send(api, content(), kind, headers).json()["source"] + behind
    body = {"model": {"name": "mine", "source": source}, "benchmarks": [NAMES[0]]}
    made = api.http.post("/v1/submissions", json=body, headers=headers).json()
    service = api.service
    machine = Machine(service.catalogue, service.begin, service.uploads.locations, "cpu", DEFAULT_EXTRACTION)
    execute(made["runs"][0]["id"], WorkerContext(machine, lease_s=60, run_limit_s=60))
    (run,) = api.http.get(f"/v1/submissions/{made['id']}").json()["runs"]
    assert (run["status"], run["failure"]) == ("succeeded", None)
    with service.begin() as session:
        stored = find_run(session, run["id"])
    assert stored.receipt["verified"] == (kind in {"onnx", "safetensors"})
    assert stored.receipt["weights_digest"] == source.partition(":")[2].partition("#")[0]
    assert layers is None or {each.layer for each in stored.score.layer_curve} == layers


def test_the_client_uploads_submits_and_watches(api: Any, tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    path.write_bytes(npz())
    token = api.token()["Authorization"].removeprefix("Bearer ")
    told: list[tuple[int, int]] = []
    with Client("http://testserver", token, transport=api.http._transport) as client:
        upload = client.upload(path, told=lambda sent, size: told.append((sent, size)))
        assert isinstance(upload, UploadAnswer)
        assert told == [(upload.size, upload.size)]
        model = ModelRequest(name="my-features", source=upload.source)
        made = client.submit(model, benchmarks=[NAMES[0]], visibility="private")
        assert made.model.source == f"features:{upload.sha256}.npz"
        assert api.signalled[0].queue == "cpu"
        assert [each.id for each in client.submissions(mine=True)] == [made.id]
        assert client.cancel(made.id).finished
        *events, last = client.watch(made.id)
        assert [(event.kind, event.text) for event in events] == [("stage", "queued"), ("stage", "cancelled")]
        assert last == client.submission(made.id)
        assert [event.id for event in client.log(made.id)] == [event.id for event in events]
        assert client.publish(made.id).visibility == "public"
        assert client.health().status == "ok"
        with pytest.raises(RefusedByServiceError, match="did you mean pixels") as refused:
            client.submit("pixles")
        assert refused.value.problem.code == "unknown-name"
        with pytest.raises(InvalidDataError, match=r"give a file of \.safetensors"):
            client.upload(tmp_path / "net.pth")


def test_the_client_says_where_nothing_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brainrank.api.client.connection.FIRST_WAIT_S", 0.0)
    with Client("http://127.0.0.1:9") as client, pytest.raises(ServiceError, match="brainrank serve starts one"):
        client.submission(1)


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
