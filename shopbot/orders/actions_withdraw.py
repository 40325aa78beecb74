"""The buyer has thought better of it: a return is not wanted any more, an order not to be cancelled. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from shopbot.orders.dialogue import Option, Plan, Withdraw
from shopbot.orders.machine import TABLES
from shopbot.orders.model import Case, OrderFacts
from shopbot.orders.naming import line_words
from shopbot.orders.phrases import phrase
from shopbot.orders.states import TaskKind
from shopbot.orders.steps import Run, choose, refuse, said, settle

_BEING_DONE: frozenset[TaskKind] = frozenset(
    {"cancel", "intercept", "change-address", "change-item", "add-note"}
)
"""What a person is about to do for the buyer: only a person can stop it in time."""


def withdraw(run: Run, facts: OrderFacts) -> Plan:
    """Take an after-sale request back; what others are carrying out already is stopped by a person."""
    live = [one for one in facts.cases if one.is_open]
    mine = [one for one in live if _may_withdraw(one)]
    elsewhere = any(one.is_open and one.kind in _BEING_DONE for one in facts.tasks)
    elsewhere = elsewhere or any(one.state == "asked" for one in facts.address_changes)
    if elsewhere or (live and not mine):
        return refuse(said("order.withdraw.hand-over"), why="hand-over", hand_over=True)
    if not mine:
        return refuse(said("order.withdraw.nothing"), why="done")
    case = mine[0] if len(mine) == 1 else _chosen(run, mine)
    if case is None:
        asked = said("order.ask.line", 订单号=facts.order.number)
        return choose(run, "line", asked, _options(facts, mine))
    words = _words(facts, case)
    return settle(
        run,
        Withdraw(order=facts.order.number, case=case.id),
        said("order.confirm.withdraw", 商品=words),
        said("order.withdraw.done", 商品=words),
    )


def _may_withdraw(case: Case) -> bool:
    step = TABLES[case.kind].get((case.state, "cancel"))
    return case.reason != "cancelled" and step is not None and "buyer" in step.who


def _chosen(run: Run, mine: Sequence[Case]) -> Case | None:
    return next((one for one in mine if one.line_no == run.slots.line), None)


def _options(facts: OrderFacts, mine: Sequence[Case]) -> list[Option]:
    return [
        Option(
            value=str(one.line_no),
            phrase=phrase("order.option.line", {"商品": _words(facts, one)}),
        )
        for one in mine
    ]


def _words(facts: OrderFacts, case: Case) -> str:
    line = facts.find_line(case.line_no)
    return line_words(line) if line else case.order
