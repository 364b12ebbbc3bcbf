"""Commands that install what is missing."""

import shlex
import sys

import pytest

from brainrank.benchmark.types import installing
from brainrank.benchmark.types.installing import extra_command, install_command


@pytest.mark.parametrize(
    ("extra", "packages"),
    [("cortex", {"nilearn"}), ("s3", {"s3fs"}), ("train", {"lightly"}), ("transformers", {"transformers"})],
)
def test_an_extra_is_told_by_what_it_consists_of(extra: str, packages: set[str]) -> None:
    words = shlex.split(extra_command(extra))
    assert words[:4] == [sys.executable, "-m", "pip", "install"]
    assert {each.partition(">")[0] for each in words[4:]} == packages


def test_it_is_the_environment_at_work_and_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/my envs/py/bin/python")
    assert install_command("onnx>=1") == "'/my envs/py/bin/python' -m pip install 'onnx>=1'"


def test_a_tree_that_is_not_installed_names_the_extra_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(_name: str) -> None:
        raise installing.PackageNotFoundError

    monkeypatch.setattr(installing, "requires", absent)
    assert extra_command("transformers").endswith("-m pip install transformers")
