"""Pages of benchmarks and studies, and pictures of stimuli."""

import io
import math
from typing import Any

import numpy as np
import pytest
from answered_study import NAME as ANSWERS
from PIL import Image
from stored_scores import store
from tiny_study import NAMES

from brainrank.api.board_schemas import BoardCell, BoardLine
from brainrank.api.pages.benchmarks import untrained_scores
from brainrank.api.repositories.runs import find_run
from brainrank.benchmark.recovery.detection import Detection, Recovery
from brainrank.benchmark.types.score import Interval, NoiseCeiling

Api = Any  # the fixture of conftest.py, which is no module
IT, V1 = NAMES


def get(api: Api, path: str) -> str:
    answer = api.http.get(path)
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def test_benchmarks_are_listed_by_group(studied: Api) -> None:
    with studied.service.begin() as session:
        store(session, "b", studied.service.catalogue.benchmarks[IT], 0.4)
    page = get(studied, "/benchmarks")
    assert page.index('id="tiny"') < page.index('id="behaviour"')
    assert page.index(IT) < page.index(V1) < page.index(ANSWERS)
    assert ".900" in page
    assert "once a model is scored" in page


def test_those_one_has_to_get_oneself_are_not_lost(withheld: Api) -> None:
    # Its card has no file, so that the study counts as here; to tell the two apart it must not be.
    study = withheld.service.catalogue.datasets["answers2026"]
    object.__setattr__(study, "here", lambda *_: False)
    assert ANSWERS not in get(withheld, "/benchmarks")
    page = get(withheld, "/benchmarks?everything=true")
    assert "got by hand, not here" in page
    assert "Its files one has to get oneself: by asking &lt;them&gt;" in get(withheld, f"/benchmarks/{ANSWERS}")


def test_a_benchmark_tells_data_metric_ceiling_and_models(studied: Api) -> None:
    benchmark = studied.service.catalogue.benchmarks[IT]
    with studied.service.begin() as session:
        store(session, "a", benchmark, 0.5)
        store(session, "b", benchmark, 0.4)
        store(session, "secret", benchmark, 0.6, public=False)
    page = get(studied, f"/benchmarks/{IT}")
    for words in (
        "A tiny study",
        "12 stimuli, 3 subjects",
        "Representational similarity",
        "<code>draws</code></th><td>60</td>",
        ".900 (r), 95 % interval of the lower .800 to .950",
        "CC0",
        f"brainrank score MODEL --benchmark {IT}",
        "/stimuli/tiny2026/it/image",
        "All 2 models",
    ):
        assert words in page
    drawn = studied.http.get(f"/charts/benchmarks/{IT}").json()
    assert [each["text"] for each in drawn["data"]] == [["b", "a"]]
    assert drawn["data"][0]["x"] == [0.4, 0.5]
    assert drawn["layout"]["shapes"][0]["x0"] == 0.9


def test_a_ceiling_that_is_none_or_worth_nothing_is_said(studied: Api) -> None:
    benchmark = studied.service.catalogue.benchmarks[V1]
    nan = float("nan")
    with studied.service.begin() as session:
        store(session, "a", benchmark, 0.5, ceiling=NoiseCeiling(nan, nan, "one RDM for all"))
    assert "none: one RDM for all" in get(studied, f"/benchmarks/{V1}")
    assert "<dd>monkey T: one, so that the interval is over stimuli alone</dd>" in get(studied, f"/benchmarks/{V1}")
    assert studied.http.get(f"/charts/benchmarks/{V1}").json()["layout"]["shapes"] == []
    assert "No model has been scored on it here" in get(studied, f"/benchmarks/{IT}")
    assert studied.http.get("/benchmarks/tiny2026.itt.rsa").status_code == 404


def test_a_ceiling_that_cannot_be_told_from_zero_is_called_unreliable_on_every_page(studied: Api) -> None:
    """Its own interval is above zero; without the pairs that a convention counts, it is not."""
    benchmark = studied.service.catalogue.benchmarks[IT]
    left_out = "3 of 28 pairs undefined, counted as 1"
    ceiling = NoiseCeiling(0.3, 0.3, left_out, Interval(0.2, 0.4), Interval(-0.1, 0.2))
    with studied.service.begin() as session:
        run = store(session, "a", benchmark, 0.5, ceiling=ceiling)
        assert find_run(session, run).score.ceiling == ceiling
    for path in ("/benchmarks", f"/benchmarks/{IT}", f"/runs/{run}", "/models/a"):
        page = get(studied, path)
        assert "unreliable: it cannot be told from zero" in page, path
        assert left_out in page, path
    assert "unreliable" in get(studied, f"/leaderboards/{IT}")
    told = studied.http.get(f"/v1/runs/{run}").json()
    assert "'unreliable': True" in str(told)
    assert left_out in str(told)


