"""All pages, for a browser; what they show is what the REST interface answers."""

from fastapi import APIRouter

from brainrank.api.pages import (
    assets,
    benchmarks,
    compare,
    datasets,
    guide,
    home,
    leaderboard,
    model,
    models,
    reference,
    relations,
    run_charts,
    runs,
    stimuli,
    submit,
)

router = APIRouter()
for each in (
    home,
    leaderboard,
    relations,
    compare,
    submit,
    models,
    model,
    runs,
    run_charts,
    benchmarks,
    datasets,
    stimuli,
    reference,
    guide,
    assets,
):
    router.include_router(each.router)
