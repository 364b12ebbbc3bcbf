"""Which benchmarks there are: each a declaration of data set, region and metric."""

from collections.abc import Mapping
from dataclasses import dataclass

from brainrank.benchmark.metrics.abstraction import AbstractionMetric
from brainrank.benchmark.metrics.behaviour.aggregation import PUBLISHED_EXCLUSIONS
from brainrank.benchmark.metrics.behaviour.error_consistency import UndefinedKappa
from brainrank.benchmark.metrics.cka import CkaMetric
from brainrank.benchmark.metrics.encoding import EncodingMetric
from brainrank.benchmark.metrics.error_consistency import ErrorConsistencyMetric
from brainrank.benchmark.metrics.label_distribution import LabelDistributionMetric
from brainrank.benchmark.metrics.learning import LearningMetric
from brainrank.benchmark.metrics.odd_one_out import OddOneOutMetric
from brainrank.benchmark.metrics.reaction_times import ReactionTimesMetric
from brainrank.benchmark.metrics.rsa import RsaMetric
from brainrank.benchmark.metrics.time_resolved_contrasts import TimeResolvedContrastsMetric
from brainrank.benchmark.metrics.time_resolved_encoding import TimeResolvedEncodingMetric
from brainrank.benchmark.metrics.time_resolved_rsa import TimeResolvedRsaMetric
from brainrank.benchmark.scoring.encoded_regions import ENCODED_REGIONS
from brainrank.benchmark.scoring.trial_regions import AGES, DISTORTED_IMAGES
from brainrank.benchmark.types.metric import Metric


@dataclass(frozen=True)
class Benchmark:
    """A data set's region and the metric that scores models against it.

    `version` is raised whenever its numbers change; scores of different versions are never compared. One that measures
    again what another benchmark measures, or no likeness to brain or people, is not `counted` in means over groups; its
    own group ranks by it.
    """

    name: str
    version: int
    dataset: str
    region: str
    group: str
    metric: Metric
    title: str
    counted: bool = True


TIMES = "How long people take to answer rightly, "
LEARNING = "How 12 people learn three kinds of objects from 36 images in six epochs, 306 new images"
JUDGED = "Human similarity judgements, group means, 42 objects:"

