"""One's own data as its owner has it: from files to scores, in place and by name."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from brainrank.api.cli.main import app

Run = Callable[..., Result]
GIVEN = ("--images", "photos", "--responses", "betas.npy", "--axes", "stimuli,repeats,targets", "--region", "v4")
NO_IMAGE = (
    "file 'images/3.png' cannot be read as an image: it is of no format that is read, or its numbers are of a kind "
    "that is not; PNG and JPEG of 8 bits are"
)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("BRAINRANK_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("BRAINRANK_DATABASE_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Twenty images and responses that follow their brightness."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (20, 1, 1, 3)) // 2 + rng.integers(0, 127, (20, 16, 16, 3))
    (tmp_path / "photos").mkdir()
    for number, image in enumerate(pixels.astype(np.uint8)):
        Image.fromarray(image).save(tmp_path / f"photos/{number}.png")
    signal = pixels.mean(axis=(1, 2)) @ rng.standard_normal((3, 6))
    np.save(tmp_path / "betas.npy", signal[:, None] + 5 * rng.standard_normal((20, 4, 6)))
    return tmp_path / "photos"


def done(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout


def scored(result: Result) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(done(result))
    return found


def make(run: Run, name: str = "mine") -> None:
    done(run("dataset", "init", name, *GIVEN))


def test_from_files_to_a_leaderboard_in_three_commands(run: Run, photos: Path) -> None:
    told = done(run("dataset", "init", "mine", *GIVEN))
    assert "20 images, in the order of stimuli.csv: images/0.png, images/1.png, ..., images/19.png" in told
    assert "responses.npy: 20 stimuli x 4 repeats x 6 targets, in the order of the images" in told
    assert "mine is in order" in done(run("dataset", "validate", "mine"))
    (score,) = scored(run("score", "pixels", "--dataset", "mine", "--json"))
    assert score["benchmark"] == "mine.v4.encoding"
    assert 0.5 < score["value"] <= score["interval"]["high"]
    board = json.loads(done(run("leaderboard", "--dataset", "mine", "--json")))
    assert [row["model"] for row in board["rows"]] == ["pixels"]
    assert [each["name"] for each in board["benchmarks"]] == ["mine.v4.encoding"]


def test_a_package_added_is_found_by_name_and_shares_its_scores_with_the_folder(run: Run, photos: Path) -> None:
    make(run)
    (in_place,) = scored(run("score", "pixels", "--dataset", "mine", "--json"))
    assert "mine.v4.encoding" in done(run("dataset", "add", "mine"))
    (by_name,) = scored(run("score", "pixels", "--benchmark", "mine.v4.encoding", "--json"))
    assert by_name["reused"]
    assert by_name["value"] == in_place["value"]
    listed = {row["name"]: row for row in json.loads(done(run("dataset", "list", "--json")))}
    assert listed["mine"]["here"] == "yes"
    assert "mine.v4.encoding" in done(run("benchmarks", "list"))
    assert "20 stimuli, 4 repeats at most, 6 targets" in done(run("benchmarks", "show", "mine.v4.encoding"))
    done(run("dataset", "remove", "mine"))
    refused = run("score", "pixels", "--benchmark", "mine.v4.encoding")
    assert (refused.exit_code, "Unknown benchmark" in refused.stderr) == (2, True)


def test_data_that_changed_have_scores_of_their_own(run: Run, photos: Path) -> None:
    make(run)
    (first,) = scored(run("score", "pixels", "--dataset", "mine", "--json"))
    np.save("mine/responses.npy", np.load("mine/responses.npy")[::-1])
    empty = run("leaderboard", "--dataset", "mine")
    assert (empty.exit_code, empty.stdout) == (0, "")
    (second,) = scored(run("score", "pixels", "--dataset", "mine", "--json"))
    assert not second["reused"]
    assert first["value"] != second["value"]
    assert first["receipt"]["benchmark_version"] != second["receipt"]["benchmark_version"]


def test_a_packed_package_is_added_whole_or_not_at_all(run: Run, photos: Path, tmp_path: Path) -> None:
    make(run)
    assert "Wrote mine.zip" in done(run("dataset", "pack", "mine"))
    done(run("dataset", "add", "mine.zip"))
    done(run("dataset", "add", "mine"))  # the same content once more
    Path("mine/dataset.toml").write_text(Path("mine/dataset.toml").read_text() + "\n# changed\n")
    other = run("dataset", "add", "mine")
    assert (other.exit_code, "with other content is there already" in other.stderr) == (2, True)
    content = Path("mine.zip").read_bytes()
    Path("mine.zip").write_bytes(content.replace(b"unpublished", b"unpublishes"))
    done(run("dataset", "remove", "mine"))
    damaged = run("dataset", "add", "mine.zip")
    assert damaged.exit_code == 2
    assert list((tmp_path / "home/packages").iterdir()) == []


def test_every_fault_is_told_and_nothing_faulty_is_used(run: Run, photos: Path, tmp_path: Path) -> None:
    make(run)
    Path("mine/images/3.png").write_text("not an image")
    np.save("mine/responses.npy", np.zeros((19, 4, 6)))
    text = Path("mine/dataset.toml").read_text()
    Path("mine/dataset.toml").write_text(text.replace('"encoding"', '"encodign"'))
    result = run("dataset", "validate", "mine")
    assert result.exit_code == 2
    assert result.stdout.splitlines() == [
        "dataset.toml: benchmark encodign of v4, metric: unknown metric 'encodign'; did you mean encoding?",
        "responses.npy: has 19 stimuli, 4 repeats, 6 targets, and 20 stimuli are listed; give one for each image that "
        "is not for training, in the same order",
        f"stimuli.csv, line 5: {NO_IMAGE}",
    ]
    found = run("dataset", "validate", "mine", "--json")
    assert found.exit_code == 2
    assert {"file": "stimuli.csv", "line": 5, "text": NO_IMAGE} in json.loads(found.stdout)["faults"]
    for arguments in (
        ("dataset", "add", "mine"),
        ("dataset", "pack", "mine"),
        ("score", "pixels", "--dataset", "mine"),
    ):
        refused = run(*arguments)
        assert refused.exit_code == 2
        assert "did you mean encoding?" in refused.stderr
    assert not (tmp_path / "mine.zip").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("dataset", "validate", "nowhere"), "nowhere is no folder"),
        (("dataset", "add", "nowhere.zip"), "nowhere.zip is no folder"),
        (("dataset", "remove", "nothing"), "Unknown package 'nothing': there are none"),
        (("score", "pixels", "--dataset", "cichy2015"), "Unknown data set 'cichy2015': did you mean cichy2016"),
        (("score", "pixels", "--dataset", "photos"), "dataset.toml: missing; write one with: brainrank dataset init"),
        (("leaderboard", "cichy2014.it.rsa", "--dataset", "miyawaki2008"), "Unknown benchmark or group"),
    ],
)
def test_a_users_mistake_is_one_message(run: Run, photos: Path, arguments: tuple[str, ...], message: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_the_name_of_a_built_in_study_is_refused(run: Run, photos: Path) -> None:
    make(run, "cichy2014")
    for arguments in (("dataset", "add"), ("score", "pixels", "--dataset")):
        refused = run(*arguments, "./cichy2014")
        assert refused.exit_code == 2
        assert "a study of brainrank" in refused.stderr
    assert "a study of brainrank" in run("dataset", "validate", "cichy2014").stdout


def test_a_package_broken_since_it_was_added_says_how_to_remove_it(run: Run, photos: Path, tmp_path: Path) -> None:
    make(run)
    done(run("dataset", "add", "mine"))
    image = tmp_path / "home/packages/mine/images/3.png"
    image.write_bytes((tmp_path / "home/packages/mine/images/4.png").read_bytes())
    changed = run("score", "pixels", "--benchmark", "mine.v4.encoding")
    assert (changed.exit_code, "3.png is not what it was" in changed.stderr) == (2, True)
    image.unlink()
    broken = run("benchmarks", "list")
    assert broken.exit_code == 2
    assert "brainrank dataset remove mine" in broken.stderr
    done(run("dataset", "remove", "mine"))
    done(run("benchmarks", "list"))


def test_near_duplicates_are_told_and_grouped_on_request(run: Run, photos: Path) -> None:
    with Image.open("photos/3.png") as image:
        image.point(lambda level: min(level + 3, 255)).save("photos/7.png")
    told = done(run("dataset", "init", "mine", *GIVEN))
    assert "That must be the order of the measurements" in told
    told = done(run("dataset", "validate", "mine"))
    assert "warning: stimuli.csv, line 9: 2 images are near-duplicates of others, 1 pair" in told
    (warning,) = json.loads(done(run("dataset", "validate", "mine", "--json")))["warnings"]
    assert (warning["file"], warning["line"]) == ("stimuli.csv", 9)
    assert "stimuli.csv: 2 images are in 1 group\n" in done(run("dataset", "init", "mine", "--group-near-duplicates"))
    told = done(run("dataset", "validate", "mine"))
    assert "warning" not in told
    assert "v4: 20 stimuli in 19 groups, held out and drawn together" in told
    done(run("dataset", "add", "mine"))
    shown = done(run("benchmarks", "show", "mine.v4.encoding"))
    assert "20 stimuli, 19 groups of stimuli, 4 repeats at most" in shown


def test_groups_that_leave_too_few_folds_are_refused(run: Run, photos: Path) -> None:
    done(run("dataset", "init", "mine", *GIVEN))
    head, *lines = Path("mine/stimuli.csv").read_text().splitlines()
    rows = [f"{line},{'abcd'[number % 4]}" for number, line in enumerate(lines)]
    Path("mine/stimuli.csv").write_text("\n".join([f"{head},group", *rows]) + "\n")
    for arguments in (("dataset", "validate", "mine"), ("score", "pixels", "--dataset", "mine")):
        refused = run(*arguments)
        assert refused.exit_code == 2
        assert "20 stimuli in 4 groups; encoding needs at least 12 groups, which are never split" in refused.output


def test_regions_are_added_with_their_metric_and_parameters(run: Run, photos: Path, tmp_path: Path) -> None:
    done(run("dataset", "init", "my data", "--images", "photos", "--responses", "sub01-v1=betas.npy", *GIVEN[4:6]))
    more = ("--metric", "rsa", "--metric", "cka", "--parameter", "dissimilarity=crossnobis", "--parameter", "draws=40")
    told = done(run("dataset", "init", "my data", "--responses", "sub02-v1=betas.npy", *GIVEN[4:6], *more))
    assert "responses-sub02-v1.npy: 20 stimuli x 4 repeats x 6 targets, in the order of the images" in told
    assert told.splitlines()[-1] == "Next: brainrank dataset validate 'my data'"
    assert "--dataset 'my data'" in done(run("dataset", "validate", "my data"))
    scores = scored(run("score", "pixels", "--dataset", "my data", "--json"))
    assert [each["benchmark"] for each in scores] == [
        "my-data.sub01-v1.encoding",
        "my-data.sub02-v1.rsa",
        "my-data.sub02-v1.cka",
    ]
    assert all(each["value"] > 0 for each in scores)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--responses", "betas.npy", "--metric", "rsaa"), "Unknown metric 'rsaa': did you mean rsa or versa?"),
        (
            ("--responses", "betas.npy", *GIVEN[4:6], "--metric", "error-consistency"),
            "needs trials, which are not given",
        ),
        (("--responses", "betas.npy", *GIVEN[4:6], "--parameter", "fold=3"), "did you mean folds?"),
        (("--responses", "betas.npy", "--parameter", "folds"), "--parameter folds: write NAME=VALUE"),
        (("--responses", "a=betas.npy", "--responses", "a=betas.npy"), "--responses gives the name a twice"),
        (("--responses", "betas.npy", "--responses", "betas.npy"), "several files without a name; write NAME=FILE"),
        (("--trials", "betas.npy"), "is no table of trials"),
        (("--rdms", "betas.npy"), "rdms in betas.npy has shape (20, 4, 6)"),
        (("--responses", "betas.npy", "--columns", "who=x"), "Unknown column of trials 'who'"),
    ],
)
def test_what_init_cannot_take_leaves_nothing(
    run: Run, photos: Path, tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    result = run("dataset", "init", "new", "--images", "photos", *options)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not (tmp_path / "new").exists()


def test_score_refuses_what_validate_refuses(run: Run, photos: Path, tmp_path: Path) -> None:
    """A fault of a region that no benchmark is of; and once mended, the package is known to be in order."""
    make(run)
    np.save(tmp_path / "mine/more.npy", np.full((20, 2), np.nan))
    description = tmp_path / "mine/dataset.toml"
    text = description.read_text()
    description.write_text(f'{text}\n[[regions]]\nname = "it"\nresponses = "more.npy"\naxes = ["stimuli", "targets"]\n')
    assert run("dataset", "validate", "mine").exit_code == 2
    for command in (("score", "pixels", "--dataset", "mine"), ("leaderboard", "--dataset", "mine")):
        refused = run(*command)
        assert refused.exit_code == 2
        assert "more.npy: every value is NaN" in refused.stderr
    description.write_text(text)
    (first,) = scored(run("score", "pixels", "--dataset", "mine", "--json"))
    (again,) = scored(run("score", "pixels", "--dataset", "mine", "--json"))
    assert (first["reused"], again["reused"]) == (False, True)


def test_a_package_of_odd_one_out_judgements(run: Run, photos: Path, tmp_path: Path) -> None:
    rows = ["image1,image2,image3,odd"]
    rows += [f"{n}.png,{(n + k) % 20}.png,{(n + k + 1) % 20}.png,{n}.png" for n in range(10) for k in (1, 5, 9)]
    (tmp_path / "odd.csv").write_text("\n".join(rows))
    told = done(run("dataset", "init", "mine", "--images", photos, "--triplets", "judged=odd.csv"))
    assert "triplets-judged.csv: 30 triplets" in told
    assert "nothing can check it" not in told
    assert "mine is in order" in done(run("dataset", "validate", "mine"))
    (score,) = scored(run("score", "pixels", "--dataset", "mine", "--json"))
    assert score["benchmark"] == "mine.judged.odd-one-out"
    (tmp_path / "bad.csv").write_text("image1,image2,image3\n0,1,2\n")
    refused = run("dataset", "init", "mine", "--triplets", "more=bad.csv")
    assert (refused.exit_code, "lacks the column odd" in refused.stderr) == (2, True)
    assert not Path("mine/triplets-more.csv").exists()
