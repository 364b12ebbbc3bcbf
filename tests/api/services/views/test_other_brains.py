"""Other brains as stored: of declared benchmarks of this version, the best first, each below the ceiling's interval."""

from dataclasses import replace

from brainrank.api.services.views.other_brains import other_brains
from brainrank.benchmark.scoring.benchmarks import BENCHMARKS

HUMAN_IT = BENCHMARKS["kriegeskorte2008.human-it.rsa"]


def test_people_and_monkeys_score_on_human_it() -> None:
    found = other_brains(HUMAN_IT)
    assert [each.title.split(",")[0] for each in found] == [
        "Human inferior temporal cortex",
        "Monkey inferior temporal cortex",
        "Human similarity judgements",
        "Human early visual cortex",
    ]
    assert found[1].text == ".287 (.129 to .430)"
    assert all(each.interval.low < each.value < each.interval.high for each in found)


def test_another_version_and_images_that_nobody_else_saw_have_none() -> None:
    assert other_brains(replace(HUMAN_IT, version=99)) == []
    assert other_brains(BENCHMARKS["cowley2023.v4-210325.encoding"]) == []
