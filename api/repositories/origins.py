"""Who made a result: what the column `origin` of runs holds."""

HERE = ""
PUBLISHED = "published"
"""Of those that come with brainrank (services/home/published_results.py). Others are named after their file."""
