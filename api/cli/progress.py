"""Progress and messages on stderr, so that results on stdout can be piped."""

from types import TracebackType

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from brainrank.api.cli.output import messages


class TerminalReporter:
    """A Reporter that draws a bar for the stage at work, below one for all runs; used as a context."""

    def __init__(self, *, runs: int = 0) -> None:
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(elapsed_when_finished=True),
            console=messages,
            transient=True,
        )
        self._task: TaskID | None = None
        self._whole = self._bars.add_task("", total=runs, completed=-1) if runs > 1 else None

    def __enter__(self) -> "TerminalReporter":
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def start_run(self, run: str) -> None:
        """Move the bar of all runs to the one of that name."""
        if self._whole is not None:
            self._bars.update(self._whole, advance=1, description=run)

    def message(self, text: str) -> None:
        """Print a line above the bar."""
        messages.print(text, style="dim", markup=False, soft_wrap=True)

    def progress(self, stage: str, done: int, total: int) -> None:
        """Move the bar; a finished stage takes its bar away."""
        if self._task is None:
            self._task = self._bars.add_task(stage, total=total)
        self._bars.update(self._task, description=stage, completed=done, total=total)
        if done >= total:
            self._bars.remove_task(self._task)
            self._task = None
