"""`br.Submission`: what a service was asked to score, and where it is."""

import math
from html import escape
from typing import TYPE_CHECKING, Any

from brainrank.api.number_text import number_text

if TYPE_CHECKING:
    import pandas as pd

    from brainrank.api.client.client import Client
    from brainrank.api.python.scores_result import Scores
    from brainrank.api.schemas import RunAnswer, SubmissionAnswer


class Submission:
    """A submission at a service: `wait()` for its scores; they are computed whether or not anybody waits.

    Example:
        >>> s = br.connect().submit("net.onnx", "v4", name="my-net")  # doctest: +SKIP
        >>> s.status  # doctest: +SKIP
        'queued'
        >>> s.wait().scores().frame()  # doctest: +SKIP

    """

    def __init__(self, client: "Client", number: int) -> None:
        self._client, self.number = client, number

    @property
    def status(self) -> str:
        """Where it is now: queued, running, succeeded, failed (one of its runs is), or cancelled."""
        return _status(self._now())

    def wait(self, *, progress: bool = True) -> "Submission":
        """Wait until none of its runs waits or is at work, and return the submission.

        Ctrl-C ends the waiting, not the work. What failed raises nothing here: it is in `scores().failures`.
        """
        from brainrank.api.python.progress import Bars
        from brainrank.api.schemas import EventAnswer, SubmissionAnswer

        benchmarks = {run.id: run.benchmark for run in self._now().runs}
        with Bars(progress=progress) as bars:
            for event in self._client.watch(self.number):
                if isinstance(event, SubmissionAnswer):
                    break
                if isinstance(event, EventAnswer):
                    if event.kind == "stage":
                        bars.message(f"{benchmarks.get(event.run, event.run)}: {event.text.strip()}")
                else:
                    for run, each in event.items():
                        bars.progress(f"{benchmarks.get(run, run)}: {each.stage}", each.done, each.total)
        return self

    def scores(self) -> "Scores":
        """The scores that are there, as `br.score` returns them; what failed is in `failures`."""
        from brainrank.api.python.remote_scores import scores_of

        return scores_of(self._client, self._now())

    def frame(self) -> "pd.DataFrame":
        """A row for each run: benchmark, status, and why it failed."""
        import pandas as pd

        return pd.DataFrame(run_rows(self._now()))

    def cancel(self) -> "Submission":
        """Stop what is not finished."""
        self._client.cancel(self.number)
        return self

    def retry(self) -> "Submission":
        """Let failed and cancelled runs wait again."""
        self._client.retry(self.number)
        return self

    def publish(self) -> "Submission":
        """Show it and its scores to everybody."""
        self._client.publish(self.number)
        return self

    def unpublish(self) -> "Submission":
        """Show it and its scores to its owner alone."""
        self._client.unpublish(self.number)
        return self

    def _now(self) -> "SubmissionAnswer":
        return self._client.submission(self.number)

    def _outcome(self, run: "RunAnswer") -> str:
        """A run's score, or why it has none. What its score is made up of is not asked for."""
        score = self._client.run(run.id).score if run.status == "succeeded" else None
        if score is None:
            return _failure(run)
        return f"{number_text(math.nan if score.value is None else score.value)} {score.unit}"

    def __repr__(self) -> str:
        found = self._now()
        lines = [f"  {run.benchmark}: {run.status}" for run in found.runs]
        return "\n".join([f"<Submission {self.number} of {found.model.name}: {_status(found)}>", *lines])

    def _repr_html_(self) -> str:
        from brainrank.api.python.score_html import table_html

        found = self._now()
        rows = [[escape(each.benchmark), each.status, escape(self._outcome(each))] for each in found.runs]
        head = f"<b>submission {self.number}</b> of {escape(found.model.name)}: {_status(found)}"
        return f"<div>{head}</div>{table_html(('benchmark', 'status', ''), rows, ())}"


def _status(found: "SubmissionAnswer") -> str:
    states = {run.status for run in found.runs}
    if not found.finished:
        return "queued" if states <= {"queued"} else "running"
    for status in ("failed", "cancelled"):
        if status in states:
            return status
    return "succeeded"


def _failure(run: "RunAnswer") -> str:
    return f"{run.failure.message} {run.failure.remedy}".strip() if run.failure else ""


def run_rows(found: "SubmissionAnswer") -> list[dict[str, Any]]:
    """A row for each run of a submission."""
    about = {"submission": found.id, "model": found.model.name}
    told = {"created_at": found.created_at, "visibility": found.visibility, "note": found.note}
    return [
        {**about, "benchmark": run.benchmark, "status": run.status, "run": run.id, **told, "failure": _failure(run)}
        for run in found.runs
    ]
