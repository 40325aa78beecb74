"""Files of the cache that can be made again: written whole or not at all, and never needed."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, TextIO


def keep(path: Path, write: Callable[[TextIO], object]) -> bool:
    """Write a text file by ``write``, atomically; False when the disk is full or may not be written.

    Whoever asks does without the file then: a read-only cache must not stop a store.
    """

    def encoded(out: IO[bytes]) -> None:
        text = io.TextIOWrapper(out, encoding="utf-8", newline="\n")
        write(text)
        text.detach()  # writes what is left, and leaves the file open

    return keep_binary(path, encoded)


def keep_binary(path: Path, write: Callable[[IO[bytes]], object]) -> bool:
    """The same with bytes."""
    name = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as out:
            write(out)
        Path(name).chmod(0o644)  # mkstemp makes it private; the cache may be shared
        Path(name).replace(path)
    except OSError:
        if name:
            Path(name).unlink(missing_ok=True)
        return False
    return True
