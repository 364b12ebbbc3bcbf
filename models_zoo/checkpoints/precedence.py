"""Which network of a checkpoint with several is meant, where the field has a rule; else that must be said.

- Momentum contrast (MoCo, BYOL and their like): the query or online network is evaluated, its momentum copy is not.
- Self-distillation with a DINO head (DINO, iBOT, DINOv2): the teacher is what the papers report.
- A moving average of the weights beside the weights: the average, as `timm.models.load_checkpoint` takes it by default.
"""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

import torch

from brainrank.benchmark.types.errors import InvalidDataError
from brainrank.models_zoo.checkpoints.anatomy import Anatomy
from brainrank.models_zoo.checkpoints.candidates import Candidate, Head, Part


class Role(StrEnum):
    """What a network is in its training, by the words of its key and prefix."""

    MAIN = "network itself"
    QUERY = "query or online network"
    MOMENTUM = "momentum copy"
    TEACHER = "teacher"
    STUDENT = "student"
    AVERAGE = "average (EMA)"


ROLES: Sequence[tuple[str, Role]] = (
    (r"(^|_)teacher(_|$)", Role.TEACHER),
    (r"(^|_)student(_|$)", Role.STUDENT),
    (r"(^|_)(ema|averaged)(_|$)", Role.AVERAGE),
    (r"(^|_)(momentum|target|key)(_|$)|^(encoder|backbone|model|net)_k$", Role.MOMENTUM),
    (r"(^|_)(online|query)(_|$)|^(encoder|backbone|model|net)_q$|^base_encoder$", Role.QUERY),
)
# Parts of names that only networks trained by self-distillation with a DINO head have.
DISTILLATION = re.compile(r"(^|\.)(dino_head|ibot_head|dino_loss|ibot_loss|last_layer|head\.mlp)(\.|$)")


class Chosen(NamedTuple):
    """The network that is taken, and in words which of several it is; empty where there was only one."""

    candidate: Candidate
    among: str


def choose(complete: Sequence[Candidate], parts: Sequence[Part], anatomy: Anatomy, name: str) -> Chosen:
    """The candidate that is meant: the only one, one of equals, or the one that the field reports.

    Raises InvalidDataError that lists them where none of these is the case.
    """
    groups = _groups(complete, anatomy)
    if len(groups) == 1:
        others = [where(each) for each in groups[0][1:] if where(each) != where(groups[0][0])]
        return Chosen(groups[0][0], f"the same in {', '.join(others)}" if others else "")
    first = [group[0] for group in groups]
    distilled = any(DISTILLATION.search(tensor) for part in parts for tensor in part.tensors)
    left: Sequence[Candidate] = first
    for rule in (_without_students, _without_momentum, _only_averages):
        left = rule(left, distilled)
    if len(left) > 1:
        listed = "".join(f"\n  {options(each)}" for each in first)
        raise InvalidDataError(
            f"{name} holds {len(first)} networks that fit, with different weights. Say which with --key and --prefix "
            f"(key= and prefix= of br.load):{listed}"
        )
    others = list(dict.fromkeys(where(each) for each in first if each is not left[0]))
    return Chosen(left[0], f"the {role(left[0])}, not {', '.join(others)}")


def role(candidate: Candidate) -> Role:
    """What a candidate is, by the innermost word that says it."""
    words = [*candidate.part.key.split("."), *candidate.prefix.split(".")]
    for word in reversed(words):
        for pattern, found in ROLES:
            if re.search(pattern, word.lower()):
                return found
    return Role.MAIN


def where(candidate: Candidate) -> str:
    """Where a candidate is, in few words."""
    key, prefix = candidate.part.key, candidate.prefix.removesuffix(".")
    return ".".join(each for each in (key, prefix) if each) or "the file's own names"


def options(candidate: Candidate) -> str:
    """The options that choose a candidate."""
    return f"--key '{candidate.part.key}' --prefix '{candidate.prefix}'"


def _groups(complete: Sequence[Candidate], anatomy: Anatomy) -> list[list[Candidate]]:
    """The candidates by their tensors; those with equal ones are together."""
    groups = list[list[Candidate]]()
    for each in complete:
        for group in groups:
            if _are_equal(group[0], each, anatomy):
                group.append(each)
                break
        else:
            groups.append([each])
    return groups


def _are_equal(first: Candidate, second: Candidate, anatomy: Anatomy) -> bool:
    both_whole = first.head is Head.WHOLE and second.head is Head.WHOLE
    names: Iterable[str] = (*anatomy.body, *(anatomy.head if both_whole else ()))
    pairs = ((first.tensor(own), second.tensor(own)) for own in names)
    return all(a is b or torch.equal(a.flatten(), b.flatten()) for a, b in pairs)


def _without_students(left: Sequence[Candidate], distilled: bool) -> Sequence[Candidate]:
    teachers = [each for each in left if role(each) is Role.TEACHER]
    return [each for each in left if role(each) is not Role.STUDENT] if distilled and teachers else left


def _without_momentum(left: Sequence[Candidate], distilled: bool) -> Sequence[Candidate]:
    # Where a DINO head is, the momentum copy is the teacher under another name: then nothing is sure.
    others = [each for each in left if role(each) is not Role.MOMENTUM]
    return others if others and not distilled else left


def _only_averages(left: Sequence[Candidate], _distilled: bool) -> Sequence[Candidate]:
    averages = [each for each in left if role(each) is Role.AVERAGE]
    mixed = {role(each) for each in left} == {Role.AVERAGE, Role.MAIN}
    return averages if mixed else left
