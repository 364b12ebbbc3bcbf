"""Bars for long work, in notebooks and on terminals: tqdm's, which go when their work is done."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self


class Bars:
    """A Reporter that draws a bar for the stage at work, below one for all runs; used as a context.

    Messages are written above the bars, on stderr. With `progress` False nothing is drawn and nothing is written.
    """

    def __init__(self, *, progress: bool) -> None:
        self._shown = progress
        self._whole: Any = None
        self._stage: Any = None
        self._name = ""
        self._begun = 0
        self._told = set[str]()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_stage()
        if self._whole is not None:
            self._whole.close()
            self._whole = None

    def start(self, *, runs: int) -> None:
        """Begin a bar of all runs, if there are several."""
        self._end_stage()
        if self._shown and runs > 1:
            self._whole = _tqdm()(total=runs, leave=False, unit="run")

    def begun(self, run: str) -> None:
        """Move the bar of all runs to the one of that name."""
        self._end_stage()
        if self._whole is not None:
            self._whole.update(min(self._begun, 1))
            self._whole.set_description_str(run)
        self._begun += 1

    def message(self, text: str) -> None:
        """Write a line above the bars, once."""
        if self._shown and text not in self._told:
            self._told.add(text)
            _tqdm().write(text, file=sys.stderr)

    def progress(self, stage: str, done: int, total: int) -> None:
        """Move the bar of the stage; a finished one goes."""
        if not self._shown:
            return
        if self._stage is None or self._name != stage:
            self._end_stage()
            self._stage, self._name = _tqdm()(total=total, desc=stage, leave=False), stage
        self._stage.total = total
        self._stage.update(done - self._stage.n)
        if done >= total:
            self._end_stage()

    def _end_stage(self) -> None:
        if self._stage is not None:
            self._stage.close()
            self._stage = None


@contextmanager
def quiet() -> Iterator[None]:
    """Within it, warnings of libraries are not shown: they tell a user nothing that they could do."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _tqdm() -> Any:
    """The bar that fits: a widget in a notebook that has them, else text."""
    with quiet():  # that a notebook has no widgets is no news: the bars are text then
        from tqdm.auto import tqdm
    return tqdm
