"""`brainrank map`: scores of voxels or vertices back in the brain, as a file that viewers open, and as a picture."""

import json as json_text
from pathlib import Path
from typing import Annotated, Any

import typer

from brainrank.api.cli.layout import print_facts
from brainrank.api.cli.options import Json, Plot
from brainrank.api.cli.output import clear_errors, print_json
from brainrank.api.db.engine import transaction
from brainrank.api.number_text import NOTHING, number_text
from brainrank.api.repositories.runs import find_run
from brainrank.api.services.analysis.run_maps import map_facts, map_of_runs
from brainrank.api.services.boards.map_rows import place_text
from brainrank.api.services.home.published_results import open_own_database
from brainrank.api.settings import Settings
from brainrank.benchmark.files.storage import written_whole
from brainrank.benchmark.types.brain_map import Quantity
from brainrank.datasets.brain_images import check_ending, write_values


def brain_map(
    runs: Annotated[
        list[int],
        typer.Argument(metavar="RUN...", help="Runs of one model on regions of a brain (brainrank runs list)."),
    ],
    *,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the map: .nii.gz of a volume, .func.gii, .dscalar.nii; and a .json."),
    ] = None,
    show: Annotated[Quantity, typer.Option(help="What is mapped.")] = Quantity.SCORE,
    minus: Annotated[
        list[int] | None,
        typer.Option(metavar="RUN", help="Less this run of another model on the same benchmark; one for each RUN."),
    ] = None,
    q: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Show what is told at this false discovery rate over the map; layers at .05."),
    ] = None,
    group: Annotated[
        bool, typer.Option("--group", help="The runs are of subjects in a space they share: map their mean.")
    ] = False,
    plot: Plot = None,
    json: Json = False,
) -> None:
    """Map scores of voxels or vertices back into the brain: to a file that viewers open, and to a picture.

    Several runs on regions of one brain make one map. Prints what is in it.
    """
    with clear_errors():
        if plot is not None:
            from brainrank.api.plots.save import checked_ending

            checked_ending(plot)
        with transaction(open_own_database(Settings())) as session:
            found = map_of_runs(
                [find_run(session, run) for run in runs],
                show,
                minus=[find_run(session, run) for run in minus or ()],
                group=group,
                q=q,
            )
        facts, space = map_facts(found), found.found.space
        if out is not None:
            check_ending(out, space)
        if plot is not None:
            from brainrank.api.plots.brain_map import map_figure
            from brainrank.api.plots.save import save_figure

            save_figure(map_figure(found), plot)
        if out is not None:
            facts["files"] = [str(each) for each in write_values(space, found.found.everywhere, out, facts["quantity"])]
            beside = out.with_name(f"{out.name.partition('.')[0]}.json")
            with written_whole(beside) as file:
                file.write(json_text.dumps(facts, indent=1).encode())
    if json:
        print_json(facts)
    else:
        _print(facts)


def _print(facts: dict[str, Any]) -> None:
    low, middle, high = facts["quantiles_10_50_90"]
    print_facts(
        {
            "map": f"{facts['quantity']} ({facts['unit']}) of {facts['model']}"
            + (f" less {facts['less']}" if facts["less"] else ""),
            "space": facts["space"],
            "positions": f"{facts['positions']:,}, of which {facts['shown']:,} are shown",
            "told at q < .05": f"{facts['told_at_q_05']:,}",
            "10 %, median, 90 %": ", ".join(number_text(each) for each in (low, middle, high)),
            "highest": "; ".join(f"{number_text(each['value'])} at {place_text(each)}" for each in facts["highest"][:3])
            or NOTHING,
            **({"layers": ", ".join(facts["layers"].values())} if "layers" in facts else {}),
            **({"written": ", ".join(facts["files"])} if "files" in facts else {}),
        }
    )
