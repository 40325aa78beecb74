"""What a buyer is told of a case: the words of its state, with the goods and the money it is about. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from shopbot.orders.model import Case, OrderFacts
from shopbot.orders.naming import line_words
from shopbot.orders.phrases import Phrase, phrase
from shopbot.orders.timing import told_end, told_money
from shopbot.rules import Rules

_NAMED = ("refund", "resend")
"""Kinds in which nothing is sent back: what is agreed to has words of its own."""


def state_phrase(case: Case, rules: Rules, now: datetime) -> Phrase:
    """Return the words of the state in which a case stands; see :func:`with_goods`."""
    own = case.state == "approved" and case.kind in _NAMED
    name = f"{case.kind}-approved" if own else case.state.replace("_", "-")
    return phrase(f"return.step.{name}", _values(case, rules, now))


def ship_back_phrase(case: Case, rules: Rules, now: datetime) -> Phrase:
    """Return the words that remind a buyer of sending the goods back."""
    return phrase("return.step.remind-ship-back", _values(case, rules, now))


def _values(case: Case, rules: Rules, now: datetime) -> dict[str, str]:
    return {
        "截止时间": told_end(case.deadline, now, rules) if case.deadline else "",
        "报价": told_money(case.quote_fen or 0),
        "单号": case.resend_parcel,
        "售后商品": "",
        "退回金额": "",
    }


def with_goods(told: Phrase, case: Case, facts: OrderFacts) -> Phrase:
    """Return the phrase with which goods it speaks of, and of how much money.

    The lines of a cancelled order are one thing to its buyer and are not named one by one.
    """
    line = facts.find_line(case.line_no)
    if case.reason == "cancelled" or line is None:
        return told
    live = [one for one in facts.refunds if one.case_id == case.id and one.state != "dropped"]
    money = sum(one.cash_fen for one in live)
    more = {"售后商品": line_words(line), "退回金额": told_money(money) if money else ""}
    values = {name: more.get(name, value) for name, value in told.values.items()}
    return replace(told, values=values)
