"""All pages, for a browser; what they show is what the REST interface answers."""

from fastapi import APIRouter

from brainrank.api.pages import assets, compare, home, leaderboard, model, models, run_charts, stimuli, submit

router = APIRouter()
for each in (home, leaderboard, compare, submit, models, model, run_charts, stimuli, assets):
    router.include_router(each.router)
