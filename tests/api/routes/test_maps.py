"""Maps of runs as a client and a reader have them: tables, files, the page of a run and its charts."""

import gzip
from typing import Any

import nibabel
import numpy as np
import pytest
from spatial_scores import FSAVERAGE5, NATIVE, spatial_scores
from stored_scores import store_score
from tiny_study import NAMES

from brainrank.benchmark.types.score import Interval, NoiseCeiling, Score

Api = Any  # the fixture of conftest.py, which is no module


@pytest.fixture
def mapped(api: Api) -> Api:
    """Run 1 has a map in a volume, run 2 on a surface, run 3 none."""
    with api.service.begin() as session:
        at = api.service.catalogue.benchmarks[NAMES[0]]
        for model, per_target in (
            ("a", spatial_scores([0.5, 0.0, 0.3], positions=[0, 5, 7])),
            ("b", spatial_scores([0.5, 0.0, 0.3], space=FSAVERAGE5, positions=[0, 5, 20_000])),
        ):
            found = Score(0.3, "median r", Interval(0.2, 0.4), NoiseCeiling(0.8, 0.8), per_target=per_target)
            store_score(session, model, at, found)
        store_score(session, "c", at, Score(0.3, "r", Interval(0.2, 0.4), NoiseCeiling(0.8, 0.8)))
    return api


def test_a_table_of_a_map(mapped: Api) -> None:
    lines = mapped.http.get("/v1/runs/1/map").text.splitlines()
    assert lines[0] == "i,j,k,x_mm,y_mm,z_mm,score,q_of_score"
    assert lines[1].startswith("0,0,0,6.0,-4.0,-2.0,0.5,")
    rows = mapped.http.get("/v1/runs/2/map?format=json&show=layer").json()
    assert [(each["hemisphere"], each["vertex"], each["layer"]) for each in rows] == [
        ("left", 0, 1), ("left", 5, None), ("right", 9_758, 1)
    ]  # fmt: skip
    refused = mapped.http.get("/v1/runs/3/map")
    assert refused.status_code == 404
    assert "has no map" in refused.json()["detail"]
    assert mapped.http.get("/v1/runs/1/map?show=colour").status_code == 422


def test_a_file_of_a_map(mapped: Api) -> None:
    answer = mapped.http.get("/v1/runs/1/map/image")
    assert 'filename="run-1-score.nii.gz"' in answer.headers["content-disposition"]
    found = nibabel.Nifti1Image.from_bytes(gzip.decompress(answer.content))
    assert found.shape == NATIVE.shape
    right = mapped.http.get("/v1/runs/2/map/image?hemisphere=right&show=q")
    assert 'filename="run-2-q.rh.func.gii"' in right.headers["content-disposition"]
    values = nibabel.gifti.GiftiImage.from_bytes(right.content).darrays[0].data
    assert np.flatnonzero(np.isfinite(values)).tolist() == [9_758]


def test_the_page_of_a_run_shows_its_map(mapped: Api) -> None:
    page = mapped.http.get("/runs/1").text
    assert "2 of 3 positions are above 0 at q &lt; .05" in page
    assert "/charts/runs/1/map-of-layers" in page
    assert "6, -4, -2 mm" in page
    assert "<h2>Map</h2>" not in mapped.http.get("/runs/3").text


def test_charts_of_maps(mapped: Api) -> None:
    slices = mapped.http.get("/charts/runs/1/map").json()
    assert [each["text"] for each in slices["layout"]["annotations"]] == ["z = -2 mm", "z = 1 mm"]
    shown = [value for row in slices["data"][1]["z"] for value in row if value is not None]
    assert sorted(shown) == [0, 0.3, 0.5]
    layers = mapped.http.get("/charts/runs/1/map-of-layers").json()["data"][1]
    assert layers["colorbar"]["ticktext"] == ["a", "b"]
    cortex = mapped.http.get("/charts/runs/2/map").json()["data"]
    coloured = [each for each in cortex if "intensity" in each]
    assert [set(each["intensity"]) for each in coloured] == [{0.0, 0.5}, {0.3}]
    assert [each.get("showscale", True) for each in coloured] == [True, False]
    assert sum(len(each["i"]) for each in cortex) == 2 * 20_480, "each face is drawn once, what is not shown in grey"
    assert all(each["color"] for each in cortex if "intensity" not in each)
    assert mapped.http.get("/charts/runs/3/map").status_code == 404
