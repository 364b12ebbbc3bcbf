"""The behavioural commands: what they print, their JSON, their figures, and exit code 2 for a user's mistake."""

import json
import re
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
def test_error_consistency_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, observers: int) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = run("error-consistency", write_trials(tmp_path / "t", observers), "--draws", 60)
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    pairs = observers * (observers - 1) // 2
    assert "…" not in out
    # An interval and bounds of each kappa, intervals of each consistency and difference; the same of their means.
    assert out.count(" to ") == 4 * pairs + (3 if observers > 2 else 0)
    if observers > 2:
        assert re.search(rf"all pairs\s+{pairs}\b", out)
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
    told = json.loads(run("error-consistency", file, "--json", "--convention", "model-vs-human")[1])
    assert told["pairs"][0]["kappa"] == 1.0
    group = told["groups"][0]
    assert (group["kappas"], group["undefined"], group["unreliable"]) == (1, 1, True)


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
        (["t", "--categories", ""], "--categories '' names nothing; give names separated by commas, or leave"),
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
    code, _, err = run("shape-bias", folder)
    assert code == 2
    assert "observer-01 lacks 3 of 48" in " ".join(err.split())
    assert "--common" in err
    code, out, _ = run("shape-bias", folder, "--common", "--draws", 40)
    assert code == 0
    assert "observer-01" in out


def trimmed(folder: Path, observer: int, kept: slice) -> None:
    """Leave an observer some of its trials."""
    file = folder / f"{observer}.csv"
    head, *rows = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join([head, *rows[kept]]) + "\n", encoding="utf-8")


def test_people_who_saw_different_stimuli_are_compared_on_those_they_share(tmp_path: Path) -> None:
    folder = write_trials(tmp_path / "t", 3)
    trimmed(folder, 1, slice(0, 40))
    trimmed(folder, 2, slice(30, 48))
    told = json.loads(run("error-consistency", folder, "--json", "--draws", 40, "--minimum-shared", 15)[1])
    assert [pair["trials"] for pair in told["pairs"]] == [40, 18, 10]
    first = right(folder, 0)
    expected = [cohen_kappa_score(first[:40], right(folder, 1)), cohen_kappa_score(first[30:], right(folder, 2)), None]
    assert [pair["kappa"] for pair in told["pairs"]] == pytest.approx(expected)
    assert told["pairs"][2]["reason"] == "the observers share 10 trials, fewer than 15"
    assert told["groups"][0]["too_few_trials"] == 1
    out = " ".join(run("error-consistency", folder, "--draws", 40, "--minimum-shared", 15)[1].split())
    assert "pairs are compared on the 10 to 40 trials they share" in out
    assert "1 of 3 pairs share fewer than 15 trials, left out" in out
    code, _, err = run("error-consistency", folder, "--minimum-shared", 45)
    assert code == 2
    assert "No two observers share 45 trials of a condition, the most are 40" in " ".join(err.split())


def test_models_are_told_from_people_by_name_or_by_a_column(tmp_path: Path) -> None:
    folder = write_trials(tmp_path / "t", 5)
    named = json.loads(run("error-consistency", folder, "--json", "--draws", 40, "--models", "observer-03,*4")[1])
    for observer in range(5):
        file = folder / f"{observer}.csv"
        head, *rows = file.read_text(encoding="utf-8").splitlines()
        kind = "model" if observer > 2 else "human"
        file.write_text("\n".join([f"{head},kind", *(f"{row},{kind}" for row in rows)]) + "\n", encoding="utf-8")
    by_column = json.loads(run("error-consistency", folder, "--json", "--draws", 40)[1])
    assert by_column == named
    assert [(each["among"], each["name"], each["pairs"]) for each in named["groups"]] == [
        ("people", "people with people", 3),
        ("model with people", "observer-03 with people", 3),
        ("model with people", "observer-04 with people", 3),
        ("models with people", "all models with people", 6),
        ("models", "models with models", 1),
    ]
    rows = [right(folder, observer) for observer in range(5)]
    for group, (some, others) in zip(named["groups"][1:3], [((0, 1, 2), 3), ((0, 1, 2), 4)], strict=True):
        pairs = [(rows[person], rows[others]) for person in some]
        assert group["kappa"] == pytest.approx(np.mean([cohen_kappa_score(*pair) for pair in pairs]))
        assert group["observed"] == pytest.approx(np.mean([np.mean(np.equal(*pair)) for pair in pairs]))
        differences = [(np.mean(a) - np.mean(b)) ** 2 for a, b in pairs]
        assert group["accuracy_difference"] == pytest.approx(np.mean(differences))
        assert group["interval"]["low"] < group["kappa"] < group["interval"]["high"]
        assert group["observed_interval"]["low"] < group["observed"] < group["observed_interval"]["high"]
    assert named["mean_accuracy"] == pytest.approx(
        {"people": np.mean(rows[:3]), "models": np.mean(rows[3:])}
    )  # one condition: the mean over its trials
    code, _, err = run("error-consistency", folder, "--models", "resnet*")
    assert code == 2
    assert "Unknown observer 'resnet*'" in err


def test_conditions_that_do_not_count(tmp_path: Path) -> None:
    folder = write_trials(tmp_path / "colour", 3, ("bw", "cr"))
    every = json.loads(run("error-consistency", folder, "--json", "--draws", 40, "--by-condition")[1])
    assert every["published_exclusions_counted"] == {"experiment": "colour", "conditions": ["cr"]}
    assert list(every["by_condition"]) == ["bw", "cr"]
    means = [every["by_condition"][each][0]["kappa"] for each in ("bw", "cr")]
    assert every["groups"][0]["kappa"] == pytest.approx(np.mean(means))
    for option in (("--published", "colour"), ("--exclude", "cr"), ("--condition", "bw")):
        some = json.loads(run("error-consistency", folder, "--json", "--draws", 40, *option)[1])
        assert some["conditions"] == ["bw"]
        assert some["groups"][0]["kappa"] == pytest.approx(means[0])
        assert some["published_exclusions_counted"] is None
    out = " ".join(run("error-consistency", folder, "--draws", 40)[1].split())
    assert "Published numbers of colour leave out condition cr, which is here counted" in out
    assert "--published colour" in out
    assert "Left out: condition cr" in run("error-consistency", folder, "--draws", 40, "--exclude", "cr")[1]
    assert "by-condition" not in out


@pytest.mark.parametrize(
    ("option", "says"),
    [
        (("--exclude", "cR"), "Unknown excluded condition 'cR': did you mean cr?"),
        (("--exclude", "bw,cr"), "No condition is left"),
        (("--exclude", ""), "--exclude '' names nothing; give names separated by commas, or leave --exclude out"),
        (("--models", " , "), "--models ' , ' names nothing; give names separated by commas, or leave --models out"),
        (("--published", "color"), "Unknown experiment of model-vs-human 'color': did you mean colour"),
        (("--published", "contrast"), "leave out condition c100, c03, c01; these trials have bw, cr and none of them"),
        (("--minimum-shared", "1"), "greater than or equal to 2"),
    ],
)
def test_exclusions_that_are_none_are_refused(tmp_path: Path, option: tuple[str, str], says: str) -> None:
    code, out, err = run("error-consistency", write_trials(tmp_path / "t", 2, ("bw", "cr")), *option)
    assert (code, out) == (2, "")
    assert says in " ".join(err.replace("│", " ").split())


def test_an_experiment_that_leaves_out_nothing_may_be_named(tmp_path: Path) -> None:
    told = json.loads(run("error-consistency", write_trials(tmp_path / "t", 2), "--published", "edge", "--json")[1])
    assert told["excluded"] == []
