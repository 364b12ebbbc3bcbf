"""Scoring as the command line shows it: how long it will take, what failed, and what is stored when it is stopped."""

from collections.abc import Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from rich.markup import escape

from brainrank.api.cli.output import STOPPED_CODE, messages
from brainrank.api.cli.progress import TerminalReporter
from brainrank.api.cli.runs import run_json
from brainrank.api.number_text import duration
from brainrank.api.services.home.local_machine import open_machine
from brainrank.api.services.runs.estimates import Estimates, benchmarks_without_score
from brainrank.api.services.runs.score_models import Failure, Machine, Outcome
from brainrank.api.services.runs.score_models import score_all as score_each
from brainrank.api.settings import Settings
from brainrank.benchmark.cell.enclosure import missing
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import Catalogue
from brainrank.benchmark.scoring.code_version import code_version
from brainrank.benchmark.types.errors import UserError
from brainrank.benchmark.types.model_spec import ModelSpec

# Below it nobody wonders when it will be done.
WORTH_TELLING_S = 30.0


@dataclass
class Scored:
    """What came out, what failed, and whether it was stopped; benchmarks `required` must not be without their data."""

    required: Collection[str]
    outcomes: list[Outcome] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    stopped: bool = False

    @property
    def exit_code(self) -> int:
        """0; 1 where something failed; 2 where nothing came out, by the user's mistakes alone; 130 when stopped.

        Data that cannot be had are no failure unless they are required, or nothing came out at all.
        """
        if self.stopped:
            return STOPPED_CODE
        counted = [each for each in self.failures if each.model is not None or each.benchmark.name in self.required]
        if not self.outcomes:
            return 2 if self.failures and all(isinstance(each.error, UserError) for each in self.failures) else 1
        return 1 if counted else 0

    def as_json(self) -> list[dict[str, Any]]:
        """A run each as it is stored, then what failed, whose `error` is not null."""
        failed = [
            {
                "run": None,
                "model": each.model,
                "benchmark": each.benchmark.name,
                "value": None,
                "error": {"class": type(each.error).__name__, "message": str(each.error)},
            }
            for each in self.failures
        ]
        return [{**run_json(run), "reused": reused, "error": None} for run, reused in self.outcomes] + failed


def score_all(
    specs: Sequence[ModelSpec],
    benchmarks: Sequence[Benchmark],
    catalogue: Catalogue,
    *,
    device: str,
    again: bool,
    required: Collection[str] = (),
    memory: str | None = None,
    precision: str | None = None,
    isolated: bool = False,
) -> Scored:
    """Score every model on every benchmark that can be had, and say on stderr how long it takes and what failed.

    Ctrl-C ends it, and says what is stored and how to go on.
    """
    for lack in missing() if isolated else ():
        messages.print(f"[yellow]The cell lacks something on this machine:[/yellow] {escape(lack)}", soft_wrap=True)
    scored = Scored(required)
    try:
        with ExitStack() as stack:
            machine = stack.enter_context(
                open_machine(
                    Settings(), catalogue, device=device, memory=memory, precision=precision, isolated=isolated
                )
            )
            ahead = _say_how_long(specs, benchmarks, machine, again=again)
            reporter = stack.enter_context(TerminalReporter(runs=len(specs) * len(benchmarks)))
            started = perf_counter()
            for each in score_each(
                specs, benchmarks, machine, again=again, start_run=reporter.start_run, reporter=reporter
            ):
                _take(each, scored)
                if ahead and _is_new(each):
                    _say_what_is_left(perf_counter() - started, ahead - 1)
                    ahead = 0
    except KeyboardInterrupt:
        scored.stopped = True
        _say_stopped(scored)
    _say_unavailable(scored.failures)
    return scored


def _take(each: Outcome | Failure, scored: Scored) -> None:
    """Note what came out; a failure is told at once, but the same one of a model only for the first benchmark."""
    if not isinstance(each, Failure):
        scored.outcomes.append(each)
        return
    told = {(before.model, str(before.error)) for before in scored.failures}
    scored.failures.append(each)
    if each.model is not None and (each.model, str(each.error)) not in told:
        what = escape(f"{each.model} on {each.benchmark.name}: {each.error}")
        messages.print(f"[red]Failed:[/red] {what}", soft_wrap=True)


def _is_new(each: Outcome | Failure) -> bool:
    """Whether a run was made, by which the others can be judged."""
    return isinstance(each, Outcome) and not each.reused


def _say_how_long(specs: Sequence[ModelSpec], benchmarks: Sequence[Benchmark], machine: Machine, *, again: bool) -> int:
    """Say about how long it takes, where earlier runs tell and it is long enough to matter, or that it is not known.

    Returns how many runs are ahead where nothing is known of any of several, else 0.
    """
    found = _estimates(specs, benchmarks, machine, again=again)
    known = [each for each in found if each is not None]
    if sum(known) > WORTH_TELLING_S:
        others = f"; of {len(found) - len(known)} others nothing is known" if len(found) > len(known) else ""
        messages.print(f"About {duration(sum(known))} for {len(known)} runs, going by earlier ones{others}")
    if known or len(found) < 2:
        return 0
    messages.print(
        f"How long these {len(found)} runs take is not known: none like them was made here; the first will tell",
        soft_wrap=True,
    )
    return len(found)


def _estimates(
    specs: Sequence[ModelSpec], benchmarks: Sequence[Benchmark], machine: Machine, *, again: bool
) -> list[float | None]:
    """The seconds that each run will take which is not stored yet; None where nothing is known."""
    wanted, found = {each.name: each.version for each in benchmarks}, list[float | None]()
    estimates = Estimates(machine.extraction.memory_bytes)
    with machine.begin() as session:
        for spec in specs:
            versions = {each.name: code_version(spec, each) for each in benchmarks}
            new = wanted if again else benchmarks_without_score(session, spec, wanted, code_versions=versions)
            found += [each.seconds for each in estimates.of(session, spec, new).values()]
    return found


def _say_what_is_left(seconds: float, runs: int) -> None:
    """Going by the first run, which includes the fetching of data and weights."""
    if runs and seconds * runs > WORTH_TELLING_S:
        messages.print(
            f"The first took {duration(seconds)}; if the {runs} others are like it, about {duration(seconds * runs)} "
            "more. On the same images a model's activations are used again, which is faster",
            soft_wrap=True,
        )


def _say_stopped(scored: Scored) -> None:
    stored = len(scored.outcomes)
    messages.print(
        f"[yellow]Stopped.[/yellow] {stored} {'score is' if stored == 1 else 'scores are'} stored, and nothing is half "
        "written. The same command goes on with the rest: it finds what is stored, scores and activations",
        soft_wrap=True,
    )


def _say_unavailable(failures: Sequence[Failure]) -> None:
    """A line for each reason for which data could not be had, with the regions it holds for."""
    regions = dict[str, list[str]]()
    for each in failures:
        if each.model is None:
            regions.setdefault(f"{each.benchmark.dataset}. {each.error}", []).append(each.benchmark.region)
    for reason, names in regions.items():
        messages.print(
            f"[yellow]Unavailable here:[/yellow] data set {escape(reason)} ({', '.join(names)})", soft_wrap=True
        )
