"""The notebooks of docs/tutorials: run, and stored without what differs from run to run.

`python tests/support/tutorials.py` (`make tutorials`) runs them all and puts the outputs in.
"""

import os
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[2] / "docs" / "tutorials"
NOTEBOOKS = tuple(sorted(FOLDER.glob("*.ipynb")))
# Bars of progress, which a page cannot show.
WIDGET = "application/vnd.jupyter.widget-view+json"
# A number, whatever sign and point it has; what is between numbers are words.
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?")
CLOSE = 0.011


def run(notebook: Path, folder: Path, environment: Mapping[str, str]) -> Any:
    """The notebook as it ran in `folder`, without what only its run was interested in."""
    found = nbformat.read(notebook, 4)
    client = NotebookClient(found, timeout=600, resources={"metadata": {"path": str(folder)}})
    client.execute(env=dict(environment))
    for cell in found.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.execution_count = None
            cell.outputs = [_stored(each) for each in cell.outputs if not _passes(each)]
    found.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return found


def _passes(output: Any) -> bool:
    """Whether an output is a message or a bar, gone when the work is done."""
    return output.get("name") == "stderr" or WIDGET in output.get("data", {})


def _stored(output: Any) -> Any:
    if "execution_count" in output:
        output.execution_count = None
    return output


def differences(ran: Any, stored: Any) -> list[str]:
    """Where a stored notebook is not what comes out of a run: kinds, words, and numbers by more than CLOSE."""
    found = []
    for one, other in zip(ran.cells, stored.cells, strict=True):
        kinds = [_kind(each) for each in one.get("outputs", ())], [_kind(each) for each in other.get("outputs", ())]
        if kinds[0] != kinds[1]:
            found.append(f"{one.source[:60]!r}: {kinds[1]} is stored, {kinds[0]} came out")
            continue
        for new, old in zip(one.get("outputs", ()), other.get("outputs", ()), strict=True):
            if not _alike(_words(new), _words(old)):
                found.append(f"{one.source[:60]!r}: stored is\n{_words(old)}\nand came out\n{_words(new)}")
    return found


def _kind(output: Any) -> tuple[str, ...]:
    return (output.output_type, *sorted(output.get("data", {})))


def _words(output: Any) -> str:
    """What an output says as text; of a drawing, how large it is."""
    return str(output.get("text", output.get("data", {}).get("text/plain", "")))


def _alike(one: str, other: str) -> bool:
    if NUMBER.sub("#", one).split() != NUMBER.sub("#", other).split():
        return False
    pairs = zip(NUMBER.findall(one), NUMBER.findall(other), strict=True)
    return all(abs(float(a) - float(b)) <= CLOSE * max(1.0, abs(float(b))) for a, b in pairs)


def environment_in(home: Path) -> dict[str, str]:
    """An environment in which nothing of the machine's own is read or changed."""
    return {
        **os.environ,
        "BRAINRANK_HOME": str(home),
        "BRAINRANK_PUBLISHED_RESULTS": "no",  # what a tutorial shows is what it scored
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "IPYTHONDIR": str(home / "ipython"),
        "OMP_NUM_THREADS": "1",
    }


def main() -> None:
    """Run each in a home of its own, so that what it shows does not depend on what was read before."""
    for each in NOTEBOOKS:
        with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as folder:
            nbformat.write(run(each, Path(folder), environment_in(Path(home))), each)
        sys.stdout.write(f"{each.name}\n")


if __name__ == "__main__":
    main()
