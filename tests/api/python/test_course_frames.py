"""Scores over time as frames and drawings: layers, their peaks, and steps."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from stored_scores import made_result
from timed_study import timed_score
from tiny_study import NAMES, tiny_catalogue

import brainrank as br
from brainrank.api.repositories import runs
from brainrank.benchmark.types.model_spec import ModelSpec

STEPS = ("V4.step2", "V1", "V4.step1")
IN_ORDER = ["V4.step1", "V4.step2", "V1"]


@pytest.fixture
def plain(tmp_path: Path) -> br.Score:
    result = made_result("b", tiny_catalogue(tmp_path).benchmarks[NAMES[0]], 0.5)
    return br.Score(runs.stored_run_without_database(ModelSpec("b", "classical", "classical:pixels"), result))


@pytest.fixture
def timed(tmp_path: Path) -> br.Score:
    result = made_result("a", tiny_catalogue(tmp_path).benchmarks[NAMES[0]], 0.5)._replace(score=timed_score(STEPS))
    return br.Score(runs.stored_run_without_database(ModelSpec("a", "recurrent", "recurrent:cornet-s@random"), result))


def test_layers_have_their_area_and_step(timed: br.Score) -> None:
    frame = timed.frame("layer_courses")
    first = frame.drop_duplicates("layer")
    assert first.layer.tolist() == IN_ORDER
    assert first.area.tolist() == ["V4", "V4", "V1"]
    assert first.step.tolist()[:2] == [1, 2]
    assert first.step.isna().tolist() == [False, False, True]
    assert timed.course is not None
    np.testing.assert_array_equal(frame.value[frame.layer == "V1"], timed.course.layer_values[1])


def test_peaks_and_delays_are_frames(timed: br.Score) -> None:
    assert timed.course is not None
    peaks = timed.frame("layer_peaks")
    assert peaks.layer.tolist() == IN_ORDER
    np.testing.assert_allclose(peaks.peak_ms, [timed.course.layer_peaks[each].ms for each in (2, 0, 1)])
    assert ((peaks.low <= peaks.peak_ms) & (peaks.peak_ms <= peaks.high)).all()
    (delay,) = timed.frame("step_delays").to_dict("records")
    assert (delay["area"], delay["steps"]) == ("V4", 2)
    assert delay["ms_a_step"] == pytest.approx(peaks.peak_ms[1] - peaks.peak_ms[0])


def test_what_has_no_course_has_empty_frames_and_no_map(plain: br.Score) -> None:
    assert plain.frame("layer_peaks").empty
    assert plain.frame("step_delays").empty
    with pytest.raises(br.BrainrankError, match="has no course; only time-resolved metrics have one"):
        plain.plot(part="layer_courses")
    with pytest.raises(br.BrainrankError, match="did you mean layer_courses"):
        plain.plot(part="layer_course")  # type: ignore[arg-type]


def test_the_map_has_a_row_for_each_layer(timed: br.Score) -> None:
    mpl.use("agg")
    panel = timed.plot(part="layer_courses")
    assert [each.get_text() for each in panel.get_yticklabels()] == IN_ORDER
    panel.figure.draw_without_rendering()
    plt.close("all")


def test_windows_are_a_frame(timed: br.Score, plain: br.Score) -> None:
    declared, apart = timed.windows([(50, 200)]), timed.windows([(50, 200), (0, 0)], minus=timed)
    assert declared.window.tolist() == ["50 to 200 ms"]
    assert declared.value.tolist() == [pytest.approx(timed.value)]
    assert (declared.low[0], declared.high[0]) == (timed.interval.low, timed.interval.high)
    assert apart.value.tolist() == [0, 0, 0]
    assert apart.p.tolist() == [1, 1, 1]
    with pytest.raises(br.BrainrankError, match="has no course"):
        timed.windows([(50, 200)], minus=plain)
