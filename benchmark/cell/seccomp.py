"""A filter of system calls: no sockets, no other programs, no reach into other processes, no change of what is whose.

Any user may ask Linux for it (CONFIG_SECCOMP_FILTER). What is refused gives EPERM, as if it were forbidden. The tables
are those of x86-64 and of the generic interface of arm64; on other processors there is no filter, which is said.
"""

import ctypes
import os
import platform
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

GET_ACTION_AVAILABLE, SET_MODE_FILTER = 2, 1
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
EPERM, ENOSYS = 1, 38
CLONE_THREAD = 0x00010000
AF_UNIX = 1
X32 = 0x40000000

# struct seccomp_data: the number, the processor, the instruction pointer, six arguments of 64 bits each.
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16
LOAD, EQUAL, AT_LEAST, HAS_BITS, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06


class Processor(NamedTuple):
    """Its name in the kernel's audit interface, the number of `seccomp`, and those of the calls that are refused."""

    audit: int
    seccomp: int
    calls: Mapping[str, int]


# fmt: off
X86_64 = Processor(0xC000003E, 317, {
    "socket": 41, "clone": 56, "fork": 57, "vfork": 58, "execve": 59, "kill": 62, "chmod": 90, "fchmod": 91,
    "chown": 92, "fchown": 93, "lchown": 94, "ptrace": 101, "syslog": 103, "mknod": 133, "personality": 135,
    "setpriority": 141, "sched_setparam": 142, "sched_setscheduler": 144, "pivot_root": 155, "adjtimex": 159,
    "chroot": 161, "acct": 163, "settimeofday": 164, "mount": 165, "umount2": 166, "swapon": 167, "swapoff": 168,
    "reboot": 169, "sethostname": 170, "init_module": 175, "delete_module": 176, "quotactl": 179, "setxattr": 188,
    "lsetxattr": 189, "fsetxattr": 190, "removexattr": 197, "lremovexattr": 198, "fremovexattr": 199, "tkill": 200,
    "sched_setaffinity": 203, "utime": 132, "clock_settime": 227, "tgkill": 234, "utimes": 235, "mq_open": 240,
    "kexec_load": 246, "add_key": 248, "request_key": 249, "keyctl": 250, "ioprio_set": 251,
    "inotify_add_watch": 254, "mknodat": 259, "fchownat": 260, "futimesat": 261, "fchmodat": 268, "unshare": 272,
    "utimensat": 280, "rt_sigqueueinfo": 129, "shmget": 29, "semget": 64, "msgget": 68, "rt_tgsigqueueinfo": 297,
    "perf_event_open": 298, "fanotify_init": 300, "prlimit64": 302, "name_to_handle_at": 303,
    "open_by_handle_at": 304, "clock_adjtime": 305, "setns": 308, "process_vm_readv": 310, "process_vm_writev": 311,
    "kcmp": 312, "finit_module": 313, "sched_setattr": 314, "memfd_create": 319, "kexec_file_load": 320, "bpf": 321,
    "execveat": 322, "userfaultfd": 323, "pidfd_send_signal": 424, "io_uring_setup": 425, "open_tree": 428,
    "move_mount": 429, "fsopen": 430, "fsmount": 432, "pidfd_open": 434, "clone3": 435, "pidfd_getfd": 438,
    "process_madvise": 440, "mount_setattr": 442, "quotactl_fd": 443, "memfd_secret": 447, "process_mrelease": 448,
    "fchmodat2": 452, "setxattrat": 463, "removexattrat": 466,
})
ARM64 = Processor(0xC00000B7, 277, {
    "socket": 198, "clone": 220, "execve": 221, "kill": 129, "fchmod": 52, "fchmodat": 53, "fchownat": 54,
    "fchown": 55, "ptrace": 117, "syslog": 116, "mknodat": 33, "personality": 92, "setpriority": 140,
    "sched_setparam": 118, "sched_setscheduler": 119, "pivot_root": 41, "adjtimex": 171, "chroot": 51, "acct": 89,
    "settimeofday": 170, "mount": 40, "umount2": 39, "swapon": 224, "swapoff": 225, "reboot": 142,
    "sethostname": 161, "init_module": 105, "delete_module": 106, "quotactl": 60, "setxattr": 5, "lsetxattr": 6,
    "fsetxattr": 7, "removexattr": 14, "lremovexattr": 15, "fremovexattr": 16, "tkill": 130,
    "sched_setaffinity": 122, "clock_settime": 112, "tgkill": 131, "mq_open": 180, "kexec_load": 104,
    "add_key": 217, "request_key": 218, "keyctl": 219, "ioprio_set": 30, "inotify_add_watch": 27, "unshare": 97,
    "utimensat": 88, "rt_sigqueueinfo": 138, "shmget": 194, "semget": 190, "msgget": 186, "rt_tgsigqueueinfo": 240,
    "perf_event_open": 241, "fanotify_init": 262, "prlimit64": 261, "name_to_handle_at": 264,
    "open_by_handle_at": 265, "clock_adjtime": 266, "setns": 268, "process_vm_readv": 270, "process_vm_writev": 271,
    "kcmp": 272, "finit_module": 273, "sched_setattr": 274, "memfd_create": 279, "kexec_file_load": 294, "bpf": 280,
    "execveat": 281, "userfaultfd": 282, "pidfd_send_signal": 424, "io_uring_setup": 425, "open_tree": 428,
    "move_mount": 429, "fsopen": 430, "fsmount": 432, "pidfd_open": 434, "clone3": 435, "pidfd_getfd": 438,
    "process_madvise": 440, "mount_setattr": 442, "quotactl_fd": 443, "memfd_secret": 447, "process_mrelease": 448,
    "fchmodat2": 452, "setxattrat": 463, "removexattrat": 466,
})
# fmt: on
PROCESSORS = {"x86_64": X86_64, "aarch64": ARM64}

