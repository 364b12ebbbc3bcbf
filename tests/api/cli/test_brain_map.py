"""`brainrank map`, from stored runs to files and pictures."""

import json
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest
from brain_files import surface
from meshes import mesh_file, sphere
from PIL import Image
from spatial_scores import FSAVERAGE5, NATIVE, spatial_scores
from stored_scores import store_score
from tiny_study import NAMES, tiny_catalogue
from typer.testing import Result

from brainrank.api.db.engine import open_database, transaction
from brainrank.api.settings import Settings
from brainrank.benchmark.types.score import Interval, NoiseCeiling, Score, TargetScores


def score(per_target: TargetScores) -> Score:
    value = float(np.nanmedian(per_target.values))
    return Score(value, "median r", Interval(value, value), NoiseCeiling(0.8, 0.8), per_target=per_target)


@pytest.fixture
def stored(tiny: Callable[..., Result], tmp_path: Path) -> Callable[..., Result]:
    """Runs 1 and 2 of two models in a volume, 3 on a surface, 4 without targets, 5 without positions."""
    benchmark = tiny_catalogue(tmp_path).benchmarks[NAMES[0]]
    vertices = list(range(0, 20_000, 400))
    with transaction(open_database(Settings().effective_database_url)) as session:
        for model, per_target in (
            ("a", spatial_scores([0.5, 0.0, 0.3], positions=[0, 5, 7])),
            ("b", spatial_scores([0.1, 0.0, 0.3], positions=[0, 5, 7])),
            ("c", spatial_scores(np.linspace(0, 0.6, 50).tolist(), space=FSAVERAGE5, positions=vertices)),
        ):
            store_score(session, model, benchmark, score(per_target))
        store_score(session, "d", benchmark, Score(0.3, "r", Interval(0.2, 0.4), NoiseCeiling(0.8, 0.8)))
        store_score(session, "e", benchmark, score(spatial_scores([0.2], space=None)))
    return tiny


def test_a_map_is_written_with_what_it_is_beside_it(stored: Callable[..., Result], tmp_path: Path) -> None:
    told = stored("map", 1, "--out", tmp_path / "r.nii.gz", "--plot", tmp_path / "r.png", "--q", 0.05)
    assert told.exit_code == 0, told.output
    assert "3, of which 2 are shown" in told.stdout
    assert ".500 at 6, -4, -2 mm" in told.stdout
    values = np.asarray(nibabel.load(tmp_path / "r.nii.gz").dataobj)
    assert values.shape == NATIVE.shape
    np.testing.assert_allclose(values.ravel()[[0, 5, 7]], [0.5, np.nan, 0.3], rtol=1e-6)
    facts = json.loads((tmp_path / "r.json").read_text())
    assert (facts["model"], facts["runs"], facts["space"]) == ("a", [1], "sub-01, 4 x 3 x 2 voxels")
    assert (tmp_path / "r.png").stat().st_size > 10_000


def test_a_difference_and_a_surface(stored: Callable[..., Result], tmp_path: Path) -> None:
    told = json.loads(stored("map", 1, "--minus", 2, "--json").stdout)
    assert (told["quantity"], told["less"]) == ("difference", "b")
    assert told["highest"][0]["value"] == pytest.approx(0.4)
    found = stored("map", 3, "--show", "layer", "--out", tmp_path / "l.func.gii", "--plot", tmp_path / "l.png")
    assert found.exit_code == 0, found.output
    assert sorted(path.name for path in tmp_path.glob("l.*")) == ["l.json", "l.lh.func.gii", "l.png", "l.rh.func.gii"]
    assert json.loads((tmp_path / "l.json").read_text())["layers"] == {"1": "a", "2": "b"}


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ((4,), "has no scores of targets; encoding has them"),
        ((5,), "nobody knows where these targets lie"),
        ((99,), "no succeeded run 99"),
        ((1, 2), "one map is of one model"),
        ((1, "--show", "layer", "--minus", 2), "models do not differ in their layer"),
        ((1, "--group"), "is one subject's own space"),
        ((1, "--out", "r.png"), "ends in .nii or .nii.gz"),
        ((1, "--plot", "r.txt"), "Cannot draw into"),
    ],
)
def test_what_has_no_map_is_refused_and_nothing_is_written(
    stored: Callable[..., Result],
    tmp_path: Path,
    words: tuple[object, ...],
    problem: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.iterdir())
    refused = stored("map", *words)
    assert refused.exit_code == 2
    assert problem in " ".join(refused.output.split())
    assert set(tmp_path.iterdir()) == before


def test_from_responses_on_a_hemisphere_to_a_searchlights_map(tiny: Callable[..., Result], tmp_path: Path) -> None:
    """Pixels are in the responses of the upper vertices, and the map is high there."""
    mesh, rng = sphere(40.0, 3), np.random.default_rng(0)
    pixels = rng.integers(0, 255, (48, 6, 6, 3), dtype=np.uint8)
    (tmp_path / "photos").mkdir()
    for number, image in enumerate(pixels):
        Image.fromarray(image).save(tmp_path / f"photos/{number}.png")
    upper = mesh.points[:, 2] > 20
    signal = (pixels.reshape(48, -1) / 255.0) @ rng.standard_normal((108, 642))
    rows = (signal * upper + rng.standard_normal((48, 642))).astype(np.float32)
    marked = (mesh.points[:, 0] > -30).astype(np.float32)
    surface(tmp_path / "lh.func.gii", rows)
    surface(tmp_path / "lh.mask.gii", marked[None])
    mesh_file(tmp_path / "lh.midthickness.surf.gii", mesh)
    given = ("--images", "photos", "--responses", "lh.func.gii", "--mask", "lh.mask.gii", "--space", "fsaverage3")
    words = ("--mesh", "lh.midthickness.surf.gii", "--metric", "searchlight-rsa", "--parameter", "radius_mm=20.0")
    placed = [tmp_path / each if (tmp_path / each).exists() else each for each in (*given, *words)]
    started = tiny("dataset", "init", tmp_path / "mine", *placed)
    assert started.exit_code == 0, started.output
    assert 'mesh = "mesh.lh.surf.gii"' in (tmp_path / "mine/dataset.toml").read_text()
    scored = tiny("score", "pixels", "--dataset", tmp_path / "mine")
    assert scored.exit_code == 0, scored.output
    told = tiny("map", 1, "--q", 0.05, "--out", tmp_path / "s.func.gii")
    assert told.exit_code == 0, told.output
    found = nibabel.load(tmp_path / "s.lh.func.gii").darrays[0].data
    shown = np.isfinite(found)
    assert not shown[marked == 0].any()
    assert shown[(mesh.points[:, 2] > 30) & (marked == 1)].mean() > 0.9
    assert shown[mesh.points[:, 2] < 0].mean() < 0.05
