"""`brainrank demo`: real networks, real images, real brains, a leaderboard, in one command."""

import sys
from pathlib import Path
from shlex import quote
from shutil import which

import typer

from brainrank.api.cli.leaderboard import read_leaderboard
from brainrank.api.cli.output import clear_errors, results
from brainrank.api.cli.printed_tables import print_leaderboard
from brainrank.api.cli.scoring import score_all
from brainrank.benchmark.scoring.catalogue import built_in
from brainrank.benchmark.types.errors import DataUnavailableError
from brainrank.benchmark.types.metric import RdmDrawing
from brainrank.models_zoo.catalogue import MODELS as CATALOGUE

MODELS = (
    "efficientnet-lite0",
    "efficientnet-lite2",
    "mobilenet-v2-torchvision",
    "efficientnet-lite0-random",
    "gabor",
    "pixels",
    # The same small network, trained here on the same images for different objectives.
    "controlled-supervised",
    "controlled-simclr",
    "controlled-masked-autoencoder",
    "controlled-vae",
    "controlled-clip",
    "controlled-untrained",
)
STUDIES = ("kriegeskorte2008", "cichy2014")  # on the same 92 images


def demo() -> None:
    """Score twelve models against human and monkey brains and human judgements, and print the leaderboard."""
    with clear_errors():
        specs = [CATALOGUE[name] for name in MODELS]
        catalogue = built_in()
        wanted = [
            each
            for each in catalogue.benchmarks.values()
            if each.dataset in STUDIES and isinstance(each.metric.drawing, RdmDrawing) and each.counted
        ]
        made = score_all(specs, wanted, catalogue, device="cpu", again=False)
        if made.stopped:
            raise typer.Exit(made.exit_code)
        scored = {outcome.run.benchmark for outcome in made.outcomes}
        if not scored:
            raise DataUnavailableError("Nothing could be scored; the messages above say why")
        results.print("\n[bold]Which models see as brains and people do?[/bold] RSA on 92 object images\n")
        print_leaderboard(read_leaderboard([each for each in wanted if each.name in scored], models=MODELS))
        results.print(READING)
        for line in way_to_the_program():
            results.print(line, markup=False, soft_wrap=True)
        results.print(NEXT)
    if made.exit_code:
        raise typer.Exit(made.exit_code)


READING = """
[bold]How to read it[/bold]
  Score: rank correlation (rho-a) between a model's dissimilarities of images
  and the brain's, mean over subjects. A model's layer is chosen on one half of
  the images and reported on the other, both ways. Intervals: 95 % bootstrap
  over images and subjects. Noise ceiling: where the true model would score.
  Models that cannot be told apart share a rank: 1-3 may stand first to third.
  Mean: of shares of the noise ceiling, over groups (IT, behaviour, early visual
  cortex), each the mean over its studies. Monkey IT, of which one RDM was
  published, has no ceiling: its scores are raw, in brackets, and not counted.
  Coverage: of how many of the benchmarks that count a model has a score.
  controlled-...: one small network, trained for different objectives on the
  same images (docs/reading-the-controlled-zoo.md says what that can tell).

[bold]What next[/bold]"""

NEXT = """\
  brainrank leaderboard kriegeskorte2008.human-it.rsa
      one benchmark, and the layers that won
  brainrank score timm:resnet18@random
      any timm architecture; without @random, with its weights from the hub
  brainrank score gabor --json
      scores with their ceilings, layer curves and receipts
  brainrank compare efficientnet-lite0 gabor
      differences, with intervals and p values
  brainrank models list; brainrank benchmarks list; brainrank dataset list
      what there is
"""


def way_to_the_program() -> list[str]:
    """How the shell finds this `brainrank`: nothing to do where its path leads to it."""
    here = Path(sys.executable).parent
    found = which("brainrank")
    if found is not None and Path(found).parent.resolve() == here.resolve():
        return []
    folder = here.relative_to(Path.cwd()) if here.is_relative_to(Path.cwd()) else here
    if not (here / "activate").is_file():
        return [f"  {quote(str(folder / 'brainrank'))} is the program; below it is called brainrank"]
    return [f"  source {quote(str(folder / 'activate'))}", "      first, so that your shell finds brainrank"]
