"""Landlock: from now on, this process and its threads see no file but those named, open no TCP port, signal no other.

Any user may ask Linux for it, since 5.13; what an older kernel lacks is in `missing`. There is no way back.
https://docs.kernel.org/userspace-api/landlock.html
"""

import ctypes
import os
import stat
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION_FLAG, PATH_BENEATH = 1, 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REMOVE_DIR, REMOVE_FILE = (1 << bit for bit in range(6))
MAKE_DIR, MAKE_REG, MAKE_SOCK, MAKE_SYM = 1 << 7, 1 << 8, 1 << 9, 1 << 12
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
# Of a file, that is no folder, nothing else can be allowed.
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV

READ = EXECUTE | READ_FILE | READ_DIR
USE_DEVICE = READ_FILE | WRITE_FILE | IOCTL_DEV
# No execution of what was written there, no devices and no pipes that have a name.
OWN = READ_FILE | READ_DIR | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | MAKE_SYM | REFER | TRUNCATE

BIND_AND_CONNECT, ABSTRACT_SOCKETS_AND_SIGNALS = 3, 3
# What came with which version of the interface: files' rights, TCP, scopes.
FILES_SINCE = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
TRUNCATE_SINCE, NET_SINCE, SCOPES_SINCE = 3, 4, 6

_libc = ctypes.CDLL(None, use_errno=True)


def version() -> int:
    """The version of the kernel's interface; 0 where there is none."""
    return max(0, int(_libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(VERSION_FLAG))))


def missing(found: int) -> Sequence[str]:
    """What a cell goes without on a kernel of this version of the interface, in words."""
    if not found:
        return ("Landlock is not there (it needs Linux 5.13): a model can read and write what its worker can",)
    return () if found >= TRUNCATE_SINCE else ("files can be cut short (Landlock forbids it from Linux 6.2 on)",)


def restrict(allowed: Mapping[Path, int], *, network: bool) -> bool:
    """Allow these rights beneath these paths, and none elsewhere; paths that are not there are left out.

    TCP stays with `network` only. Returns False, and restricts nothing, where the kernel has no Landlock. The caller
    has set no_new_privs.
    """
    found = version()
    if not found:
        return False
    handled = max((bits for since, bits in FILES_SINCE.items() if since <= found), default=0)
    attributes = struct.pack(
        "QQQ",
        handled,
        BIND_AND_CONNECT if found >= NET_SINCE and not network else 0,
        ABSTRACT_SOCKETS_AND_SIGNALS if found >= SCOPES_SINCE else 0,
    )
    size = 24 if found >= SCOPES_SINCE else 16 if found >= NET_SINCE else 8
    ruleset = _check(_libc.syscall(CREATE_RULESET, attributes, ctypes.c_size_t(size), ctypes.c_uint(0)))
    try:
        for path, rights in allowed.items():
            _allow(ruleset, path, rights & handled)
        _check(_libc.syscall(RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint(0)))
    finally:
        os.close(ruleset)
    return True


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # there is nothing there that could be allowed
        return
    try:
        if not stat.S_ISDIR(os.fstat(opened).st_mode):
            rights &= OF_FILES
        rule = struct.pack("=Qi", rights, opened)
        _check(_libc.syscall(ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(PATH_BENEATH), rule, ctypes.c_uint(0)))
    finally:
        os.close(opened)


def _check(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"Landlock: {os.strerror(number)}")
    return result
