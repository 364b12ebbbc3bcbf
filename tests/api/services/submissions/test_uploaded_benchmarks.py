"""What a submitted run is scored on: the service's catalogue, or the package of its owner that declares it."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from queued_runs import ADA, QueuedRuns
from tiny_package import BENCHMARK, tiny_package

from brainrank.api.repositories import uploads as rows
from brainrank.api.services.submissions import upload_store
from brainrank.api.services.submissions.life_cycle import Wanted, WantedModel, submit
from brainrank.api.services.submissions.packages import contents_of, pack
from brainrank.api.services.submissions.upload_check import UploadKind
from brainrank.api.services.submissions.uploaded_benchmarks import catalogue_of
from brainrank.api.services.submissions.uploads import remote_file
from brainrank.benchmark.files.downloads import sha256_of
from brainrank.benchmark.types.reporter import Silent
from brainrank.datasets.package.package import read_package

WANTED = Wanted(WantedModel("pixels"), (BENCHMARK,), public=False, note="", idempotency_key=None, text="mine")


@pytest.fixture
def uploaded(queued: QueuedRuns, tmp_path: Path) -> QueuedRuns:
    """A service to which ada has uploaded the package."""
    (tmp_path / "package").mkdir()
    folder = tiny_package(tmp_path / "package")
    archive = pack(folder, tmp_path / "mine.zip", Silent())
    digest, size, now = sha256_of(archive), archive.stat().st_size, datetime.now(UTC)
    with queued.begin() as session:
        row = rows.obtain(session, owner="ada", kind=UploadKind.PACKAGE, sha256=digest, size_bytes=size, now=now)
        contents = json.loads(contents_of(read_package(folder)).model_dump_json())
        rows.mark_ready(session, row.id, contents=contents, now=now)
    upload_store.store(archive, remote_file(UploadKind.PACKAGE, digest), queued.context.machine.locations)
    return queued


def submitted(queued: QueuedRuns, wanted: Wanted) -> int:
    with queued.begin() as session:
        made = submit(session, ADA, wanted, queued.context.machine.catalogue, at_hand=lambda _: True)
    return made.submission.runs[0].run_id


def test_a_run_on_ones_own_package_has_its_catalogue(uploaded: QueuedRuns) -> None:
    run, machine = submitted(uploaded, WANTED), uploaded.context.machine
    found = catalogue_of(run, machine, Silent())
    assert (list(found.datasets), list(found.benchmarks)) == (["mine"], [BENCHMARK])
    region = found.load(found.benchmark(BENCHMARK), machine.locations, Silent())
    assert len(region.stimuli) == 8


def test_other_runs_have_the_services_catalogue(uploaded: QueuedRuns) -> None:
    machine = uploaded.context.machine
    run = submitted(uploaded, replace(WANTED, benchmarks=()))
    assert catalogue_of(run, machine, Silent()) is machine.catalogue
    assert catalogue_of(10_000, machine, Silent()) is machine.catalogue


def test_a_package_that_was_removed_declares_nothing(uploaded: QueuedRuns) -> None:
    run, machine = submitted(uploaded, WANTED), uploaded.context.machine
    with uploaded.begin() as session:
        (row,) = rows.packages(session, "ada")
        rows.remove(session, row.id)
    assert catalogue_of(run, machine, Silent()) is machine.catalogue
