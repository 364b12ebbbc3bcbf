"""A process forked from one that may have threads: it has one, as what is to be shut in must."""

import os
import sys
import traceback
from collections.abc import Callable


def say_from_a_child(work: Callable[[], str]) -> None:
    """Do the work in a forked process, and write what it returns to standard output."""
    kept, told = os.pipe()
    if os.fork():
        os.close(told)
        with os.fdopen(kept) as said:
            sys.stdout.write(said.read())
        os.wait()
        return
    try:
        with os.fdopen(told, "w") as file:
            file.write(work())
    except BaseException:  # noqa: BLE001 it is told, and the process ends
        traceback.print_exc()
    finally:
        os._exit(0)  # whatever came of it: nothing else of the program that was forked is done twice
