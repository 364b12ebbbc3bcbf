"""Inputs found by what they cover, with atheris: libFuzzer on Python's byte code."""

import hashlib
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import atheris

if TYPE_CHECKING:
    from tests.fuzz.findings import Findings

WATCHED = ["brainrank", "tomllib", "PIL", "zipfile", "h5netcdf"]
"""Whose byte code is watched: our readers, and those of the libraries that are written in Python."""


def cover(findings: "Callable[[], Findings]", finished: Callable[[], bool], tell: Callable[[], int], seed: int) -> None:
    """Try inputs until it is finished, `tell` of them and end the process, which libFuzzer does not give back.

    What covered something new is kept in build/fuzz/NAME/corpus for the next time. Nothing that is watched may be
    imported yet.
    """
    with atheris.instrument_imports(include=WATCHED):
        found = findings()
        from tests.fuzz.findings import HANGS_S, LONGEST_INPUT

        corpus = found.folder / "corpus"
        corpus.mkdir(exist_ok=True)
        for content in found.target.seeds():
            (corpus / hashlib.sha256(content).hexdigest()[:16]).write_bytes(content)
            found.run(content)

        def one(content: bytes) -> None:
            found.run(content)
            if finished():
                code = tell()
                sys.stdout.flush()
                os._exit(code)

        options = [f"-max_len={LONGEST_INPUT}", f"-seed={seed + 1}", f"-timeout={2 * HANGS_S}", "-rss_limit_mb=8192"]
        atheris.Setup([sys.argv[0], str(corpus), "-verbosity=0", "-artifact_prefix=/dev/null", *options], one)
        atheris.Fuzz()
