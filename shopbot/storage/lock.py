"""One server to a data folder; commands may still open its database as second writers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from shopbot.errors import DataFolderInUse, StorageReadOnly


@contextmanager
def server_lock(folder: Path) -> Iterator[None]:
    """Hold the folder for this process; DataFolderInUse when another server has it.

    The operating system gives the lock back when a process dies, however it dies.
    """
    lock = filelock.FileLock(folder / "server.lock", blocking=False)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        raise DataFolderInUse(folder) from error
    except OSError as error:
        raise StorageReadOnly(folder, error.strerror or "") from error
    try:
        yield
    finally:
        lock.release()
