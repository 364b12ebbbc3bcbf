"""Files of weights as people have them, read without running code: safetensors, torch.save's, and shards of either."""

import json
import pickle
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from brainrank.benchmark.types.errors import InvalidDataError, UserError, first_line
from brainrank.models_zoo.checkpoints.claims import Claims, names_of_pickle, read_legacy_claims, read_zip_claims
from brainrank.models_zoo.checkpoints.inert import INERT
from brainrank.models_zoo.loaders.safetensors_header import check_safetensors

SAFETENSORS, SHARDED = ".safetensors", ".index.json"
TORCH = (".pth", ".pt", ".ckpt", ".tar", ".bin")
SUFFIXES = (SAFETENSORS, *TORCH)
MOST_SHARDS, MOST_INDEX_BYTES = 1_000, 64 * 2**20
ZIP, TAR, TAR_AT = b"PK\x03\x04", b"ustar", 257
PICKLES = tuple(bytes([0x80, protocol]) for protocol in range(2, 6))
# What transformers, diffusers and others call the weights in a folder.
IN_FOLDERS = ("model.safetensors.index.json", "pytorch_model.bin.index.json", "model.safetensors", "pytorch_model.bin")
# What torch itself needs for plain tensors; no code of anybody's.
REBUILDS = "torch._utils._rebuild_"
PLAIN = {
    *(f"{REBUILDS}{kind}" for kind in ("tensor", "tensor_v2", "tensor_v3", "qtensor", "parameter")),
    f"{REBUILDS}parameter_with_state", f"{REBUILDS}sparse_tensor", "torch._tensor._rebuild_from_type_v2",
    "torch.nn.parameter.Parameter", "torch.serialization._get_layout",
    "collections.OrderedDict", "collections.Counter", "torch.Size", "torch.Tensor", "torch.device",
    "torch.storage.UntypedStorage", "_codecs.encode", "torch.per_tensor_affine", "torch.per_channel_affine",
}  # fmt: skip
MODULES = ("torch.nn.modules.", "torchvision.models.", "timm.models.", "timm.layers.", "__main__.")


def require_weights_file(path: Path) -> None:
    """Raise UserError for a name that is not one of a file of weights; nothing is read."""
    if path.is_dir():
        held = next((name for name in IN_FOLDERS if (path / name).is_file()), None)
        way = _way_of_folder(path / held) if held else "give one of its files"
        raise UserError(f"{path} is a folder; {way}")
    if path.name.endswith(SHARDED):
        raise UserError(f"{path.name} lists a checkpoint in pieces; {_way_of_folder(path)}")
    if path.suffix not in SUFFIXES:
        raise UserError(
            f"'{path}' is no file of weights, which end in {', '.join(SUFFIXES)}; write it as one with "
            "torch.save(network.state_dict(), path), or give a graph as onnx:FILE"
        )


def _way_of_folder(file: Path) -> str:
    if file.name.endswith(SHARDED):
        return f"make one file of it with: brainrank convert '{file}' OUT.safetensors"
    return f"give the file in it: '{file}'"


def read_file(path: Path) -> Mapping[Any, Any]:
    """What a file of weights holds: tensors by name, or mappings in mappings. Tensors stay on the disk if they can.

    Raises InvalidDataError for what is damaged, claims more than it holds, is no weights, or needs code to be read.
    """
    with path.open("rb") as file:
        start = file.read(TAR_AT + len(TAR))
    if path.suffix == SAFETENSORS:
        return _read_safetensors(path, start)
    if start.startswith(ZIP):
        return _read_zip(path)
    if start[TAR_AT:] == TAR:
        raise InvalidDataError(f"{path} was written by torch 0.1 (tar); {_anew(path)}")
    if start.startswith(PICKLES):
        return _read_legacy(path)
    if start[8:9] == b"{":
        return _read_safetensors(path, start)
    raise InvalidDataError(f"{path} {_what_it_is(start)}")


def _what_it_is(start: bytes) -> str:
    """What a file is that is no file of weights, as far as it can be told, and what to do."""
    if not start:
        return "is empty; fetch it again"
    if start.startswith(b"version https://git-lfs"):
        return "is a pointer of Git LFS, not the file itself; get that with: git lfs pull"
    if start.lstrip()[:1] == b"<":
        return "is a web page, not the file itself; fetch it from its address for downloads"
    return (
        f"is neither of torch.save nor of safetensors (it begins with {start[:8]!r}); other libraries' weights "
        "(TensorFlow, JAX) have to be converted to PyTorch first, with the tools of their library"
    )


