"""What needs a person today, read from the database; agenda.py decides."""

from __future__ import annotations

from datetime import datetime

from shopbot.orders import due_work
from shopbot.orders.agenda import Item, list_items, urgency
from shopbot.orders.claim_work import claims_due
from shopbot.rules import Rules
from shopbot.storage import Database


def find_due(db: Database, rules: Rules, now: datetime) -> list[Item]:
    """Return what needs a person today, most urgent first."""
    found = [
        item
        for facts in due_work.each_order(db, due_work.Q.unsettled_orders, store_id=rules.store_id)
        for item in list_items(facts, rules, now, stock_out=due_work.is_out_of_stock(db, facts))
    ]
    with db.snapshot() as reader:
        found.extend(claims_due(reader, rules, now))
    return sorted(found, key=urgency)
