"""Shutting a process in: what it may see, take and do from now on, before it reads a byte of a stranger's model."""

import ctypes
import os
import platform
import signal
import site
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from pathlib import Path

import brainrank
from brainrank.benchmark.cell import landlock, seccomp
from brainrank.benchmark.cell.limits import Limits, hold_to

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
CAPABILITY_VERSION = 0x20080522
WORST_SCORE = "1000"
# What Python, its libraries and their loader read beside themselves; nothing that is anybody's own.
SYSTEM = (
    "/usr",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/proc/self",
    "/proc/cpuinfo",
    "/proc/meminfo",
)
SYSTEM_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
PROCESSORS = "/sys/devices/system"
# A GPU's driver names the threads it starts, by writing into files of theirs; where it cannot, it finds no GPU.
THREADS = "/proc/self/task"
# The folders of brainrank that run models.
OURS = ("benchmark", "datasets", "models_zoo")
GPU_READ = ("/proc/driver/nvidia", "/sys", "/proc/devices", "/proc/modules", "/etc/OpenCL", "/etc/vulkan")
# How other machines are found, and believed.
NAMES_OF_MACHINES = (
    *(f"/etc/{name}" for name in ("resolv.conf", "hosts", "host.conf", "nsswitch.conf", "gai.conf", "ssl", "pki")),
    "/etc/ca-certificates",
    "/run/systemd/resolve",
)
SHARED_MEMORY = "/dev/shm"  # noqa: S108 it is where CUDA's driver keeps what processes share

_libc = ctypes.CDLL(None, use_errno=True)


def missing() -> tuple[str, ...]:
    """What a cell goes without on this machine, in words; nothing where all of it can be had."""
    found = [*landlock.missing(landlock.version())]
    if not seccomp.is_there():
        found.append(
            f"no filter of system calls (seccomp) on this kernel and processor ({platform.machine()}): a model can "
            "reach the network and start programs"
        )
    return tuple(found)


def enclose(
    folder: Path, limits: Limits, *, readable: Sequence[Path], writable: Sequence[Path], network: bool, on_cpu: bool
) -> None:
    """Shut this process in for good. Files: `folder` and `writable` to work in, `readable` and the libraries to read.

    The network is left to it where `network` says so: to fetch weights, which runs nothing of them. Beside a GPU it may
    fork, and talk by sockets of the file system.
    """
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads > 1:  # the others would stay outside
        raise RuntimeError(f"{threads} threads are one too many to be shut in; call it in a process that was forked")
    os.environ["HOME"] = os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    os.chdir(folder)
    # Should the kernel run out of memory, this is the process to end.
    Path("/proc/self/oom_score_adj").write_text(WORST_SCORE)
    hold_to(limits, on_cpu=on_cpu)
    _give_up_capabilities()
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    _prctl(PR_SET_NO_NEW_PRIVS, 1)
    own = landlock.OWN | (0 if on_cpu else landlock.MAKE_SOCK)
    allowed = {Path(path): landlock.READ for path in (*SYSTEM, *([] if on_cpu else GPU_READ))}
    allowed |= {Path(path): landlock.USE_DEVICE for path in SYSTEM_DEVICES}
    allowed |= dict.fromkeys((*libraries(), Path(PROCESSORS), *readable), landlock.READ)
    if network:
        allowed |= {Path(path): landlock.READ for path in NAMES_OF_MACHINES}
    if not on_cpu:
        allowed |= dict.fromkeys(Path("/dev").glob("nvidia*"), landlock.USE_DEVICE | landlock.READ_DIR)
        allowed[Path(SHARED_MEMORY)] = own
        allowed[Path(THREADS)] = landlock.READ | landlock.WRITE_FILE | landlock.TRUNCATE
    allowed |= dict.fromkeys((folder, *writable), own)
    landlock.restrict(allowed, network=network)
    seccomp.install(beside_gpu=not on_cpu, with_network=network)


def libraries() -> Sequence[Path]:
    """Where Python, its packages and brainrank's code lie."""
    of_python = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    ours = [folder.resolve() for root in brainrank.__path__ for name in OURS if (folder := Path(root) / name).is_dir()]
    return [
        Path(sys.base_prefix) / "lib",
        *(Path(each) for each in {*of_python, *site.getsitepackages()}),
        *ours,
    ]


def _give_up_capabilities() -> None:
    """So that being root, where a worker is, is worth nothing: limits could be raised again, for one."""
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    nothing = (ctypes.c_uint32 * 6)()
    if _libc.capset(ctypes.byref(header), ctypes.byref(nothing)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"capabilities: {os.strerror(number)}")


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"prctl {option}: {os.strerror(number)}")
