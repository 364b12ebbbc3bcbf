"""br.connect: a served tiny study, whose runs are worked on here."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import servers
import torch
from checkpoint_forms import NAME, weights
from local_server import served as served_at
from tiny_study import NAMES, tiny_catalogue

import brainrank as br
from brainrank.api.app import create_app
from brainrank.api.cli.serve import leave_token
from brainrank.api.number_text import number_text
from brainrank.api.routes.service import Service, open_service
from brainrank.api.services.runs.execution import execute
from brainrank.api.services.runs.score_models import Machine
from brainrank.api.services.runs.worker_context import WorkerContext
from brainrank.api.settings import Settings
from brainrank.benchmark.types.activations import DEFAULT_EXTRACTION

IT, V1 = NAMES


@dataclass
class Served:
    address: str
    service: Service

    def work(self, made: br.Submission) -> None:
        """Do what a worker would do."""
        locations = replace(self.service.uploads.locations, home=self.service.uploads.locations.home.parent / "worker")
        machine = Machine(self.service.catalogue, self.service.begin, locations, "cpu", DEFAULT_EXTRACTION)
        for run in made.frame().run:
            execute(int(run), WorkerContext(machine, lease_s=60, run_limit_s=600))


@pytest.fixture
def served(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    port = servers.free_port()
    monkeypatch.setenv("BRAINRANK_URL", f"http://127.0.0.1:{port}")
    settings = Settings()
    service = replace(open_service(settings, signal=lambda _: None), catalogue=tiny_catalogue(tmp_path))
    leave_token(settings, service)
    with served_at(create_app(service), port=port):
        yield Served(settings.url, service)


def test_a_submission_from_first_to_last(served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with br.connect() as service:
        made = service.submit("pixels", "tiny", note="mine", progress=False)
        assert made.status == "queued"
        assert made.frame().status.tolist() == ["queued", "queued"]
        assert repr(made).startswith(f"<Submission {made.number} of pixels: queued>\n  {IT}: queued")
        served.work(made)
        assert made.wait(progress=False).status == "succeeded"
        found = made.scores()
        assert {(each.model, each.benchmark) for each in found} == {("pixels", IT), ("pixels", V1)}
        shown = made._repr_html_()
        assert all(f"{number_text(each.value)} {each.unit}" in shown for each in found)
        catalogue = tiny_catalogue(tmp_path)
        monkeypatch.setattr("brainrank.api.services.views.open_catalogue.built_in", lambda: catalogue)
        monkeypatch.setenv("BRAINRANK_HOME", str(tmp_path / "own"))
        ours = br.score("pixels", "tiny", progress=False)
        for name in NAMES:
            remote, local = found["pixels", name], ours["pixels", name]
            for part in ("scores", "layers", "subjects", "targets", "details"):
                theirs = remote.frame(part).drop(columns="run", errors="ignore")  # type: ignore[arg-type]
                mine = local.frame(part).drop(columns="run", errors="ignore")  # type: ignore[arg-type]
                assert theirs.equals(mine), part
            assert remote.receipt == local.receipt
        assert service.submission(made.number).status == "succeeded"
        assert set(service.submissions().submission) == {made.number}


def test_what_the_service_has_as_frames(served: Served) -> None:
    with br.connect() as service:
        assert service.scores().empty
        assert service.leaderboard().empty
        served.work(service.submit("pixels", progress=False))
        scores = service.scores("pixels", "tiny")
        assert scores.columns[:6].tolist() == ["model", "benchmark", "value", "low", "high", "unit"]
        assert set(scores.benchmark) == set(NAMES)
        assert service.scores("gabor").empty
        board = service.leaderboard(IT)
        assert board.model.tolist() == ["pixels"]
        assert board[IT].tolist() == scores[scores.benchmark == IT].value.tolist()
        models = service.models(family="classical")
        assert models.set_index("name").scored["pixels"]
        assert "paper" in models
        assert "card" not in models
        assert service.benchmarks(group="tiny").name.tolist() == list(NAMES)
        assert repr(service) == f"<Service at {served.address}>"


def test_a_file_is_uploaded_and_its_failure_is_told(served: Served, tmp_path: Path) -> None:
    rows = {"layer": np.zeros((3, 4)), "stimulus_ids": np.array(["x", "y", "z"])}
    np.savez(tmp_path / "Mine.npz", **rows)
    with br.connect() as service:
        made = service.submit(str(tmp_path / "Mine.npz"), IT, private=True, progress=False)
        served.work(made)
        assert made.wait(progress=False).status == "failed"
        found = made.scores()
        assert (len(found), found.failures[0].model, found.failures[0].benchmark) == (0, "mine", IT)
        assert str(found.failures[0].error)
        assert made.retry().status == "queued"
        assert made.cancel().status == "cancelled"
        assert "is cancelled" in str(made.scores().failures[0].error)


def test_publish_and_unpublish(served: Served) -> None:
    with br.connect() as service:
        made = service.submit("pixels", IT, private=True, progress=False)
        assert set(service.submissions().visibility) == {"private"}
        made.publish()
        assert set(service.submissions().visibility) == {"public"}
        made.unpublish()
        assert set(service.submissions(mine=False).visibility) == {"private"}


def test_refusals_say_what_to_do(served: Served) -> None:
    with br.connect(served.address) as service:
        with pytest.raises(br.BrainrankError, match="Unknown model 'pixel'"):
            service.submit("pixel", IT, progress=False)
        with pytest.raises(br.BrainrankError, match="'absent.onnx' cannot be read"):
            service.submit("onnx:absent.onnx", IT, progress=False)
        with pytest.raises(br.BrainrankError, match="benchmarks: .* names nothing"):
            service.submit("pixels", [], progress=False)
        with pytest.raises(br.BrainrankError, match="submission"):
            service.submission(999)


def test_addresses_and_tokens(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(br.BrainrankError, match="'nowhere' is no address of a service"):
        br.connect("nowhere")
    monkeypatch.setattr("brainrank.api.client.connection.FIRST_WAIT_S", 0.0)
    with pytest.raises(br.BrainrankError, match="cannot be reached"):
        br.connect("http://127.0.0.1:9").benchmarks()
    monkeypatch.setenv("BRAINRANK_TOKEN", "secret")
    monkeypatch.setenv("BRAINRANK_URL", "https://one.example")
    sent = [
        each._client._http.headers.get("authorization")
        for each in (
            br.connect(),
            br.connect("https://one.example"),
            br.connect("https://another.example"),
            br.connect("https://another.example", token="other"),
        )
    ]
    assert sent == ["Bearer secret", "Bearer secret", None, "Bearer other"]


def test_what_was_read_of_weights_is_told(served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"state_dict": weights()}, tmp_path / "net.pth")
    with br.connect() as service:
        service.submit(f"file:{tmp_path / 'net.pth'}#{NAME}", IT, private=True)
    assert re.search(r"net\.pth: (\d+) of \1 tensors; key state_dict", capsys.readouterr().err)


def test_what_a_group_has_no_files_for_is_told(
    served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Service, "is_at_hand", lambda _, benchmark: benchmark.name != V1)
    with br.connect() as service:
        assert service.submit("pixels", "tiny").frame().benchmark.tolist() == [IT]
    assert "1 needs files that are not with this service: tiny2026" in capsys.readouterr().err
