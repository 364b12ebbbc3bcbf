"""From a model as people name it to what a service is asked for; a file that it names is uploaded."""

import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from brainrank.benchmark.types.errors import UserError
from brainrank.benchmark.types.text import without_accents

if TYPE_CHECKING:
    from brainrank.api.schemas import ModelRequest, SubmissionAnswer, UploadAnswer

UPLOADED = ("file", "onnx", "features", "trials")
# A file alone is enough where its ending says what it is.
BY_ENDING = {".onnx": "onnx", ".npz": "features", ".npy": "features", ".csv": "trials"}


def model_request(
    model: str,
    *,
    name: str | None,
    layers: Sequence[str],
    pooling: str | None,
    upload: "Callable[[Path], UploadAnswer]",
    say: Callable[[str], None],
) -> "ModelRequest":
    """What to submit; `upload` sends a file and returns what the service calls it, `say` is told what was done to it.

    Of weights a service takes plain safetensors alone: another file is converted here. Raises UserError for settings
    that cannot be submitted, and what conversion and `upload` raise.
    """
    from pydantic import ValidationError

    from brainrank.api.schemas import ModelRequest

    scheme, _, rest = _with_source(model).partition(":")
    settings: dict[str, object] = {"layers": list(layers)} | ({} if pooling is None else {"pooling": pooling})
    if scheme in UPLOADED:
        written, mark, architecture = rest.partition("#")
        path = Path(written).expanduser()
        if scheme == "file" and _needs_conversion(path, architecture):
            source, architecture = _convert(path, architecture, upload, say)
        else:
            source = upload(path).source
        source = f"{source}{mark}{architecture}"
        settings |= {"name": name or name_of(path), "source": source}
    else:
        settings |= {"name": model} if name is None else {"name": name, "source": model}
    try:
        return ModelRequest.model_validate(settings)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise UserError(f"This cannot be submitted ({faults})") from error


def _needs_conversion(path: Path, architecture: str) -> bool:
    return bool(architecture) and (path.suffix != ".safetensors" or "?" in architecture)


def _convert(
    path: Path, written: str, upload: "Callable[[Path], UploadAnswer]", say: Callable[[str], None]
) -> tuple[str, str]:
    """Upload a checkpoint as safetensors; return what the service calls it, and its architecture alone."""
    from brainrank.models_zoo.checkpoints.choice import read_written
    from brainrank.models_zoo.checkpoints.conversion import convert

    architecture, choice = read_written(written)
    with tempfile.TemporaryDirectory(prefix="brainrank-") as folder:
        plain = Path(folder) / f"{path.stem}.safetensors"
        say(f"{path.name}: {convert(path, plain, architecture=architecture, choice=choice)}")
        return upload(plain).source, architecture


def left_out_remark(made: "SubmissionAnswer") -> str:
    """A line on what the groups asked for have beyond the service's files; empty where that is nothing."""
    from brainrank.api.services.boards.selection import WITH_THIS_SERVICE, files_remark

    return files_remark([each.partition(".")[0] for each in made.without_files], WITH_THIS_SERVICE)


def name_of(path: Path) -> str:
    """What a model is called after its file: `Étude 1.onnx` is `etude-1`."""
    return re.sub(r"[^a-z0-9._-]+", "-", without_accents(path.stem)).strip("-._")


def _with_source(model: str) -> str:
    """A file's name with what it is in front of it, where its ending says so."""
    path = Path(model).expanduser()
    kind = BY_ENDING.get(path.suffix.lower())
    return f"{kind}:{model}" if kind and model.partition(":")[0] not in UPLOADED and path.is_file() else model