_ALL = (
    Benchmark(
        name="kriegeskorte2008.human-it.rsa",
        version=2,
        dataset="kriegeskorte2008",
        region="human-it",
        group="it",
        metric=RsaMetric(),
        title="Human inferior temporal cortex, fMRI, 4 subjects, 92 objects",
    ),
    Benchmark(
        name="kriegeskorte2008.monkey-it.rsa",
        version=2,
        dataset="kriegeskorte2008",
        region="monkey-it",
        group="it",
        metric=RsaMetric(),
        title="Monkey inferior temporal cortex, 674 neurons, 92 objects",
    ),
    Benchmark(
        name="kriegeskorte2008.judgements.rsa",
        version=2,
        dataset="kriegeskorte2008",
        region="judgements",
        group="behaviour",
        metric=RsaMetric(),
        title="Human similarity judgements, 16 subjects, 92 objects",
    ),
    Benchmark(
        name="cichy2014.evc.rsa",
        version=2,
        dataset="cichy2014",
        region="evc",
        group="early-visual",
        metric=RsaMetric(),
        title="Human early visual cortex, fMRI, 15 subjects, 92 objects",
    ),
    Benchmark(
        name="cichy2014.it.rsa",
        version=2,
        dataset="cichy2014",
        region="it",
        group="it",
        metric=RsaMetric(),
        title="Human inferior temporal cortex, fMRI, 15 subjects, 92 objects",
    ),
    Benchmark(
        name="cichy2016.evc.rsa",
        version=1,
        dataset="cichy2016",
        region="evc",
        group="early-visual",
        metric=RsaMetric(),
        title="Human early visual cortex, fMRI, 15 subjects, 118 natural images",
    ),
    Benchmark(
        name="cichy2016.it.rsa",
        version=1,
        dataset="cichy2016",
        region="it",
        group="it",
        metric=RsaMetric(),
        title="Human inferior temporal cortex, fMRI, 15 subjects, 118 natural images",
    ),
    *(
        Benchmark(
            name=f"{dataset}.{region}.cka",
            version=2,
            dataset=dataset,
            region=region,
            group="cka",
            metric=CkaMetric(),
            title=f"{what}, 92 objects, linear CKA",
            counted=False,
        )
        for dataset, region, what in (
            ("kriegeskorte2008", "human-it", "Human inferior temporal cortex, fMRI, 4 subjects"),
            ("kriegeskorte2008", "monkey-it", "Monkey inferior temporal cortex, 674 neurons"),
            ("cichy2014", "evc", "Human early visual cortex, fMRI, 15 subjects"),
            ("cichy2014", "it", "Human inferior temporal cortex, fMRI, 15 subjects"),
        )
    ),
    Benchmark(
        name="cichy2014.meg.time-resolved-rsa",
        version=1,
        dataset="cichy2014",
        region="meg",
        group="time",
        metric=TimeResolvedRsaMetric(start_ms=50.0, stop_ms=300.0),
        title="Human MEG, 16 people, 92 objects, 50 to 300 ms",
    ),
    Benchmark(
        name="things_eeg2.eeg.time-resolved-rsa",
        version=1,
        dataset="things_eeg2",
        region="eeg",
        group="time",
        metric=TimeResolvedRsaMetric(start_ms=50.0, stop_ms=300.0),
        title="Human EEG, 10 people, 200 photographs of objects, 50 to 300 ms",
    ),
    *(
        Benchmark(
            name=f"grootswagers2024.{region}.time-resolved-contrasts",
            version=1,
            dataset="grootswagers2024",
            region=region,
            group="time",
            metric=TimeResolvedContrastsMetric(start_ms=80.0, stop_ms=240.0),
            title=f"Human EEG, 16 people, 256 gratings {rate}, 80 to 240 ms",
        )
        for region, rate in (("soa150", "every 150 ms"), ("soa50", "every 50 ms"))
    ),
    *(
        Benchmark(
            name=f"majajhong2015.{region}-over-time.time-resolved-encoding",
            version=1,
            dataset="majajhong2015",
            region=f"{region}-over-time",
            group="time",
            metric=TimeResolvedEncodingMetric(start_ms=70.0, stop_ms=170.0),
            title=f"Macaque {region.upper()}, {sites} sites, 3,200 images of objects, 70 to 170 ms",
        )
        for region, sites in (("v4", 88), ("it", 168))
    ),
    *(
        Benchmark(
            name=f"cowley2023.v4-{session}.encoding",
            version=version,
            dataset="cowley2023",
            region=f"v4-{session}",
            group="v4",
            metric=EncodingMetric(),
            title=f"Macaque V4, session {session}, {neurons} neurons, {images:,} images",
        )
        for session, neurons, images, version in (
            ("210325", 50, 640, 2),
            ("210225", 55, 1200, 2),
            ("201025", 89, 1200, 2),
            ("190925", 36, 600, 1),
            ("210621", 51, 1198, 1),
        )
    ),
    Benchmark(
        name="miyawaki2008.v1.encoding",
        version=2,
        dataset="miyawaki2008",
        region="v1",
        group="early-visual",
        metric=EncodingMetric(),
        title="Human V1, 967 voxels of one subject, 20 images",
    ),
    Benchmark(
        name="kayyeatman2017.ffa.encoding",
        version=1,
        dataset="kayyeatman2017",
        region="ffa",
        group="it",
        metric=EncodingMetric(),
        title="Human face-selective area, fMRI, mean response of one person, 115 stimuli",
    ),
    *(
        Benchmark(
            name=f"geirhos2021.{experiment}.error-consistency",
            version=2,
            dataset="geirhos2021",
            region=experiment,
            group="behaviour",
            metric=ErrorConsistencyMetric(excluded=PUBLISHED_EXCLUSIONS.get(experiment, ())),
            title=f"Errors shared with people, {experiment}, {images:,} images, {people} people",
        )
        for experiment, images, people in DISTORTED_IMAGES
    ),
    *(
        Benchmark(
            name=f"robustness2023.{region}.error-consistency",
            version=1,
            dataset="robustness2023",
            region=region,
            group="development",
            metric=ErrorConsistencyMetric(convention=UndefinedKappa.RAW),
            title=f"Errors shared with {who}, cue conflict, {images} images, {people} people",
            counted=False,  # the images, and what is asked of them, are those of geirhos2021.cue-conflict
        )
        for region, who, images, people in AGES
    ),
    *(  # what is scored are people's times; a group's mean is of what they answer
        Benchmark(f"{study}.{region}.reaction-times", 1, study, region, group, ReactionTimesMetric(), TIMES + of, False)
        for study, region, group, of in (
            ("geirhos2021", "cue-conflict", "behaviour", "cue conflict, 1,280 images, 10 people"),
            ("geirhos2021", "edge", "behaviour", "edges, 160 images, 10 people"),
            ("geirhos2021", "silhouette", "behaviour", "silhouettes, 160 images, 10 people"),
            ("robustness2023", "all-ages", "development", "cue conflict, 240 images, 55 people of 4 to 31 years"),
        )
    ),
    # Not counted: it asks how fast, too, by a learning rate that all models share.
    Benchmark("huber2024.learning", 1, "huber2024", "objects", "learning", LearningMetric(), LEARNING, counted=False),
    *(
        Benchmark(f"singer2022.{each}.rsa", 1, "singer2022", each, "behaviour", RsaMetric(), f"{JUDGED} {each}")
        for each in ("photos", "drawings", "sketches")
    ),
    Benchmark(
        name="singer2022.depictions.abstraction",
        version=1,
        dataset="singer2022",
        region="depictions",
        group="abstraction",
        metric=AbstractionMetric(),
        title="Whether 42 objects keep their likeness in photographs, drawings and sketches",
        counted=False,
    ),
    Benchmark(
        name="things_similarity.judgements.odd-one-out",
        version=1,
        dataset="things_similarity",
        region="judgements",
        group="behaviour",
        metric=OddOneOutMetric(),
        title="Odd one out of three of 1,854 objects, 2,000 triplets that many people judged",
    ),
    Benchmark(
        name="peterson2019.cifar10h.label-distribution",
        version=2,
        dataset="peterson2019",
        region="cifar10h",
        group="behaviour",
        metric=LabelDistributionMetric(),
        title="What fifty people each call small photographs, 2,000 images, ten categories",
    ),
    *(
        Benchmark(f"{study}.{region}.encoding", 2, study, region, group, EncodingMetric(), title)
        for study, region, group, title in ENCODED_REGIONS
    ),
)

BENCHMARKS: Mapping[str, Benchmark] = {benchmark.name: benchmark for benchmark in _ALL}
