"""What goes over the wire: checked on the way in by the routes, and read on the way out by the client."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from brainrank.api.services.submissions.upload_check import UploadKind
from brainrank.benchmark.types.model_spec import CHANNEL_ORDERS
from brainrank.benchmark.types.outputs import POOLING_NAMES
from brainrank.benchmark.types.text import one_line
from brainrank.models_zoo.loaders.written_preprocessing import CROP_MODES, INTERPOLATIONS, LARGEST_COLOUR, LARGEST_SIDE

Sha256 = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
Line = Annotated[str, AfterValidator(one_line)]
Name = Annotated[Line, Field(min_length=1, max_length=200)]
Side = Annotated[int, Field(ge=1, le=LARGEST_SIDE)]
# Images are in 0..1; far outside of that a network's float32 would overflow on every image.
Mean = Annotated[float, Field(ge=-LARGEST_COLOUR, le=LARGEST_COLOUR, allow_inf_nan=False)]
Spread = Annotated[float, Field(ge=1 / LARGEST_COLOUR, le=LARGEST_COLOUR, allow_inf_nan=False)]
Visibility = Literal["public", "private"]


class Wire(BaseModel):
    """Unknown fields are refused: a misspelt one would be ignored in silence."""

    model_config = ConfigDict(extra="forbid")


class PreprocessingRequest(Wire):
    """How an image becomes the network's input; `mean` and `std` apply to RGB in 0..1, in whichever order it is fed."""

    size: tuple[Side, Side]
    interpolation: Literal[INTERPOLATIONS] = "bicubic"
    crop_fraction: float = Field(default=1.0, gt=0, le=1)
    crop_mode: Literal[CROP_MODES] = "center"
    mean: tuple[Mean, Mean, Mean] = (0.0, 0.0, 0.0)
    std: tuple[Spread, Spread, Spread] = (1.0, 1.0, 1.0)
    visual_degrees: float | None = Field(default=None, gt=0, le=180)
    channel_order: Literal[CHANNEL_ORDERS] = "RGB"


class ModelRequest(Wire):
    """A model of the catalogue or a source by `name` alone; or a name of your own, with `source` and settings.

    `source` is as in `name`, or `upload:SHA256` (`#SOURCE:ARCHITECTURE` behind it for weights) for an uploaded file.
    """

    name: Name = Field(examples=["efficientnet-lite0", "timm:resnet18@random", "my-resnet50"])
    source: Annotated[Line, Field(max_length=500)] | None = Field(
        default=None, examples=["upload:0f3c...#timm:resnet50"]
    )
    family: Annotated[Line, Field(min_length=1, max_length=50)] = "unsorted"
    description: Annotated[str, StringConstraints(max_length=2000)] = ""
    preprocessing: PreprocessingRequest | None = None
    layers: list[Name] = Field(default=[], max_length=1000)
    pooling: Literal[POOLING_NAMES] = "flatten"


class SubmissionRequest(Wire):
    """A model, and the benchmarks or groups of benchmarks to score it on; none means all of them."""

    model: ModelRequest
    benchmarks: list[Name] = Field(default=[], max_length=1000, examples=[["kriegeskorte2008.human-it.rsa", "v4"]])
    visibility: Visibility = "public"
    note: Annotated[str, StringConstraints(max_length=2000)] = ""


class ModelAnswer(BaseModel):
    """The model revision that a submission asks for; `digest` covers whatever decides what it computes."""

    name: str
    family: str
    description: str
    source: str
    digest: str


class ProgressAnswer(BaseModel):
    """How far the stage at work is."""

    stage: str
    done: int
    total: int


class StageAnswer(BaseModel):
    """When a run came to a stage."""

    stage: str
    at: datetime


class FailureAnswer(BaseModel):
    """Why a run failed, and what its submitter can do; the log is in the submission's events."""

    kind: str
    message: str
    remedy: str


class EstimateAnswer(BaseModel):
    """What a run will take: `seconds` of work, waiting aside, and bytes of `memory`.

    null where nothing is known; `basis` says from what each is told, or why it is not.
    """

    seconds: float | None
    memory: int | None
    basis: str


class RunAnswer(BaseModel):
    """One benchmark of a submission. `estimate` is told when it is submitted, and null later."""

    id: int
    benchmark: str
    benchmark_version: int
    queue: str
    status: str
    attempts: int
    created_at: datetime
    due_at: datetime | None
    finished_at: datetime | None
    progress: ProgressAnswer | None
    stages: list[StageAnswer]
    failure: FailureAnswer | None
    estimate: EstimateAnswer | None = None


class SubmissionAnswer(BaseModel):
    """A submission and where its runs are. `finished` is true when none of them waits or is at work.

    `without_files` is told when it is submitted, and empty later: benchmarks of the groups that were asked for which
    cannot be scored on here, since nobody put their files in place.
    """

    id: int
    owner: str
    model: ModelAnswer
    visibility: Visibility
    note: str
    created_at: datetime
    finished: bool
    runs: list[RunAnswer]
    without_files: list[str] = []


class SubmissionsAnswer(BaseModel):
    """A page of submissions, the newest first; `before` is what to ask for the next page, if there is one."""

    submissions: list[SubmissionAnswer]
    before: int | None


class EventAnswer(BaseModel):
    """A line of a run's log: a stage it came to, a message, a traceback."""

    id: int
    run: int
    at: datetime
    kind: str
    text: str


class UploadRequest(Wire):
    """A file to be sent: its kind (which is its suffix), the sha256 of its content, and its size in bytes."""

    kind: UploadKind
    sha256: Sha256
    size: int = Field(gt=0, le=2**63 - 1)


class UploadAnswer(BaseModel):
    """How much of a file is here; `ready` once it is whole and its content was found good.

    `source` is what a model's `source` says of it then; a package has the names of its `benchmarks` instead.
    """

    id: int
    kind: str
    sha256: str
    size: int
    received: int
    ready: bool
    source: str
    benchmarks: list[str]


class UploadsAnswer(BaseModel):
    """One's uploads, the newest first."""

    uploads: list[UploadAnswer]


class Problem(BaseModel):
    """What went wrong (RFC 9457): `code` for programs, `detail` says what is wrong and what to do about it."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    errors: list[dict[str, Any]] = []


class HealthAnswer(BaseModel):
    """Whether the service can do its work, what it is made of, and when what dead workers left was last looked for.

    `unprotected` says what the cells that models run in go without on the machine that answers; nothing is best.
    """

    status: Literal["ok", "failing"]
    version: str
    checks: dict[str, str] = {}
    last_sweep: datetime | None = None
    unprotected: list[str] = []
