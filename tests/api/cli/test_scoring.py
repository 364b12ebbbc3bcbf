"""`brainrank score` where something fails or is stopped, and what it says beforehand of how long it takes."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tiny_study import NAMES
from typer.testing import Result

from brainrank.api.cli import scoring

Run = Callable[..., Result]
IT, V1 = NAMES

CODE = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, at):
        super().__init__()
        self.conv, self.at = nn.Conv2d(3, 4, 5, 4), at

    def forward(self, images):
        if self.at == "first" or (self.at == "later" and images.abs().sum()):
            return images.nothing_of_the_kind
        return self.conv(images)

SETTINGS = {"preprocessing": {"size": 32}, "layers": ["conv"]}

def good():
    return Net("never"), SETTINGS

def fails_first():
    return Net("first"), SETTINGS

def fails_later():
    return Net("later"), SETTINGS

def raises():
    return {}["no such key"]

def ends():
    raise SystemExit("enough")

def no_network():
    return 3
"""


@pytest.fixture
def net(tmp_path: Path) -> Path:
    path = tmp_path / "net.py"
    path.write_text(CODE)
    return path


def found(result: Result) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(result.stdout)
    return rows


def test_of_several_models_one_that_fails_is_told_beside_the_results_of_the_others(tiny: Run, net: Path) -> None:
    bad = f"python:{net}:raises"
    result = tiny("score", bad, "pixels", "gabor", "--json")
    assert result.exit_code == 1
    rows = found(result)
    assert [(row["model"], row["benchmark"]) for row in rows if row["error"] is None] == [
        (model, benchmark) for benchmark in NAMES for model in ("pixels", "gabor")
    ]
    (failed,) = [row for row in rows if row["error"] is not None]
    assert (failed["model"], failed["benchmark"], failed["run"], failed["value"]) == (bad, IT, None, None)
    assert failed["error"]["class"] == "OwnModelError"
    assert failed["error"]["message"].startswith("net.py, line 27, in raises: return {}[")
    shown = tiny("score", bad, "pixels")
    assert shown.exit_code == 1
    assert "pixels" in shown.stdout
    assert shown.stderr.count("Failed:") == 1


@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("raises", "net.py, line 27, in raises: return {}[\"no such key\"]\n    KeyError: 'no such key'"),
        ("ends", 'net.py, line 30, in ends: raise SystemExit("enough")\n    SystemExit: enough'),
        ("fails_first", "AttributeError: 'Tensor' object has no attribute 'nothing_of_the_kind' (line 12 of net.py)"),
        ("fails_later", "net.py, line 12, in forward: return images.nothing_of_the_kind"),
        ("no_network", "no_network of net.py returned int; it must return a torch.nn.Module"),
        ("absent", "Unknown function of net.py 'absent'"),
    ],
)
def test_a_mistake_in_the_users_code_shows_their_line_and_is_exit_code_2(
    tiny: Run, net: Path, function: str, words: str
) -> None:
    result = tiny("score", f"python:{net}:{function}", "--benchmark", IT)
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("function", ["raises", "fails_first", "no_network"])
def test_layers_of_such_code_are_refused_with_the_same_line(tiny: Run, net: Path, function: str) -> None:
    result = tiny("models", "layers", f"python:{net}:{function}")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "net.py" in result.stderr
    assert ("line 27, in raises" in result.stderr) == (function == "raises")


def test_a_score_is_verified_no_more_when_the_code_fails_by_now(tiny: Run, net: Path) -> None:
    made = tiny("score", f"python:{net}:good", "--benchmark", IT, "--json")
    assert made.exit_code == 0, made.stderr
    number = str(found(made)[0]["run"])
    assert tiny("verify", number, "--dataset", "tiny2026").exit_code == 0
    net.write_text(CODE.replace("return self.conv(images)", "return self.cnov(images)"))
    result = tiny("verify", number)
    assert result.exit_code == 1
    assert "changed since it was named" in result.stdout


