"""What is known of pictures, voice notes and files, in the database."""

from __future__ import annotations

from datetime import datetime

from shopbot import ids
from shopbot.chat import rows
from shopbot.chat.model import Author, Media
from shopbot.errors import NotFound
from shopbot.storage import Transaction, load_queries
from shopbot.storage.database import Reader

Q = load_queries("shopbot.chat")


def add_media(tx: Transaction, media: Media) -> None:
    """Write down a stored file."""
    tx.run(Q.add_media, **rows.media_values(media))


def get_media(reader: Reader, store_id: str, media_id: str) -> Media:
    """Return a stored file's facts; NotFound when there is none."""
    row = reader.maybe_one(Q.get_media, store_id=store_id, id=media_id)
    if row is None:
        raise NotFound("media")
    return rows.media(row)


def uploaded_since(
    reader: Reader, store_id: str, conversation: str, author: Author, since: datetime
) -> tuple[int, int]:
    """Return how many files and bytes an author has uploaded in a talk since a time."""
    row = reader.one(
        Q.media_since,
        store_id=store_id,
        conversation=conversation,
        author=author,
        since=ids.to_text(since),
    )
    return int(row["files"]), int(row["bytes"])
