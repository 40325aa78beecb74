"""Why a source gave nothing, and why an order of it could not be taken, in words for staff. Pure."""

from __future__ import annotations

from shopbot import messages
from shopbot.orders import mapping
from shopbot.orders.mapping import Kind

_KINDS: tuple[Kind, ...] = ("orders", "lines", "tracking", "reviews")
_TIMES = frozenset({"ConnectTimeout", "ReadTimeout", "WriteTimeout", "PoolTimeout", "too slow"})
_SHAPES = frozenset({"no page", "no orders", "no reviews", "no answer", "another parcel"})
_OWN = {"ConnectError": "refused", "cursor": "cursor", "too large": "large"}


def reason_text(reason: str) -> str:
    """Return why a source could not be read, with the short reason behind it for whoever mends it."""
    return messages.text("sync.reason", words=messages.text(_key(reason)), reason=reason)


def _key(reason: str) -> str:
    if reason in _TIMES:
        return "sync.reason.slow"
    if reason in _SHAPES:
        return "sync.reason.shape"
    if reason in _OWN:
        return f"sync.reason.{_OWN[reason]}"
    code = reason.removeprefix("HTTP ")
    if code.isdecimal():
        return _code_key(code, courier=code == reason)
    return "sync.reason.broken"


def _code_key(code: str, *, courier: bool) -> str:
    known = f"sync.courier.{code}" if courier else f"sync.http.{code}"
    if messages.has(known):
        return known
    return "sync.reason.theirs" if code.startswith("5") else "sync.reason.other"


def why_text(why: str) -> str:
    """Return why something could not be taken: ``field:key, …`` as it is kept, in words."""
    told = (one.partition(":") for one in why.split(", "))
    return messages.text("sync.why.and").join(_problem(name, key) for name, _, key in told)


def _problem(name: str, key: str) -> str:
    words = f"sync.why.{key}" if messages.has(f"sync.why.{key}") else f"orders.cell.{key}"
    if not messages.has(words):
        return f"{name}:{key}"
    return messages.text("sync.why", field=_field(name), words=messages.text(words))


def _field(name: str) -> str:
    own = f"sync.field.{name}"
    if messages.has(own):
        return messages.text(own)
    kind = next((kind for kind in _KINDS if name in mapping.fields(kind)), None)
    return name if kind is None else mapping.title_of(kind, name)
