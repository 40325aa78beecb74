"""Which folder a store's knowledge stands in, and where its index goes."""

from __future__ import annotations

import hashlib
from pathlib import Path

from shopbot.config import Settings
from shopbot.errors import KnowledgeMissing, StoreUnknown
from shopbot.kb.storefile import facts_of


def store_folder(settings: Settings, store: str | None = None) -> Path:
    """The knowledge folder to serve: the one setting, or ``store``'s below SHOPBOT_STORES.

    Without ``store`` the first one, by the name of its folder.

    :raises KnowledgeMissing: when there is no store at all.
    :raises StoreUnknown: when there is none of this id.
    """
    if settings.stores is None:
        folders = [settings.knowledge_dir()]
    else:
        folders = sorted(path.parent for path in settings.stores.glob("*/store.yaml"))
        if not folders:
            raise KnowledgeMissing(settings.stores)
    if store is None:
        return folders[0]
    known: list[str] = []
    for folder in folders:
        known.append(facts_of(folder).id)
        if known[-1] == store:
            return folder
    raise StoreUnknown(store, known)


def index_name(folder: Path) -> str:
    """A folder name for a store's index: two stores on one data folder must not mix."""
    place = folder.resolve()
    return f"{place.name}-{hashlib.sha256(str(place).encode()).hexdigest()[:8]}"
