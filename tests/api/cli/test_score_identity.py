"""When a score is found again, and what makes another model, or the same by other code."""

from collections.abc import Callable
from pathlib import Path

import pytest
from copied_tree import Tree, added_comment, added_line
from printed_scores import IT, MONKEY, Run, rows, scored

from brainrank.benchmark.scoring import code_version


def test_a_score_is_found_until_code_within_its_reach_changes(
    run: Run, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a copy of the tree that is edited; the code that runs is the same, so that only its version differs."""
    tree = Tree(tmp_path)

    def is_found(file: str = "", change: Callable[[str], str] = added_line) -> bool:
        with monkeypatch.context() as patch:
            if file:
                content = (tree.root / file).read_text()
                tree.edit(file, change)
                edited = tree.sources([f"brainrank.{file.removesuffix('.py').replace('/', '.')}"])
                patch.setattr(code_version, "sources", lambda: edited)
            (found,) = scored(run("score", "pixels", "--benchmark", IT, "--json"))
            if file:
                (tree.root / file).write_text(content)
        return bool(found["reused"])

    assert not is_found()
    assert is_found()
    assert is_found("benchmark/metrics/rsa.py", added_comment)
    assert is_found("benchmark/metrics/regression/ridge.py")
    assert is_found("models_zoo/loaders/onnx.py")
    assert rows(home, "scores") == 1
    assert not is_found("benchmark/metrics/rsa.py")
    assert not is_found()  # for the board has the newest, by the other code
    assert is_found()
    assert rows(home, "scores") == 3


def test_layers_may_be_chosen_and_are_a_model_of_their_own(run: Run) -> None:
    (whole,) = scored(run("score", "gabor", "--benchmark", MONKEY, "--json"))
    (one,) = scored(run("score", "gabor", "--benchmark", MONKEY, "--layers", "simple", "--json"))
    assert (whole["model"], one["model"]) == ("gabor", "gabor[simple]")
    assert [each["layer"] for each in one["layer_curve"]] == ["simple"]
    (again,) = scored(run("score", "gabor", "--benchmark", MONKEY, "--json"))
    assert again["reused"]
    assert again["value"] == whole["value"]
    wrong = run("score", "gabor", "--benchmark", MONKEY, "--layers", "simpel")
    assert "Unknown layer 'simpel': did you mean simple" in wrong.stderr


NETWORK = """
from pathlib import Path
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, silent):
        super().__init__()
        self.conv, self.out = nn.Conv2d(3, 6, 5, 4), nn.Identity()
        self.gain, self.silent = float((Path(__file__).parent / "gain.txt").read_text()), silent

    def forward(self, images):
        maps = self.conv(images)
        maps = torch.cat([maps[:, :1], self.gain * maps[:, 1:]], 1)
        return self.out(torch.cat([0 * maps[:, :4], maps[:, 4:]], 1) if self.silent else maps)

def whole():
    return Net(False), {"preprocessing": {"size": 32}, "layers": ["out"]}

def silent():
    return Net(True), {"preprocessing": {"size": 32}, "layers": ["out"]}
"""


def test_two_functions_of_a_file_and_another_file_it_reads_are_other_models(run: Run, tmp_path: Path) -> None:
    file, gain = tmp_path / "net.py", tmp_path / "gain.txt"
    file.write_text(NETWORK)
    gain.write_text("1")

    def found(function: str) -> tuple[float, bool]:
        (score,) = scored(run("score", f"python:{file}:{function}", "--benchmark", MONKEY, "--json"))
        return score["value"], score["reused"]

    whole, silent = found("whole"), found("silent")
    assert whole[0] != silent[0]
    assert found("whole") == (whole[0], True)
    gain.write_text("9")
    louder = found("whole")
    assert not louder[1]
    assert louder[0] != whole[0]
