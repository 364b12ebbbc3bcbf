"""Uploads that were found good lie where workers look for them, and nowhere else."""

from pathlib import Path

import pytest

from brainrank.api.services.submissions import upload_store
from brainrank.benchmark.files.downloads import cache_name, sha256_of
from brainrank.benchmark.types.errors import StorageError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.remote_file import RemoteFile


@pytest.fixture
def upload(tmp_path: Path) -> Path:
    path = tmp_path / "part"
    path.write_bytes(b"weights")
    return path


def remote(path: Path) -> RemoteFile:
    return RemoteFile("net.safetensors", sha256_of(path), ())


def test_on_one_machine_it_is_among_the_downloads(upload: Path, tmp_path: Path) -> None:
    locations, file = Locations(home=tmp_path / "home"), remote(upload)
    upload_store.store(upload, file, locations)
    assert not upload.exists()
    assert (locations.downloads / cache_name(file)).read_bytes() == b"weights"
    upload_store.delete(file, locations)
    upload_store.delete(file, locations)
    assert not any(locations.downloads.iterdir())


def test_at_an_address_it_is_in_that_folder_alone(upload: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    locations, file = Locations(home=tmp_path / "home", uploads=shared.as_uri()), remote(upload)
    upload_store.store(upload, file, locations)
    assert not upload.exists()
    assert not (locations.downloads / cache_name(file)).exists()
    assert [each.read_bytes() for each in shared.iterdir()] == [b"weights"]
    upload_store.delete(file, locations)
    upload_store.delete(file, locations)
    assert not any(shared.iterdir())


def test_an_address_that_cannot_be_reached_is_told_with_what_to_do(upload: Path, tmp_path: Path) -> None:
    locations = Locations(home=tmp_path / "home", uploads="nosuch://bucket/uploads")
    with pytest.raises(StorageError, match=r"nosuch://bucket/uploads cannot be reached .* unset BRAINRANK_UPLOADS_URL"):
        upload_store.store(upload, remote(upload), locations)
    assert upload.read_bytes() == b"weights"
