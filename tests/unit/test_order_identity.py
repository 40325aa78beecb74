"""Order data only on proof: tokens, phone tails, tries, delays, the only door."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopbot.errors import NotFound
from shopbot.orders import access, identity, masking
from shopbot.orders.access import Asker, Proved
from shopbot.orders.identity import Claim, Tries, sign_token
from shopbot.storage import SqliteDatabase
from tests.conftest import START
from tests.order_tables import STORE, bring, order, write

KEY = b"the key that shop and site share"
ASKER = Asker(store_id=STORE, visitor="v" * 32, address="203.0.113.7")
NUMBER, TAIL = "2611150001", "5512"
CLAIM = Claim(store_id=STORE, order=NUMBER, nonce="n-1", expires_at=START + timedelta(minutes=10))


@pytest.fixture
def shop(db: SqliteDatabase, tmp_path: Path) -> SqliteDatabase:
    """A store with one order in the clear and one whose phone the source has masked."""
    rows = [order(), order(订单编号="2611150002", 联系手机="138****5512")]
    bring(db, orders=write(tmp_path / "o.csv", rows))
    return db


def by_phone(
    db: SqliteDatabase,
    number: str = NUMBER,
    tail: str = TAIL,
    asker: Asker = ASKER,
    now: datetime = START,
) -> Proved:
    """Try with number and tail."""
    return db.transaction(
        lambda tx: access.prove_by_phone(tx, asker, number=number, tail=tail, now=now)
    )


def by_token(db: SqliteDatabase, token: str, asker: Asker = ASKER, now: datetime = START) -> Proved:
    """Try with a token."""
    return db.transaction(
        lambda tx: access.prove_by_token(tx, asker, token=token, site_key=KEY, now=now)
    )


def sees(db: SqliteDatabase, asker: Asker = ASKER, now: datetime = START) -> bool:
    """Tell whether the asker is shown the order."""
    try:
        access.access_order(
            db, store_id=asker.store_id, visitor=asker.visitor, number=NUMBER, now=now
        )
    except NotFound:
        return False
    return True


def test_number_and_tail_open_the_order_for_half_an_hour(shop: SqliteDatabase) -> None:
    """To that visitor, for that order, no longer."""
    before = sees(shop)
    proved = by_phone(shop)

    assert proved.decision.granted
    assert [False, True, False] == [
        before,
        sees(shop),
        sees(shop, replace(ASKER, visitor="w" * 32)),
    ]
    assert sees(shop, now=START + timedelta(minutes=29, seconds=59))
    assert not sees(shop, now=START + timedelta(minutes=30))


@pytest.mark.parametrize(
    ("number", "tail"),
    [
        (NUMBER, "0000"),
        ("2611159999", TAIL),
        ("2611150002", TAIL),
        (NUMBER, ""),
        (NUMBER, "٥٥١٢"),
        ("订单", TAIL),
        ("2611159999", "none"),
        ("2611150002", "none"),
    ],
    ids=[
        "wrong",
        "none",
        "masked",
        "blank",
        "other-digits",
        "no-number",
        "none-of-none",
        "none-of-masked",
    ],
)
def test_wrong_none_and_masked_are_told_alike(shop: SqliteDatabase, number: str, tail: str) -> None:
    """The same verdict, the same delay, nothing opened."""
    proved = by_phone(shop, number, tail)

    assert ("refused", 0, 0, "") == (
        proved.decision.verdict,
        proved.decision.delay_s,
        proved.decision.wait_s,
        proved.order,
    )
    assert not sees(shop)


def test_after_five_wrong_tries_a_right_one_is_refused_too(shop: SqliteDatabase) -> None:
    """For an hour since the first; then the buyer gets in."""
    for minute in range(5):
        by_phone(shop, tail="0000", now=START + timedelta(minutes=minute))
    late = START + timedelta(minutes=10)
    refused = by_phone(shop, now=late)

    assert ("too-many", 50 * 60) == (refused.decision.verdict, refused.decision.wait_s)
    assert by_phone(shop, now=START + timedelta(hours=1)).decision.granted


@pytest.mark.parametrize(
    ("other", "verdict"),
    [
        (replace(ASKER, visitor="w" * 32), "too-many"),
        (replace(ASKER, address="198.51.100.1"), "too-many"),
        (replace(ASKER, visitor="w" * 32, address="198.51.100.1"), "granted"),
    ],
    ids=["same-address", "same-visitor", "somebody-else"],
)
def test_tries_count_per_visitor_and_per_address(
    shop: SqliteDatabase, other: Asker, verdict: str
) -> None:
    """The buyer from elsewhere is never locked out by them."""
    for _ in range(5):
        by_phone(shop, tail="0000")

    assert verdict == by_phone(shop, asker=other).decision.verdict


def test_one_household_is_one_address() -> None:
    """An IPv6 /64; an IPv4 address in IPv6 clothes is itself."""
    assert identity.network("2001:db8::1") == identity.network("2001:db8::ffff:1")
    assert "203.0.113.7" == identity.network("::ffff:203.0.113.7")


def test_answers_about_an_order_get_slower_right_or_wrong(shop: SqliteDatabase) -> None:
    """From whatever visitor the tries come; an unknown order does the same."""
    for number in (NUMBER, "2611159999"):
        delays = []
        for n in range(5):
            asker = Asker(
                store_id=STORE, visitor=f"{n}" * 32, address=f"198.51.100.{n}{len(number)}"
            )
            delays.append(by_phone(shop, number, "0000", asker).decision.delay_s)

        assert [0, 0, 1, 2, 4] == delays
    right = by_phone(shop, asker=replace(ASKER, visitor="r" * 32))

    assert (True, 8) == (right.decision.granted, right.decision.delay_s)


@given(st.integers(0, 100), st.integers(0, 100))
def test_delays_only_grow_and_end(one: int, other: int) -> None:
    """Never more than half a minute: slower, no lock-out."""
    low, high = sorted((one, other))

    assert identity.delay_s(low) <= identity.delay_s(high) <= identity.LONGEST_DELAY_S


def test_a_decision_carries_its_reasons() -> None:
    """Worded in Chinese for the log."""
    decision = identity.decide(Tries(by_address=5, oldest=START), matches=True, now=START)

    assert ["tries-of-visitor", "tries-of-address"] == [check.id for check in decision.checks]
    assert "试错太多次" in decision.checks[1].reason


def test_nothing_in_the_database_names_who_tried(shop: SqliteDatabase) -> None:
    """Visitors, addresses and order numbers of tries are digests; proofs name no secret."""
    by_phone(shop, tail="0000")
    by_phone(shop)
    shop.transaction(lambda tx: None)
    raw = b"".join(path.read_bytes() for path in shop.file.parent.iterdir())

    assert ASKER.visitor.encode() not in raw
    assert ASKER.address.encode() not in raw


def test_a_token_of_the_site_opens_the_order_once(shop: SqliteDatabase) -> None:
    """Also one whose phone is masked; a second use is refused."""
    token = sign_token(KEY, replace(CLAIM, order="2611150002"))
    verdicts = [by_token(shop, token).decision.verdict for _ in range(2)]

    assert ["granted", "refused"] == verdicts


def _unsigned() -> str:
    payload = base64.urlsafe_b64encode(json.dumps({"store": STORE}).encode()).decode().rstrip("=")
    return f"v1.{payload}."


@pytest.mark.parametrize(
    "token",
    [
        sign_token(b"another key", CLAIM),
        sign_token(KEY, replace(CLAIM, expires_at=START)),
        sign_token(KEY, replace(CLAIM, expires_at=START + timedelta(days=2))),
        sign_token(KEY, replace(CLAIM, store_id="other")),
        sign_token(KEY, replace(CLAIM, order="2611159999")),
        sign_token(KEY, replace(CLAIM, visitor="w" * 32)),
        sign_token(KEY, CLAIM)[:-1],
        "v2" + sign_token(KEY, CLAIM)[2:],
        _unsigned(),
        "",
        "v1..",
        "密钥",
        "v1." + "A" * 5000,
    ],
    ids=[
        "other-key", "expired", "too-long", "other-store", "no-order", "other-visitor", "cut",
        "other-version", "unsigned", "blank", "empty", "chinese", "huge",
    ],
)  # fmt: skip
def test_bad_tokens_open_nothing(shop: SqliteDatabase, token: str) -> None:
    """All refused alike."""
    assert "refused" == by_token(shop, token).decision.verdict
    assert not sees(shop)


@given(st.text(max_size=60))
def test_no_text_breaks_the_token_reader(text: str) -> None:
    """Whatever is sent is no token."""
    assert identity.read_token(KEY, f"v1.{text}", START) is None


def test_what_a_shopper_sees_is_masked(shop: SqliteDatabase) -> None:
    """Name, phone, address and the staff's remarks."""
    by_phone(shop)
    [facts] = access.access_orders(shop, store_id=STORE, visitor=ASKER.visitor, now=START)
    told = facts.order

    assert ("林**", "138****5512", "浙江省 杭州市 西湖区 ****", "山**风", "") == (
        told.receiver,
        told.phone,
        told.address,
        told.buyer,
        told.seller_note,
    )


@pytest.mark.parametrize(
    ("text", "masked"),
    [("林小雨", "林**"), ("林*", "林*"), ("林", "林"), ("", "")],
)
def test_names_are_masked(text: str, masked: str) -> None:
    """The family name stays."""
    assert masked == masking.name(text)


@pytest.mark.parametrize(
    ("text", "masked"),
    [("13812345512", "138****5512"), ("138****5512", "138****5512"), ("110", "***"), ("", "")],
)
def test_phones_are_masked(text: str, masked: str) -> None:
    """The middle goes."""
    assert masked == masking.phone(text)


def test_expired_things_are_forgotten(shop: SqliteDatabase) -> None:
    """Tries after a day, proofs and tokens when they end."""
    by_phone(shop, tail="0000")
    by_phone(shop)
    by_token(shop, sign_token(KEY, CLAIM))

    assert 0 == access.forget_expired(shop, START + timedelta(minutes=5))
    assert 3 == access.forget_expired(shop, START + timedelta(days=1, minutes=1))
