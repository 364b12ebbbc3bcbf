"""/v1/uploads: send a file in pieces; it is checked once it is whole."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Request, status

from brainrank.api.routes.boundary import LARGEST_WHOLE, JsonRoute
from brainrank.api.routes.connections import while_connected
from brainrank.api.routes.dependencies import TheCaller, TheService
from brainrank.api.routes.submission_answers import upload_answer
from brainrank.api.routes.submissions import LARGEST_NUMBER
from brainrank.api.schemas import UploadAnswer, UploadRequest, UploadsAnswer
from brainrank.api.services.access.tokens import Scope
from brainrank.api.services.submissions.uploads import Upload

LARGEST_PIECE = 2**40  # what was announced bounds a piece, and BRAINRANK_UPLOAD_LIMIT what is announced

router = APIRouter(route_class=JsonRoute, prefix="/v1/uploads", tags=["uploads"])
Number = Annotated[int, Path(ge=1, le=LARGEST_NUMBER, description="The upload's number.")]


@router.post("", status_code=status.HTTP_201_CREATED)
def announce(request: UploadRequest, service: TheService, caller: TheCaller) -> UploadAnswer:
    """Announce a file. Where it is here already, whole or in part, the answer says how much of it."""
    return upload_answer(
        service.uploads.announce(caller, kind=request.kind, sha256=request.sha256, size_bytes=request.size)
    )


@router.get("")
def list_uploads(service: TheService, caller: TheCaller) -> UploadsAnswer:
    """List one's uploads, the newest first."""
    return UploadsAnswer(uploads=[upload_answer(each) for each in service.uploads.of(caller)])


@router.get("/{number}")
def get_upload(number: Number, service: TheService, caller: TheCaller) -> UploadAnswer:
    """Show how much of a file is here: from there on it is to be sent."""
    return upload_answer(service.uploads.find(caller, number))


def find_announced(number: Number, service: TheService, caller: TheCaller) -> Upload:
    """The upload that a piece is for."""
    caller.require(Scope.SUBMIT)
    return service.uploads.find(caller, number)


@router.patch("/{number}", max_body_size=LARGEST_PIECE)
async def receive(
    request: Request,
    upload: Annotated[Upload, Depends(find_announced)],
    service: TheService,
    upload_offset: Annotated[int, Header(ge=0, le=LARGEST_WHOLE, description="How much of the file was sent before.")],
) -> UploadAnswer:
    """Take the file from `Upload-Offset` on, as raw bytes; once it is whole, its sha256 and content are checked."""
    await service.uploads.receive(upload, request.stream(), offset=upload_offset)
    accept = partial(service.uploads.accept, upload)
    return upload_answer(await while_connected(request, accept, remedy="send an empty piece, and the file is checked"))


@router.delete("/{number}", status_code=status.HTTP_204_NO_CONTENT)
def remove(number: Number, service: TheService, caller: TheCaller) -> None:
    """Remove a file. Refused while runs that are not finished need it; scores made with it stay."""
    service.uploads.remove(caller, number)
