"""Groups of people, and models with each, as plain values: JSON, rows of frames and of pages."""

from typing import Any

from pydantic import BaseModel

from brainrank.api.score_json import interval_json
from brainrank.api.services.analysis.observer_groups import GroupAnalysis, ModelErrors, WithGroup
from brainrank.benchmark.metrics.behaviour.group_consistency import Estimate, GroupCell


class PeopleAnswer(BaseModel):
    """Groups of people, each two of them, and a model with each: kappa, latent correlation, lead of the closest."""

    groups: list[dict[str, Any]]
    between_groups: list[dict[str, Any]]
    models: list[dict[str, Any]]


def people_json(found: GroupAnalysis) -> dict[str, Any]:
    """Everything of the groups; of models, too, where there are some."""
    return {
        "groups": [each._asdict() for each in found.groups],
        "between_groups": [_cell_json(each) for each in found.cells.values()],
        "models": [_model_json(each) for each in found.models],
    }


def model_rows(model: ModelErrors) -> list[dict[str, Any]]:
    """A row for each group that a model is compared with, in flat columns."""
    rows = []
    for each in model.groups:
        row: dict[str, Any] = {"group": each.group}
        row |= _columns(kappa=each.kappa, share=each.share, latent_r=each.latent_r)
        nothing, lead = float("nan"), each.lead
        row |= {"lead": lead.lead if lead else nothing, "lead_p": lead.p if lead else nothing}
        rows.append(row | {"share_of_draws": lead.share if lead else nothing, "reason": each.latent_r.reason})
    return rows


def cell_rows(found: GroupAnalysis) -> list[dict[str, Any]]:
    """A row for each two groups of people, in flat columns."""
    rows = []
    for cell in found.cells.values():
        row = {"first": cell.first, "second": cell.second, "pairs": cell.pairs, "left_out": cell.left_out}
        rows.append(row | _columns(kappa=cell.kappa, latent_r=cell.latent_r))
    return rows


def _columns(**estimates: Estimate) -> dict[str, Any]:
    """A column for each value, and one for each end of its interval."""
    return {
        column: number
        for name, each in estimates.items()
        for column, number in (
            (name, each.value),
            (f"{name}_low", each.interval.low),
            (f"{name}_high", each.interval.high),
        )
    }


def estimate_json(found: Estimate) -> dict[str, Any]:
    """A number with its interval, and why it is undefined; empty where it is not."""
    return {"value": found.value, "interval": interval_json(found.interval), "reason": found.reason}


def _cell_json(cell: GroupCell) -> dict[str, Any]:
    return {
        "first": cell.first,
        "second": cell.second,
        "kappa": estimate_json(cell.kappa),
        "latent_r": estimate_json(cell.latent_r),
        "pairs": cell.pairs,
        "left_out": cell.left_out,
    }


def _model_json(model: ModelErrors) -> dict[str, Any]:
    return {
        "model": model.model,
        "accuracy": model.accuracy,
        "closest": model.closest and model.closest.group,
        "groups": [_with_group_json(each) for each in model.groups],
    }


def _with_group_json(found: WithGroup) -> dict[str, Any]:
    lead = found.lead
    return {
        "group": found.group,
        "kappa": estimate_json(found.kappa),
        "share_of_ceiling": estimate_json(found.share),
        "latent_r": estimate_json(found.latent_r),
        "lead": lead and {**lead._asdict(), "interval": interval_json(lead.interval)},
    }
