"""Submissions: from what somebody asks for to a ModelSpec that is data only, and one run per benchmark."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NamedTuple

from sqlalchemy.orm import Session

from brainrank.api.repositories import submissions
from brainrank.api.repositories.queue import CPU, GPU
from brainrank.api.repositories.statuses import FINISHED
from brainrank.api.repositories.submissions import Event, NewSubmission, Submission
from brainrank.api.services.access.refusals import ConflictError, NotFoundError, TooManyError
from brainrank.api.services.access.tokens import Caller, Scope
from brainrank.api.services.boards.selection import WITH_THIS_SERVICE, AtHand, select
from brainrank.api.services.submissions import model_names, uploads
from brainrank.api.services.submissions.model_names import require_own_name
from brainrank.benchmark.scoring.benchmarks import Benchmark
from brainrank.benchmark.scoring.catalogue import EVERYTHING, Catalogue
from brainrank.benchmark.types.errors import UnknownNameError, UserError
from brainrank.benchmark.types.model_spec import ModelSpec, Preprocessing
from brainrank.models_zoo.catalogue import MODELS
from brainrank.models_zoo.known_names import require_known
from brainrank.models_zoo.load import SOURCES, find_source, require_data_only

UPLOAD = "upload"
# Which loader reads an uploaded file, by its suffix.
LOADERS = {"safetensors": "file", "onnx": "onnx", "npz": "features", "npy": "features", "csv": "trials"}
# Sources that run no network: a worker without a GPU is as good.
WITHOUT_NETWORK = {"classical", "features", "trials"}
DAY = timedelta(days=1)


@dataclass(frozen=True)
class WantedModel:
    """A model as it is asked for: a name of the catalogue or a source; or one's own name for a source with settings.

    `source` is that of a ModelSpec, or `upload:SHA256[#SOURCE:ARCHITECTURE]` for a file that was uploaded.
    """

    name: str
    source: str | None = None
    family: str = "unsorted"
    description: str = ""
    preprocessing: Preprocessing | None = None
    layers: tuple[str, ...] = ()
    pooling: str = "flatten"


@dataclass(frozen=True)
class Wanted:
    """A submission as it is asked for; `text` is the whole request, by which a repeated one is known."""

    model: WantedModel
    benchmarks: Sequence[str]
    public: bool
    note: str
    idempotency_key: str | None
    text: str


class Accepted(NamedTuple):
    """A submission that was recorded, and what its groups have beyond it: benchmarks whose files are not here."""

    submission: Submission
    without_files: Sequence[Benchmark]


def submit(session: Session, caller: Caller, wanted: Wanted, catalogue: Catalogue, *, at_hand: AtHand) -> Accepted:
    """Record a submission and its runs; the same idempotency key and request give the same submission again.

    `benchmarks` are names of benchmarks or groups, of which what is `at_hand` is meant, and of one's own uploaded
    packages and their benchmarks; none means all but one's own. Raises UserError for what cannot be submitted,
    ConflictError for a key used before for something else, TooManyError beyond the caller's quota.
    """
    caller.require(Scope.SUBMIT)
    spec, owner = _spec(session, caller, wanted.model, public=wanted.public)
    own = partial(uploads.own_benchmarks, session, caller.owner)
    chosen, without_files = _benchmarks(wanted.benchmarks, catalogue, own, at_hand)
    private = [each.name for each in chosen if not catalogue.has(each.name)]
    if private and wanted.public:
        raise UserError(
            f"{', '.join(private[:3])}: scores on your own data stay private; submit as private (--private)"
        )
    queue = CPU if spec.source.partition(":")[0] in WITHOUT_NETWORK else GPU
    digest = hashlib.sha256(wanted.text.encode()).hexdigest()
    new = NewSubmission(caller.owner, spec, chosen, queue, wanted.public, wanted.note, wanted.idempotency_key, digest)
    made = submissions.add(session, new, model_owner=owner, now=datetime.now(UTC))
    if made is None:
        return Accepted(_find_same(session, caller, wanted, digest), without_files)
    _check_quota(session, caller, len(chosen))
    return Accepted(made, without_files)


def find(session: Session, caller: Caller | None, number: int) -> Submission:
    """A submission that the caller may see. Raises NotFoundError, also for what is somebody else's and private."""
    found = submissions.find(session, number)
    if found is None or not (found.public or (caller is not None and caller.may_see(found.owner))):
        raise NotFoundError(f"There is no submission {number} that you may see; a private one takes its owner's token")
    return found


