"""What the demo's shoppers have asked for in dialogues: tasks for people, one of them done."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from shopbot.demo.book import Book, stock_of_words
from shopbot.orders import store
from shopbot.orders.access import Asker
from shopbot.orders.acting import Ask, act_within
from shopbot.orders.dialogue import WHOLE, Confirm, Slots
from shopbot.orders.logistics import judge_parcel
from shopbot.orders.model import OrderFacts
from shopbot.orders.tasks import end_task

_HOURS = 1.0  # ago


def ask_for_all(book: Book, paid: list[str]) -> int:
    """Let shoppers ask for everything there is a task for; return how many were asked for.

    ``paid`` are orders that wait for the warehouse.
    """
    words = stock_of_words()["wishes"]
    one, many = _by_lines(book, paid)
    wanted: list[tuple[str, str, dict[str, Any]]] = [
        ("order.urge", one[0], {}),
        ("order.urge", one[1], {}),
        ("order.cancel", one[2], {"line": WHOLE}),
        ("order.cancel", many[0], {"line": 1}),
        ("order.change_item", many[1], {"line": 1, "quantity": 1, "colour": words["colour"]}),
        ("order.change_address", one[3], {"phone": words["phone"]}),
        ("order.note", one[-1], {"text": words["note"]}),
        *(("order.track", number, {}) for number in _troubled(book, {"stuck", "lost-suspected"})),
        *(("order.reject", number, {}) for number in _troubled(book, {"on-way"})[:1]),
        *(
            ("claim.not_received", number, {})
            for number in _troubled(book, {"signed-not-received"})
        ),
    ]
    for place, (action, number, said) in enumerate(wanted):
        _ask(book, action, number, place, said)
    _deal_with(book, one[0])
    return len(wanted)


def _by_lines(book: Book, numbers: list[str]) -> tuple[list[str], list[str]]:
    """Return orders without after-sale or wishes: those of one line, and those of more."""
    told = [_facts(book, number) for number in numbers]
    free = [one for one in told if not (one.cases or one.address_changes or one.notes)]
    counts = {one.order.number: sum(not line.gift for line in one.lines) for one in free}
    return (
        [number for number, lines in counts.items() if lines == 1],
        [number for number, lines in counts.items() if lines > 1],
    )


def _facts(book: Book, number: str) -> OrderFacts:
    return store.get_facts(book.tx, book.rules.store_id, number)


def _troubled(book: Book, troubles: set[str]) -> list[str]:
    """Return for each trouble one order whose only parcel has it."""
    found: dict[str, str] = {}
    for number in book.numbers:
        facts = _facts(book, number)
        if len(facts.parcels) == 1 and facts.order.status == "shipped" and not facts.cases:
            for missed in (False, True):
                trouble = judge_parcel(
                    facts.parcels[0], facts.order, book.rules, book.now, not_received=missed
                ).trouble
                if trouble in troubles:
                    found.setdefault(trouble, number)
    return list(found.values())


def _ask(book: Book, action: str, number: str, place: int, said: dict[str, Any]) -> None:
    """Take an action to its end, agreeing to what is asked."""
    wanted = Ask(
        action=action,
        slots=Slots(order=number, **said),
        dialogue=f"demo:{place}",
        asker=Asker(store_id=book.rules.store_id, visitor="", address="demo"),
        who="shopper",
        trusted=True,
    )
    at = book.ago(_HOURS)
    plan = act_within(book.tx, wanted, book.rules, at).plan
    if isinstance(plan, Confirm):
        agreed = replace(wanted, slots=replace(wanted.slots, confirmed=plan.key))
        act_within(book.tx, agreed, book.rules, at)


def _deal_with(book: Book, number: str) -> None:
    """Let an agent have done what was asked for about an order."""
    words = stock_of_words()
    for task in _facts(book, number).tasks:
        end_task(
            book.tx,
            task.id,
            "done",
            book.rules,
            book.ago(_HOURS / 2),
            words["agents"][0],
            result=words["wishes"]["result"],
        )
