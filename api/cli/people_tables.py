"""What is printed of groups of people: who they are, each two of them, and a model with each."""

from brainrank.api.cli.layout import name_column, number_column, print_table, print_text
from brainrank.api.cli.output import results
from brainrank.api.number_text import chance_text, interval_text, number_text
from brainrank.api.services.analysis.observer_groups import GroupAnalysis, ModelErrors, closest_text
from brainrank.benchmark.metrics.behaviour.group_consistency import Estimate


def print_people(found: GroupAnalysis) -> None:
    """The groups, each two of them, and each model with each of them."""
    columns = [name_column("group"), *map(number_column, ("people", "trials", "right"))]
    print_table(
        columns,
        [[each.name, str(each.people), str(each.trials), number_text(each.accuracy, 2)] for each in found.groups],
    )
    results.print()
    headings = ("pairs", "kappa, 95 % interval", "latent r, 95 % interval")
    print_table(
        [name_column("people"), name_column("with"), *map(number_column, headings)],
        [
            [cell.first, cell.second, str(cell.pairs), _text(cell.kappa), _text(cell.latent_r)]
            for cell in found.cells.values()
        ],
    )
    for model in found.models:
        results.print()
        print_model(model)
    print_text("Intervals: 95 %, over images and people. Latent r does not depend on accuracies; kappa does.")


def print_model(model: ModelErrors) -> None:
    """A model with each group, and the group whose errors it shares most."""
    headings = ("kappa, 95 % interval", "of ceiling", "latent r, 95 % interval", "lead", "p", "of draws")
    rows = []
    for each in model.groups:
        lead = each.lead
        told = [number_text(lead.lead), chance_text(lead.p), f"{100 * lead.share:.0f} %"] if lead else ["", "", ""]
        rows.append([each.group, _text(each.kappa), number_text(each.share.value, 2), _text(each.latent_r), *told])
    print_table(
        [name_column("people"), *map(number_column, headings)], rows, title=f"{model.model}, right {model.accuracy:.2f}"
    )
    for each in model.groups:
        if each.latent_r.reason:
            print_text(f"{each.group}: no latent r: {each.latent_r.reason}")
    print_text(closest_text(model))


def _text(found: Estimate) -> str:
    return f"{number_text(found.value)}  {interval_text(found.interval)}"