def newest(
    session: Session, caller: Caller | None, *, mine: bool, before: int | None, limit: int
) -> Sequence[Submission]:
    """The newest submissions that the caller may see, or only its own."""
    everything = caller is not None and caller.reaches(Scope.ADMIN)
    visible_to = None if everything else "" if caller is None else caller.owner
    owner = caller.owner if mine and caller is not None else None
    return submissions.newest(session, visible_to=visible_to, owner=owner, before=before, limit=limit)


def cancel(session: Session, caller: Caller, number: int) -> Submission:
    """Stop the runs that are not finished: those that wait at once, those at work at their next step."""
    _find_own(session, caller, number)
    submissions.cancel(session, number, now=datetime.now(UTC))
    return find(session, caller, number)


def retry(session: Session, caller: Caller, number: int) -> Submission:
    """Let failed and cancelled runs wait again. Raises ConflictError when there are none."""
    known = _find_own(session, caller, number)
    if not submissions.retry(session, number, now=datetime.now(UTC)):
        states = ", ".join(sorted({run.status for run in known.runs}))
        raise ConflictError(f"No run of submission {number} failed or was cancelled ({states}); there is none to retry")
    return find(session, caller, number)


def publish(session: Session, caller: Caller, number: int, catalogue: Catalogue) -> Submission:
    """Show a submission and its scores to everybody.

    Raises ConflictError for scores on data of one's own, and for a model whose name somebody else has shown meanwhile.
    """
    known = _find_own(session, caller, number)
    private = [run.benchmark for run in known.runs if not catalogue.has(run.benchmark)]
    if private:
        raise ConflictError(f"Submission {number} has scores on your own data ({private[0]}), which stay private")
    if known.model_owner:
        model_names.take(session, known.spec.name, owner=known.model_owner, public=True)
    return set_public(session, caller, number, public=True)


def set_public(session: Session, caller: Caller, number: int, *, public: bool) -> Submission:
    """Show a submission and its scores to everybody, or to its owner alone."""
    _find_own(session, caller, number)
    submissions.set_public(session, number, public=public)
    return find(session, caller, number)


def is_finished(submission: Submission) -> bool:
    """Whether nothing of it waits or is at work."""
    return all(run.status in FINISHED for run in submission.runs)


def events(session: Session, submission: Submission, *, after: int = 0, limit: int | None = None) -> Sequence[Event]:
    """The lines of its runs' logs after the one numbered `after`."""
    return submissions.events(session, [run.run_id for run in submission.runs], after=after, limit=limit)


def _find_own(session: Session, caller: Caller, number: int) -> Submission:
    caller.require(Scope.SUBMIT)
    known = find(session, caller, number)
    if not caller.may_see(known.owner):
        raise NotFoundError(f"Submission {number} is somebody else's; only its owner can change it")
    return known


def _find_same(session: Session, caller: Caller, wanted: Wanted, digest: str) -> Submission:
    """The submission that was made under the same key."""
    known = submissions.find_by_key(session, caller.owner, wanted.idempotency_key or "")
    if known is None or known.request_sha256 != digest:
        raise ConflictError(
            "The idempotency key was used for a submission that asked for something else; use a new key"
        )
    return known


