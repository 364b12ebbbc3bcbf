"""Parts that pages share: a noise ceiling says the same as it is stored with a score, and as a board has it in JSON."""

import math
from typing import Any

import pytest

from brainrank.api.pages.render import environment
from brainrank.api.score_json import CeilingJson, ceiling_json
from brainrank.benchmark.types.score import Interval, NoiseCeiling

BAD = "unreliable: it cannot be told from zero"
WIDE = Interval(-0.1, 0.3)


def drawn(call: str, **given: Any) -> str:
    template = '{% from "macros.html" import bar, ceiling_cell, ceiling_fact %}{{ ' + call + " }}"
    return environment().from_string(template).render(**given)


def either(ceiling: NoiseCeiling) -> list[Any]:
    return [ceiling, CeilingJson.model_validate_json(ceiling_json(ceiling).model_dump_json())]


@pytest.mark.parametrize(
    ("ceiling", "cell"),
    [
        (NoiseCeiling(0.4, 0.6, "one left out"), ".400 to .600"),
        (NoiseCeiling(0.4, 0.4), ".400"),
        (NoiseCeiling(0.0, 0.0), ".000"),
        (NoiseCeiling(0.1, 0.6, interval=WIDE), f'.100 to .600 <span class="bad">{BAD}</span>'),
        (NoiseCeiling(0.1, 0.6, "<5", WIDE), f'.100 to .600 <span class="bad" title="&lt;5">{BAD}</span>'),
        (NoiseCeiling(math.nan, math.nan, "averages"), '<span class="quiet" title="averages">none</span>'),
    ],
)
def test_a_ceiling_in_a_table(ceiling: NoiseCeiling, cell: str) -> None:
    assert [drawn("ceiling_cell(found)", found=each) for each in either(ceiling)] == [cell, cell]


@pytest.mark.parametrize(
    ("ceiling", "fact"),
    [
        (NoiseCeiling(0.4, 0.6), ".400 to .600 (r)"),
        (
            NoiseCeiling(0.4, 0.4, "one left out", Interval(0.3, 0.5)),
            '.400 (r), 95 % interval of the lower .300 to .500 <span class="quiet">(one left out)</span>',
        ),
        (
            NoiseCeiling(0.1, 0.6, interval=WIDE),
            f'.100 to .600 (r), 95 % interval of the lower -.100 to .300; <span class="bad">{BAD}, so it is</span>',
        ),
        (NoiseCeiling(math.nan, math.nan, "averages"), "none: averages"),
    ],
)  # fmt: skip
def test_a_ceiling_among_facts(ceiling: NoiseCeiling, fact: str) -> None:
    call = "ceiling_fact(found, 'r', ', so it is')"
    assert [drawn(call, found=each) for each in either(ceiling)] == [fact, fact]


def test_a_bar_has_a_band_where_there_is_a_ceiling() -> None:
    call = "bar(0.2, of, (0, 1), found)"
    band = '<rect x="40.0%" width="20.0%"'
    assert all(band in drawn(call, found=each, of=WIDE) for each in either(NoiseCeiling(0.4, 0.6)))
    absent = [*either(NoiseCeiling(math.nan, math.nan, "averages")), None]
    assert not any("<rect" in drawn(call, found=each, of=WIDE) for each in absent)
