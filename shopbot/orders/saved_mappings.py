"""A store's own names for columns, saved under a name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from shopbot import ids
from shopbot.storage import Transaction, load_queries
from shopbot.storage.database import Reader

Q = load_queries("shopbot.orders")


def find_mapping(reader: Reader, store_id: str, name: str) -> dict[str, str] | None:
    """Return column name -> field, None when nothing is saved under ``name``."""
    row = reader.maybe_one(Q.get_mapping, store_id=store_id, name=name)
    return None if row is None else dict(json.loads(row["columns"]))


def list_mappings(reader: Reader, store_id: str) -> dict[str, dict[str, str]]:
    """Return all saved mappings by name."""
    found = reader.all(Q.list_mappings, store_id=store_id)
    return {str(row["name"]): dict(json.loads(row["columns"])) for row in found}


def put_mapping(
    tx: Transaction, store_id: str, name: str, columns: Mapping[str, str], now: datetime
) -> None:
    """Save a mapping; one of the same name is replaced."""
    text = json.dumps(columns, ensure_ascii=False, sort_keys=True)
    tx.run(Q.put_mapping, store_id=store_id, name=name, columns=text, now=ids.to_text(now))
