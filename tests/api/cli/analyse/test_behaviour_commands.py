"""The behavioural commands: what they print, their JSON, their figures, and exit code 2 for a user's mistake."""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score
from typer.testing import CliRunner

from brainrank.api.cli.main import app

CATEGORIES = ("bear", "cat", "dog", "oven")
COMMANDS = ("error-consistency", "shape-bias", "psychometric")


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["analyse", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def write_trials(folder: Path, observers: int, conditions: tuple[str, ...] = ("0",), seed: int = 0) -> Path:
    """One file per observer; each answers the shape in six of ten trials, else anything."""
    rng = np.random.default_rng(seed)
    folder.mkdir(exist_ok=True)
    for k in range(observers):
        lines = ["subj,session,trial,rt,object_response,category,condition,imagename"]
        for c, condition in enumerate(conditions):
            for i, shape in enumerate(np.repeat(CATEGORIES, 12)):
                told = shape if rng.random() < (c + 1) / (len(conditions) + 1) else rng.choice([*CATEGORIES, "na"])
                image = f"{shape}{i}-{CATEGORIES[i % 4]}{c}.png"
                lines.append(f"observer-{k:02d},1,{i},0.5,{told},{shape},{condition},{image}")
        (folder / f"{k}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def right(folder: Path, observer: int) -> list[bool]:
    rows = [line.split(",") for line in (folder / f"{observer}.csv").read_text(encoding="utf-8").splitlines()[1:]]
    return [row[4] == row[5] for row in rows]


@pytest.mark.parametrize("observers", [2, 3, 12, 14])
def test_error_consistency_table(tmp_path: Path, observers: int) -> None:
    code, out, _ = run("error-consistency", write_trials(tmp_path / "t", observers), "--draws", 60)
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    pairs = observers * (observers - 1) // 2
    assert "…" not in out
    assert out.count(" to ") == 2 * pairs  # an interval and bounds for each
    if observers > 2:
        assert f"Mean kappa of {pairs} pairs" in out
    else:
        assert "observer-00 and observer-01" in out


def test_error_consistency_json_equals_scikit_learn(tmp_path: Path) -> None:
    folder = write_trials(tmp_path / "t", 3)
    code, out, _ = run("error-consistency", folder, "--json", "--draws", 200, "--seed", 4)
    assert code == 0
    told = json.loads(out)
    for pair, (i, j) in zip(told["pairs"], [(0, 1), (0, 2), (1, 2)], strict=True):
        assert pair["kappa"] == pytest.approx(cohen_kappa_score(right(folder, i), right(folder, j)))
        assert pair["interval"]["low"] < pair["kappa"] < pair["interval"]["high"]
        assert pair["kappa_min"] <= pair["kappa"] <= pair["kappa_max"]
    assert told["observers"][1]["accuracy"] == pytest.approx(np.mean(right(folder, 1)))
    assert run("error-consistency", folder, "--json", "--draws", 200, "--seed", 4)[1] == out


def test_an_undefined_kappa_is_null_with_a_reason_or_one_by_convention(tmp_path: Path) -> None:
    rows = [f"{who},cat,cat,img{k}.png" for who in ("a", "b") for k in range(20)]
    file = tmp_path / "t.csv"
    file.write_text("\n".join(["subj,object_response,category,imagename", *rows]) + "\n", encoding="utf-8")
    raw = json.loads(run("error-consistency", file, "--json")[1])["pairs"][0]
    assert raw["kappa"] is None
    assert "right on every common trial" in raw["reason"]
    assert "right on every common trial" in run("error-consistency", file)[1]
    published = json.loads(run("error-consistency", file, "--json", "--convention", "model-vs-human")[1])["pairs"][0]
    assert published["kappa"] == 1.0


def test_shape_bias(tmp_path: Path) -> None:
    folder = write_trials(tmp_path / "t", 2)
    code, out, _ = run("shape-bias", folder, "--json", "--draws", 200)
    assert code == 0
    told = json.loads(out)
    values = [row["shape_decisions"] / (row["shape_decisions"] + row["texture_decisions"]) for row in told["observers"]]
    assert [row["shape_bias"] for row in told["observers"]] == pytest.approx(values)
    assert told["mean"] == pytest.approx(np.mean(values))
    code, out, _ = run("shape-bias", folder)
    assert code == 0
    assert "Mean of observers" in out


def test_psychometric(tmp_path: Path) -> None:
    folder = write_trials(tmp_path / "t", 2, conditions=("c05", "c10", "c20", "c40"))
    code, out, _ = run("psychometric", folder, "--guess", 0.2, "--json")
    assert code == 0
    rows = json.loads(out)["observers"]
    assert [row["observer"] for row in rows] == ["observer-00", "observer-01"]
    assert all(row["threshold"] is None or row["slope"] > 0 for row in rows)
    code, out, _ = run("psychometric", folder, "--curve", "weibull")
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("observers", [2, 12])
def test_figures_are_written(tmp_path: Path, command: str, observers: int) -> None:
    conditions = ("5", "10", "20", "40") if command == "psychometric" else ("0",)
    file = tmp_path / "figure.png"
    draws = () if command == "psychometric" else ("--draws", 40)
    code, _, err = run(command, write_trials(tmp_path / "t", observers, conditions), "--plot", file, *draws)
    assert (code, err) == (0, "")
    assert file.read_bytes().startswith(b"\x89PNG")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["figure.png", "t"]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["absent.csv"], "does not exist"),
        (["t", "--condition", "bw"], "Unknown condition 'bw'"),
        (["t", "--plot", "figure.xyz"], "end the file's name in .png"),
        (["t", "--categories", "bear,cat"], "unknown dog, oven"),
    ],
)
def test_mistakes_exit_with_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, arguments: list[str], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write_trials(tmp_path / "t", 2, ("5", "10", "20") if command == "psychometric" else ("0",))
    code, out, err = run(command, *arguments)
    assert code == 2
    assert out == ""
    assert says in " ".join(err.split())


def test_other_mistakes_exit_with_2(tmp_path: Path) -> None:
    folder = write_trials(tmp_path / "t", 2)
    for arguments, says in (
        (("error-consistency", folder, "--convention", "rwa"), "did you mean raw?"),
        (("error-consistency", folder / "0.csv"), "There is one observer"),
        (("psychometric", folder, "--curve", "probit"), "Unknown curve 'probit'"),
        (("psychometric", folder, "--guess", 1.5), "add up to less than 1"),
    ):
        code, _, err = run(*arguments)
        assert code == 2
        assert says in " ".join(err.split())


def test_misaligned_stimuli_fail_and_name_the_way_out(tmp_path: Path) -> None:
    folder = write_trials(tmp_path / "t", 2)
    file = folder / "1.csv"
    file.write_text("\n".join(file.read_text(encoding="utf-8").splitlines()[:-3]) + "\n", encoding="utf-8")
    code, _, err = run("error-consistency", folder)
    assert code == 2
    assert "observer-01 lacks 3 of 48" in " ".join(err.split())
    assert "--common" in err
    code, out, _ = run("error-consistency", folder, "--common", "--draws", 40)
    assert code == 0
    assert "observer-00 and observer-01" in out


def test_recorded_trials(mirror: Path) -> None:
    base = mirror / "github/bethgelab/model-vs-human/79ed7cd1d9ac3a114e71b6638f0a98bdd627316c/raw-data"
    arguments = ("--json", "--draws", 40, "--convention", "model-vs-human")
    told = json.loads(run("error-consistency", base / "edge", *arguments)[1])
    assert told["mean_kappa"] == pytest.approx(0.3184, abs=1e-4)
