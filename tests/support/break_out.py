"""What a model's process tries, having been shut in: each attempt, and how it went, as JSON on standard output.

`python break_out.py FOLDER OTHERS`: FOLDER is its own, OTHERS has files that are not. It is run by a test.
"""

import ctypes
import json
import os
import resource
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
from in_a_child import say_from_a_child

from brainrank.benchmark.cell.enclosure import enclose
from brainrank.benchmark.cell.limits import Limits

GOT = "got"
libc = ctypes.CDLL(None, use_errno=True)


def called(name: str, *arguments: object) -> None:
    """Make a call of the C library, which fails as Python's do."""
    if getattr(libc, name)(*arguments) == -1:
        raise OSError(ctypes.get_errno(), name)


def forked() -> None:
    if os.fork() == 0:
        os._exit(0)


def written(path: Path, megabytes: int) -> None:
    with path.open("wb") as file:
        for _ in range(megabytes):
            file.write(b"x" * 2**20)


def threaded() -> None:
    thread = threading.Thread(target=bool)
    thread.start()
    thread.join()


def read_link(target: Path, link: Path) -> None:
    link.symlink_to(target)
    link.read_bytes()


def hard_link(target: Path, link: Path) -> None:
    link.hardlink_to(target)
    link.read_bytes()


def attempts(own: Path, others: Path) -> dict[str, Callable[[], object]]:
    """Every attempt: those of others' things, and what has to go on being possible, which begin with `may`."""
    keeper, secret = os.getppid(), others / "secret"
    reads = {
        f"read {path}": path.read_bytes
        for path in (*others.rglob("*"), Path("/etc/passwd"), Path("/etc/shadow"), Path("/root/.bashrc"))
        if not path.is_dir()
    }
    reads |= {f"read {name} of its keeper": Path(f"/proc/{keeper}/{name}").read_bytes for name in ("environ", "maps")}
    lists = {f"list {path}": lambda path=path: list(path.iterdir()) for path in (others, Path("/"), Path("/proc"))}
    sockets = {
        f"open a socket of {kind}": lambda kind=kind: socket.socket(getattr(socket, kind))
        for kind in ("AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK")
    }
    return {
        **reads,
        **lists,
        **sockets,
        "read by a symbolic link": lambda: read_link(secret, own / "link"),
        "read by a hard link": lambda: hard_link(secret, own / "hard"),
        "move it here": lambda: secret.rename(own / "moved"),
        "write": lambda: secret.write_text("x"),
        "cut short": lambda: os.truncate(secret, 0),
        "remove": secret.unlink,
        "shut": lambda: secret.chmod(0),
        "give away": lambda: os.chown(secret, 1, 1),
        "date back": lambda: os.utime(secret, (0, 0)),
        "write beside": lambda: (others / "new").write_text("x"),
        "write into temporary files": lambda: Path("/tmp/brainrank-break-out").write_text("x"),
        "write into shared memory": lambda: Path("/dev/shm/brainrank-break-out").write_text("x"),
        "hide in memory": lambda: os.memfd_create("x"),
        "fork": forked,
        "start a program": lambda: subprocess.run(["/bin/true"], check=True),
        "become a program": lambda: os.execv("/bin/true", ["true"]),
        "kill its keeper": lambda: os.kill(keeper, 0),
        "kill all": lambda: os.kill(-1, 0),
        "trace its keeper": lambda: called("ptrace", 16, keeper, 0, 0),
        "limit its keeper": lambda: resource.prlimit(keeper, resource.RLIMIT_NOFILE, (3, 3)),
        "slow its keeper": lambda: os.setpriority(os.PRIO_PROCESS, keeper, 19),
        "pin its keeper": lambda: os.sched_setaffinity(keeper, {0}),
        "be somebody else": lambda: os.setuid(12345),
        "raise its limits": lambda: resource.setrlimit(resource.RLIMIT_AS, (-1, -1)),
        "mount": lambda: called("mount", b"none", str(own).encode(), b"tmpfs", 0, None),
        "have a space of its own": lambda: called("unshare", 0x10000000),
        "take more memory": lambda: np.ones(2**28),
        "write a large file": lambda: written(own / "large", 65),
        "leave a pipe": lambda: os.mkfifo(own / "pipe"),
        "may write": lambda: (own / "file").write_text("x"),
        "may start a thread": threaded,
        "may compute": lambda: float((np.ones((64, 64)) @ np.ones((64, 64))).sum()),
        "may look at its own": Path("/proc/self/status").read_text,
    }


def outcome(attempt: Callable[[], object]) -> str:
    """How an attempt went."""
    try:
        attempt()
    except Exception as error:  # noqa: BLE001 however it is refused
        return type(error).__name__
    return GOT


def main() -> None:
    """Be shut in, and try."""
    own, others = (Path(each) for each in sys.argv[1:])

    def tried() -> str:
        everything = attempts(own, others)
        enclose(own, Limits(2**30, 64 * 2**20, 600), readable=[], writable=[], network=False, on_cpu=True)
        return json.dumps({name: outcome(attempt) for name, attempt in everything.items()})

    say_from_a_child(tried)


if __name__ == "__main__":
    main()
