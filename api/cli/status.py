"""`brainrank status`: where submissions are."""

from typing import Annotated

import typer

from brainrank.api.cli import service_connection
from brainrank.api.cli.options import Json
from brainrank.api.cli.output import clear_errors, messages, print_json
from brainrank.benchmark.types.errors import UserError


def status(
    number: Annotated[int | None, typer.Argument(metavar="[SUBMISSION]", help="Your newest ones unless given.")] = None,
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Follow it until it is finished.")] = False,
    log: Annotated[bool, typer.Option("--log", help="Show the whole log, too.")] = False,
    json: Json = False,
) -> None:
    """Show where a submission's runs are, and why those that failed did."""
    with clear_errors(), service_connection.open_client() as client:
        if number is None and (watch or log):
            raise UserError("Which submission? Give its number: brainrank status lists yours")
        if number is None:
            found = list(client.submissions(mine=True))
        else:
            found = [service_connection.watch(client, number) if watch else client.submission(number)]
        lines = list(client.whole_log(number)) if log and number is not None else []
    if json:
        shown = [each.model_dump(mode="json") for each in found]
        logged = {"log": [line.model_dump(mode="json") for line in lines]} if log else {}
        print_json(shown if number is None else shown[0] | logged)
        return
    for each in found:
        service_connection.print_submission(each)
    for line in lines:
        messages.print(
            f"{line.at:%Y-%m-%d %H:%M:%S}  run {line.run}  {line.text.strip()}", markup=False, soft_wrap=True
        )
    if not found:
        messages.print("No submissions of yours yet. Make one with: brainrank submit efficientnet-lite0")
