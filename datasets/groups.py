"""Groups of stimuli that belong together: photographs of one object, views of one scene, copies.

A group is told by name, for each stimulus that is in one; a stimulus in none stands for itself, under its own id.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from brainrank.benchmark.types.depictions import DepictionAssembly
from brainrank.benchmark.types.measure import Assembly
from brainrank.benchmark.types.timed_assemblies import TimedContrasts
from brainrank.benchmark.types.trials import BehaviouralAssembly


def groups_of(stimulus_ids: Sequence[str], group_of: Mapping[str, str]) -> tuple[str, ...] | None:
    """The group of each stimulus, in order; None where each stands for itself."""
    groups = tuple(group_of.get(each, each) for each in stimulus_ids)
    return groups if len(set(groups)) < len(groups) else None


def join_groups(group_of: Mapping[str, str], together: Iterable[Sequence[str]]) -> dict[str, str]:
    """The group of each stimulus after the groups of stimuli that lie `together` were made one.

    A group made of several has the name of the first of them.
    """
    within: dict[str, str] = {}
    named = dict(group_of)
    for members in together:
        groups = [_outermost(named.setdefault(each, each), within) for each in members]
        within |= {group: groups[0] for group in groups[1:] if group != groups[0]}
    return {each: _outermost(group, within) for each, group in named.items()}


def _outermost(group: str, within: Mapping[str, str]) -> str:
    while group in within:
        group = within[group]
    return group


def grouped(assembly: Assembly, group_of: Mapping[str, str]) -> Assembly:
    """What was measured, with the groups of its stimuli."""
    if isinstance(assembly, BehaviouralAssembly):
        own = {each: group_of[each] for each in assembly.stimulus_ids if each in group_of}
        return replace(assembly, group_of=own or None)
    if isinstance(assembly, TimedContrasts | DepictionAssembly):
        return assembly  # whose units are contrasts, or objects, whatever a study says
    return replace(assembly, groups=groups_of(assembly.stimulus_ids, group_of))