# What was open beside a GPU when CUDA was seen to work in a cell: to fork, to talk by sockets of the file system, to
# share memory. Images were decoded by processes then; what of it CUDA's driver needs itself has not been tried.
BESIDE_GPU = ("clone", "fork", "vfork", "kill", "tgkill", "memfd_create", "fchmod", "chmod")

# A cache of files is written with the rights of its folder.
OF_FETCHING = ("socket", "chmod", "fchmod", "fchmodat", "utimensat")

_libc = ctypes.CDLL(None, use_errno=True)


def is_there() -> bool:
    """Whether this kernel takes a filter, and there is a table for this processor."""
    processor = PROCESSORS.get(platform.machine())
    if processor is None:
        return False
    action = ctypes.c_uint32(ERRNO)
    return bool(_libc.syscall(processor.seccomp, GET_ACTION_AVAILABLE, 0, ctypes.byref(action)) == 0)


def install(*, beside_gpu: bool, with_network: bool = False) -> bool:
    """Refuse the calls above to this thread and those it starts; False where it cannot be had.

    The caller has set no_new_privs. `beside_gpu` lets it fork, and talk by sockets of the file system;
    `with_network` lets it talk to other machines.
    """
    if not is_there():
        return False
    processor = PROCESSORS[platform.machine()]
    program = b"".join(instructions(processor, os.getpid(), beside_gpu=beside_gpu, with_network=with_network))
    buffer = ctypes.create_string_buffer(program, len(program))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))

    given = Program(len(program) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    if _libc.syscall(processor.seccomp, SET_MODE_FILTER, 0, ctypes.byref(given)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"seccomp: {os.strerror(number)}")
    return True


def instructions(processor: Processor, process: int, *, beside_gpu: bool, with_network: bool) -> Iterator[bytes]:
    """The filter, 8 bytes an instruction: it looks at each call's number in turn, and at an argument of some."""
    yield from (_load(ARCHITECTURE), _jump(EQUAL, processor.audit, 1, 0), _refuse(EPERM), _load(NUMBER))
    yield from (_jump(AT_LEAST, X32, 0, 1), _refuse(EPERM))
    for name, number in processor.calls.items():
        if (with_network and name in OF_FETCHING) or (beside_gpu and name in BESIDE_GPU):
            continue
        block = _block(name, process, beside_gpu=beside_gpu)
        yield _jump(EQUAL, number, 0, len(block))
        yield from block
    yield _return(ALLOW)


def _block(name: str, process: int, *, beside_gpu: bool) -> Sequence[bytes]:
    """What follows once it is this call; every way through it ends there."""
    allow, refuse = _return(ALLOW), _refuse(EPERM)
    if name == "clone3":  # its flags are in memory that a filter cannot see; the C library then takes clone
        return (_return(ALLOW),) if beside_gpu else (_refuse(ENOSYS),)
    if name == "clone":
        return (_load(FIRST_ARGUMENT), _jump(HAS_BITS, CLONE_THREAD, 0, 1), allow, refuse)
    if name in {"kill", "tgkill"}:
        return (_load(FIRST_ARGUMENT), _jump(EQUAL, process, 0, 1), allow, refuse)
    if name == "prlimit64":
        return (_load(FIRST_ARGUMENT), _jump(EQUAL, process, 1, 0), _jump(EQUAL, 0, 0, 1), allow, refuse)
    if name == "socket" and beside_gpu:
        return (_load(FIRST_ARGUMENT), _jump(EQUAL, AF_UNIX, 0, 1), allow, refuse)
    return (refuse,)


def _instruction(code: int, value: int, then: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("=HBBI", code, then, otherwise, value)


def _load(offset: int) -> bytes:
    return _instruction(LOAD, offset)


def _jump(code: int, value: int, then: int, otherwise: int) -> bytes:
    return _instruction(code, value, then, otherwise)


def _return(value: int) -> bytes:
    return _instruction(RETURN, value)


def _refuse(number: int) -> bytes:
    return _return(ERRNO | number)
