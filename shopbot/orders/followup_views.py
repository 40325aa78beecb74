"""Follow-ups as JSON for programs, with what is said in both branches. Names masked."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from shopbot import audit
from shopbot.orders import followup_store, masking, store, views
from shopbot.orders.followup_model import Followup, is_convenient
from shopbot.orders.followup_store import LostBuyer
from shopbot.orders.lost_buyers import LostNotice
from shopbot.orders.model import OrderFacts
from shopbot.orders.phrases import Phrases
from shopbot.rules import Rules
from shopbot.storage.database import Reader

SCRIPT = {
    "opening": "followup.opening",
    "ask": "followup.ask",
    "satisfied": "followup.satisfied",
    "unsatisfied": "followup.unsatisfied",
    "closing": "followup.closing",
    "closing_unsatisfied": "followup.closing-unsatisfied",
}
"""What is said, by its place in the form: after ``ask`` one branch, then its closing."""


def followup_dict(followup: Followup, rules: Rules, now: datetime) -> dict[str, Any]:
    """Return a follow-up; the buyer's name masked, numbers in texts hidden."""
    told = {name: value for name, value in asdict(followup).items() if name != "store_id"}
    told |= {
        "buyer": masking.nick(followup.buyer),
        "suggestion": masking.free_text(followup.suggestion),
        "note": masking.free_text(followup.note),
        "overdue": followup.is_open and followup.due_at <= now,
        "convenient_now": is_convenient(now, rules),
    }
    return {name: _time(value) for name, value in told.items()}


def story_dict(
    reader: Reader, followup_id: str, rules: Rules, words: Phrases, now: datetime
) -> dict[str, Any]:
    """Return a follow-up with its case, its order, the script and what happened; NotFound."""
    followup = followup_store.get_followup(reader, rules.store_id, followup_id)
    facts = store.get_facts(reader, rules.store_id, followup.order)
    deeds = audit.list_deeds(reader, store_id=rules.store_id, subject=followup_id)
    shown = views.facts_view(masking.facts(facts))
    return {
        "followup": followup_dict(followup, rules, now),
        "order": shown["order"],
        "case": next((one for one in shown["cases"] if one["id"] == followup.case), None),
        "script": script(followup, facts, words, now),
        "history": [
            {"at": _time(one.at), "who": one.who, "name": one.name, "data": dict(one.data)}
            for one in deeds
        ],
    }


def script(
    followup: Followup, facts: OrderFacts, words: Phrases, now: datetime
) -> dict[str, dict[str, str]]:
    """Return what is said by place; phrases that nobody wrote are left out."""
    case = next((one for one in facts.cases if one.id == followup.case), None)
    line = facts.find_line(case.line_no) if case else None
    values = {"商品": line.title if line else facts.order.title}
    found = {}
    for place, name in SCRIPT.items():
        said = words.say(name, values, now=now)
        if said is not None:
            found[place] = {"phrase": name, "text": said.text, "source": str(said.source)}
    return found


def lost_dict(buyer: LostBuyer) -> dict[str, Any]:
    """Return a lost buyer, name masked; the order tells who it is to those who may see it."""
    return {
        "buyer": masking.nick(buyer.buyer),
        "orders": buyer.orders,
        "paid_fen": buyer.paid_fen,
        "last_at": buyer.last_at.isoformat(),
        "last_order": buyer.last_order,
    }


def notice_dict(notice: LostNotice) -> dict[str, Any]:
    """Return the notice of a lost buyer, name masked, numbers in the note hidden."""
    told = {name: value for name, value in asdict(notice).items() if name != "store_id"}
    told |= {"buyer": masking.nick(notice.buyer), "note": masking.free_text(notice.note)}
    return {name: _time(value) for name, value in told.items()}


def _time(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
