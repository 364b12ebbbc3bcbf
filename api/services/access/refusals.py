"""Why a service says no: each refusal has a code for programs; the message says what is wrong and what to do."""

from typing import ClassVar

from brainrank.benchmark.types.errors import UserError


class RefusalError(UserError):
    """Something asked of the service that it does not do."""

    code: ClassVar[str] = "refused"


class NotSignedInError(RefusalError):
    """No token, or one that is unknown, expired or revoked."""

    code = "not-signed-in"


class NotAllowedError(RefusalError):
    """A token whose scope does not reach that far."""

    code = "not-allowed"


class NotFoundError(RefusalError):
    """Nothing of that number that the caller may see."""

    code = "not-found"


class ConflictError(RefusalError):
    """It does not go together with what is there already."""

    code = "conflict"


class TooLargeError(RefusalError):
    """More bytes than the service takes."""

    code = "too-large"


class AskAgainError(RefusalError):
    """Not at this moment; it may be asked for again in `wait_s` seconds."""

    def __init__(self, message: str, *, wait_s: int) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class TooManyError(AskAgainError):
    """More than the caller's quota."""

    code = "too-many"


class NotReadyError(AskAgainError):
    """It is being made."""

    code = "not-ready"


class TooManyAtOnceError(AskAgainError):
    """More than the service does at once, whoever asks for it."""

    code = "too-many-at-once"
