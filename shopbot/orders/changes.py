"""Changes before shipping: in which window, who must be asked, what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shopbot.orders.checks import Check, check
from shopbot.orders.contact import promise_by
from shopbot.orders.model import OrderFacts
from shopbot.orders.money import count_money
from shopbot.orders.phrases import Phrase, phrase
from shopbot.orders.receipt import find_receipt
from shopbot.orders.refunds import RefundPlan, plan_cancel
from shopbot.orders.shares import next_pieces
from shopbot.orders.timing import after, shop_pauses, told_difference, told_end, told_money
from shopbot.orders.wishes import (
    AddressWish,
    CancelWish,
    ItemWish,
    NoteWish,
    Outcome,
    QuantityWish,
    Window,
    Wish,
)
from shopbot.rules import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeVerdict:
    """What becomes of a wish. ``difference_fen`` > 0 is paid by the buyer, < 0 goes back."""

    window: Window
    outcome: Outcome
    checks: tuple[Check, ...]
    phrase: Phrase
    difference_fen: int = 0
    price_known: bool = True  # False: nobody can tell the difference yet
    refund: RefundPlan | None = None  # of a cancel
    answer_by: datetime | None = None  # when somebody must be asked

    @property
    def difference_words(self) -> str:
        """Return what the buyer is told of the difference, blank when there is none."""
        return told_difference(self.difference_fen if self.price_known else None)


def find_window(facts: OrderFacts, rules: Rules, now: datetime) -> Window:
    """Return how far the order is from the buyer's hands."""
    order = facts.order
    if order.status in ("unpaid", "deposit_paid"):
        return "unpaid"
    if order.status in ("finished", "closed") or _is_received(facts, now):
        return "ended"
    if order.status in ("part_shipped", "shipped") or _has_parcel(facts):
        return "shipped"
    start = order.paid_at or order.created_at
    pauses = shop_pauses(rules, start, now)
    begins = after(start, rules.changes.packing_after, pauses)
    if order.presale and order.presale_ship_by is not None:
        begins = max(begins, order.presale_ship_by - timedelta(days=1))
    return "packing" if now >= begins else "paid"


def unsent_lines(facts: OrderFacts) -> tuple[int, ...]:
    """Return the lines that are surely still with the shop though parcels have left."""
    sent = [one.shipment.line_nos for one in facts.parcels if one.shipment.state == "shipped"]
    if facts.order.status not in ("paid", "part_shipped") or () in sent:
        return ()
    gone = {line_no for told in sent for line_no in told}
    return tuple(one.line_no for one in facts.lines if one.line_no not in gone)


def is_being_cancelled(facts: OrderFacts) -> bool:
    """Tell whether nothing of the order is left but refunds of a cancel."""
    if not any(case.is_open and case.reason == "cancelled" for case in facts.cases):
        return False
    lines = count_money(facts).lines
    return all(line.gone >= line.quantity for line in lines if line.list_fen or line.cash_fen)


def in_the_way(facts: OrderFacts, line_no: int | None) -> bool:
    """Tell whether a case forbids to cancel the order (None) or a line.

    One that cancels another line, its refund worked out, does not forbid to cancel the rest.
    """
    settled = {one.case_id for one in facts.refunds if one.state != "dropped"}
    return any(
        case.is_open
        and (
            case.line_no == line_no
            if line_no is not None
            else case.reason != "cancelled" or case.id not in settled
        )
        for case in facts.cases
    )


def _is_received(facts: OrderFacts, now: datetime) -> bool:
    """Tell whether every line was signed for: nothing is on its way that could be changed."""
    lines = [line.line_no for line in facts.lines if line.status != "closed"]
    if facts.order.status != "shipped" or not lines:
        return False
    return all(find_receipt(facts, line_no, now).signed_at is not None for line_no in lines)


def _has_parcel(facts: OrderFacts) -> bool:
    return any(parcel.shipment.state == "shipped" for parcel in facts.parcels)


