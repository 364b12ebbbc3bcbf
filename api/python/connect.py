"""`br.connect()`: a service that scores models in its workers."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import pandas as pd

    from brainrank.api.client.client import Client
    from brainrank.api.python.submission import Submission
    from brainrank.api.schemas import UploadAnswer
    from brainrank.api.score_schemas import ScoreAnswer


class Service:
    """A service at an address: what it has as frames, and submissions to it. Used as a context, it is closed.

    Example:
        >>> service = br.connect("https://brainrank.example.org", token="...")  # doctest: +SKIP
        >>> service.submit("net.onnx", "v4").wait().scores()  # doctest: +SKIP

    """

    def __init__(self, client: "Client", address: str) -> None:
        self._client, self.address = client, address

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close its connections."""
        self._client.__exit__(None, None, None)

    def submit(
        self,
        model: str,
        benchmarks: "str | Sequence[str] | None" = None,
        *,
        name: str | None = None,
        layers: "str | Sequence[str] | None" = None,
        pooling: str | None = None,
        private: bool = False,
        note: str = "",
        progress: bool = True,
    ) -> "Submission":
        """Ask for scores of a model, by its name, source or file, on benchmarks or groups; without any, all.

        A file (`net.onnx`, `features:x.npz`, `file:net.safetensors#timm:resnet50`) is uploaded, in pieces, and what
        the service has of it already is not sent again; it is called after itself unless it has a `name`. Weights that
        are not safetensors are converted first. What was read of them is told, and how many benchmarks of a group the
        service has no files for. `layers` and `pooling` need a `name`. A `private` submission is for its owner's eyes.
        Raises BrainrankError for what the service refuses, and where it cannot be reached.
        """
        from brainrank.api.client.submitting import left_out_remark, model_request
        from brainrank.api.python.given_names import names_of
        from brainrank.api.python.progress import Bars
        from brainrank.api.python.submission import Submission

        wanted = () if benchmarks is None else names_of(benchmarks, "benchmarks")
        asked = () if layers is None else names_of(layers, "layers")
        with Bars(progress=progress) as bars:
            request = model_request(
                model,
                name=name,
                layers=asked,
                pooling=pooling,
                upload=partial(_upload, self._client, bars.progress),
                say=bars.message,
            )
            visibility: Any = "private" if private else "public"
            made = self._client.submit(request, benchmarks=wanted, visibility=visibility, note=note)
            if remark := left_out_remark(made):
                bars.message(remark)
        return Submission(self._client, made.id)

    def submission(self, number: int) -> "Submission":
        """The submission of that number."""
        from brainrank.api.python.submission import Submission

        return Submission(self._client, self._client.submission(number).id)

    def submissions(self, *, mine: bool = True) -> "pd.DataFrame":
        """One's submissions, or all that may be seen, as a frame: a row for each run, the newest first."""
        import pandas as pd

        from brainrank.api.python.submission import run_rows

        rows = [row for each in self._client.submissions(mine=mine) for row in run_rows(each)]
        return pd.DataFrame(rows, columns=list(SUBMISSION_COLUMNS))

    def models(self, *, family: str | None = None) -> "pd.DataFrame":
        """The models that the service knows, and whether they are scored there, as a frame."""
        import pandas as pd

        found = self._client.models(family=family)
        rows = [each.model_dump(exclude={"card"}) | (each.card.model_dump() if each.card else {}) for each in found]
        return pd.DataFrame(rows)

    def benchmarks(self, *, group: str | None = None) -> "pd.DataFrame":
        """The benchmarks of the service as a frame."""
        import pandas as pd

        return pd.DataFrame([each.model_dump() for each in self._client.benchmarks(group=group)])

    def scores(
        self, models: "str | Sequence[str] | None" = None, benchmarks: "str | Sequence[str] | None" = None
    ) -> "pd.DataFrame":
        """Every score that may be seen, or those of models, benchmarks and groups, as a frame, the newest first."""
        import pandas as pd

        from brainrank.api.python.given_names import names_of

        of_models = () if models is None else names_of(models, "models")
        on = () if benchmarks is None else names_of(benchmarks, "benchmarks")
        rows = [_score_row(each) for each in self._client.scores(model=of_models, benchmark=on)]
        return pd.DataFrame(rows, columns=None if rows else list(SCORE_COLUMNS))

    def leaderboard(self, name: str = "all", *, convention: str | None = None) -> "pd.DataFrame":
        """A board (`all`, a group or a benchmark) as a frame: rank, model, mean, interval, and a column per benchmark.

        Values are under the convention; where that defines none they are missing.
        """
        import pandas as pd

        rows: list[dict[str, Any]] = []
        while True:
            page = self._client.leaderboard(name, convention=convention, offset=len(rows), limit=BOARD_ROWS)
            for line in page.rows:
                row = line.model_dump(exclude={"scores", "groups", "interval"})
                row |= {"low": line.interval.low, "high": line.interval.high}
                rows.append(row | {benchmark: cell.value for benchmark, cell in line.scores.items()})
            if not page.rows or len(rows) >= page.total:
                return pd.DataFrame(rows)

    def __repr__(self) -> str:
        return f"<Service at {self.address}>"


BOARD_ROWS = 100
SUBMISSION_COLUMNS = (
    *("submission", "model", "benchmark", "status", "run", "created_at", "visibility", "note"),
    "failure",
)
SCORE_COLUMNS = (
    *("model", "benchmark", "value", "low", "high", "unit", "ceiling_lower", "ceiling_upper"),
    *("reason", "run"),
)


def _score_row(found: "ScoreAnswer") -> dict[str, Any]:
    row = found.model_dump(exclude={"interval", "ceiling"}) | {
        "low": found.interval.low,
        "high": found.interval.high,
        "ceiling_lower": found.ceiling.lower,
        "ceiling_upper": found.ceiling.upper,
        "layers": ", ".join(dict.fromkeys(found.layers)),
        "reason": found.reason or found.interval.reason,
    }
    return {name: row[name] for name in SCORE_COLUMNS} | {k: v for k, v in row.items() if k not in SCORE_COLUMNS}


def _upload(client: "Client", progress: Callable[[str, int, int], None], path: Path) -> "UploadAnswer":
    return client.upload(path, told=lambda sent, size: progress(f"uploading {path.name}", sent, size))


def connect(url: str | None = None, *, token: str | None = None) -> Service:
    """Connect to a service, to submit models to it and to read what it has.

    Without `url` it is BRAINRANK_URL's with BRAINRANK_TOKEN's token, or that of this machine (`brainrank serve`), which
    leaves its user a token. Nothing is asked before it is needed. Raises BrainrankError for what is no address.

    Example:
        >>> import brainrank as br
        >>> service = br.connect("https://brainrank.example.org", token="...")  # doctest: +SKIP
        >>> service.leaderboard("v4")[["rank", "model", "mean"]]  # doctest: +SKIP

    """
    from brainrank.api.client.local_service import open_client
    from brainrank.api.settings import Settings, service_address

    settings = Settings()
    if url is not None and url != settings.url:
        # The token that is set is for the address that is set: no other service gets to see it.
        settings = settings.model_copy(update={"url": service_address(url), "token": None})
    if token is not None:
        settings = settings.model_copy(update={"token": token})
    return Service(open_client(settings), settings.url)
