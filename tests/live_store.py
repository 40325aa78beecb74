"""A small shop with the real model and a finished index, copied for each test that spoils it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from shopbot.kb.embedder import Count, Embedder
from shopbot.kb.index import IndexFolder
from shopbot.kb.service import KnowledgeBase, Query
from shopbot.storage import Database
from tests.kb_store import NOW

SECOND_STORE = Path(__file__).parent / "eval" / "second_store"
DELIVERY = "replies/delivery.yaml"
PATIENCE_S = 60.0
"""How long a test waits for what takes a second or two on an idle machine."""

QUESTIONS = (
    "什么时候发货", "几天能到啊", "发或了吗", "能不能便宜点", "怎么退货，运费谁出", "你好", "😀", "yhq",
    "今天天气怎么样", "茶叶怎么保存", "這個有貨嗎", "铁观音和大红袍有什么区别",
)  # fmt: skip


class Kept:
    """The real model, each text embedded once a session: rebuilding is what many tests do."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.name, self.dim = embedder.name, embedder.dim
        self._known: dict[str, NDArray[np.float32]] = {}

    def encode(self, texts: Sequence[str], *, done: Count | None = None) -> NDArray[np.float32]:
        """See Embedder."""
        fresh = list(dict.fromkeys(text for text in texts if text not in self._known))
        self._known.update(zip(fresh, self._embedder.encode(fresh, done=done), strict=True))
        none = np.empty((0, self.dim), dtype=np.float32)
        return np.stack([self._known[text] for text in texts]) if texts else none

    def encode_one(self, text: str) -> NDArray[np.float32]:
        """See Embedder."""
        return np.asarray(self.encode([text])[0], dtype=np.float32)


class Counting(Kept):
    """An embedder that keeps what it was asked to embed in a build."""

    def __init__(self, embedder: Embedder) -> None:
        super().__init__(embedder)
        self.built: list[str] = []

    @override
    def encode(self, texts: Sequence[str], *, done: Count | None = None) -> NDArray[np.float32]:
        self.built += texts
        return self._embedder.encode(texts, done=done)

    @override
    def encode_one(self, text: str) -> NDArray[np.float32]:
        return self._embedder.encode_one(text)


@dataclass(slots=True)
class Shop:
    """One copy of the store with its index; `base` opens it (again)."""

    folder: Path
    index: IndexFolder
    embedder: Counting
    db: Database | None = None
    opened: list[KnowledgeBase] = field(default_factory=list)

    def base(self) -> KnowledgeBase:
        """Return the knowledge base as a start makes it."""
        base = KnowledgeBase(self.folder, self.index, self.embedder, self.db)
        self.opened.append(base)
        self.embedder.built.clear()
        base.refreshed = base.refresh()
        return base

    def write(self, name: str, change: Callable[[str], str]) -> None:
        """Change a knowledge file."""
        path = self.folder / name
        path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")

    def replace(self, old: str, new: str, name: str = DELIVERY) -> None:
        """Change one place of a knowledge file."""
        assert old in (self.folder / name).read_text(encoding="utf-8")
        self.write(name, lambda text: text.replace(old, new))

    def generation_folder(self) -> Path:
        """Return the folder that the pointer names."""
        name = (self.index.root / "current").read_text(encoding="utf-8").split()[0]
        return self.index.root / name


@dataclass(frozen=True, slots=True)
class Master:
    """The original that is built once and copied."""

    folder: Path
    index: Path
    cache: Path
    embedder: Embedder

    def copy(self, place: Path, db: Database | None = None) -> Shop:
        """Return a copy below `place`."""
        folder = Path(shutil.copytree(self.folder, place / "shop"))
        root = Path(shutil.copytree(self.index, place / "index"))
        return Shop(folder, IndexFolder(root, self.cache), Counting(self.embedder), db)


def ask(base: KnowledgeBase, text: str, **more: Any) -> dict[str, Any]:
    """Return the answer to one question at the tests' noon, without the time it took."""
    told = base.suggest(Query(text=text, at=NOW, **more)).as_dict()
    del told["ms"]
    return told


def answers(base: KnowledgeBase) -> list[dict[str, Any]]:
    """Return the answers to a fixed set of questions."""
    return [ask(base, text) for text in QUESTIONS]


def waited_for(met: Callable[[], bool]) -> bool:
    """Look again and again until `met`, at most `PATIENCE_S`; tell whether it was."""
    pause = threading.Event()
    for _ in range(int(PATIENCE_S / 0.02)):
        if met():
            return True
        pause.wait(0.02)
    return met()
