"""Installs shopbot into the environment of the running Python: `python tools/install.py [--dev]`.

Says beforehand what will be downloaded, and takes torch first, so that a build for graphics cards
(several GB) is noticed before it comes. Standard library only.
"""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONSTRAINTS = ROOT / "constraints.txt"
LOWEST, HIGHEST = (3, 11), (3, 13)

ABOUT = """\
shopbot: installing into {folder}
  about 190 MB  torch, CPU build
  about 260 MB  transformers, onnxruntime, onnx, scipy, faiss, scikit-learn and the bundled model
  {dev}
  What pip has in its cache is not downloaded again."""
DEV = "about  90 MB  test tools (playwright, mypy, ruff, hypothesis, schemathesis)"
CUDA = """\
shopbot: your package index offers torch for graphics cards: with what it needs about 3 GB.
  shopbot runs on the CPU. To download 190 MB instead, stop here (Ctrl+C), choose "CPU" on PyTorch's
  own installation page, run the command it shows with {python} -m pip, and start again."""


def main() -> int:
    """Install what is missing; return pip's exit code."""
    if not LOWEST <= sys.version_info[:2] <= HIGHEST:
        found = sys.version.split()[0]
        say(
            f"shopbot needs Python 3.11, 3.12 or 3.13; this is {found}. Try: make PYTHON=python3.12"
        )
        return 1
    dev = "--dev" in sys.argv[1:]
    say(ABOUT.format(folder=sys.prefix, dev=DEV if dev else ""))
    torch = torch_requirement()
    if not has_torch(torch):
        if needs_graphics_cards(torch):
            say(CUDA.format(python=sys.executable))
        code = pip("install", torch)
        if code != 0:
            return code
    extra = f"{ROOT}[dev]" if dev else str(ROOT)
    return pip("install", "--constraint", str(CONSTRAINTS), "--editable", extra)


def torch_requirement() -> str:
    """Return the exact torch of the constraints file."""
    lines = CONSTRAINTS.read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line.startswith("torch=="))


def has_torch(requirement: str) -> bool:
    """Tell whether that torch is here already, whatever its build."""
    try:
        version = importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        return False
    return version.partition("+")[0] == requirement.partition("==")[2]


def needs_graphics_cards(requirement: str) -> bool:
    """Ask pip what it would install; False when it cannot say."""
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--report", "-"]
    asked = subprocess.run(
        [*command, requirement], capture_output=True, text=True, encoding="utf-8", check=False
    )
    try:
        planned = json.loads(asked.stdout)["install"]
    except (ValueError, KeyError):
        return False
    return any(one["metadata"]["name"].lower().startswith(("nvidia", "triton")) for one in planned)


def pip(*arguments: str) -> int:
    """Run pip of this environment, showing what it says."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    return subprocess.run(command, check=False).returncode


def say(text: str) -> None:
    """Print without blank lines, at once."""
    print("\n".join(line for line in text.splitlines() if line.strip()), flush=True)


if __name__ == "__main__":
    sys.exit(main())
