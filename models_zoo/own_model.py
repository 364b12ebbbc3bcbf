"""Models of the user's own: what goes wrong in them is theirs to mend, and is told by their line that failed."""

import linecache
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from brainrank.benchmark.types.activations import ActivationsError
from brainrank.benchmark.types.errors import BrainrankError, ModelLoadError, UserError, first_line
from brainrank.benchmark.types.model_spec import ModelSpec
from brainrank.models_zoo.load import find_source


class OwnModelError(UserError):
    """A file or code of the user's own that makes no model, or one that cannot be run."""


@contextmanager
def own_model_told(spec: ModelSpec) -> Iterator[None]:
    """Turn what goes wrong inside with a model of the user's own into an OwnModelError.

    Of a file that is a ModelLoadError or ActivationsError; of code whatever its own lines raise, with file, number and
    text of the last of them. A file that was uploaded to a service is not of this machine's user.
    """
    source = find_source(spec)
    own = source.reads_files and spec.weights is None
    code = own and source.runs_code
    try:
        yield
    except UserError:
        raise
    except (ModelLoadError, ActivationsError) as error:
        if not own:
            raise
        line = _own_line(error, spec) if code else ""
        raise OwnModelError(f"{error} ({line})" if line else str(error)) from error
    except BrainrankError:
        raise
    except (Exception, SystemExit) as error:
        line = _own_line(error, spec) if code else ""
        if not line:
            raise
        raise OwnModelError(f"{line}\n    {type(error).__name__}: {first_line(error)}") from error


def _own_line(error: BaseException, spec: ModelSpec) -> str:
    """The last line of the user's own code on the way to an error or what caused it; empty where there is none."""
    from brainrank.models_zoo.loaders.local import local_file
    from brainrank.models_zoo.loaders.own_code import own_files

    path = local_file(spec)
    files = {str(each) for each in own_files(path)}
    cause: BaseException | None = error
    while cause is not None:
        for frame in reversed(traceback.extract_tb(cause.__traceback__)):
            if str(Path(frame.filename).resolve()) in files:
                linecache.checkcache(frame.filename)
                text = linecache.getline(frame.filename, frame.lineno or 0).strip()
                return f"{Path(frame.filename).name}, line {frame.lineno}, in {frame.name}: {text}"
        cause = cause.__cause__ or cause.__context__
    return ""
