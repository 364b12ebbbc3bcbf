"""What is wrong with a package: each fault by file and line, all of them at once."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from brainrank.benchmark.types.reporter import Silent
from brainrank.datasets.package.check import check_folder

RNG = np.random.default_rng(1)


def told(folder: Path) -> list[str]:
    return [str(fault) for fault in check_folder(folder, Silent()).faults]


def swap(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1))


def test_a_package_in_order_has_no_fault(folder: Path) -> None:
    assert told(folder) == []


def responses(shape: tuple[int, ...], **values: float) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        array = RNG.standard_normal(shape)
        for place, value in values.items():
            array[tuple(slice(None) if part == "x" else int(part) for part in place.split("_")[1:])] = value
        np.save(folder / "responses.npy", array)

    return write


def without_axes(shape: tuple[int, ...]) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        swap(folder, TOML, 'axes = ["stimuli", "repeats", "targets"]\n', "")
        np.save(folder / "responses.npy", RNG.standard_normal(shape))

    return write


def pickled(folder: Path) -> None:
    np.save(folder / "responses.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)


def words(folder: Path) -> None:
    np.save(folder / "responses.npy", np.full((12, 3, 5), "a"))


def archive(folder: Path) -> None:
    with (folder / "responses.npy").open("wb") as file:
        np.savez(file, np.zeros(3))


def half_an_image(folder: Path) -> None:
    content = (folder / "images/im3.png").read_bytes()
    (folder / "images/im3.png").write_bytes(content[: len(content) // 2])


def no_image(folder: Path) -> None:
    (folder / "images/im3.png").write_text("not one")


def numbers_without_white(folder: Path) -> None:
    Image.fromarray(np.full((8, 8), 40000, np.int32)).save(folder / "images/im3.tif")
    swap(folder, TABLE, "images/im3.png", "images/im3.tif")


def animated(folder: Path) -> None:
    frames = [Image.new("L", (8, 8), level) for level in (0, 90, 200)]
    frames[0].save(folder / "images/im3.gif", save_all=True, append_images=frames[1:])
    swap(folder, TABLE, "images/im3.png", "images/im3.gif")


def all_the_same(folder: Path) -> None:
    for number in range(12):
        Image.new("RGB", (9, 9), (50, 60, 70)).save(folder / f"images/im{number}.png")


def text(file: str, old: str, new: str) -> Callable[[Path], None]:
    return lambda folder: swap(folder, file, old, new)


def remove(file: str) -> Callable[[Path], None]:
    return lambda folder: (folder / file).unlink()


def rdms(n: int, **names: list[str]) -> Callable[[Path], None]:
    return lambda folder: np.savez(folder / "rdms.npz", rdms=RNG.random((3, n * (n - 1) // 2)), **names)


TOML, TABLE = "dataset.toml", "stimuli.csv"
WRONG: list[tuple[Callable[[Path], None], str]] = [
    (remove(TOML), "dataset.toml: missing"),
    (text(TOML, 'name = "v4"', "name = v4"), "dataset.toml: not readable as TOML: Invalid value (at line 8"),
    (text(TOML, 'licence = "none"\n', ""), "dataset.toml: licence: missing"),
    (text(TOML, 'name = "mine"', 'name = "My Data"'), "dataset.toml: name: 'My Data' must be lower-case"),
    (text(TOML, "title", "titel"), "dataset.toml: titel: unknown key; did you mean title?"),
    (
        text(TOML, 'title = "Mine"', 'title = "Mine"\nvisual_degrees = -1'),
        "visual_degrees: -1: should be greater",
    ),
    (text(TOML, 'name = "it"', 'name = "v4"'), "region v4 is declared 2 times"),
    (text(TOML, 'region = "it"', 'region = "itt"'), "benchmark rsa of itt: unknown region; did you mean it?"),
    (text(TOML, '"rdms.npz"', '"rdms.npz"\ntrials = "trials.csv"'), "region 2: has rdms and trials; give one of"),
    (
        text(TOML, '"responses.npy"', '"../responses.npy"'),
        "region 1, responses: '../responses.npy': give a path",
    ),
    (text(TOML, 'axes = ["stimuli", "repeats", ', "axes = ["), "region 1: axes are stimuli and targets"),
    (text(TABLE, "file", "filename"), "stimuli.csv, line 1: no column file (is filename meant?)"),
    (text(TABLE, "category", "file"), "stimuli.csv, line 1: column file occurs 2 times"),
    (text(TABLE, "im3,", "im2,"), "stimuli.csv, line 5: stimulus_id 'im2' is that of line 4, too"),
    (text(TABLE, "im3,", ","), "stimuli.csv, line 5: no stimulus_id"),
    (text(TABLE, "dog", "dog,brown"), "stimuli.csv, line 2: 4 values for 3 columns"),
    (text(TABLE, "images/im3.png", "/etc/passwd"), "stimuli.csv, line 5: file '/etc/passwd': give a path inside"),
    (text(TABLE, "im3,", '"im3,'), "stimuli.csv: not readable as CSV"),
    (remove("images/im3.png"), "stimuli.csv, line 5: file 'images/im3.png' is not there"),
    (half_an_image, "stimuli.csv, line 5: file 'images/im3.png' cannot be read as an image: "),
    (no_image, "stimuli.csv, line 5: file 'images/im3.png' cannot be read as an image: it is of no format"),
    (numbers_without_white, "line 5: file 'images/im3.tif' cannot be read as an image: its numbers are whole ones"),
    (animated, "line 5: file 'images/im3.gif' cannot be read as an image: it holds 3 pictures"),
    (all_the_same, "stimuli.csv: all 12 images that were shown are the same, pixel by pixel"),
    (remove("responses.npy"), "responses.npy: missing"),
    (pickled, "responses.npy: holds Python objects"),
    (words, "responses.npy: holds <U1 values; they must be numbers"),
    (archive, "responses.npy: neither a .npy nor a netCDF file"),
    (responses((11, 3, 5)), "responses.npy: has 11 stimuli, 3 repeats, 5 targets, and 12 stimuli are listed"),
    (responses((5, 3, 12)), "are the axes in another order? Say so with axes"),
    (responses((12,)), "responses.npy: shape (12,) has 1 axes; they must be (stimuli, repeats, targets)"),
    (
        without_axes((12, 3, 5)),
        "shape (12, 3, 5), which may be 12 stimuli x 3 repeats x 5 targets or 12 stimuli x 3 targets x 5 repeats; say "
        'which: axes = ["stimuli", "repeats", "targets"] or axes = ["stimuli", "targets", "repeats"]',
    ),
    (without_axes((12, 12)), 'say which: axes = ["stimuli", "targets"] or axes = ["targets", "stimuli"]'),
    (without_axes((11, 5)), "the array has shape (11, 5), and there are 12 stimuli; give one for each image"),
    (without_axes((12,)), "has shape (12,); its axes must be (stimuli, targets), or with repeats"),
    (responses((12, 0, 5)), "responses.npy: has the shape (12, 0, 5) of float64, which holds nothing"),
    (responses((12, 3, 5), at_x_x_x=np.nan), "responses.npy: every value is NaN"),
    (responses((12, 3, 5), at_x_x_4=np.nan), "responses.npy: no value but NaN for 1 target: target-5"),
    (responses((12, 3, 5), at_3_x_1=np.nan), "responses.npy: stimulus im3 (row 4) has no repeat but NaN for 1 target"),
    (
        responses((12, 3, 5), at_1_1_1=np.inf),
        "responses.npy: 1 infinite value, the first of stimulus im1, target",
    ),
    (rdms(11), "rdms.npz: is of 11 stimuli; stimuli.csv lists 12"),
    (
        rdms(12, stimulus_ids=[f"im{n}" for n in range(1, 13)]),
        "rdms.npz: its stimulus_ids are no stimulus_id and no file",
    ),
    (text("trials.csv", "a,im3,", "a,imm3,"), "trials.csv, line 11: stimulus 'imm3' is not listed in stimuli.csv"),
    (text("trials.csv", "response,", "answer,"), "trials.csv: has no column for response"),
]


@pytest.mark.parametrize(("break_it", "message"), WRONG, ids=[message[:50] for _, message in WRONG])
def test_each_fault_is_told_with_its_place(folder: Path, break_it: Callable[[Path], None], message: str) -> None:
    break_it(folder)
    assert any(message in fault for fault in told(folder)), told(folder)


def test_faults_in_many_places_are_told_together_and_hide_none(folder: Path) -> None:
    swap(folder, TOML, 'licence = "none"\n', "")
    swap(folder, TOML, '"rdms.npz"', '"rdms.npz"\nrdmss = 1')
    swap(folder, TABLE, "im5,", "im4,")
    remove("images/im3.png")(folder)
    swap(folder, "trials.csv", "a,im9,", "a,im99,")
    responses((12, 3, 5), at_1_1_1=np.inf)(folder)
    found = told(folder)
    for part in ("licence", "rdmss", "line 7", "im3.png", "im99", "infinite"):
        assert any(part in fault for fault in found), part
    assert len(found) == len(set(found))


def test_a_table_that_cannot_be_read_is_one_fault(folder: Path) -> None:
    swap(folder, TABLE, "stimulus_id", "stimulus")
    assert len(told(folder)) == 1


def test_repeats_that_were_not_measured_may_be_missing(folder: Path) -> None:
    responses((12, 3, 5), at_x_2_x=np.nan, at_3_1_2=np.nan)(folder)
    assert told(folder) == []


def test_targets_are_named_once_each(folder: Path) -> None:
    swap(folder, TOML, '"responses.npy"', '"responses.npy"\ntargets = "targets.csv"')
    assert "targets.csv: missing" in told(folder)
    (folder / "targets.csv").write_text("target_id,depth\na,1\nb,2\nb,3\n,4\n")
    assert told(folder) == [
        "targets.csv, line 4: target_id 'b' is that of line 3, too",
        "targets.csv, line 5: no target_id",
        "targets.csv: lists 4 targets; responses.npy has 5",
    ]


def test_training_images_serve_a_readout_or_say_why_not(folder: Path) -> None:
    lines = (folder / TABLE).read_text().splitlines()
    images = sorted((folder / "images").glob("*.png"))
    (folder / TABLE).write_text(
        "\n".join([f"{lines[0]},set,group", *(f"{line},test,g{n}" for n, line in enumerate(lines[1:]))]) + "\n"
    )
    assert all("training" not in fault for fault in told(folder))
    with (folder / TABLE).open("a") as table:
        table.write(
            f"t1,images/{images[0].name},cat,training,g0\nt2,images/im3.png,bird,training,\nt3,x.png,,training,\n"
        )
    found = told(folder)
    assert not any("t1" in fault for fault in found)
    assert any("line 15: category 'bird' is none of cat, dog" in fault for fault in found)
    assert any("line 16: training image t3 has no category" in fault for fault in found)
    assert any("no training image of category dog" in fault for fault in found)
    assert any("3 groups of training images; a readout is fitted on 5 at least" in fault for fault in found)


def test_people_may_have_seen_different_images(folder: Path) -> None:
    kept = [line for line in (folder / "trials.csv").read_text().splitlines() if not line.startswith("b,im1")]
    (folder / "trials.csv").write_text("\n".join(kept) + "\n")
    assert told(folder) == []


def test_trials_of_models_are_a_fault(folder: Path) -> None:
    head, *rows = (folder / "trials.csv").read_text().splitlines()
    rows = [f"{row},{'model' if row.startswith('c,') else 'human'}" for row in rows]
    (folder / "trials.csv").write_text("\n".join([f"{head},kind", *rows]) + "\n")
    assert told(folder) == ["trials.csv: has trials of models (c); keep people's, and score models on them"]
