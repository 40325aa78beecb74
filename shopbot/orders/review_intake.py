"""Writes what a source tells about reviews: judged outside any transaction, merged, once each.

Used by the importer and by connectors, so that a review that comes both ways is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shopbot import ids
from shopbot.orders import review_store
from shopbot.orders.intake import Outcome
from shopbot.orders.review_calls import mind_review
from shopbot.orders.review_invites import withdraw
from shopbot.orders.review_model import Review
from shopbot.orders.review_rows import ReviewRecord
from shopbot.orders.row_reader import When
from shopbot.orders.rows import line as line_of
from shopbot.orders.sentiment import Judge, Verdict
from shopbot.rules import Rules
from shopbot.storage import Transaction, load_queries

Q = load_queries("shopbot.orders")

_QUICK = Judge()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A review as it was told, and what its text says."""

    record: ReviewRecord
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """What became of a review; ``waits``: its order is not there yet."""

    outcome: Outcome
    waits: bool


def judge_all(records: Sequence[ReviewRecord], judge: Judge) -> list[Judged]:
    """Judge the texts; where stars tell the mood, the words alone tell the aspects."""
    verdicts: dict[int, Verdict] = {}
    for one, rated in ((judge, False), (_QUICK, True)):
        mine = [i for i, told in enumerate(records) if (told.rating is not None) == rated]
        verdicts |= dict(zip(mine, one.judge([records[i].text for i in mine]), strict=True))
    return [Judged(record=told, verdict=verdicts[i]) for i, told in enumerate(records)]


def put_review(tx: Transaction, judged: Judged, rules: Rules, source: str, when: When) -> Put:
    """Write one review. What an older source says does not replace what a newer one said."""
    store_id, record = rules.store_id, judged.record
    known = review_store.find_review(tx, store_id, record.source_id, record.kind)
    waits = tx.maybe_one(Q.has_order, store_id=store_id, number=record.order) is None
    if known is not None and known.as_of > when.as_of:
        return Put(outcome="unchanged", waits=waits)
    told = _review(tx, judged, known, rules, source, when)
    if known is not None and replace(told, as_of=known.as_of, source=known.source) == known:
        if known.as_of < when.as_of:
            review_store.update_review(tx, replace(known, as_of=when.as_of))
        return Put(outcome="unchanged", waits=waits)
    if known is None:
        review_store.add_review(tx, told)
    else:
        review_store.update_review(tx, told)
    mind_review(tx, told, rules, when.now)
    withdraw(tx, store_id, told.order)
    return Put(outcome="new" if known is None else "updated", waits=waits)


def _review(
    tx: Transaction, judged: Judged, known: Review | None, rules: Rules, source: str, when: When
) -> Review:
    record, verdict = judged.record, judged.verdict
    aspects = {name: verdict.aspect_sentiments.get(name, "neutral") for name in verdict.aspects}
    base = known or Review(
        id=ids.new_id("rev"),
        store_id=rules.store_id,
        source="",
        source_id=record.source_id,
        kind=record.kind,
        order=record.order,
        at=record.at,
        as_of=when.as_of,
        created_at=when.now,
    )
    return replace(
        base,
        source=source,
        line_no=_find_line(tx, record, rules.store_id),
        sku=record.sku,
        title=record.title,
        buyer=record.buyer,
        rating=record.rating,
        text=record.text,
        pictures=record.pictures,
        at=record.at,
        sentiment=verdict.sentiment,
        probability=round(verdict.probability, 4),
        aspects=aspects,
        answer=record.answer or base.answer,
        answered_at=record.answered_at or base.answered_at,
        as_of=when.as_of,
    )


def _find_line(tx: Transaction, record: ReviewRecord, store_id: str) -> int | None:
    """Return the line that is spoken of: by its SKU, its title, or because there is one alone."""
    key = {"store_id": store_id, "order_number": record.order}
    lines = [line_of(row) for row in tx.all(Q.list_lines, **key)]
    same = [
        one.line_no
        for one in lines
        if (record.sku and one.sku == record.sku)
        or (not record.sku and record.title and one.title == record.title)
    ]
    if len(same) == 1:
        return same[0]
    return lines[0].line_no if len(lines) == 1 and not same else None
