"""A bar for long work, in notebooks and on terminals: tqdm's, which goes when its work is done."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from brainrank.benchmark.types.reporter import Holder


class Bars:
    """A Reporter that draws a bar of the stage at work or, of several runs, one of all of them that names the stage.

    One at a time: notebooks without widgets draw several on each other. Messages are written above it, on stderr. With
    `progress` False nothing is drawn and nothing is written. Used as a context, at whose end the bar goes.
    """

    def __init__(self, *, progress: bool) -> None:
        self._shown = progress
        self._several = False
        self._bar: Any = None
        self._name = ""
        self._begun = 0
        self._told = set[str]()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def start(self, *, runs: int) -> None:
        """Begin a bar of all runs, if there are several."""
        self._end()
        self._several = runs > 1
        if self._shown and self._several:
            self._bar = _tqdm()(total=runs, leave=False, unit="run")

    def start_run(self, run: str) -> None:
        """Move the bar of all runs to the one of that name."""
        if self._several and self._bar is not None:
            self._bar.update(min(self._begun, 1))
            self._bar.set_postfix_str("", refresh=False)
            self._bar.set_description_str(run)
        self._begun += 1

    def message(self, text: str) -> None:
        """Write a line above the bar, once."""
        if self._shown and text not in self._told:
            self._told.add(text)
            _tqdm().write(text, file=sys.stderr)

    def waiting(self, holder: Holder) -> None:
        """Wait: there is nothing else to do here."""

    def progress(self, stage: str, done: int, total: int) -> None:
        """Move the bar of the stage, which goes when it is finished; or name the stage on that of all runs."""
        if self._several and self._bar is not None:
            self._bar.set_postfix_str(f"{stage} {done}/{total}")
        elif self._shown:
            self._move(stage, done, total)

    def _move(self, stage: str, done: int, total: int) -> None:
        if self._bar is None or self._name != stage:
            self._end()
            self._bar, self._name = _tqdm()(total=total, desc=stage, leave=False), stage
        self._bar.total = total
        self._bar.update(done - self._bar.n)
        if done >= total:
            self._end()

    def _end(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


@contextmanager
def quiet() -> Iterator[None]:
    """Within it, warnings of libraries are not shown: they tell a user nothing that they could do."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _tqdm() -> Any:
    """The bar that fits: a widget in a notebook that has them, else text."""
    with quiet():  # that a notebook has no widgets is no news: the bar is text then
        from tqdm.auto import tqdm
    return tqdm
