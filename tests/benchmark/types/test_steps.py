"""Areas and steps by the names of layers."""

import pytest

from brainrank.benchmark.types.steps import Step, areas_of, by_area, layers_of_steps, step_of


@pytest.mark.parametrize(
    ("layer", "step"),
    [
        ("V4.step3", Step("V4", 3)),
        ("V4.step12:mean", Step("V4:mean", 12)),
        ("blocks.2#1", Step("blocks.2", 1)),
        ("encoder#2:0:mean", Step("encoder:0:mean", 2)),
        ("net.V2.step1#2", Step("net.V2.step1", 2)),
        ("V1", None),
        ("step1", None),
        ("V4.step0", None),
        ("V4.step", None),
        ("V4.steps3", None),
        ("V4.step3.relu", None),
        ("head:a#2", None),
    ],
)
def test_a_layers_name_tells_its_area_and_step(layer: str, step: Step | None) -> None:
    assert step_of(layer) == step


def test_names_are_read_as_they_are_written() -> None:
    layers = layers_of_steps({"V2": 2, "IT": 3})
    assert layers == ("V2.step1", "V2.step2", "IT.step1", "IT.step2", "IT.step3")
    assert [step_of(each) for each in layers] == [Step("V2", 1), Step("V2", 2), *(Step("IT", n) for n in (1, 2, 3))]


def test_areas_have_their_steps_in_order_whatever_the_layers_have() -> None:
    layers = ("stem", "a#1", "b#1", "a#3", "b#2", "a#2", "c#2", "head")
    found = areas_of(layers)
    assert {area: [each.number for each in steps] for area, steps in found.items()} == {"a": [1, 2, 3], "b": [1, 2]}
    assert [layers[each.place] for each in found["a"]] == ["a#1", "a#2", "a#3"]
    assert [layers[each] for each in by_area(layers)] == ["stem", "a#1", "a#2", "a#3", "b#1", "b#2", "c#2", "head"]
    assert by_area(("x", "y")) == (0, 1)
    assert areas_of(("x.step1", "y")) == {}