def test_a_ceiling_whose_own_interval_is_undefined_stays_unreliable_when_stored(studied: Api) -> None:
    benchmark = studied.service.catalogue.benchmarks[IT]
    nowhere = Interval(float("nan"), float("nan"))
    with studied.service.begin() as session:
        run = store(session, "a", benchmark, 0.5, ceiling=NoiseCeiling(1.0, 1.0, "", Interval(1.0, 1.0), nowhere))
        assert find_run(session, run).score.ceiling.unreliable


def test_a_study_tells_whom_to_cite(studied: Api) -> None:
    page = get(studied, "/datasets/tiny2026")
    for words in ("nobody", "CC0", IT, V1, "/stimuli/tiny2026/v1/image", "it: means over 5 trials"):
        assert words in page
    assert studied.http.get("/datasets/tiny2025").status_code == 404


def test_pictures_are_small_and_kept(studied: Api) -> None:
    answer = studied.http.get("/stimuli/answers2026/pets/pet3")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
    assert "max-age" in answer.headers["cache-control"]
    assert Image.open(io.BytesIO(answer.content)).size == (160, 107)
    tiny = studied.http.get("/stimuli/tiny2026/it/image0")
    assert Image.open(io.BytesIO(tiny.content)).size == (160, 160)
    for path in ("answers2026/pets/pet99", "answers2026/cats/pet3", "answers2025/pets/pet3", "tiny2026/it/../x"):
        assert studied.http.get(f"/stimuli/{path}").status_code == 404


def test_pictures_that_one_gets_under_terms_are_not_shown(withheld: Api) -> None:
    assert withheld.http.get("/stimuli/answers2026/pets/pet3").status_code == 404
    for path in (f"/benchmarks/{ANSWERS}", "/datasets/answers2026"):
        page = get(withheld, path)
        assert "under their own terms" in page
        assert "/stimuli/" not in page


def test_a_benchmark_says_why_it_is_not_known_what_it_can_detect(studied: Api) -> None:
    page = studied.http.get(f"/benchmarks/{IT}").text
    assert f"it has not been simulated: brainrank benchmarks recovery {IT}" in page
    assert studied.http.get(f"/charts/benchmarks/{IT}/recovery").status_code == 404


def test_a_benchmark_shows_what_it_can_detect(studied: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    told = np.array([[0.0, 0.2], [0.9, 0.0]])
    found = Detection(("a", "b"), np.array([0.6, 0.8]), np.zeros(2), told, 0.06, math.inf, 2.5, 1.0)
    recovery = Recovery(500, 0.4, 0.41, found, found)
    monkeypatch.setattr("brainrank.api.pages.benchmarks.stored_recovery", lambda _benchmark: recovery)
    page = studied.http.get(f"/benchmarks/{IT}").text
    assert "Were one of 2 models the true one" in page
    assert "70% of worlds" in page
    (drawn,) = studied.http.get(f"/charts/benchmarks/{IT}/recovery").json()["data"]
    assert drawn["z"] == [[None, 20], [90, None]]
    assert drawn["y"] == ["a", "b"]


def test_networks_without_training_are_the_floor(studied: Api) -> None:
    def line(model: str, family: str, raw: float | None) -> BoardLine:
        cell = {"run": 1, "value": raw, "raw": raw, "missing": ""}
        return BoardLine.model_construct(model=model, family=family, scores={IT: BoardCell.model_construct(**cell)})

    lines = [line("a", "supervised", 0.4), line("b", "untrained", 0.2), line("c", "untrained", 0.1)]
    assert untrained_scores([*lines, line("d", "untrained", None)], IT) == [0.1, 0.2]
    with studied.service.begin() as session:
        store(session, "b", studied.service.catalogue.benchmarks[IT], 0.4)
    assert "without training" not in get(studied, f"/benchmarks/{IT}")
