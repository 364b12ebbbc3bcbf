"""Where in a checkpoint a network can be: pairs of a mapping and a prefix, scored by what of its body fits there."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import torch

from brainrank.models_zoo.checkpoints.anatomy import ENTAILED, Anatomy, is_of, places_of
from brainrank.models_zoo.checkpoints.choice import Choice
from brainrank.models_zoo.checkpoints.namings import Naming
from brainrank.models_zoo.checkpoints.positions import is_resizable

DEEPEST, MOST_DOTS, MOST_PREFIXES = 8, 12, 6
# Beside a body these say nothing of it: counts of operations, and the token that masked patches were replaced by.
ASIDE = frozenset((*ENTAILED, "total_ops", "total_params", "mask_token"))
FLOATS = (torch.float32, torch.float16, torch.bfloat16, torch.float64)


class Part(NamedTuple):
    """A mapping of a file that has tensors: where it is, with dots, and these by name."""

    key: str
    tensors: Mapping[str, torch.Tensor]


class Head(StrEnum):
    """What a file has in the place of the classifier."""

    WHOLE = "whole"
    ABSENT = "absent"
    OTHER = "other"
    PROJECTOR = "projector"


class Candidate(NamedTuple):
    """A network as it may be in a file: `names` are the file's by the network's own, without the prefix.

    `missing`, `misshapen` and `no_fractions` are tensors of the body that are not there, of another shape, and not
    numbers with a fraction; `excess` are others where the body is: blocks that this network has not. `aside` are those
    that belong to something else under the same prefix.
    """

    part: Part
    prefix: str
    naming: Naming
    names: Mapping[str, str]
    missing: tuple[str, ...]
    misshapen: tuple[str, ...]
    no_fractions: tuple[str, ...]
    excess: tuple[str, ...]
    aside: tuple[str, ...]
    resized: tuple[str, ...]
    head: Head

    @property
    def is_complete(self) -> bool:
        """Whether the whole body is there, and nothing else in its place."""
        return not (self.missing or self.misshapen or self.no_fractions or self.excess)

    @property
    def n_missing(self) -> int:
        """How many tensors of the body are not there, or not in its shape."""
        return len(self.missing) + len(self.misshapen)

    def tensor(self, own: str) -> torch.Tensor:
        """The file's tensor for one of the network's."""
        return self.part.tensors[self.prefix + self.names[own]]


def parts_of(content: Mapping[Any, Any]) -> list[Part]:
    """All mappings in a file that have tensors by name, in its order; each once, wherever it is named again."""
    return list(_parts(content, "", DEEPEST, set()))


def _parts(content: Mapping[Any, Any], key: str, deep: int, seen: set[int]) -> Iterator[Part]:
    if id(content) in seen:
        return
    seen.add(id(content))
    tensors = {name: each for name, each in content.items() if isinstance(name, str) and isinstance(each, torch.Tensor)}
    if tensors:
        yield Part(key, tensors)
    for name, each in content.items():
        if isinstance(name, str) and isinstance(each, Mapping) and deep:
            yield from _parts(each, f"{key}.{name}" if key else name, deep - 1, seen)


def candidates(parts: Sequence[Part], anatomy: Anatomy, choice: Choice) -> list[Candidate]:
    """The pairs in which something of the body is: complete ones first, then by what is there, then as in the file."""
    body = set(anatomy.body)
    found = []
    for part in parts:
        if choice.key not in {None, part.key}:
            continue
        for naming in anatomy.namings:
            votes = _votes(part, {foreign for foreign, own in naming.own.items() if own in body})
            prefixes = [prefix for prefix, _ in votes.most_common(MOST_PREFIXES)]
            chosen = prefixes if choice.prefix is None else [each for each in prefixes if each == choice.prefix]
            found += [_candidate(part, prefix, naming, anatomy) for prefix in chosen]
    return sorted(found, key=lambda each: (not each.is_complete, each.n_missing, each.head is not Head.WHOLE))


def prefixes_of(name: str) -> Iterator[str]:
    """The prefixes that a name may have: none, and all up to a dot."""
    yield ""
    end = -1
    for _ in range(MOST_DOTS):
        end = name.find(".", end + 1)
        if end < 0:
            return
        yield name[: end + 1]


def _votes(part: Part, wanted: set[str]) -> Counter[str]:
    """How many tensors of the body there are behind each prefix."""
    votes = Counter[str]()
    for name in part.tensors:
        votes.update(prefix for prefix in prefixes_of(name) if name[len(prefix) :] in wanted)
    return votes


def _candidate(part: Part, prefix: str, naming: Naming, anatomy: Anatomy) -> Candidate:
    inside = [name[len(prefix) :] for name in part.tensors if name.startswith(prefix)]
    names = {naming.own[name]: name for name in inside if name in naming.own}
    tensors = {own: part.tensors[prefix + name] for own, name in names.items()}
    present = [own for own in anatomy.body if own in tensors]
    unlike = [own for own in present if not _has_shape(tensors[own], anatomy.shapes[own], naming)]
    resized = tuple(own for own in unlike if is_resizable(own, tuple(tensors[own].shape), anatomy.shapes[own]))
    others = [name for name in inside if name not in naming.own and name.rpartition(".")[2] not in ASIDE]
    classifier, body = places_of(anatomy, naming)
    excess = tuple(name for name in others if not is_of(name, classifier) and _is_in_body(name, body))
    return Candidate(
        part,
        prefix,
        naming,
        names,
        missing=tuple(own for own in anatomy.body if own not in tensors),
        misshapen=tuple(own for own in unlike if own not in resized),
        no_fractions=tuple(own for own in present if own in anatomy.fractions and not _has_fractions(tensors[own])),
        excess=excess,
        aside=tuple(name for name in others if name not in excess and not is_of(name, classifier)),
        resized=resized,
        head=_head(tensors, anatomy, naming, has_more=any(is_of(name, classifier) for name in others)),
    )


def _has_shape(tensor: torch.Tensor, shape: tuple[int, ...], naming: Naming) -> bool:
    return tuple(tensor.shape) == shape or (naming.reshapes and tensor.numel() == torch.Size(shape).numel())


def _has_fractions(tensor: torch.Tensor) -> bool:
    return tensor.dtype in FLOATS and tensor.layout is torch.strided


def _is_in_body(name: str, body: frozenset[str]) -> bool:
    """Whether a tensor of no name of this network's changes what its body computes: blocks, steps, tokens, places."""
    first, dot, _ = name.partition(".")
    is_input = not dot and ("token" in name or "embed" in name) and not name.startswith(("decoder", "predictor"))
    return first in body or is_input


def _head(tensors: Mapping[str, torch.Tensor], anatomy: Anatomy, naming: Naming, *, has_more: bool) -> Head:
    there = [own for own in anatomy.head if own in tensors]
    if has_more:
        return Head.PROJECTOR
    if not there:
        return Head.ABSENT if anatomy.head else Head.WHOLE
    fits = all(_has_shape(tensors[own], anatomy.shapes[own], naming) and _has_fractions(tensors[own]) for own in there)
    return Head.WHOLE if fits and len(there) == len(anatomy.head) else Head.OTHER
