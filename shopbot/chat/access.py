"""The only place that hands a talk to a shopper: their own, or the same answer as for none."""

from __future__ import annotations

from shopbot.chat import store
from shopbot.chat.model import Conversation
from shopbot.errors import NotFound
from shopbot.storage.database import Reader


def access_conversation(
    reader: Reader, *, store_id: str, visitor: str, conversation: str, customer: str = ""
) -> Conversation:
    """Return a talk of this visitor, or of the shop's signed-in ``customer`` on another device.

    NotFound is the same for a talk that is not there, of another shopper or of another store.
    """
    talk = store.get_conversation(reader, store_id, conversation)
    own = bool(visitor) and talk.visitor == visitor
    if not own and not (customer and talk.customer == customer):
        raise NotFound("conversation")
    return talk