def read_shards(path: Path) -> Mapping[str, torch.Tensor]:
    """The tensors of all files that an index names, which lie beside it. Raises InvalidDataError."""
    if path.stat().st_size > MOST_INDEX_BYTES:
        raise InvalidDataError(f"{path} has {path.stat().st_size:,} bytes; an index has {MOST_INDEX_BYTES:,} at most")
    try:
        places = json.loads(path.read_text(encoding="utf-8"))["weight_map"]
        names = {str(name): str(file) for name, file in places.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidDataError(f"{path} is no index of shards ({first_line(error)}); it has a 'weight_map'") from error
    files = dict.fromkeys(names.values())
    strange = [file for file in files if Path(file).name != file or not file.endswith(SUFFIXES)]
    absent = [file for file in files if not (path.parent / file).is_file()]
    if strange or absent or len(files) > MOST_SHARDS:
        fault = f"{(strange or absent)[0]} is not beside it" if strange or absent else f"it names {len(files):,} files"
        raise InvalidDataError(f"{path}: {fault}; put all shards into its folder")
    content = {file: read_file(path.parent / file) for file in files}
    lacking = [name for name, file in names.items() if not isinstance(content[file].get(name), torch.Tensor)]
    if lacking:
        raise InvalidDataError(f"{path}: {names[lacking[0]]} holds no '{lacking[0]}'; fetch the shards again")
    return {name: content[file][name] for name, file in names.items()}


def _read_safetensors(path: Path, start: bytes) -> Mapping[Any, Any]:
    if start.startswith((ZIP, *PICKLES)):
        raise InvalidDataError(
            f"{path} is a pickle (torch.save) under the name of safetensors; rename it to .pth, or make a safetensors "
            "file of it with: brainrank convert NAME.pth NAME.safetensors"
        )
    check_safetensors(path)
    try:
        return load_file(path)
    except (SafetensorError, RuntimeError, ValueError, KeyError, AttributeError) as error:
        raise InvalidDataError(f"{path} cannot be read ({first_line(error)}); fetch it again") from error


def _read_zip(path: Path) -> Mapping[Any, Any]:
    try:
        with zipfile.ZipFile(path) as archive:
            inside = {name.partition("/")[2] for name in archive.namelist()}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise InvalidDataError(f"{path} is a damaged archive ({first_line(error)}); fetch it again") from error
    if "constants.pkl" in inside or any(name.startswith("code/") for name in inside):
        raise InvalidDataError(
            f"{path} is a TorchScript archive: a program with its weights. Write the weights alone, with "
            f"torch.save(torch.jit.load('{path.name}').state_dict(), 'weights.pth')"
        )
    return _load(path, read_zip_claims(path), mmap=True)


def _read_legacy(path: Path) -> Mapping[Any, Any]:
    claims = read_legacy_claims(path)
    if claims is None:
        needed = sorted(names_of_pickle(path))
        raise InvalidDataError(
            f"{path} is a bare pickle, not of torch.save"
            + (f", and reading it runs code ({', '.join(needed[:3])})" if needed else "")
            + f"; nothing of it was run. Where you trust it: state = pickle.load(open('{path.name}', 'rb')); "
            "torch.save(state, 'weights.pth')"
        )
    return _load(path, claims, mmap=False)


def _load(path: Path, claims: Claims, *, mmap: bool) -> Mapping[Any, Any]:
    """What torch reads where a pickle names nothing but tensors and plain values."""
    strange = sorted(name for name in claims.names if not _is_plain(name))
    modules = sorted((name for name in strange if name.startswith(MODULES)), key=lambda name: ".models." not in name)
    if modules:
        inside = "['model']" if claims.is_mapping else ""
        raise InvalidDataError(
            f"{path} {'holds' if inside else 'is'} a whole network ({modules[0]}), pickled with the names of its code, "
            "which would run. Where that code is and you trust it: torch.save("
            f"torch.load('{path.name}', weights_only=False){inside}.state_dict(), 'weights.pth')"
        )
    if strange:
        told = ", ".join(strange[:3]) + (", ..." if len(strange) > 3 else "")
        raise InvalidDataError(f"{path} holds more than tensors: it needs code to be read ({told}). {_anew(path)}")
    try:
        with (
            torch.serialization.safe_globals([(kind, name) for name, kind in INERT.items()]),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")  # of torch's own past and future
            content = torch.load(path, weights_only=True, map_location="cpu", mmap=mmap)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise InvalidDataError(f"{path} cannot be read as weights ({_torch_message(error)}). {_anew(path)}") from error
    if not isinstance(content, Mapping):
        raise InvalidDataError(
            f"{path} holds a {type(content).__name__}, where tensors by name are due; save the network's with "
            "torch.save(network.state_dict(), path)"
        )
    return content


def _torch_message(error: Exception) -> str:
    """What torch says of a file, without its advice to run what is in it."""
    _, mark, own = str(error).partition("WeightsUnpickler error:")
    return " ".join(own.split("\n\n")[:2]).strip()[:300] if mark else first_line(error)[:300]


def _is_plain(name: str) -> bool:
    module, _, rest = name.rpartition(".")
    own = module == "torch" and (rest.endswith("Storage") or isinstance(vars(torch).get(rest), torch.dtype))
    return own or name in PLAIN or name in INERT


def _anew(path: Path) -> str:
    return (
        "Where you trust it, write its tensors alone: state = torch.load("
        f"'{path.name}', map_location='cpu', weights_only=False); torch.save(state['state_dict'], 'weights.pth')"
    )
