"""What an output holds, behind the keys that lead to it."""

from collections import OrderedDict

import pytest

from brainrank.benchmark.types.outputs import layer_name, output_name, parts


@pytest.mark.parametrize(
    ("output", "found"),
    [
        ("t", {"": "t"}),
        (("t", None, "u"), {":0": "t", ":2": "u"}),
        ({"a": "t", "b": ["u", ("v",)]}, {":a": "t", ":b:0": "u", ":b:1:0": "v"}),
        (OrderedDict(last="t", hidden=("u",)), {":last": "t", ":hidden:0": "u"}),
        ({3: "t"}, {":3": "t"}),
        ((), {}),
    ],
)
def test_parts_are_named_by_index_and_key(output: object, found: dict[str, object]) -> None:
    assert dict(parts(output)) == found


def test_names_number_calls_and_say_the_pooling_where_a_key_is_called_like_one() -> None:
    assert output_name("relu", 0, "") == "relu"
    assert output_name("relu", 2, ":0") == "relu#2:0"
    assert layer_name("head:logits", ":logits") == "head:logits"
    assert layer_name("head:mean", ":mean") == "head:mean:flatten"
    assert layer_name("mean", "") == "mean"
