"""A user's `mypy --strict` passes a file that uses every public name, and finds what is wrong in another."""

import subprocess
import sys
from pathlib import Path

import brainrank as br

ROOT = Path(__file__).parents[2]
EVERYTHING = Path(__file__).with_name("use_everything.py")


def mypy(file: Path) -> str:
    """What mypy says of a user's file; our settings and cache, so that pandas and torch are read once for all."""
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", str(file)], capture_output=True, text=True, check=False, cwd=ROOT
    )
    return done.stdout + done.stderr


def test_every_public_name_is_used() -> None:
    written = EVERYTHING.read_text()
    assert [name for name in br.__all__ if f"br.{name}" not in written] == []


def test_a_users_file_passes() -> None:
    assert mypy(EVERYTHING).startswith("Success")


def test_what_is_wrong_is_found(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text(
        "import brainrank as br\n"
        "x: int = br.score('a').value\n"
        "br.models(famly='robust')\n"
        "br.score('a', 'b', 'layer')\n"
        "br.compare(3)\n"
        "br.datasets().no_such_column_method_()\n"
    )
    told = mypy(wrong)
    assert [told.count(f"wrong.py:{line}: error") > 0 for line in range(2, 7)] == [True] * 5, told
