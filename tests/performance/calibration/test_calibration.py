"""The small form of `make calibration`: few sets of small worlds, by the functions that make docs/calibration.md."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The programs of performance/ lie beside the package, not in it."""
    monkeypatch.syspath_prepend(str(ROOT))
    return


def calibrated(name: str, *, sets: int):
    from performance.calibration.measures import calibration, simulate
    from performance.calibration.settings import METRICS, settings

    (setting,) = (each for each in settings() if each.name == name)
    found = simulate(setting.make, METRICS[setting.metric], sets=sets, seed=[7])
    return calibration(found, truth=setting.truth)


def test_equal_models_are_seldom_told_apart_and_intervals_hold_the_score() -> None:
    found = calibrated("pair: RSA, 30 stimuli x 6 subjects, strong", sets=60)
    assert found.coverage.value > 0.9
    assert found.false_05.value < 0.16
    assert found.false_01.value < 0.05


def test_six_equal_models_seldom_split_a_board() -> None:
    assert calibrated("board: error consistency, 160 stimuli x 10 people, strong", sets=25).split.value < 0.25


def test_a_better_model_is_told_from_a_worse_one_and_less_often_than_if_the_variance_were_known() -> None:
    found = calibrated("unequal: RSA, 92 stimuli x 15 subjects, strong", sets=15)
    assert 0.3 < found.false_05.value <= found.normal_05.value


@pytest.mark.parametrize(
    "name", ["noise: encoding, 24 stimuli, 50 targets, 1 layer", "noise: error consistency, 160 stimuli x 10 people"]
)
def test_noise_scores_zero(name: str) -> None:
    found = calibrated(name, sets=40)
    assert abs(found.mean.value) < 0.01 + 2 * found.mean.error
    assert found.coverage.value > 0.85


def test_the_page_tells_every_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    from performance.calibration import page, settings
    from performance.calibration.measures import Calibration, Share

    share = Share(0.5, 0.01)
    found = dict.fromkeys((each.name for each in settings.settings()), Calibration(*[share] * 6))
    text = page.page(
        found, {"commit": "abc", "sets": 1, "settings": {}}, [], sets=1, minutes=1.0, day=date(2026, 11, 27)
    )
    rows = [line for line in text.splitlines() if "**0.500 (0.010)**" in line]
    assert len(rows) == sum(each.kind in ("pair", "board") for each in settings.settings())
    assert np.all([each.size in text for each in settings.settings()])
