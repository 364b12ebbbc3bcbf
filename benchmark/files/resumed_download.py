"""Large files from an address, in as many goes as it takes: what has arrived stays, and the next go begins behind it.

RFC 9110: a `Range` of what is missing, with `If-Range` so that a file which changed meanwhile is sent whole again.
"""

from pathlib import Path
from typing import NamedTuple

import pooch
import requests

from brainrank.benchmark.files.downloads import TIMEOUT_S
from brainrank.benchmark.files.storage import writing_to
from brainrank.benchmark.types.errors import DataUnavailableError
from brainrank.benchmark.types.reporter import Reporter

CHUNK, MIB = 2**16, 2**20  # what is lost of a broken answer is less than a chunk
PARTIAL, ETAG = ".part", ".part.etag"


class Download(NamedTuple):
    """An address, where its file belongs, and the digest it must have, `sha1:...` (empty where none is published)."""

    address: str
    target: Path
    digest: str = ""


def remote_bytes(address: str) -> int | None:
    """How large the server says a file is; None where it does not. Raises DataUnavailableError without an answer."""
    try:
        with requests.head(address, timeout=TIMEOUT_S, allow_redirects=True) as answer:
            answer.raise_for_status()
            return int(answer.headers["Content-Length"]) if "Content-Length" in answer.headers else None
    except requests.RequestException as error:
        raise _unavailable(address, error) from error


def download_resumed(download: Download, reporter: Reporter) -> None:
    """Fetch a file, from where an earlier go stopped, check it, and give it its name.

    Raises DataUnavailableError where the server does not answer, stops early (what came stays), or sends another file
    than the digest tells (which is removed), and StorageError where it cannot be written.
    """
    partial = download.target.with_name(download.target.name + PARTIAL)
    with writing_to(download.target.parent):
        try:
            _receive(download.address, partial, reporter)
        except requests.RequestException as error:
            raise _unavailable(download.address, error) from error
        _check(download, partial)
        partial.replace(download.target)
        partial.with_name(download.target.name + ETAG).unlink(missing_ok=True)


def _receive(address: str, partial: Path, reporter: Reporter) -> None:
    told = partial.with_name(partial.name.removesuffix(PARTIAL) + ETAG)
    size = partial.stat().st_size if partial.is_file() else 0
    # Without the server's mark of what it sent, a part may be of another file.
    before = told.read_text() if size and told.is_file() else ""
    headers = {"Accept-Encoding": "identity"}
    if before:
        headers |= {"Range": f"bytes={size}-", "If-Range": before}
    with requests.get(address, stream=True, timeout=TIMEOUT_S, headers=headers) as answer:
        if answer.status_code == requests.codes.requested_range_not_satisfiable and before:
            return  # nothing is missing
        answer.raise_for_status()
        resumed = answer.status_code == requests.codes.partial_content
        done = size if resumed else 0
        told.write_text(answer.headers.get("ETag", ""))
        length = answer.headers.get("Content-Length")
        total = done + int(length) if length else None
        with partial.open("ab" if resumed else "wb") as file:
            for chunk in answer.iter_content(CHUNK):
                file.write(chunk)
                done += len(chunk)
                reporter.progress(f"MiB of {partial.name.removesuffix(PARTIAL)}", done // MIB, (total or done) // MIB)
        if total is not None and done < total:
            raise requests.ConnectionError(f"{done} of {total} bytes came")


def _check(download: Download, partial: Path) -> None:
    if not download.digest:
        return
    kind, _, wanted = download.digest.partition(":")
    found = pooch.file_hash(str(partial), alg=kind)
    if found != wanted:
        partial.unlink()
        raise DataUnavailableError(
            f"{download.address} sent another file: its {kind} is {found}, not {wanted}. It was removed; try again, or "
            "get the file from the study itself"
        )


def _unavailable(address: str, error: requests.RequestException) -> DataUnavailableError:
    reason = str(error) if isinstance(error, requests.HTTPError) else type(error).__name__
    return DataUnavailableError(
        f"Could not get {address} ({reason}). What came is kept: the same command goes on from there. Check the network"
    )