def _benchmarks(
    names: Sequence[str], catalogue: Catalogue, own: Callable[[], Mapping[str, Benchmark]], at_hand: AtHand
) -> tuple[Sequence[Benchmark], Sequence[Benchmark]]:
    """The benchmarks of these names, and what is not at hand of their groups.

    One's own are looked for where the service has none of a name; they were uploaded, and so are at hand.
    """
    known = {*catalogue.benchmarks, *(each.group for each in catalogue.benchmarks.values()), EVERYTHING}
    others = {} if known.issuperset(names) else own()
    chosen, without_files = dict[str, Benchmark](), dict[str, Benchmark]()
    for name in names or [EVERYTHING]:
        mine = [each for each in others.values() if name not in known and name in (each.name, each.dataset)]
        found = None if mine else select([name], catalogue, at_hand=at_hand, place=WITH_THIS_SERVICE)
        chosen |= {each.name: each for each in (mine if found is None else found.benchmarks)}
        without_files |= {each.name: each for each in (found.without_files if found else ())}
    return list(chosen.values()), list(without_files.values())


def _check_quota(session: Session, caller: Caller, n_new: int) -> None:
    """Raise TooManyError when the runs of a day, those just recorded included, are more than the caller's."""
    runs = submissions.count_runs_since(session, caller.owner, datetime.now(UTC) - DAY)
    if runs > caller.runs_a_day:
        raise TooManyError(
            f"{n_new} runs on top of {runs - n_new} within a day are more than your {caller.runs_a_day}; choose fewer "
            "benchmarks, or wait",
            wait_s=int(DAY.total_seconds()),
        )


def _spec(session: Session, caller: Caller, wanted: WantedModel, *, public: bool) -> tuple[ModelSpec, str]:
    """The spec, and whom its name belongs to: nobody where it is the catalogue's or that of a source."""
    if wanted.source is None:
        return _spec_named(wanted), ""
    require_own_name(wanted.name)
    spec = ModelSpec(
        name=wanted.name,
        family=wanted.family,
        source=wanted.source,
        preprocessing=wanted.preprocessing,
        layers=wanted.layers,
        pooling=wanted.pooling,
        description=wanted.description,
    )
    if wanted.source.startswith(f"{UPLOAD}:"):
        spec = _of_upload(session, caller, spec)
    require_data_only(spec)
    require_known(spec)
    model_names.take(session, spec.name, owner=caller.owner, public=public)
    return spec, caller.owner


def _spec_named(wanted: WantedModel) -> ModelSpec:
    """A model of the catalogue, or the source that the name is."""
    if wanted != WantedModel(wanted.name):
        raise UserError(
            f"Settings make another model of '{wanted.name}'; give it a name of your own, and its source, such as "
            f"timm:resnet50 or the catalogue's for {wanted.name}"
        )
    if wanted.name in MODELS:
        return MODELS[wanted.name]
    scheme, colon, rest = wanted.name.partition(":")
    if not (colon and rest and scheme in SOURCES):
        raise UnknownNameError("model", wanted.name, MODELS, remedy="(or a source, as timm:NAME)")
    family = "untrained" if rest.endswith("@random") else "unsorted"
    spec = ModelSpec(name=wanted.name, family=family, source=wanted.name)
    require_data_only(spec)
    require_known(spec)
    return spec


def _of_upload(session: Session, caller: Caller, spec: ModelSpec) -> ModelSpec:
    sha256, mark, architecture = spec.source.removeprefix(f"{UPLOAD}:").partition("#")
    file = uploads.find_ready(session, caller.owner, sha256)
    if file is None:
        raise UserError(f"No upload of yours has the sha256 {sha256[:64]}; upload the file first (POST /v1/uploads)")
    suffix = file.name.rpartition(".")[2]
    loader = LOADERS[suffix]
    if (loader == "file") != bool(architecture):
        raise UserError(
            f"'{spec.source}': weights need their architecture behind '#', as in upload:SHA256#timm:resnet50"
            if loader == "file"
            else f"'{spec.source}': a .{suffix} file takes no architecture; leave out what is behind '#'"
        )
    pinned = replace(spec, source=f"{loader}:{sha256}.{suffix}{mark}{architecture}", weights=file)
    find_source(pinned)
    return pinned
