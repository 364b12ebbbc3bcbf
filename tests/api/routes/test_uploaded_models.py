"""Models made of uploaded files: submitted, scored, and followed by the client."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
from safetensors.numpy import save
from tiny_study import NAMES
from uploaded_files import graph, npy, npz, send

from brainrank.api.client.client import Client, RefusedByServiceError, ServiceError
from brainrank.api.repositories.runs import find_run
from brainrank.api.schemas import ModelRequest, UploadAnswer
from brainrank.api.services.runs.execution import WorkerContext, execute
from brainrank.api.services.runs.score_models import Machine
from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION
from brainrank.benchmark.types.errors import InvalidDataError


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
