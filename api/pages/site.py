"""All pages, for a browser; what they show is what the REST interface answers."""

from fastapi import APIRouter

from brainrank.api.pages import assets, home, leaderboard, stimuli, submit

router = APIRouter()
for each in (home, leaderboard, submit, stimuli, assets):
    router.include_router(each.router)
