"""A prepared model on disk: its manifest, and whether its files are still what was prepared."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = "shopbot.json"
TOKENIZER = "tokenizer.json"
SERVING = "serving.onnx"
SERVING_DATA = "serving.data"  # its weights, which onnxruntime maps instead of copying
SERVING_FILES = (SERVING, SERVING_DATA, TOKENIZER)
# Format of the folder. Raise it when the files or their meaning change: caches are rebuilt then.
FORMAT = 2
_SEEN = "seen.json"  # sizes and times at the last full check; beside the manifest, not part of it


@dataclass(frozen=True, kw_only=True, slots=True)
class FileFacts:
    """Size in bytes and sha256 of a file of the folder."""

    size: int
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """What `shopbot.json` says: where the weights came from and what each file must be."""

    format: int
    name: str
    dimension: int
    query_prefix: str
    max_tokens: int
    vocabulary: int
    source: str
    source_sha256: str
    libraries: dict[str, str]
    files: dict[str, FileFacts]


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelFolder:
    """A folder that sentence-transformers and the serving path both load."""

    path: Path
    manifest: Manifest

    @property
    def identity(self) -> str:
        """Name for vector caches: changes whenever a vector could."""
        digests = "".join(self.manifest.files[name].sha256 for name in SERVING_FILES)
        return f"{self.manifest.name}-{hashlib.sha256(digests.encode()).hexdigest()[:12]}"

    def first_damage(self, *, thorough: bool = False) -> str | None:
        """Name of the first file that is not what was prepared, or None.

        Cheap when sizes and times are those of the last full check; otherwise, and always when
        `thorough`, every file is read and its sha256 compared.
        """
        seen = {} if thorough else self._seen()
        now: dict[str, list[int]] = {}
        for name, facts in self.manifest.files.items():
            try:
                stat = (self.path / name).stat()
            except OSError:
                return name
            now[name] = [stat.st_size, stat.st_mtime_ns]
            if stat.st_size != facts.size:
                return name
            if seen.get(name) != now[name] and _sha256(self.path / name) != facts.sha256:
                return name
        if now != seen:
            self._remember(now)
        return None

    def _seen(self) -> dict[str, list[int]]:
        try:
            seen = json.loads((self.path / _SEEN).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return seen if isinstance(seen, dict) else {}

    def _remember(self, now: dict[str, list[int]]) -> None:
        partial = self.path / f"{_SEEN}.new"
        try:
            partial.write_text(json.dumps(now), encoding="utf-8")
            partial.replace(self.path / _SEEN)
        except OSError:
            return  # a read-only cache serves too; it is checked in full each time


def read_folder(path: Path) -> ModelFolder | None:
    """The prepared model in `path`, or None when there is none of the present format."""
    try:
        content = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        files = {name: FileFacts(**facts) for name, facts in content.pop("files").items()}
        manifest = Manifest(**content, files=files)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    whole = {*SERVING_FILES} <= files.keys() and manifest.format == FORMAT
    return ModelFolder(path=path, manifest=manifest) if whole else None


def write_manifest(manifest: Manifest, path: Path) -> None:
    """Write the manifest into the folder `path`, whose files it describes."""
    content = json.dumps(asdict(manifest), indent=1, ensure_ascii=False)
    (path / MANIFEST).write_text(content + "\n", encoding="utf-8")


def describe_files(path: Path) -> dict[str, FileFacts]:
    """Size and sha256 of every file below `path`, by its name with forward slashes."""
    files = sorted(file for file in path.rglob("*") if file.is_file())
    return {
        file.relative_to(path).as_posix(): FileFacts(size=file.stat().st_size, sha256=_sha256(file))
        for file in files
    }


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
