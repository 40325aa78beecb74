"""Why something may not come back, in words for the buyer: the first condition that is not met tells. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from shopbot.orders.checks import Check
from shopbot.orders.conditions import Situation, find_exempt
from shopbot.orders.deadlines import find_deadline
from shopbot.orders.naming import line_words
from shopbot.orders.phrases import Phrase, phrase
from shopbot.orders.timing import told_end

_Worded = Callable[[Situation], Phrase]


def refusal(s: Situation, checks: Sequence[Check]) -> Phrase:
    """Return what the buyer is told of a claim that does not stand and that nothing replaces."""
    for found in checks:
        if not found.ok and found.id in _WORDS:
            return _WORDS[found.id](s)
    return phrase("return.check.no")


def _order(s: Situation) -> Phrase:
    names = {
        "unpaid": "order.cancel.unpaid",
        "deposit_paid": "order.cancel.deposit",
        "closed": "order.ship.closed",
    }
    return phrase(names.get(s.facts.order.status, "return.check.no"))


def _refunded(s: Situation) -> Phrase:
    name = "refunding" if s.line.status == "refunding" else "refunded"
    return phrase(f"return.check.{name}", {"商品": line_words(s.line)})


def _late(s: Situation) -> Phrase:
    end = find_deadline(s.claim.kind, s.receipt.signed_at, s.facts.order, s.line, s.rules)
    by = told_end(end, s.now, s.rules) if end else ""
    return phrase("return.check.too-late", {"截止时间": by})


def _exempt(s: Situation) -> Phrase:
    rule = find_exempt(s.line, s.rules)
    if rule is not None and rule.only_opened:
        return phrase("return.check.opened", {"商品类别": rule.name})
    name = rule.name if rule else line_words(s.line)
    return phrase("return.check.exempt", {"商品类别": name})


def _gift(_s: Situation) -> Phrase:
    return phrase("return.check.gift")


def _exchanged(s: Situation) -> Phrase:
    times = str(s.rules.returns.exchanges_per_order)
    return phrase("return.check.exchanged", {"换货次数": times})


def _quantity(s: Situation) -> Phrase:
    if s.left:
        return phrase("return.check.no")
    return phrase("return.check.all-gone", {"商品": line_words(s.line)})


_WORDS: Mapping[str, _Worded] = {
    "order-state": _order,
    "line-state": _refunded,
    "in-time": _late,
    "exempt": _exempt,
    "gift-line": _gift,
    "exchange-left": _exchanged,
    "quantity": _quantity,
}
