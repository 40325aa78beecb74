"""Servers in processes of their own, and what they and their neighbours take of the processors."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from benchmarks.machine import ROOT

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Server:
    """A module that serves and prints its address; killed without a warning at the end."""

    def __init__(self, arguments: list[str], log: Path, **environ: str) -> None:
        self._log: IO[str] = log.open("a", encoding="utf-8")
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1", **environ},
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self.pid = self._process.pid
        assert self._process.stdout is not None
        found = None
        while found is None:
            line = self._process.stdout.readline()
            if not line:
                raise RuntimeError(f"{arguments[0]} has ended; {log} says why")
            found = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
        self.port = int(found[1])

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.communicate()
        self._log.close()

    def resident_kb(self) -> float:
        """Return its resident memory."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * _PAGE / 1024

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


@dataclass(frozen=True, slots=True)
class Clock:
    """Processor seconds so far: of a server, of this process, of everybody."""

    server: float
    own: float
    all: float

    @classmethod
    def read(cls, pid: int) -> Clock:
        """Read the counters of the kernel (Linux)."""
        with Path("/proc/stat").open(encoding="ascii") as told:
            parts = [int(part) for part in told.readline().split()[1:9]]
        busy = sum(parts) - parts[3] - parts[4]  # all but idle and waiting for the disk
        times = os.times()
        return cls(_seconds(pid), times.user + times.system, busy / _TICKS)

    def cores_since(self, before: Clock, seconds: float) -> dict[str, float]:
        """Return how many cores each has had, on average, in the ``seconds`` since ``before``."""
        server, own = self.server - before.server, self.own - before.own
        rest = self.all - before.all - server - own
        shares = {"server": server, "client": own, "neighbours": max(0.0, rest)}
        return {name: round(value / seconds, 2) for name, value in shares.items()}


def _seconds(pid: int) -> float:
    told = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / _TICKS
