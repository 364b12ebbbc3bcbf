"""`brainrank submit`: ask a service for scores."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from brainrank.api.cli.options import Json

if TYPE_CHECKING:
    from brainrank.api.client import Client
    from brainrank.api.schemas import ModelRequest


def submit(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="As for brainrank score; a file that it names is uploaded.")
    ],
    *,
    benchmark: Annotated[
        list[str] | None, typer.Option("--benchmark", metavar="NAME", help="A benchmark or group; may be repeated.")
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="What your own model is to be called; its file's name unless set."),
    ] = None,
    layers: Annotated[
        list[str] | None,
        typer.Option("--layers", metavar="NAME", help="A layer or glob to score; may be repeated. With --name."),
    ] = None,
    pooling: Annotated[
        str, typer.Option(help="flatten, mean over space or patch tokens, or cls, the class token. With --name.")
    ] = "flatten",
    private: Annotated[bool, typer.Option("--private", help="For your eyes only, until published.")] = False,
    note: Annotated[str, typer.Option(metavar="TEXT", help="A note for people.")] = "",
    watch: Annotated[bool, typer.Option("--watch", help="Follow it until its scores are there.")] = False,
    json: Json = False,
) -> None:
    """Submit a model to a service (BRAINRANK_URL, BRAINRANK_TOKEN), which scores it in its workers."""
    from brainrank.api.cli import service
    from brainrank.api.cli.output import clear_errors, print_json

    with clear_errors(), service.open_client() as client:
        wanted = _wanted(client, model, name=name, layers=layers or [], pooling=pooling)
        made = client.submit(
            wanted, benchmarks=benchmark or [], visibility="private" if private else "public", note=note
        )
        if watch:
            made = service.watch(client, made.id)
    if json:
        print_json(made.model_dump(mode="json"))
    else:
        service.print_submission(made)
    if any(run.status == "failed" for run in made.runs):
        raise typer.Exit(1)


def _wanted(client: "Client", model: str, *, name: str | None, layers: list[str], pooling: str) -> "ModelRequest":
    from pydantic import ValidationError

    from brainrank.api.cli.uploads import send
    from brainrank.api.schemas import ModelRequest
    from brainrank.benchmark.types.errors import UserError

    scheme, _, rest = model.partition(":")
    settings: dict[str, object] = {"layers": layers, "pooling": pooling}
    if scheme in {"file", "onnx", "features", "trials"}:
        written, mark, architecture = rest.partition("#")
        path = Path(written).expanduser()
        source = f"{send(client, path).source}{mark}{architecture}"
        settings |= {"name": name or _name_of(path), "source": source}
    else:
        settings |= {"name": model} if name is None else {"name": name, "source": model}
    try:
        return ModelRequest.model_validate(settings)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise UserError(f"This cannot be submitted ({faults})") from error


def _name_of(path: Path) -> str:
    return re.sub(r"[^a-z0-9._-]+", "-", path.stem.lower()).strip("-._")
