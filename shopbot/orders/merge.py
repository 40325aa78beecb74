"""What several files say about one row, brought together: the same result in any order of files. Pure.

Every told field carries the key of the file that told it: how far the row had come (rank), for which
moment the file spoke (as_of), a digest to break ties. The greatest key wins, field by field; a field
that a file does not tell leaves the older value. Taking a maximum is commutative, associative and
idempotent, so imports are too, and since the key begins with the rank no state moves backwards.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

Value = str | int | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one file says about one row; None is "not told"."""

    rank: int
    as_of: str  # as ids.to_text writes it
    values: Mapping[str, Value]

    @property
    def digest(self) -> str:
        """Return what tells two snapshots of the same rank and moment apart."""
        told = {name: value for name, value in sorted(self.values.items()) if value is not None}
        text = json.dumps(told, ensure_ascii=False)
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()

    @property
    def key(self) -> str:
        """Return the sort key: rank, moment, digest."""
        return sort_key(self.rank, self.as_of, self.digest)


@dataclass(frozen=True, slots=True)
class Merged:
    """The row that comes out, and what became of it."""

    values: dict[str, Value]  # only the fields that change
    older: dict[str, str]  # field -> key, where it differs from the row's
    leads: bool  # the snapshot's key is now the row's key


def sort_key(rank: int, as_of: str, digest: str) -> str:
    """Return a text that sorts as (rank, as_of, digest)."""
    return f"{rank:03d}|{as_of}|{digest}"


def merge(known: Mapping[str, Value], new: Snapshot) -> Merged:
    """Return what ``new`` changes in a stored row (with rank, as_of, digest and older)."""
    known_key = sort_key(int(known["rank"] or 0), str(known["as_of"]), str(known["digest"]))
    older: dict[str, str] = json.loads(str(known["older"])) if known["older"] != "{}" else {}
    new_key = new.key
    top = max(known_key, new_key)
    changed: dict[str, Value] = {}
    keys: dict[str, str] = {}
    for name, told in new.values.items():
        present = known[name]
        present_key = older.get(name, known_key) if present is not None else ""
        if told is not None and new_key > present_key:
            present_key = new_key
            if told != present:
                changed[name] = told
        if present_key and present_key != top:
            keys[name] = present_key
    return Merged(changed, keys, new_key > known_key)
