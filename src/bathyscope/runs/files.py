"""Two ways to write a file that no crash leaves half right: append to it, or publish it whole."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import time
import zlib
from collections.abc import Callable
from pathlib import Path

from bathyscope._errors import RunError

_BLOCK = 1 << 20
_SMALL = 1 << 16
# What file systems say that have no such thing; all other faults may mean that bytes are lost.
_NO_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS)
# The kernel shows an append page by page, whatever the size of a page is: a multiple of this.
_PAGE = 4096
_LOOKS, _PAUSE_SECS = 100, 0.001
_READING = os.O_RDONLY | getattr(os, "O_BINARY", 0)
_APPENDING = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


class FinishedError(RunError):
    """The file one wants to append to is closed."""


class AppendedFile:
    """A file that one process appends to: each record by one write, whole or not at all.

    Parameters
    ----------
    path : pathlib.Path
        Must not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.descriptor = os.open(path, _APPENDING, 0o666)
        except OSError as error:
            raise cannot_write(path, error) from error

    def append(self, record: bytes) -> None:
        """Write a record; it outlives the process once this returns."""
        try:
            written = os.write(self.descriptor, record)
        except OSError as error:
            raise self.refusal(error) from error
        if written != len(record):
            self.append_rest(record, written)

    def append_rest(self, record: bytes, written: int) -> None:
        """Write what one write did not take of a record; take its beginning back if refused."""
        try:
            while written < len(record):
                written += os.write(self.descriptor, record[written:])
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self.descriptor, self.size() - written)
            raise self.refusal(error) from error

    def refusal(self, error: OSError) -> RunError:
        """Build the error for a write that the system refuses."""
        return closed_error() if self.descriptor < 0 else cannot_write(self.path, error)

    def size(self) -> int:
        """Give how many bytes were written."""
        if self.descriptor < 0:
            raise closed_error()
        return os.fstat(self.descriptor).st_size

    def is_deleted(self) -> bool:
        """Whether the file has no name any more; where it was only moved, it can be read there."""
        with contextlib.suppress(OSError):
            # Some file systems know of no links, so its name is looked for, too.
            return os.fstat(self.descriptor).st_nlink == 0 and not self.path.exists()
        return False

    def close(self) -> None:
        """Close; later records are refused."""
        descriptor = self.detach()
        if descriptor >= 0:
            close_or_refuse(self.path, descriptor)

    def detach(self) -> int:
        """Refuse later records; give what is left to be closed, -1 if nothing is."""
        descriptor, self.descriptor = self.descriptor, -1
        return descriptor


def close_or_refuse(path: Path, descriptor: int) -> None:
    """Close; network disks say only then that they did not take what was written."""
    try:
        os.close(descriptor)
    except OSError as error:
        raise cannot_write(path, error) from error


def sync_and_close(path: Path, descriptor: int) -> None:
    """Wait until what was written would outlive a loss of power, then close."""
    if descriptor < 0:
        return
    with contextlib.suppress(OSError):
        os.fsync(descriptor)
    close_or_refuse(path, descriptor)


def sync_if_there(path: Path) -> None:
    """Wait until a file would outlive a loss of power, where that can be had."""
    with contextlib.suppress(OSError):
        _sync(path)


def publish(
    folder: Path, stem: str, ending: str, write: Callable[[Path], None], *, sync: bool = False
) -> Path:
    """Write a file under a hidden name, then give it its own: ``<stem>.<crc32><ending>``.

    Parameters
    ----------
    folder : pathlib.Path
    stem, ending : str
    write : callable
        Writes the file, given its path.
    sync : bool
        Wait until the file would outlive a loss of power.
    """
    hidden = folder / f".{stem}.{secrets.token_hex(4)}.tmp"
    try:
        write(hidden)
        if sync:
            _sync(hidden)
        final = folder / f"{stem}.{checksum(hidden)}{ending}"
        hidden.replace(final)
        if sync:
            _sync_folder(folder)
    except Exception as error:
        with contextlib.suppress(OSError):
            hidden.unlink()
        raise cannot_write(folder / f"{stem}{ending}", error) from error
    return final


def publish_once(path: Path, content: bytes) -> None:
    """Write a whole file unless another process was first."""
    hidden = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        hidden.write_bytes(content)
        _sync(hidden)
        _name_once(hidden, path)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            hidden.unlink()


def _name_once(hidden: Path, path: Path) -> None:
    try:
        path.hardlink_to(hidden)
    except FileExistsError:
        return
    except OSError:  # a file system without hard links
        if not path.exists():
            hidden.replace(path)


def read_beginning(path: str | Path, most: int) -> bytes:
    """Read a file's first bytes by as few calls as there can be: listings read thousands."""
    descriptor = os.open(path, _READING)
    try:
        return os.read(descriptor, most)
    finally:
        os.close(descriptor)


def read_small(path: str | Path) -> bytes:
    """Read a file that is small as a rule."""
    data = read_beginning(path, _SMALL)
    return data if len(data) < _SMALL else Path(path).read_bytes()


def checksum(path: Path) -> str:
    """Give the CRC32 of a file's bytes, as eight hexadecimal digits."""
    value = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            value = zlib.crc32(block, value)
    return f"{value:08x}"


def identity(path: Path) -> tuple[int, ...]:
    """Give what changes when a file is replaced, appended to or edited."""
    state = path.stat()
    return state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns


def is_amid_a_write(path: Path, size: int) -> bool:
    """Whether a file that ends within a record, at this size, was looked at amid its write.

    An append that crosses the end of a page can be seen half done for some microseconds, on a
    busy machine for as long as its writer waits for its turn, and only there. So the rest is
    looked for, for a moment; a record that was cut off gets none.
    """
    if size % _PAGE:
        return False
    for _ in range(_LOOKS):
        if path.stat().st_size != size:
            return True
        time.sleep(_PAUSE_SECS)
    return False


def closed_error() -> FinishedError:
    """Build the error for recording into a run that is finished."""
    return FinishedError(
        "The run must be open to record into it; it is finished. Open it again with `resume=True`."
    )


def cannot_write(path: Path, error: BaseException) -> RunError:
    """Build the error for a disk that refuses."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return RunError(
        f"`{path}` must be writable; the system says: {reason}. What was recorded before is "
        "kept. Make room or mend the folder, then go on."
    )


def cannot_read(error: OSError) -> str:
    """Say why the system does not let a file be read."""
    return f"it cannot be read ({error.strerror or error})"


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    # Windows and some network file systems cannot; there the file itself has to do.
    sync_if_there(folder)