def judge_change(facts: OrderFacts, wish: Wish, rules: Rules, now: datetime) -> ChangeVerdict:
    """Return what becomes of ``wish``; KeyError when it names a line the order does not have."""
    window = find_window(facts, rules, now)
    found = check("change-window", window != "ended", window)
    if isinstance(wish, CancelWish):
        return _cancel(facts, wish, window, found, rules, now)
    if window == "ended":
        return _ended(facts, window, found)
    if facts.order.status == "deposit_paid" and not isinstance(wish, NoteWish):
        return _plain(window, "buyer-does", (found,), "order.change.deposit")
    if isinstance(wish, AddressWish):
        return _address(facts, wish, window, found, rules, now)
    if isinstance(wish, NoteWish):
        return _note(wish, window, found, rules, now)
    if isinstance(wish, ItemWish):
        return _item(facts, wish, window, found, rules, now)
    return _quantity(facts, wish, window, found, rules, now)


def _ended(facts: OrderFacts, window: Window, found: Check) -> ChangeVerdict:
    if facts.order.status == "closed":
        return _plain(window, "refuse", (found,), "order.ship.closed")
    return _plain(window, "after-receipt", (found,), "order.change.after-receipt")


def _plain(
    window: Window, outcome: Outcome, checks: tuple[Check, ...], phrase_id: str, **told: str
) -> ChangeVerdict:
    return ChangeVerdict(
        window=window, outcome=outcome, checks=checks, phrase=phrase(phrase_id, told)
    )


def _by_window(
    window: Window, checks: tuple[Check, ...], difference: int | None, rules: Rules, now: datetime
) -> ChangeVerdict:
    """Return the outcome of a wish that is fine in itself; ``difference`` is None when not known."""
    if window == "unpaid":
        return _plain(window, "buyer-does", checks, "order.change.unpaid-self")
    asked = rules.changes.redirect_answer if window == "shipped" else rules.changes.ask_time
    by = promise_by(now, asked, rules)
    told = {"最晚回复": told_end(by, now, rules), "补差价": told_difference(difference)}
    outcomes: dict[Window, tuple[Outcome, str]] = {
        "paid": ("do", "order.change.done"),
        "packing": ("ask-warehouse", "order.change.ask-warehouse"),
        "shipped": ("ask-courier", "order.change.ask-courier"),
    }
    outcome, phrase_id = outcomes[window]
    return ChangeVerdict(
        window=window,
        outcome=outcome,
        checks=checks,
        phrase=phrase(phrase_id, told),
        difference_fen=difference or 0,
        price_known=difference is not None,
        answer_by=None if outcome == "do" else by,
    )


def _address(
    facts: OrderFacts, wish: AddressWish, window: Window, found: Check, rules: Rules, now: datetime
) -> ChangeVerdict:
    if any(wish.province.startswith(name) for name in rules.shipping.not_served):
        refused = check("change-served", False, province=wish.province)
        return _plain(window, "refuse", (found, refused), "order.change.not-served")
    if window == "shipped" and not rules.changes.address_after_shipping:
        refused = check("change-redirect", False)
        return _plain(window, "refuse", (found, refused), "order.change.too-late")
    difference = 0 if wish.only_phone or window == "shipped" else _postage_more(facts, wish, rules)
    cost = check("change-postage", True, "more" if difference else "", fen=told_money(difference))
    return _by_window(window, (found, cost), difference, rules, now)


def _postage_more(facts: OrderFacts, wish: AddressWish, rules: Rules) -> int:
    """Return what the new place costs more; a nearer one gives nothing back."""
    remote = any(wish.province.startswith(name) for name in rules.shipping.remote)
    if not remote or not wish.province:
        return 0
    return max(0, rules.shipping.postage_remote - facts.order.shipping_fen)


def _note(
    wish: NoteWish, window: Window, found: Check, rules: Rules, now: datetime
) -> ChangeVerdict:
    limit = rules.changes.note_length
    fits = 0 < len(wish.text.strip()) <= limit
    checked = (found, check("change-note", fits, limit=limit))
    if not fits:
        told = {"最多字数": str(limit)}
        return _plain(window, "refuse", checked, "order.change.bad-note", **told)
    if window == "shipped":
        return _plain(window, "refuse", checked, "order.change.too-late")
    if window == "unpaid":
        window_to_do = check("change-note", True, "kept", limit=limit)
        return _plain(window, "do", (found, window_to_do), "order.change.done", 补差价="")
    return _by_window(window, checked, 0, rules, now)


