"""Groups of stimuli by name, and groups that become one."""

import itertools

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from brainrank.datasets.groups import groups_of, join_groups

STIMULI = "abcdefgh"


def test_a_stimulus_without_a_group_stands_for_itself() -> None:
    assert groups_of(["a", "b", "c"], {"a": "x", "c": "x"}) == ("x", "b", "x")
    assert groups_of(["a", "b"], {"a": "x", "b": "y"}) is None
    assert groups_of(["a", "b"], {}) is None
    assert groups_of(["original", "copy"], {"copy": "original"}) == ("original", "original")


def test_groups_that_share_a_stimulus_become_one() -> None:
    found = join_groups({"a": "x", "b": "x", "c": "y", "d": "z"}, [("b", "c"), ("e", "f"), ("f", "e")])
    assert found == {"a": "x", "b": "x", "c": "x", "d": "z", "e": "e", "f": "e"}


@given(
    st.dictionaries(st.sampled_from(STIMULI), st.sampled_from("xyz")),
    st.lists(st.lists(st.sampled_from(STIMULI), min_size=1), max_size=6),
)
def test_groups_are_the_connected_components(group_of: dict[str, str], together: list[list[str]]) -> None:
    graph = nx.Graph()
    graph.add_nodes_from(STIMULI)
    graph.add_edges_from((stimulus, f"group {group}") for stimulus, group in group_of.items())
    for members in together:
        graph.add_edges_from(itertools.pairwise(members))
    found = join_groups(group_of, together)
    for first, second in itertools.combinations(STIMULI, 2):
        alike = found.get(first, first) == found.get(second, second)
        assert alike == nx.has_path(graph, first, second)
