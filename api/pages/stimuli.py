"""The images of studies, small: only of those that lie here and may be shown."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote

from fastapi import APIRouter, Response

from brainrank.api.routes.dependencies import TheService
from brainrank.api.services.access.refusals import NotFoundError
from brainrank.api.services.views.studies import Studies
from brainrank.api.services.views.thumbnails import MEDIA_TYPE, thumbnail

router = APIRouter(include_in_schema=False)
A_WEEK = "public, max-age=604800"


class StimulusPicture(NamedTuple):
    """A stimulus on a page: its id, its category as far as it is labelled with one, and where its picture is."""

    stimulus_id: str
    category: str
    address: str


@router.get("/stimuli/{dataset}/{region}/{stimulus_id:path}")
def show_stimulus(dataset: str, region: str, stimulus_id: str, service: TheService) -> Response:
    """A stimulus, small."""
    found = {each.stimulus_id: each for each in service.studies.stimuli(dataset, region).stimuli}
    if stimulus_id not in found:
        raise NotFoundError(f"{dataset}, {region}, showed no stimulus '{stimulus_id[:100]}'")
    headers = {"Cache-Control": A_WEEK, "X-Content-Type-Options": "nosniff"}
    return Response(thumbnail(found[stimulus_id].path), media_type=MEDIA_TYPE, headers=headers)


def stimulus_address(dataset: str, region: str, stimulus_id: str) -> str:
    """Where a stimulus's picture is."""
    return f"/stimuli/{quote(dataset)}/{quote(region)}/{quote(stimulus_id)}"


def pictures_of(studies: Studies, dataset: str, region: str) -> Mapping[str, StimulusPicture]:
    """The stimuli of a region by id, in their order; none where they are not to be shown."""
    if studies.why_hidden(dataset, region):
        return {}
    return {
        each.stimulus_id: StimulusPicture(
            each.stimulus_id,
            dict(each.labels).get("category", ""),
            stimulus_address(dataset, region, each.stimulus_id),
        )
        for each in studies.stimuli(dataset, region).stimuli
    }


def a_few(stimuli: Mapping[str, StimulusPicture], count: int) -> Sequence[StimulusPicture]:
    """Some of them, evenly from first to last."""
    step = max(1, len(stimuli) // count)
    return list(stimuli.values())[step // 2 :: step][:count]
