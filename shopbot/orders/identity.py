"""Is this order the shopper's? The deciding part: pure, with the reasons.

An order is shown to be a shopper's by a token that the shop's own site has signed, or by the order
number with the last four digits of the phone. Order numbers stand on parcels and phone tails have 10⁴
values, so tries are few per visitor and address, answers get slower per order, and wrong, unknown and
masked are told alike.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ipaddress
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from shopbot.orders import masking
from shopbot.orders.checks import Check, check

HOLDS = timedelta(minutes=30)  # how long a proof is good
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TRIES = 5  # failed ones an hour, per visitor and per address
LONGEST_DELAY_S = 30
LONGEST_TOKEN = timedelta(hours=24)

_FREE_TRIES = 2  # slips of the finger: at an order, in a day, before answers get slower
_TAIL = 4
_PHONE_DIGITS = 11
_VERSION = "v1"
_TOKEN_SIZE = 2_048
_PURPOSE = b"shopbot order token\n"
_IPV6_HOME = 64  # bits: one household has them all

How = Literal["token", "phone"]
Verdict = Literal["granted", "refused", "too-many"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """Failed tries so far: of visitor and address within the hour, at the order within the day."""

    by_visitor: int = 0
    by_address: int = 0
    at_order: int = 0
    oldest: datetime | None = None  # of those within the hour


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofDecision:
    """What to answer, after which delay, and why (the reasons are for the log, not the shopper)."""

    verdict: Verdict
    delay_s: int = 0  # wait so long before answering, right or wrong alike
    wait_s: int = 0  # too-many: when to come back
    checks: tuple[Check, ...] = ()

    @property
    def granted(self) -> bool:
        """Tell whether the order may be shown."""
        return self.verdict == "granted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a token of the shop's site says."""

    store_id: str
    order: str
    nonce: str
    expires_at: datetime
    visitor: str = ""  # blank: whoever brings it


def decide(tries: Tries, matches: bool, now: datetime) -> ProofDecision:
    """Decide a try by phone; when too many failed, a right answer is refused as well."""
    checks = (
        check("tries-of-visitor", tries.by_visitor < TRIES),
        check("tries-of-address", tries.by_address < TRIES),
        check("phone-tail", matches),
    )
    if not all(found.ok for found in checks[:2]):
        since = tries.oldest or now
        wait = max(int((since + HOUR - now).total_seconds()), 1)
        return ProofDecision(verdict="too-many", wait_s=wait, checks=checks[:2])
    delay = delay_s(tries.at_order)
    return ProofDecision(verdict="granted" if matches else "refused", delay_s=delay, checks=checks)


def delay_s(failed: int) -> int:
    """Return how slowly to answer after ``failed`` tries at an order: 0, 0, 1, 2, 4 … 30 s."""
    if failed < _FREE_TRIES:
        return 0
    return int(min(2 ** min(failed - _FREE_TRIES, 10), LONGEST_DELAY_S))


def tail_matches(pepper: bytes, phone: str | None, tail: str) -> bool:
    """Compare the last four digits; the work is the same for any order, known or not.

    ``phone`` is the order's as stored, None when there is no such order. One that the source has
    masked matches nothing: its visible end stands on the parcel.
    """
    known = usable_tail(phone or "")
    expected = digest(pepper, "tail", known or "none")
    given = digest(pepper, "tail", tail)
    same = hmac.compare_digest(expected, given)
    return same and bool(known)


def usable_tail(phone: str) -> str:
    """Return the last four digits of a whole mobile number, blank for all others."""
    whole = phone.isdecimal() and phone.isascii() and len(phone) == _PHONE_DIGITS
    return phone[-_TAIL:] if whole and not masking.is_masked(phone) else ""


def digest(pepper: bytes, purpose: str, text: str) -> str:
    """Return what stands in the database for a visitor, an address or an order number."""
    return hmac.new(pepper, f"{purpose}\n{text}".encode(), hashlib.sha256).hexdigest()


def network(address: str) -> str:
    """Return what counts as one address: an IPv4 address, the /64 of an IPv6 address."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((ip, _IPV6_HOME), strict=False))
    return str(ip)


def sign_token(key: bytes, claim: Claim) -> str:
    """Return the token that the shop's site makes: ``v1.PAYLOAD.MAC``, both base64url without ``=``.

    PAYLOAD is JSON: ``{"exp": seconds since 1970, "nonce", "order", "store", "visitor"}``; MAC is
    HMAC-SHA256 under the site key over ``shopbot order token``, a line end and PAYLOAD.
    """
    payload = _encode(
        json.dumps(
            {
                "store": claim.store_id,
                "order": claim.order,
                "nonce": claim.nonce,
                "exp": int(claim.expires_at.timestamp()),
                "visitor": claim.visitor,
            },
            sort_keys=True,
        ).encode()
    )
    return f"{_VERSION}.{payload}.{_mac(key, payload)}"


def read_token(key: bytes, token: str, now: datetime) -> Claim | None:
    """Return what a token says, None when it is not signed, not ours or past its time."""
    if len(token) > _TOKEN_SIZE or not token.isascii():
        return None
    version, _, rest = token.partition(".")
    payload, _, mac = rest.partition(".")
    if not hmac.compare_digest(_mac(key, payload), mac) or version != _VERSION:
        return None
    claim = _claim(payload)
    if claim is None or not now < claim.expires_at <= now + LONGEST_TOKEN:
        return None
    return claim


def _claim(payload: str) -> Claim | None:
    try:
        told = json.loads(_decode(payload))
        texts = {name: told[name] for name in ("store", "order", "nonce")}
        visitor = told.get("visitor", "")
        expires = datetime.fromtimestamp(int(told["exp"]), tz=UTC)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError):
        return None
    if not isinstance(visitor, str) or not all(isinstance(t, str) and t for t in texts.values()):
        return None
    return Claim(
        store_id=texts["store"],
        order=texts["order"],
        nonce=texts["nonce"],
        expires_at=expires,
        visitor=visitor,
    )


def _mac(key: bytes, payload: str) -> str:
    return _encode(hmac.new(key, _PURPOSE + payload.encode(), hashlib.sha256).digest())


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError("not base64") from error
