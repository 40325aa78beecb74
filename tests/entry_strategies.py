"""Entries as Hypothesis makes them: every field, odd texts, as reading a file would give them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from shopbot.kb import fields
from shopbot.kb.entry import Entry, Phrasing, Promise, Scope, Source, Validity, Variant
from shopbot.kb.storefile import CHINA, base_topics

SPICE = "亲，多久发货？{店名}a1 :#-[]{}'\"|>&*!%@`,、。=+\\\n_x0041_：｜\t~…😀"
_TEXT = st.text(alphabet=SPICE, min_size=1, max_size=24).map(str.strip).filter(bool)


def _settled(text: str) -> bool:
    """True for a text that reading leaves as it is (braces are tidied by the reader)."""
    from shopbot.kb import values
    from shopbot.kb.notes import Notes
    from shopbot.kb.yaml_nodes import Scalar

    node = Scalar(text=text, line=1, column=1)
    return values.text(node, Notes("x"), "x") == text


TEXTS = _TEXT.filter(_settled)
LINES = TEXTS.map(lambda text: " ".join(text.split())).filter(bool).filter(_settled)
NAMES = st.text(alphabet="abc冲锋衣123-", min_size=1, max_size=8)
IDS = st.from_regex(r"[a-z][a-z0-9.-]{0,12}", fullmatch=True).filter(
    lambda name: not name.startswith("system.")
)


@st.composite
def variants(draw: st.DrawFn) -> Variant:
    """Return an answer with or without conditions."""
    return Variant(
        text=draw(TEXTS),
        line=1,
        tone=draw(st.sampled_from(list(fields.TONES))),
        channel=draw(st.sampled_from(["", *fields.CHANNELS])),
        category=draw(st.sampled_from(["", "冲锋衣", "T恤 短袖"])),
        product=draw(st.sampled_from(["", "LS-JK-01", "007"])),
    )


_MINUTES = st.integers(min_value=0, max_value=60 * 24 * 3000).filter(lambda m: m % 60 != 59)
_START = datetime(2020, 1, 1, tzinfo=CHINA)


@st.composite
def windows(draw: st.DrawFn) -> Validity:
    """Return a window with open or closed ends, to the minute."""
    first, last = sorted((draw(_MINUTES), draw(_MINUTES)))
    since = (_START + timedelta(minutes=first)).astimezone(UTC)
    until = (_START + timedelta(minutes=last)).astimezone(UTC)
    shape = draw(st.sampled_from(["open", "since", "until", "both"]))
    return Validity(
        since=since if shape in ("since", "both") else None,
        until=until + timedelta(hours=1) if shape in ("until", "both") else None,
    )


@st.composite
def entries(draw: st.DrawFn, ids: st.SearchStrategy[str] = IDS) -> Entry:
    """Return an entry that a reader could have made."""
    topic = base_topics()[draw(st.sampled_from(list(base_topics())))]
    stage = draw(st.sampled_from(["", *fields.STAGES])) or topic.stage
    promise = Promise(what=draw(LINES), until=draw(st.sampled_from(["48h", "3d", "2026-12-01"])))
    tuples = st.lists(NAMES, max_size=2, unique=True).map(tuple)
    return Entry(
        id=draw(ids),
        topic=topic.id,
        stage=stage,
        source=Source(file="replies/a.yaml", line=1),
        phrasings=tuple(Phrasing(text=t, line=1) for t in draw(st.lists(TEXTS, max_size=4))),
        variants=tuple(draw(st.lists(variants(), min_size=1, max_size=4))),
        ask=draw(st.one_of(st.just(""), TEXTS)),
        action=draw(st.sampled_from(["", "order.urge"])),
        needs=tuple(
            draw(st.lists(st.sampled_from(list(fields.NEEDS_ZH)), max_size=3, unique=True))
        ),
        scope=Scope(
            products=draw(tuples),
            categories=draw(tuples),
            channels=tuple(
                draw(st.lists(st.sampled_from(list(fields.CHANNELS)), max_size=2, unique=True))
            ),
        ),
        valid=draw(windows()),
        chips=tuple(draw(st.lists(TEXTS, max_size=2))),
        attachments=tuple(
            draw(st.lists(st.sampled_from(["media/a.png", "media/b c.png"]), max_size=2))
        ),
        owner=draw(st.one_of(st.just(""), LINES)),
        status=draw(st.sampled_from(["draft", "published", "retired"])),
        priority=draw(st.integers(min_value=-5, max_value=5)),
        promise=draw(st.one_of(st.none(), st.just(promise))),
    )
