"""`brainrank results show|export|import`: whole results as files, and boards of two labs merged by receipts."""

import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from brainrank.api.cli.layout import name_column, number_column, print_table, print_text
from brainrank.api.cli.options import Json
from brainrank.api.cli.output import clear_errors, messages, print_json
from brainrank.api.cli.progress import TerminalReporter
from brainrank.api.number_text import NOTHING, number_text
from brainrank.api.repositories.conflicts import ShownConflict
from brainrank.api.repositories.merging import Outcome
from brainrank.api.services.home import transfer
from brainrank.api.services.home.local_machine import own_database
from brainrank.api.services.views.open_catalogue import open_catalogue
from brainrank.api.services.views.score_origins import ScoreOrigins, score_origins
from brainrank.api.settings import Settings
from brainrank.benchmark.files.resumed_download import Download, download_resumed
from brainrank.benchmark.types.errors import InvalidDataError

ADDRESSES = ("http://", "https://")
ENDINGS = (".gz", ".xz")

results_group = typer.Typer(
    help="Whole results as files: what came with brainrank, and boards of two labs merged by receipts.",
    no_args_is_help=True,
)


@results_group.command("show")
def show(*, json: Json = False) -> None:
    """Say who made the scores of your boards, by which code, and which are contradicted."""
    with clear_errors():
        settings = Settings()
        catalogue = open_catalogue(settings.locations)
        with own_database(settings) as begin, begin() as session:
            found = score_origins(session, catalogue)
    if json:
        print_json(_json(found))
        return
    for line in found.words or ("All scores were made here" if found.counts else "No scores yet",):
        print_text(line)
    _print_conflicts(found.conflicts)


@results_group.command("export")
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to: .jsonl.gz, or .jsonl.xz, which is smaller.")],
) -> None:
    """Write every public result that was not published with brainrank, to the bit, with all that is kept of it."""
    with clear_errors():
        if file.suffix not in ENDINGS:
            raise InvalidDataError(f"'{file}' ends in neither of {', '.join(ENDINGS)}; write results.jsonl.gz")
        with own_database(Settings()) as begin:
            count = transfer.export_results(begin, file)
    messages.print(f"{count:,} results")
    messages.print(f"Wrote {file}, {file.stat().st_size:,} bytes", markup=False, soft_wrap=True)


@results_group.command("import")
def import_(
    file: Annotated[str, typer.Argument(metavar="FILE|URL", help="What another lab's brainrank results export wrote.")],
) -> None:
    """Merge the results of another lab into your boards, all or none.

    Of one receipt and one number there is one row; of one receipt and another number both are told, and yours stays.
    What is older than a result of the same model and benchmark is left out.
    """
    with clear_errors(), TerminalReporter() as reporter, own_database(Settings()) as begin:
        if file.startswith(ADDRESSES):
            with tempfile.TemporaryDirectory(prefix="brainrank-results-") as folder:
                fetched = Path(folder) / "results"
                download_resumed(Download(file, fetched), reporter)
                found = transfer.import_results(begin, fetched, origin=file[: transfer.LONGEST_NAME])
        else:
            found = transfer.import_results(begin, Path(file))
        with begin() as session:
            against = score_origins(session, open_catalogue(Settings().locations)).conflicts
    messages.print(_told(found), soft_wrap=True)
    if found[Outcome.CONFLICT]:
        _print_conflicts(against)


def _told(found: Counter[Outcome]) -> str:
    return (
        f"{found[Outcome.ADDED]:,} results recorded; {found[Outcome.KNOWN]:,} were here already, "
        f"{found[Outcome.OLDER]:,} are older than what is here, {found[Outcome.CONFLICT]:,} contradict it"
    )


def _print_conflicts(found: Sequence[ShownConflict]) -> None:
    if not found:
        return
    columns = [number_column("run"), name_column("model"), name_column("benchmark"), number_column("here")]
    columns += [number_column("there"), name_column("from")]
    print_table(columns, [_conflict_row(each) for each in found])


def _conflict_row(each: ShownConflict) -> list[str]:
    here, there = (NOTHING if value is None else number_text(value, 6) for value in (each.value, each.other.value))
    return [str(each.run_id), each.model, each.benchmark, here, there, each.other.origin]


def _json(found: ScoreOrigins) -> dict[str, Any]:
    return {
        "published": found.edition and found.edition.model_dump(mode="json"),
        "scores": dict(found.counts),
        "other_code": sorted(found.other_code),
        "conflicts": [
            {
                "run": each.run_id,
                "model": each.model,
                "benchmark": each.benchmark,
                "value": each.value,
                "other": {"origin": each.other.origin, "value": each.other.value, "receipt": dict(each.other.receipt)},
            }
            for each in found.conflicts
        ],
    }
