"""A checkpoint written anew as plain safetensors, under the names of its network."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors.torch import save

from brainrank.benchmark.files.storage import written_whole
from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError, UserError
from brainrank.models_zoo.checkpoints.candidates import FLOATS, Part, parts_of
from brainrank.models_zoo.checkpoints.choice import Choice
from brainrank.models_zoo.checkpoints.files import (
    IN_FOLDERS,
    SAFETENSORS,
    SHARDED,
    read_file,
    read_shards,
    require_weights_file,
)
from brainrank.models_zoo.checkpoints.reading import read_for
from brainrank.models_zoo.loaders.file import ask_for

# What wraps a network whole, and is no part of its names.
WRAPPERS = ("module.", "_orig_mod.")


class Converted(NamedTuple):
    """The tensors that are written, and in a line what was done."""

    tensors: Mapping[str, torch.Tensor]
    line: str


def convert(source: Path, target: Path, *, architecture: str | None, choice: Choice, replace: bool = False) -> str:
    """Write the network in `source` to `target`, whole or not at all, and return the line that says what was done.

    With an architecture (SOURCE:NAME) the tensors bear its names and are checked against it; without one all tensors of
    one mapping are written, without `module.` before their names. `source` may be shards: their index, or the folder.
    Raises UserError for a target that is there, unless `replace`, or that is the source; InvalidDataError as reading
    does; StorageError where it cannot be written.
    """
    if target.suffix != SAFETENSORS:
        raise UserError(f"'{target}' is to be a safetensors file; give a name that ends in {SAFETENSORS}")
    file = _file_in(source)
    if target.exists() and (not replace or target.is_dir() or target.samefile(file)):
        raise UserError(f"{target} is there already; give another name{'' if replace else ', or --replace'}")
    content = read_shards(file) if file.name.endswith(SHARDED) else read_file(file)
    made = _as_it_is(content, file, choice) if architecture is None else _fitted(content, file, architecture, choice)
    with written_whole(target) as out:
        out.write(save({name: _contiguous(tensor, name, file) for name, tensor in made.tensors.items()}))
    return made.line


def _file_in(source: Path) -> Path:
    """The file itself, or the first of the usual ones in a folder. Raises UserError where there is none."""
    if not source.is_dir():
        if not source.is_file():
            raise UserError(f"There is no file {source}; give its path from {Path.cwd()} or in full")
        if not source.name.endswith(SHARDED):
            require_weights_file(source)
        return source
    found = next((source / name for name in IN_FOLDERS if (source / name).is_file()), None)
    if found is None:
        raise UserError(f"{source} is a folder without {', '.join(IN_FOLDERS)}; give the file of weights itself")
    return found


def _fitted(content: Mapping[str, object], file: Path, architecture: str, choice: Choice) -> Converted:
    asked = ask_for(architecture, choice)
    reading = read_for(content, file, name=asked.name, anatomy=asked.anatomy, choice=choice)
    if asked.architecture.text is None:
        return Converted(reading.tensors(), reading.line)
    # A readout by sentences needs the rest of the model.
    return Converted(reading.whole(), f"{reading.line}; written with all that stands beside it, as a text tower")


def _as_it_is(content: Mapping[str, object], file: Path, choice: Choice) -> Converted:
    part = _only_part(parts_of(content), file, choice)
    prefix = _wrapping(part) if choice.prefix is None else choice.prefix
    tensors = {name[len(prefix) :]: each for name, each in part.tensors.items() if name.startswith(prefix)}
    if not tensors or "" in tensors:
        raise InvalidDataError(
            f"{file}: no tensor's name begins with '{prefix}'; it has {', '.join(list(part.tensors)[:3])}"
        )
    told = [f"{len(tensors)} of {len(part.tensors)} tensors", part.key and f"key {part.key}"]
    told += [prefix and f"prefix {prefix} removed", "names not checked (no --architecture)"]
    return Converted(tensors, "; ".join(each for each in told if each))


def _only_part(parts: list[Part], file: Path, choice: Choice) -> Part:
    """The mapping that is meant. Raises InvalidDataError where there is none, or several and no key says which."""
    if not parts:
        raise InvalidDataError(f"{file} holds no tensors by name; save the network's state_dict()")
    found = [part for part in parts if choice.key in {None, part.key}]
    if not found:
        raise UnknownNameError(f"key of {file.name}", str(choice.key), [part.key for part in parts])
    if len(found) > 1:
        listed = "".join(f"\n  --key '{part.key}' ({len(part.tensors)} tensors)" for part in found)
        raise InvalidDataError(f"{file} holds tensors in {len(found)} mappings; say which, or --architecture:{listed}")
    return found[0]


def _wrapping(part: Part) -> str:
    """The wrappers that are before every name."""
    prefix = ""
    while more := next((each for each in WRAPPERS if all(k.startswith(prefix + each) for k in part.tensors)), ""):
        prefix += more
    return prefix


def _contiguous(tensor: torch.Tensor, name: str, file: Path) -> torch.Tensor:
    """The tensor with memory of its own, in order: tied and transposed ones are written out."""
    held = tensor.untyped_storage().nbytes() if tensor.layout is torch.strided else 0
    if tensor.layout is not torch.strided or tensor.is_quantized or tensor.numel() * tensor.element_size() > held:
        raise InvalidDataError(f"{file}: '{name}' is no plain tensor (sparse, quantised or repeated); save it as one")
    if tensor.is_complex() and tensor.dtype not in FLOATS:
        raise InvalidDataError(f"{file}: '{name}' is of complex numbers, which networks here have not; leave it out")
    return tensor.detach().clone(memory_format=torch.contiguous_format)
