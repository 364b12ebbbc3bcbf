"""`brainrank published` and `br.published`: others' tables and one's own, shown and drawn."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import brainrank as br
from brainrank.api.cli.main import app

TABLE = "model,family,samples_seen,V1,IT\na,ResNet,1e6,.1,.4\nb,ViT,,.3,\n"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.csv"
    path.write_text(TABLE)
    return path


@pytest.fixture
def mirrored(monkeypatch: pytest.MonkeyPatch, mirror: Path, tmp_path: Path) -> None:
    monkeypatch.setenv("BRAINRANK_MIRROR", str(mirror))
    monkeypatch.setenv("BRAINRANK_HOME", str(tmp_path / "home"))


@pytest.mark.usefixtures("mirrored")
def test_a_table_is_listed_and_shown_with_its_source_and_cautions() -> None:
    listed = json.loads(CliRunner().invoke(app, ["published", "list", "--json"]).stdout)
    assert [each["name"] for each in listed] == ["gokce2024", "gokce2024-training"]
    assert all(each["here"] for each in listed)
    assert "gokce2024" in CliRunner().invoke(app, ["published", "list"]).stdout
    shown = CliRunner().invoke(app, ["published", "show", "gokce2024"]).stdout
    for words in ("Others' numbers", "Gokce & Schrimpf (2024)", "No number has an interval", "30 of 993 models"):
        assert words in shown
    frame = br.published("gokce2024")
    assert frame.shape == (993, 13)
    assert "Gokce" in frame.attrs["source"]


def test_ones_own_table_is_sorted_drawn_and_plain(mine: Path, tmp_path: Path) -> None:
    picture = tmp_path / "mine.svg"
    done = CliRunner().invoke(app, ["published", "show", str(mine), "--benchmark", "V1", "--plot", str(picture)])
    assert done.exit_code == 0, done.output
    assert done.stdout.index("b ") < done.stdout.index("a ")
    assert "published by others: " in picture.read_text()
    told = json.loads(CliRunner().invoke(app, ["published", "show", str(mine), "--json"]).stdout)
    assert told[0]["model"] == "b"
    assert told[0]["IT"] is None
    assert list(br.published(mine)["V1"]) == [0.1, 0.3]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--benchmark", "V2"], "did you mean V1"),
        (["--plot", "x.png", "--across", "macs"], "Unknown axis 'macs'"),
        (["--plot", "x.png", "--across", "parameters"], "No model shown has a score on V1 and parameters"),
    ],
)
def test_what_is_not_there_is_refused(mine: Path, more: list[str], told: str) -> None:
    done = CliRunner().invoke(app, ["published", "show", str(mine), *more])
    assert done.exit_code == 2
    assert told in " ".join(done.stderr.split())
