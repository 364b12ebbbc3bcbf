"""Rows of what a score's model shares with each group of people."""

from typing import TYPE_CHECKING

from brainrank.api.python.course_frames import Rows

if TYPE_CHECKING:
    from brainrank.api.repositories.runs import StoredRun


def people_rows(run: "StoredRun") -> Rows:
    """A row for each group of people. Raises BrainrankError where people are in none."""
    from brainrank.api.people_json import model_rows
    from brainrank.api.services.home.local_machine import own_database
    from brainrank.api.services.views.open_catalogue import open_catalogue
    from brainrank.api.services.views.run_people import people_of_run
    from brainrank.api.settings import Settings

    settings = Settings()
    with own_database(settings) as begin, begin() as session:
        people = people_of_run(session, run, open_catalogue(settings.locations), settings.locations)
    rows = model_rows(people.models[0])
    return [tuple(each.values()) for each in rows], list(rows[0])
