"""Why a file's tensors are not taken for a network, and what to do."""

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import torch

from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError, UserError
from brainrank.models_zoo.checkpoints.anatomy import Anatomy
from brainrank.models_zoo.checkpoints.candidates import Candidate, Part
from brainrank.models_zoo.checkpoints.choice import Choice

MOST_TOLD, MOST_COMPARED = 3, 2_000
ADAPTER = re.compile(r"(^|[._])lora_(A|B|up|down|magnitude)|(^|\.)(lokr|loha|hada|ia3)_")
QUANTISED = re.compile(
    r"\.(qweight|qzeros|scales|SCB|absmax|quant_map|quant_state|weight_scale|weight_format)\b|_packed_params"
)
OPTIMISER = frozenset(("optimizer", "optimizers", "optimizer_states", "param_groups", "exp_avg", "momentum_buffer"))
UNQUANTISED = (
    "quantised integers mean nothing without their scales. Give the weights as they were before, or export the network "
    "as onnx:FILE"
)
# Names that transformers gives, and no other library.
TRANSFORMERS = re.compile(
    r"\.attention\.attention\.query\.|\.self_attn\.q_proj\.|\.attention\.output\.dense\.|resnet\.encoder\.stages"
)


def refusal(
    content: Mapping[Any, Any],
    parts: Sequence[Part],
    found: Sequence[Candidate],
    path: Path,
    *,
    name: str,
    anatomy: Anatomy,
    choice: Choice,
) -> UserError:
    """The error of a file in which a network is not whole."""
    names = [tensor for part in parts for tensor in part.tensors]
    if not names or (OPTIMISER & {str(key) for key in content} and not found):
        return InvalidDataError(
            f"{path} holds no weights by name{_instead(content)}; save the network's state with "
            "torch.save(network.state_dict(), path)"
        )
    if choice.key is not None and choice.key not in {part.key for part in parts}:
        return UnknownNameError(f"key of {path.name}", choice.key, {part.key for part in parts})
    if any(ADAPTER.search(tensor) for tensor in names):
        return InvalidDataError(
            f"{path} holds an adapter (LoRA), which changes a network that is not in the file; merge it into its "
            "network (peft: merge_and_unload()) and save that one's state_dict()"
        )
    best = found[0] if found else None
    if best is not None and best.no_fractions:
        return InvalidDataError(f"{path} does not fit {name}: {_no_fractions(best)}")
    quantised = next((tensor for tensor in names if QUANTISED.search(tensor)), None)
    if quantised is not None:
        return InvalidDataError(f"{path} does not fit {name}: '{quantised}' is of quantised weights; {UNQUANTISED}")
    return InvalidDataError(_misfit(best, names, path, name, anatomy, choice))


def _misfit(
    best: Candidate | None, names: Sequence[str], path: Path, name: str, anatomy: Anatomy, choice: Choice
) -> str:
    hint = (
        "These are transformers' names: give its repository as transformers:OWNER/REPO@COMMIT"
        if any(TRANSFORMERS.search(each) for each in names)
        else f"Is it another architecture's? brainrank models layers {_source(anatomy)} shows what this one has"
    )
    n_body = len(anatomy.body)
    if best is None or len(best.missing) == n_body:
        prefix = f" has the prefix '{choice.prefix}' and" if choice.prefix else ""
        return (
            f"{path} does not fit {name}: none of its {len(names)} tensors{prefix} has a name of the {n_body} of the "
            f"body. It has {_names_text(names)}; {_names_text(anatomy.body)} are needed. {hint}"
        )
    faults = []
    if best.missing:
        near = _nearest_names(best, names)
        faults.append(f"missing {_names_text(best.missing)}{f' (the file has {near})' if near else ''}")
    if best.misshapen:
        first = best.misshapen[0]
        given = tuple(best.tensor(first).shape)
        faults.append(
            f"{len(best.misshapen)} of another shape: '{first}' is {given}, but {anatomy.shapes[first]} is needed"
        )
    if best.excess:
        faults.append(f"{len(best.excess)} that this architecture has not: {_names_text(best.excess)}")
    n_fit = n_body - len(best.missing) - len(best.misshapen)
    return (
        f"{path} does not fit {name}: {n_fit} of the {n_body} tensors of its body fit{_where(best)}; "
        f"{'; '.join(faults)}. A network is never loaded in part. {hint}"
    )


def _no_fractions(best: Candidate) -> str:
    """Why the first of these tensors is not taken for weights."""
    first = best.no_fractions[0]
    tensor = best.tensor(first)
    if tensor.is_complex():
        return f"'{first}' is of complex numbers ({tensor.dtype}), and the network computes with real ones"
    if tensor.layout is not torch.strided:
        return f"'{first}' is sparse; save it with .to_dense()"
    return f"'{first}' is {tensor.dtype}, of quantised weights; {UNQUANTISED}"


def _where(best: Candidate) -> str:
    told = [f"key {best.part.key}" if best.part.key else "", f"prefix {best.prefix}" if best.prefix else ""]
    told = [each for each in (*told, best.naming.name) if each]
    return f" ({', '.join(told)})" if told else ""


def _nearest_names(best: Candidate, names: Sequence[str]) -> str:
    """The file's names nearest to the first that is missing."""
    used = {best.prefix + each for each in best.names.values()}
    left = [each.removeprefix(best.prefix) for each in names if each not in used][:MOST_COMPARED]
    return ", ".join(get_close_matches(best.missing[0], left, n=MOST_TOLD, cutoff=0.6))


def _instead(content: Mapping[Any, Any]) -> str:
    keys = [str(key) for key in content]
    if OPTIMISER & set(keys):
        return f", but an optimiser's state ({_names_text(keys)})"
    return f" (it has {_names_text(keys)})" if keys else " (it is empty)"


def _names_text(names: Iterable[str]) -> str:
    listed = [each[:80] for each in names]
    return ", ".join(listed[:MOST_TOLD]) + (f" and {len(listed) - MOST_TOLD} more" if len(listed) > MOST_TOLD else "")


def _source(anatomy: Anatomy) -> str:
    return f"{anatomy.name}@random" if anatomy.name.startswith(("timm:", "torchvision:")) else anatomy.name