def _item(
    facts: OrderFacts, wish: ItemWish, window: Window, found: Check, rules: Rules, now: datetime
) -> ChangeVerdict:
    line = facts.find_line(wish.line_no)
    if line is None:
        raise KeyError(wish.line_no)
    if window == "shipped":
        return _plain(window, "after-receipt", (found,), "order.change.after-receipt")
    if not wish.same_style and rules.changes.item_same_style_only:
        other = check("change-style", False)
        return _plain(window, "new-order", (found, other), "order.change.new-order")
    if wish.in_stock is False:
        gone = check("change-stock", False)
        return _plain(window, "refuse", (found, gone), "order.change.out-of-stock")
    stock = check("change-stock", True, "" if wish.in_stock else "unknown")
    more = None if wish.unit_fen is None else (wish.unit_fen - line.unit_fen) * line.quantity
    if window == "paid" and not (wish.in_stock and wish.unit_fen is not None):
        window = "packing"  # what we do not know the warehouse is asked
    price = check("change-price", True, "" if wish.unit_fen is not None else "unknown")
    return _by_window(window, (found, stock, price), more, rules, now)


def _quantity(
    facts: OrderFacts, wish: QuantityWish, window: Window, found: Check, rules: Rules, now: datetime
) -> ChangeVerdict:
    line = facts.find_line(wish.line_no)
    if line is None:
        raise KeyError(wish.line_no)
    if window == "shipped":
        return _plain(window, "after-receipt", (found,), "order.change.after-receipt")
    more = check("change-quantity", wish.quantity <= line.quantity, quantity=line.quantity)
    if wish.quantity == line.quantity or wish.quantity < 1:
        same = check("change-quantity", False, "same", quantity=line.quantity)
        return _plain(window, "refuse", (found, same), "order.change.nothing")
    if not more.ok and not (rules.changes.quantity_up or window == "unpaid"):
        return _plain(window, "new-order", (found, more), "order.change.more")
    return _by_window(window, (found, more), _price_of(facts, wish), rules, now)


def _price_of(facts: OrderFacts, wish: QuantityWish) -> int:
    """Return what more pieces cost (list price), or minus what fewer give back (as paid)."""
    money = count_money(facts).get_line(wish.line_no)
    if wish.quantity > money.quantity:
        return money.list_fen // money.quantity * (wish.quantity - money.quantity)
    fewer = money.quantity - wish.quantity
    return -next_pieces(money.cash_fen, 0, fewer, money.quantity)


def _cancel(
    facts: OrderFacts, wish: CancelWish, window: Window, found: Check, rules: Rules, now: datetime
) -> ChangeVerdict:
    if window == "unpaid":
        deposit = facts.order.status == "deposit_paid"
        phrase_id = "order.cancel.deposit" if deposit else "order.cancel.unpaid"
        return _plain(window, "buyer-does", (found,), phrase_id)
    if window == "ended":
        closed = facts.order.status == "closed"
        phrase_id = "order.cancel.closed" if closed else "order.cancel.return-instead"
        return _plain(window, "refuse" if closed else "after-receipt", (found,), phrase_id)
    if window == "shipped" and wish.line_no is not None:
        if wish.line_no not in unsent_lines(facts):
            return _plain(window, "after-receipt", (found,), "order.change.after-receipt")
        window = "packing"
    refund = plan_cancel(facts, rules, wish.line_no)
    asked = rules.changes.redirect_answer if window == "shipped" else rules.changes.ask_time
    by = promise_by(now, asked, rules)
    told = {"最晚回复": told_end(by, now, rules), "退款金额": told_money(refund.cash_fen)}
    outcomes: dict[Window, tuple[Outcome, str]] = {
        "paid": ("do", "order.cancel.done"),
        "packing": ("ask-warehouse", "order.cancel.ask-warehouse"),
        "shipped": ("ask-courier", "order.cancel.ask-courier"),
    }
    outcome, phrase_id = outcomes[window]
    return ChangeVerdict(
        window=window,
        outcome=outcome,
        checks=(found,),
        phrase=phrase(phrase_id, told),
        refund=refund,
        answer_by=None if outcome == "do" else by,
    )
