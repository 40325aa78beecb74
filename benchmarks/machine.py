"""What a figure was measured on: processor, load, versions, revision."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
FLAGS = ("avx2", "avx512f", "avx_vnni", "avx512_vnni", "amx_int8")
LIBRARIES = ("onnxruntime", "tokenizers", "faiss-cpu", "numpy", "scikit-learn", "jieba", "opencc")
PEERS = ("haystack-ai", "txtai")


def facts() -> dict[str, Any]:
    """The machine, its load now, the versions of what matters, and the git revision."""
    processor = _processor()
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "revision": _revision(),
        "cpu": processor.get("model name", platform.processor() or platform.machine()),
        "cores": os.cpu_count(),
        "flags": [f for f in FLAGS if f in processor.get("flags", "").split()],
        "memory_gb": _memory_gb(),
        "load": [round(value, 2) for value in os.getloadavg()],
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": versions(LIBRARIES),
    }


def versions(names: tuple[str, ...]) -> dict[str, str | None]:
    """Installed versions; None for what is absent."""
    found: dict[str, str | None] = {}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = None
    return found


def load() -> float:
    """Processes that wanted the processor in the last minute, on average."""
    return round(os.getloadavg()[0], 2)


def resident_mb() -> float:
    """Resident memory of this process in MB (Linux; elsewhere its peak)."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        import resource

        return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


def save(name: str, told: Mapping[str, Any]) -> Path:
    """Write a results file, readable and stable for git."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / name
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def saved(name: str) -> dict[str, Any]:
    """A results file as it stands, or nothing."""
    try:
        told: dict[str, Any] = json.loads((RESULTS / name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return told


def _processor() -> dict[str, str]:
    try:
        rows = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n\n")[0].splitlines()
    except OSError:
        return {}
    pairs = (row.partition(":") for row in rows)
    return {key.strip(): value.strip() for key, _, value in pairs}


def _memory_gb() -> float:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)


def _revision() -> str:
    git = shutil.which("git")
    if git is None:
        return "unknown"
    said = subprocess.run(  # noqa: S603
        [git, "describe", "--always", "--dirty", "--abbrev=12"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return said.stdout.strip() or "unknown"
