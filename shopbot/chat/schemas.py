"""What a message may carry: one JSON schema for each type, and nothing else passes.

Text is kept as text: control characters go, everything else stays as it was typed (NFC) and is never
read as markup by any face.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from shopbot.chat.errors import BadMessage
from shopbot.chat.model import Author, MessageType

MAX_TEXT = 2000  # characters
MAX_CHOICES = 8
MAX_KEY = 64

_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)
"""Characters that show nothing or turn the direction of writing; tab and line feed stay."""
_KEY = re.compile(r"[\x21-\x7e]{1,64}")


def clean(text: str) -> str:
    """Return text as it is kept: NFC, ``\\n`` line ends, no control characters, no half characters."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    plain = whole.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _CONTROL.sub("", plain)).strip()


def _some(text: str) -> str:
    told = clean(text)
    if not told:
        raise ValueError("there is nothing in it")
    return told


Line = Annotated[str, Field(max_length=200), AfterValidator(clean)]
Words = Annotated[str, Field(max_length=MAX_TEXT), AfterValidator(_some)]
Maybe = Annotated[str, Field(max_length=MAX_TEXT), AfterValidator(clean)]
Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_some)]
MediaId = Annotated[str, Field(pattern=r"^med_[0-9a-z]{26}$")]
MediaPath = Annotated[str, Field(pattern=r"^media/[^\x00-\x1f]{1,200}$")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Choice(_Body):
    """One thing to tap: ``value`` goes back as ``picked`` of a text, ``text`` is what is shown."""

    value: Annotated[str, Field(max_length=200)]
    text: Name


class TextBody(_Body):
    """``text``: words; ``chips``: questions to tap; ``attachments``: pictures of the knowledge."""

    text: Words
    picked: Annotated[str, Field(max_length=200)] = ""
    chips: Annotated[list[Name], Field(max_length=MAX_CHOICES)] = []
    attachments: Annotated[list[MediaPath], Field(max_length=MAX_CHOICES)] = []


class PictureBody(_Body):
    """``picture``: an uploaded picture, with words if any."""

    media: MediaId
    text: Maybe = ""


class VoiceBody(_Body):
    """``voice``: an uploaded voice note."""

    media: MediaId
    seconds: Annotated[int, Field(ge=0, le=300)] = 0


class FileBody(_Body):
    """``file``: an uploaded document."""

    media: MediaId
    text: Maybe = ""


class ChipsBody(_Body):
    """``chips``: a question with up to eight answers to tap."""

    text: Words
    options: Annotated[list[Choice], Field(min_length=1, max_length=MAX_CHOICES)]


class ProductBody(_Body):
    """``product``: a card of an article of the catalogue."""

    sku: Name
    name: Line = ""
    price: Line = ""
    image: Line = ""
    link: Line = ""


class OrderBody(_Body):
    """``order``: a card of an order that the shopper has shown to be theirs."""

    number: Name
    status: Line = ""
    items: Annotated[list[Line], Field(max_length=20)] = []
    as_of: Line = ""


class ReturnBody(_Body):
    """``return``: a card of an after-sale case."""

    case: Name
    number: Name
    state: Line = ""
    deadline: Line = ""


class Step(_Body):
    """One thing that happened to a parcel."""

    at: Line
    text: Line


class TrackingBody(_Body):
    """``tracking``: a card of a parcel."""

    number: Name
    order: Name
    carrier: Line = ""
    steps: Annotated[list[Step], Field(max_length=50)] = []
    as_of: Line = ""


class RatingBody(_Body):
    """``rating``: asks for stars and tags."""

    text: Words
    tags: Annotated[list[Name], Field(max_length=MAX_CHOICES)] = []


BODIES: Mapping[MessageType, type[_Body]] = {
    "text": TextBody,
    "picture": PictureBody,
    "voice": VoiceBody,
    "file": FileBody,
    "chips": ChipsBody,
    "product": ProductBody,
    "order": OrderBody,
    "return": ReturnBody,
    "tracking": TrackingBody,
    "rating": RatingBody,
}

MAY_SEND: Mapping[Author, frozenset[MessageType]] = {
    "shopper": frozenset({"text", "picture", "voice", "file", "product", "order"}),
    "agent": frozenset(set(BODIES) - {"voice"}),
    "bot": frozenset(set(BODIES) - {"voice", "file"}),
    "system": frozenset({"text"}),
}
"""Types by author; what shoppers send says what they look at, it proves nothing."""

_STAFF_ONLY = frozenset({"chips", "attachments"})  # fields of a text that only the shop may fill


def check_message(author: Author, kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body as it is kept, with its ``type``; BadMessage says what is wrong with it."""
    allowed: frozenset[str] = frozenset(MAY_SEND[author])
    if kind not in allowed:
        raise BadMessage(f"the type {kind[:40]!r} is not one of {', '.join(sorted(allowed))}")
    if author == "shopper" and _STAFF_ONLY.intersection(body):
        raise BadMessage("a shopper's text has no chips and no attachments")
    made = next(model for name, model in BODIES.items() if name == kind)
    try:
        told = made.model_validate(dict(body))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or kind
        raise BadMessage(f"{place}: {first['msg']}") from None
    return {"type": kind, **told.model_dump(exclude_defaults=True)}


def check_key(client_key: str) -> str:
    """Return an idempotency key: 1 to 64 printable ASCII characters without spaces."""
    if not _KEY.fullmatch(client_key):
        raise BadMessage("client_key takes 1 to 64 printable ASCII characters without spaces")
    return client_key


def words_of(body: Mapping[str, Any]) -> str:
    """Return what a message says in words; blank for a picture without any."""
    return str(body.get("text", ""))


def schema() -> dict[str, Any]:
    """Return the JSON schemas of all message types, by type."""
    return {kind: model.model_json_schema() for kind, model in BODIES.items()}
