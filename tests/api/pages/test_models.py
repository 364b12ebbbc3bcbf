"""Pages of models and runs, as a browser has them before any script runs, and what their charts are drawn from."""

import html
from typing import Any

import numpy as np
import pytest
from answered_study import NAME as ANSWERS
from answered_study import store_answers
from scipy.stats import rankdata
from sqlalchemy import update
from stored_scores import store
from tiny_study import IMAGES, NAMES

from brainrank.api.db.tables import RunRow
from brainrank.api.repositories import runs
from brainrank.benchmark.metrics.rdms.rdm import rdm_from_features
from brainrank.benchmark.scoring.run import run
from brainrank.benchmark.types.reporter import Silent
from brainrank.models_zoo.catalogue import MODELS

Api = Any  # the fixture of conftest.py, which is no module
IT, V1 = NAMES


def get(api: Api, path: str) -> str:
    answer = api.http.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    return str(answer.text)


def chart(api: Api, path: str) -> dict[str, Any]:
    answer = api.http.get(path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def missing(api: Api, path: str, words: str) -> None:
    answer = api.http.get(path, headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert words in answer.json()["detail"]


@pytest.fixture
def scored(studied: Api) -> Api:
    """`hf:owner/a` on both regions, `b` on one, and a private run."""
    benchmarks = studied.service.catalogue.benchmarks
    with studied.service.begin() as session:
        store(session, "hf:owner/a", benchmarks[IT], 0.5)
        store(session, "hf:owner/a", benchmarks[V1], 0.3)
        store(session, "b", benchmarks[IT], 0.2)
        store(session, "secret", benchmarks[IT], 0.6, public=False)
    return studied


def test_a_model_that_cannot_choose_has_pages_that_say_so(studied: Api) -> None:
    with studied.service.begin() as session:
        number = store_answers(session, studied.service.catalogue, "b", chooses=False)
        reason = runs.find_run(session, number).score.reason
    assert reason
    for path in (f"/runs/{number}", "/models/b"):
        assert reason in html.unescape(get(studied, path))


@pytest.fixture
def extracted(studied: Api) -> tuple[Api, int]:
    """Pixels scored on `it`, their activations in the store, and the run."""
    service = studied.service
    benchmark, locations = service.catalogue.benchmarks[IT], service.uploads.locations
    region = service.catalogue.load(benchmark, locations, Silent())
    made = run(MODELS["pixels"], benchmark, region, locations=locations, device="cpu", reporter=Silent())
    with service.begin() as session:
        return studied, runs.add_succeeded(session, MODELS["pixels"], made).run_id


def test_models_are_listed_with_mean_and_rank(scored: Api) -> None:
    page = get(scored, "/models?scored=yes")
    assert page.index("hf:owner/a") < page.index('/models/b"')
    assert "<b>.444</b>" in page  # (.5 + .3) / 2 of a ceiling of .9
    assert "secret" not in page
    assert "efficientnet-lite0" not in page
    assert 'aria-label="Compare pixels"' not in get(scored, "/models?text=pixels")
    assert "No model fits" in get(scored, "/models?text=gabor&scored=yes")
    assert "2 models that fit" in get(scored, "/models?training_data=Faces")
    assert scored.http.get("/models?scored=perhaps").status_code == 422


def test_a_models_page_tells_scores_layers_and_history(scored: Api) -> None:
    with scored.service.begin() as session:
        again = store(session, "hf:owner/a", scored.service.catalogue.benchmarks[IT], 0.55)
    page = get(scored, "/models/hf%3Aowner/a")
    for words in ("somebody 2026", "Faces", "1.5 million", "<b>.550</b>", ".900", "<code>a</code>", f"/runs/{again}"):
        assert words in page
    assert "3 runs" in page
    assert page.count("<td>yes</td>") == 2
    assert page.count("<td>no</td>") == 1
    assert 'data-src="/charts/curves?model=hf%3Aowner/a&amp;group=tiny"' in page
    drawn = chart(scored, "/charts/curves?model=hf:owner/a&group=tiny")
    lines = [each for each in drawn["data"] if each["mode"] == "lines+markers"]
    assert [(each["name"], each["x"]) for each in lines] == [("tiny2026.it", ["a", "b"]), ("tiny2026.v1", ["a", "b"])]
    assert lines[0]["y"] == [0.55, pytest.approx(0.45)]
    assert lines[0]["marker"]["size"][0] > lines[0]["marker"]["size"][1]
    assert [each["y"] for each in drawn["data"] if each["mode"] == "lines"] == [[0.9, 0.9]] * 2
    assert chart(scored, "/charts/curves?model=hf:owner/a&group=nothing")["data"] == []


def test_what_is_not_here_is_said(scored: Api) -> None:
    page = get(scored, "/models/b")
    assert "Activations of b are not on this machine" in page
    assert "rdm-model" not in page
    assert "Not scored here yet" in get(scored, "/models/efficientnet-lite0")
    for path in ("/models/secret", "/models/efficientnet-lite00", "/runs/4", "/runs/99", "/charts/runs/4/layers"):
        assert scored.http.get(path).status_code == 404
    missing(scored, "/charts/runs/1/rdm-models", "did you mean rdm-model")
    missing(scored, "/charts/runs/1/rdm-model", "not on this machine")
    missing(scored, "/charts/runs/1/consistency", "no trials of single people")


def test_both_rdms_are_those_of_pixels_and_of_the_subjects(extracted: tuple[Api, int]) -> None:
    api, number = extracted
    for page in (get(api, "/models/pixels"), get(api, f"/runs/{number}")):
        assert f"/charts/runs/{number}/rdm-model" in page
        assert f"/charts/runs/{number}/plane-brain" in page
    region = api.service.catalogue.load(api.service.catalogue.benchmarks[IT], api.service.uploads.locations, Silent())
    shown = chart(api, f"/charts/runs/{number}/rdm-brain")
    brain = np.array(shown["data"][0]["z"], dtype=float)[np.triu_indices(IMAGES, 1)]
    pooled = rankdata(region.assembly.rdms, axis=1).mean(axis=0)
    np.testing.assert_allclose(brain, 100 * (rankdata(pooled) - 1) / (pooled.size - 1), atol=0.5)
    assert shown["stimuli"][1] == {"name": "image1", "address": "/stimuli/tiny2026/it/image1"}
    from PIL import Image

    pixels = np.stack([np.asarray(Image.open(each.path), np.float64).ravel() for each in region.stimuli.stimuli])
    own = rdm_from_features(pixels, api.service.catalogue.benchmarks[IT].metric.dissimilarity)
    model = np.array(chart(api, f"/charts/runs/{number}/rdm-model")["data"][0]["z"], dtype=float)
    # The network sees the images resized, which leaves the order of dissimilarities nearly as it is.
    assert np.corrcoef(model[np.triu_indices(IMAGES, 1)], np.argsort(np.argsort(own)))[0, 1] > 0.8
    plane = chart(api, f"/charts/runs/{number}/plane-model")
    assert len(plane["layout"]["images"]) == IMAGES
    assert sorted(place for each in plane["data"] for place in each["customdata"]) == list(range(IMAGES))


def test_disputed_pairs_are_shown_with_their_pictures(extracted: tuple[Api, int]) -> None:
    api, number = extracted
    page = get(api, f"/runs/{number}")
    assert "Alike to the brain, unlike to the model" in page
    assert '<img src="/stimuli/tiny2026/it/image' in page
    assert "% of the variance" in page


def test_answers_of_model_and_people(studied: Api) -> None:
    with studied.service.begin() as session:
        number = store_answers(session, studied.service.catalogue, "chooser")
    page = get(studied, f"/runs/{number}")
    assert "Accuracy by category" in page
    assert "confusion correlation" in page
    assert f"/charts/runs/{number}/confusion-people" in get(studied, "/models/chooser?behaviour=" + ANSWERS)
    dots = chart(studied, f"/charts/runs/{number}/consistency")["data"]
    assert [len(each["x"]) for each in dots] == [3, 3]
    assert sorted(dots[0]["text"]) == ["ann", "ben", "cyd"]
    confusion = chart(studied, f"/charts/runs/{number}/confusion-model")["data"][0]
    assert (confusion["y"], confusion["x"]) == (["cat", "dog"], ["cat", "dog", "no answer"])
    assert confusion["z"] == [[1, 0, 0], [0.25, 0.75, 0]]
    accuracy = chart(studied, f"/charts/runs/{number}/accuracy")["data"]
    assert accuracy[0]["y"] == [1, 0.75]
    assert accuracy[0]["error_y"]["arrayminus"][1] > 0


def test_choices_that_were_not_kept_are_said_to_be_so(studied: Api) -> None:
    with studied.service.begin() as session:
        number = store_answers(session, studied.service.catalogue, "chooser", keep=False)
    page = get(studied, f"/runs/{number}")
    assert "was not kept with this run" in page
    assert "consistency" in page
    assert "confusion-model" not in page
    missing(studied, f"/charts/runs/{number}/accuracy", "was not kept")


def test_a_run_has_its_receipt_and_how_to_verify_it(scored: Api) -> None:
    page = get(scored, "/runs/1")
    for words in ("brainrank verify run-1.json", "http://testserver/v1/runs/1", "code version", "/v1/runs/1/targets"):
        assert words in page
    targets = chart(scored, "/charts/runs/1/targets")
    assert sum(targets["data"][0]["y"]) == 1
    assert targets["layout"]["shapes"][0]["x0"] == 0.5


def test_a_run_that_failed_says_why_and_what_to_do(scored: Api) -> None:
    with scored.service.begin() as session:
        runs.add_failed(
            session,
            MODELS["pixels"],
            benchmark=IT,
            benchmark_version=1,
            code_version="1",
            error=MemoryError("<script>alert(1)</script>"),
        )
        session.execute(update(RunRow).where(RunRow.id == 5).values(public=True))
    page = get(scored, "/runs/5")
    assert "MemoryError" in page
    assert "submit fewer or pooled layers" in page
    assert "<script>alert" not in page
    missing(scored, "/charts/runs/5/layers", "no score")
