"""Writing files so that an interrupted run leaves no half-written output."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, TextIO

from detector.errors import OutputError


@contextlib.contextmanager
def atomic_writer(path: Path) -> Iterator[BinaryIO]:
    """Open a binary stream whose content replaces `path` only when the block ends well.

    Raises
    ------
    OutputError
        The folder cannot be written, or the disk is full.  `path` is then as it was before.
    """
    temporary = None
    try:
        if path.exists() and not path.is_file():
            # A device or a pipe (/dev/stdout, a FIFO) cannot be replaced by a rename.
            if path.is_dir():
                raise OutputError(f"{path}: is a folder; name a file")
            with path.open("wb") as stream:
                yield stream
            return
        target = path.resolve() if path.is_symlink() else path
        # Named before it is there, so that no signal finds a file that nobody knows of.
        temporary = os.fspath(target.parent / f".detector-{os.urandom(8).hex()}")
        with open(temporary, "xb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if target.exists():
            os.chmod(temporary, target.stat().st_mode & 0o7777)
        os.replace(temporary, target)
        temporary = None
    except RuntimeError as error:  # a loop of links, before Python 3.13
        if not path.is_symlink():
            raise
        raise OutputError(f"{path}: is a loop of links") from error
    except OSError as error:
        if error.filename is not None and temporary is not None and error.filename != temporary:
            raise  # the block's own trouble with another file
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


def check_regular(path: Path | str) -> None:
    """Refuse what is neither a file nor a folder: a pipe may never say anything, and waiting for it would never end.

    Raises
    ------
    OSError
        It is none, or is not there.
    """
    mode = os.stat(path).st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError(errno.EINVAL, "not a regular file")


def refuse_input(paths: Iterable[Path | str | None], output: Path | str | None) -> None:
    """Refuse to write over an input.

    Parameters
    ----------
    paths
        The files that are read; None and what is not there are no files.
    output
        The file that will be written, if any.

    Raises
    ------
    OutputError
        The output is one of the files.
    """
    if output is not None and os.path.isfile(output):
        for path in paths:
            if path is not None and os.path.exists(path) and os.path.samefile(path, output):
                raise OutputError(f"{output}: is an input; name another file to write to")


def hold(path: str) -> TextIO:
    """Open a file for as long as nobody else holds it; closing it, or the end of the process, lets it go.

    Where the system has no such locks (Windows) nobody is kept out.

    Raises
    ------
    HeldError
        Another process holds it.
    OSError
        It cannot be opened.
    """
    while True:
        stream = open(path, "a+", encoding="utf-8")  # noqa: SIM115 - the caller closes it
        try:
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:
            pass
        except OSError:
            stream.seek(0)
            holder = stream.read(20).strip() or "?"
            stream.close()
            raise HeldError(holder) from None
        # Who held it may have removed it meanwhile; then the lock is on a file that nobody else would find.
        if os.path.exists(path) and os.path.samestat(os.fstat(stream.fileno()), os.stat(path)):
            break
        stream.close()
    stream.truncate(0)
    stream.write(f"{os.getpid()}\n")
    stream.flush()
    return stream


class HeldError(Exception):
    """Another process holds a file; its argument is the number of that process, or ``"?"``."""
