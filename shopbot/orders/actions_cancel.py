"""Cancelling an order, or one line of it: which, agreed to, refunded. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from shopbot.orders.actions_changes import GOES_ON, carry_out
from shopbot.orders.changes import (
    find_window,
    in_the_way,
    is_being_cancelled,
    judge_change,
    unsent_lines,
)
from shopbot.orders.dialogue import WHOLE, Cancel, Option, Plan
from shopbot.orders.model import OrderFacts, OrderLine
from shopbot.orders.money import GONE_ELSEWHERE, count_money
from shopbot.orders.naming import line_words
from shopbot.orders.phrases import phrase
from shopbot.orders.steps import Run, choose, refuse, said
from shopbot.orders.timing import told_money
from shopbot.orders.wishes import CancelWish


def cancel(run: Run, facts: OrderFacts) -> Plan:
    """Cancel an order or a line: refunded before shipping, called back afterwards."""
    if is_being_cancelled(facts):
        return refuse(said("order.cancel.pending"), why="done")
    early = judge_change(facts, CancelWish(), run.rules, run.now)
    if early.outcome not in GOES_ON:
        return refuse((early.phrase,), early.checks)
    left = _lines_left(facts)
    if not left and any(line.status in GONE_ELSEWHERE for line in facts.lines):
        return refuse(said("order.cancel.pending"), why="done")
    line = next((one for one in left if one.line_no == run.slots.line), None)
    if line is not None and len(left) > 1:
        return _cancel_line(run, facts, line)
    apart = _apart(run, facts, left)
    if run.slots.line != WHOLE and len(left) > 1 and apart:
        return choose(
            run, "line", said("order.ask.cancel", 订单号=facts.order.number), _options(apart)
        )
    return _cancel_order(run, facts)


def _lines_left(facts: OrderFacts) -> list[OrderLine]:
    """Return the lines that were paid for and of which something is left."""
    money = {one.line_no: one for one in count_money(facts).lines}
    return [
        line
        for line in facts.lines
        if not line.gift and money[line.line_no].gone < money[line.line_no].quantity
    ]


def _apart(run: Run, facts: OrderFacts, left: list[OrderLine]) -> list[OrderLine]:
    """Return the lines that can be cancelled by themselves: none once they may have left together."""
    if find_window(facts, run.rules, run.now) != "shipped":
        return left
    unsent = unsent_lines(facts)
    return [line for line in left if line.line_no in unsent]


def _options(lines: list[OrderLine]) -> Iterator[Option]:
    yield Option(value=str(WHOLE), phrase=phrase("order.option.whole"))
    for line in lines:
        words = phrase("order.option.line", {"商品": line_words(line)})
        yield Option(value=str(line.line_no), phrase=words)


def _cancel_line(run: Run, facts: OrderFacts, line: OrderLine) -> Plan:
    if in_the_way(facts, line.line_no):
        return refuse(said("return.check.open-case"), why="hand-over", hand_over=True)
    verdict = judge_change(facts, CancelWish(line_no=line.line_no), run.rules, run.now)
    refund = verdict.refund.cash_fen if verdict.refund else 0
    deed = Cancel(
        order=facts.order.number,
        line_no=line.line_no,
        at_once=verdict.outcome == "do",
        refund_fen=refund,
    )
    confirm = said("order.confirm.cancel-line", 商品=line_words(line), 退款金额=told_money(refund))
    return carry_out(run, verdict, deed, confirm)


def _cancel_order(run: Run, facts: OrderFacts) -> Plan:
    if in_the_way(facts, None):
        return refuse(said("return.check.open-case"), why="hand-over", hand_over=True)
    verdict = judge_change(facts, CancelWish(), run.rules, run.now)
    refund = verdict.refund.cash_fen if verdict.refund else 0
    deed = Cancel(order=facts.order.number, at_once=verdict.outcome == "do", refund_fen=refund)
    sent = find_window(facts, run.rules, run.now) == "shipped"
    name = "order.confirm.cancel-sent" if sent else "order.confirm.cancel"
    confirm = said(name, 订单号=facts.order.number, 退款金额=told_money(refund))
    return carry_out(run, verdict, deed, confirm)