def test_code_that_is_no_python_shows_the_line(tiny: Run, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text("import torch\n\ndef net(:\n")
    result = tiny("score", f"python:{tmp_path / 'net.py'}:net")
    assert result.exit_code == 2
    assert "net.py, line 3: def net(:\n    SyntaxError: invalid syntax" in result.stderr


@pytest.mark.parametrize("source", ["onnx:{0}/net.onnx", "file:{0}/net.safetensors#timm:test_resnet"])
def test_a_damaged_file_of_the_users_is_exit_code_2(tiny: Run, tmp_path: Path, source: str) -> None:
    for name in ("net.onnx", "net.safetensors"):
        (tmp_path / name).write_bytes(b"\x08nonsense")
    result = tiny("score", source.format(tmp_path), "--benchmark", IT)
    assert result.exit_code == 2, result.stderr
    assert "Failed: " in result.stderr


def test_a_fault_of_the_data_stops_no_other_benchmark(tiny: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from brainrank.benchmark.scoring.catalogue import Catalogue
    from brainrank.benchmark.types.errors import InvalidDataError

    load = Catalogue.load

    def damaged(catalogue: Catalogue, benchmark: Any, *places: Any) -> Any:
        if benchmark.name == IT:
            raise InvalidDataError("it.npz is damaged; fetch it again")
        return load(catalogue, benchmark, *places)

    monkeypatch.setattr(Catalogue, "load", damaged)
    group = tiny("score", "pixels", "--benchmark", "tiny", "--json")
    assert group.exit_code == 0
    assert [(row["benchmark"], row["error"] and row["error"]["class"]) for row in found(group)] == [
        (V1, None),
        (IT, "InvalidDataError"),
    ]
    assert "Unavailable here: data set tiny2026. it.npz is damaged" in group.stderr
    assert tiny("score", "pixels", "--benchmark", IT, "--benchmark", V1).exit_code == 1
    assert tiny("score", "pixels", "--benchmark", IT).exit_code == 2


def test_ctrl_c_says_what_is_stored_and_the_same_command_goes_on(
    tiny: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    score_each = scoring.score_each

    def stopped(*arguments: Any, **options: Any) -> Iterator[Any]:
        made = score_each(*arguments, **options)
        yield next(made)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(scoring, "score_each", stopped)
        result = tiny("score", "pixels", "--json")
    assert result.exit_code == 130
    assert "Stopped. 1 score is stored, and nothing is half written. The same command goes on" in result.stderr
    assert [row["benchmark"] for row in found(result)] == [IT]
    assert [row["reused"] for row in found(tiny("score", "pixels", "--json"))] == [True, False]
    with sqlite3.connect(tmp_path / "home" / "brainrank.db") as database:
        assert database.execute("SELECT status, count(*) FROM runs GROUP BY status").fetchall() == [("succeeded", 2)]


def test_ctrl_c_ends_any_command_with_its_code(tiny: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("brainrank.api.services.views.open_catalogue.built_in", interrupted)
    for words in (("benchmarks", "list"), ("leaderboard",), ("score", "pixels")):
        result = tiny(*words)
        assert result.exit_code == 130
        assert "Stopped." in result.stderr


def test_how_long_it_takes_is_said_to_be_unknown_and_told_by_the_first_run(
    tiny: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "WORTH_TELLING_S", 0)
    first = tiny("score", "pixels", "gabor")
    assert "How long these 4 runs take is not known: none like them was made here; the first will tell" in first.stderr
    assert "if the 3 others are like it, about" in first.stderr
    known = tiny("score", "pixels", "gabor", "--again")
    assert "for 4 runs, going by earlier ones" in known.stderr
    assert "not known" not in known.stderr
    assert "not known" not in tiny("score", "pixels").stderr


def test_the_run_of_a_score_is_told_so_that_runs_show_can_follow(tiny: Run) -> None:
    tiny("score", "gabor", "--benchmark", V1)
    _, heading, row, *_ = tiny("score", "pixels", "--benchmark", V1).stdout.splitlines()
    assert (heading.split()[-2], row.split()[-2]) == ("run", "2")
    assert f"pixels on {V1}, run 2" in tiny("runs", "show", "2").stdout
