"""Pictures, voice notes and files that are sent in a talk: taken in, and handed out again."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from shopbot import ids
from shopbot.chat import media, media_store, store
from shopbot.chat.model import Author, Conversation, Media
from shopbot.chat.use_cases import UseCases
from shopbot.errors import NotFound, TooMany

UPLOADS_AN_HOUR, BYTES_AN_HOUR = 40, 100 * 1024 * 1024
_KEY = "media"


class Uploads(UseCases):
    """Files of a talk."""

    def add_media(
        self,
        *,
        conversation: str,
        author: Author,
        who: str,
        data: bytes,
        name: str = "",
        voice: bool = False,
        customer: str = "",
    ) -> Media:
        """Keep an upload for a message to come. Decoding takes a while: not on an event loop.

        :raises MediaRefused: :raises MediaTooLarge: :raises TooMany: more than an hour's worth.
        """
        now = self._now()
        talk = (
            self._access(self.gear.db, who, conversation, customer)
            if author == "shopper"
            else store.get_conversation(self.gear.db, self.store_id, conversation)
        )
        self._check_budget(talk, author, len(data), now)
        ready = media.check_upload(data, name, voice=voice)
        file = media.keep(self.gear.media, ready)
        made = Media(
            store_id=self.store_id,
            id=ids.new_id("med"),
            conversation=talk.id,
            kind=ready.kind,
            content_type=ready.content_type,
            name=media.shown_name(name),
            file=file,
            size=len(ready.data),
            width=ready.width,
            height=ready.height,
            author=author,
            who=who,
            at=now,
        )
        try:
            self._write(lambda tx: media_store.add_media(tx, made))
        except BaseException:
            media.place_of(self.gear.media, file).unlink(missing_ok=True)
            raise
        return made

    def _check_budget(self, talk: Conversation, author: Author, size: int, now: datetime) -> None:
        since = now - timedelta(hours=1)
        files, taken = media_store.uploaded_since(
            self.gear.db, self.store_id, talk.id, author, since
        )
        if files >= UPLOADS_AN_HOUR or taken + size > BYTES_AN_HOUR:
            raise TooMany

    def media_link(self, media_id: str) -> str:
        """Return the address part of a stored file; it holds ten minutes."""
        return self._link(media_id, self._now())

    def open_media(self, link: str) -> tuple[Media, Path]:
        """Return a stored file by its address part; NotFound when that is wrong or over."""
        media_id = media.check_link(self._key(), self.store_id, link, self._now())
        found = media_store.get_media(self.gear.db, self.store_id, media_id)
        place = media.place_of(self.gear.media, found.file)
        if not place.is_file():
            raise NotFound("media")
        return found, place

    def _link(self, media_id: str, now: datetime) -> str:
        return media.sign(self._key(), self.store_id, media_id, now)

    def _key(self) -> bytes:
        if self._media_key is None:
            self._media_key = self._write(lambda tx: store.ensure_secret(tx, self.store_id, _KEY))
        return self._media_key
