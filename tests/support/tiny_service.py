"""The service on the tiny study: `tiny_service.py FOLDER worker QUEUES` or `FOLDER serve PORT`; FOLDER has images."""

import sys
from pathlib import Path

from tiny_study import tiny_catalogue

from brainrank.api.cli.serve import serve
from brainrank.api.settings import Settings
from brainrank.workers import process


def main() -> None:
    """Work or serve until told to stop."""
    folder, what, told = sys.argv[1:]
    process.built_in = lambda: tiny_catalogue(Path(folder))
    if what == "worker":
        process.work_forever(Settings(), queues=told.split(","), device="cpu")
    else:
        serve(port=int(told), device="cpu")


if __name__ == "__main__":
    main()
