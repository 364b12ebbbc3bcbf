"""The images of a study or a package of one's own data."""

from collections.abc import Iterable

from brainrank.api.services.views.open_catalogue import open_catalogue
from brainrank.benchmark.types.errors import InvalidDataError, UnknownNameError
from brainrank.benchmark.types.locations import Locations
from brainrank.benchmark.types.reporter import Reporter
from brainrank.benchmark.types.stimuli import Stimulus, StimulusSet


def images_of_dataset(name: str, locations: Locations, reporter: Reporter) -> StimulusSet:
    """The images of a data set, each once, in the order of its regions; with `NAME.REGION` those of one region.

    Raises UnknownNameError for another name, DataUnavailableError for images that cannot be had, and InvalidDataError
    where regions call different images alike or showed them at different sizes: then one region is to be named.
    """
    known = open_catalogue(locations).datasets
    study, _, region = name.rpartition(".")
    named = name not in known and study in known
    (dataset,) = open_catalogue(locations, [study if named else name]).datasets.values()
    if named and region not in dataset.regions:
        raise UnknownNameError(f"region of {study}", region, dataset.regions)
    sets = [dataset.stimuli(each, locations, reporter) for each in ((region,) if named else dataset.regions)]
    found = dict[str, Stimulus]()
    for stimulus in (each for shown in sets for each in shown.stimuli):
        if found.setdefault(stimulus.stimulus_id, stimulus).sha256 != stimulus.sha256:
            raise _of_one_region(
                name, f"'{stimulus.stimulus_id}' is another image in one region than in another", dataset.regions
            )
    if len({each.visual_degrees for each in sets}) > 1:
        raise _of_one_region(name, "regions were shown images at different visual angles", dataset.regions)
    return StimulusSet(name, tuple(found.values()), sets[0].visual_degrees)


def _of_one_region(name: str, why: str, regions: Iterable[str]) -> InvalidDataError:
    return InvalidDataError(f"{name}: {why}; name one of its regions, as {name}.{next(iter(regions))}")
