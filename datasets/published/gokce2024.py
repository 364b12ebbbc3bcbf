"""Gokce & Schrimpf 2024: 993 networks, and 43 training runs, on five public benchmarks of Brain-Score.

What was found in the files is on docs/published.md. Some things are not taken as they stand. `n_samples_seen` is none
where it cannot be what a network saw: it is 130 million for all 182 networks that others trained (`is_pretrained`), a
CLIP model of 34 billion images among them; it leaves out what an adversarially trained network saw before (one is right
on .32 of ImageNet after 10,000 images); and it is of 100 epochs where the name says 200. An untrained network has no
training data. What a network was trained for is told by several flags, which become one objective here.
"""

from collections.abc import Iterator
from pathlib import Path

from brainrank.benchmark.types.dataset_card import DatasetCard
from brainrank.benchmark.types.remote_file import RemoteFile
from brainrank.datasets.published.scores import Publication, PublishedScore, Recordings
from brainrank.datasets.published.table_files import Row, read_rows, scores_of

UPSTREAM = "github:epflneuroailab/scaling-primate-vvs@e76f924edec181e0b872484eea57e63832281de7"
CITATION = (
    "Gokce & Schrimpf (2024). Scaling laws for task-optimized models of the primate visual ventral stream. "
    "arXiv:2411.05712."
)
V1, V2 = (f"movshon.FreemanZiemba2013public.{area}-pls" for area in ("V1", "V2"))
V4, IT = (f"dicarlo.MajajHong2015public.{area}-pls" for area in ("V4", "IT"))
BEHAVIOUR = "dicarlo.Rajalingham2018public-i2n"
YES = "True"
FROM_SCRATCH, LONGER = "scratch-", "-200ep"


def _read(path: Path) -> tuple[PublishedScore, ...]:
    return scores_of(_plain_rows(read_rows(path)), source=CITATION)


def _plain_rows(rows: list[Row]) -> Iterator[Row]:
    for row in rows:
        yield {
            "model": row["model_id"],
            "benchmark": row["benchmark_name"],
            "score": row["score"],
            "architecture": row["arch"],
            "family": row["arch_family"],
            "training_data": "" if row["is_random"] == YES else row["dataset"],
            "objective": _objective(row),
            "seed": row["seed"],
            "parameters": row["n_params"],
            "samples_seen": row["n_samples_seen"] if _counts_what_was_seen(row) else "",
        }


def _counts_what_was_seen(row: Row) -> bool:
    continued = row.get("is_adv") == YES and not row["adv_method"].startswith(FROM_SCRATCH)
    return row["is_pretrained"] != YES and not continued and LONGER not in row["model_id"]


def _objective(row: Row) -> str:
    """What it was trained for; nothing where others trained it and the table does not say."""
    if row["is_random"] == YES:
        return "untrained"
    if row["is_ssl"] == YES:
        return row["ssl_method"]
    if row.get("is_adv") == YES:
        return "adversarial classification"
    if row.get("is_open_clip") == YES:
        return "language"
    return "" if row["is_pretrained"] == YES else "classification"


COLUMNS = {
    "model_id": "the network, and in the table of training runs the run",
    "benchmark_name": "the benchmark, by Brain-Score's name",
    "score": "the score",
    "arch, arch_family": "architecture and its family",
    "dataset": "what it was trained on; empty for eight networks that others trained, not read for untrained ones",
    "seed": "0, 1 or 2; networks without other seeds have 0",
    "n_params": "parameters; empty for 23 ViTs and for the 24 networks of other training recipes",
    "n_samples_seen": "images seen in training, those seen again counted again; 0 without training",
    "is_pretrained": "others trained it; its n_samples_seen (130,000,000 for all) is not read",
    "adv_method": "how it was trained adversarially; n_samples_seen is read only of those trained so from scratch",
    "is_random, is_ssl, ssl_method, is_adv, is_open_clip": "what it was trained for",
}
MEANING = (
    "Brain-Score's score of each benchmark, already made relative to its noise ceiling. Neural benchmarks: partial "
    "least squares from one layer to recorded sites; behaviour: agreement with people's errors image by image. Raw "
    "value, error and ceiling, which the study's code writes, are not in the table."
)
CAUTIONS = (
    "The layer of each region was chosen on the same public benchmarks that the scores are of, so that they are "
    "likely too high; by how much the table does not tell.",
    "No number has an interval or draws: two models that stand next to each other here may be equally good.",
)
DIFFERS = (
    "Ours is ridge regression on all features of a layer, which is chosen on other images than those the score is of, "
    "and r stands beside its noise ceiling. Theirs is partial least squares, the layer chosen on the same images, and "
    "the score is already made relative to the ceiling. Compare orders of models, not numbers."
)
RECORDED = {
    V1: Recordings("freemanziemba2013", "v1"),
    V2: Recordings("freemanziemba2013", "v2"),
    V4: Recordings("majajhong2015", "v4"),
    IT: Recordings("majajhong2015", "it"),
}


def _publication(name: str, title: str, file: str, sha256: str, more: tuple[str, ...]) -> Publication:
    return Publication(
        card=DatasetCard(
            name=name,
            title=title,
            citation=CITATION,
            licence="MIT (the repository)",
            access="public; one file of a public repository",
            files=(RemoteFile(file, sha256, (f"{UPSTREAM}:scaling_primate_vvs/artifacts/{file}",)),),
        ),
        read=_read,
        columns=COLUMNS,
        meaning=MEANING,
        cautions=(*CAUTIONS, *more),
        same_recordings=RECORDED,
        differs=DIFFERS,
    )


PUBLICATIONS = (
    _publication(
        "gokce2024",
        "993 networks of many architectures, training sets, sizes and seeds on five public benchmarks of Brain-Score",
        "benchmark_scores.csv",
        "3c902d135628cf0a63a537dad7ed2bb5a91738a759819d45a946d129eff06609",
        (
            "How many images the 182 networks saw that others trained is not known: the table has one number for all. "
            "Nor is it of 41 that were, it seems, trained adversarially after another training, or of 4 trained on.",
            "Six untrained networks have no score on V2; the table does not say why.",
        ),
    ),
    _publication(
        "gokce2024-training",
        "43 training runs on the same five benchmarks, at 26 to 32 epochs each",
        "benchmark_scores_ckpts.csv",
        "5745f1cc2306de9347fa6dca6df79e309f91e21ac5cb3f3e2d057adb860e7b76",
        ("One seed of each run: how much of a step is chance cannot be told.",),
    ),
)
