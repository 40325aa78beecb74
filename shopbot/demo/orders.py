"""The demo's orders: sixty days of a shop, every state, every trouble, every after-sale step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from shopbot import audit, ids, messages
from shopbot.demo.aftersale import walk_all
from shopbot.demo.book import SOURCE, Book, Plot, stock_of_words
from shopbot.demo.chance import Chance
from shopbot.demo.goods import list_goods
from shopbot.demo.parcels import WAYS, Way, signed_way
from shopbot.demo.stage import Stage
from shopbot.demo.wishes import ask_for_all
from shopbot.kb.loader import load
from shopbot.orders import store
from shopbot.orders.model import AddressChange, Note
from shopbot.orders.stock_outs import STOCK_OUT
from shopbot.storage import Transaction, load_queries

Q = load_queries("shopbot.orders")

_DAYS = 60
_FINISHED = 190
_RECENT = 24
_EACH_TROUBLE = 4


def seed(stage: Stage) -> str:
    """Write the demo's orders unless they are there; tell what was made."""
    there = stage.db.one(Q.orders_of_source, store_id=stage.store_id, source=SOURCE)["orders"]
    if there:
        return messages.text("demo.orders.there", count=there)
    goods = list_goods(load(stage.folder).products)
    if not goods:
        return messages.text("demo.orders.no-products")
    chance = Chance(stage.seed)

    def work(tx: Transaction) -> tuple[int, int]:
        book = Book(tx=tx, rules=stage.rules, now=stage.now, chance=chance, goods=goods)
        return write_all(book)

    orders, cases = stage.db.transaction(work)
    return messages.text("demo.orders.made", orders=orders, cases=cases)


def has_real_orders(stage: Stage) -> bool:
    """Tell whether orders are there that no demo made: their shop is none to play in."""
    found = stage.db.one(Q.orders_of_others, store_id=stage.store_id, source=SOURCE)
    return bool(found["orders"])


def write_all(book: Book) -> tuple[int, int]:
    """Write everything; return how many orders and cases."""
    first_late = [book.write(plot) for plot in _unsent(book.chance)]
    for plot in (*_travelling(), *_ended(book.chance), *_split(book.chance)):
        book.write(plot)
    cases = list(walk_all(book))
    _add_remarks(book, first_late)
    ask_for_all(book, first_late[24:37])
    _add_failed_refund(book)
    _write_down(book)
    return book.count, len(cases)


def _unsent(chance: Chance) -> Iterator[Plot]:
    """Yield orders that wait: for money, for the warehouse, for their date."""
    for n in range(8):
        yield Plot(status="unpaid", created=1 + 2.5 * n, lines=1 + n % 2)
    for n in range(6):
        yield Plot(
            status="deposit_paid", created=30 + 20 * n, deposit=29.9 + 20 * n, presale=True,
            ship_by=24 * (10 + n),
        )  # fmt: skip
    for n in range(18):
        yield Plot(status="paid", created=2.2 + 2 * n, paid=2 + 2 * n, lines=1 + n % 3)
    for n in range(5):
        yield Plot(status="paid", created=43.5 + n / 2, paid=43 + n / 2)
    for n in range(8):
        yield Plot(status="paid", created=52 + 6 * n, paid=51.8 + 6 * n)
    for n in range(6):
        yield Plot(
            status="paid", created=80 + 30 * n, deposit=79.5 + 30 * n, paid=50 + 30 * n,
            presale=True, ship_by=24 * (4 + n),
        )  # fmt: skip
    for n in range(3):
        yield Plot(
            status="paid", created=400 + 50 * n, paid=399, presale=True, ship_by=-(20 + 10 * n)
        )
        yield Plot(status="paid", created=150 + 40 * n, paid=149, presale=True)


def _travelling() -> Iterator[Plot]:
    """Yield orders whose parcels are in every trouble."""
    for way in WAYS:
        for n in range(_EACH_TROUBLE):
            start = way.shipped + 12 + 3 * n
            yield Plot(status="shipped", created=start + 0.1, paid=start, ways=(way,))


def _ended(chance: Chance) -> Iterator[Plot]:
    """Yield orders that were received, lately or long ago, and those that came to nothing."""
    for n in range(_RECENT):
        signed = 3 + 6.5 * n
        yield Plot(
            status="shipped", created=signed + 80, paid=signed + 79.9, ways=(signed_way(signed),),
            lines=1 + n % 3,
        )  # fmt: skip
    for n in range(_FINISHED):
        signed = 200 + (24 * _DAYS - 300) * n / _FINISHED
        yield Plot(
            status="finished",
            created=signed + 72 + chance.below(20, "took", n),
            paid=signed + 71,
            finished=signed - 24 * (1 + chance.below(7, "confirmed", n)),
            ways=(signed_way(signed),),
            lines=1 + chance.below(3, "finished-lines", n),
        )
    yield Plot(status="finished", created=900, paid=899, finished=500)  # no parcel was ever told
    for n in range(12):
        yield Plot(status="closed", created=60 + 90 * n, closed=36 + 90 * n, why="unpaid")
        yield Plot(
            status="closed", created=70 + 100 * n, paid=69 + 100 * n, closed=50 + 100 * n,
            why="buyer" if n % 2 else "refunded", line_status="refunded",
        )  # fmt: skip


def _split(chance: Chance) -> Iterator[Plot]:
    """Yield orders in several parcels, some of them still incomplete."""
    here, on_way, station = signed_way(20), _way("on-way"), _way("at-station")
    for n in range(4):
        one: tuple[Way, ...]
        for one in ((on_way,), (here,)):
            start = 90 + 5 * n
            yield Plot(
                status="part_shipped", created=start + 1, paid=start, ways=one, lines=2 + n % 2
            )
        for one in ((here, on_way), (station, on_way, here)):
            yield Plot(status="shipped", created=131 + n, paid=130 + n, ways=one, lines=3)


def _way(name: str) -> Way:
    return replace(next(way for way in WAYS if way.name == name), where="anywhere")


def _add_remarks(book: Book, waiting: list[str]) -> None:
    """Add what lies beside orders: stock-outs, notes, wishes for another address."""
    words = stock_of_words()
    late = waiting[8 + 6 + 18 + 5 :]
    for number in late[:2]:
        store.add_event(
            book.tx, book.rules.store_id, number, STOCK_OUT,
            at=book.ago(2), who=words["warehouse"], data={},
        )  # fmt: skip
    paid = waiting[14:32]
    for place, number in enumerate(paid[:6]):
        state = ("asked", "applied", "refused")[place % 3]
        store.add_address_change(
            book.tx,
            AddressChange(
                id=ids.new_id("adr"),
                store_id=book.rules.store_id,
                order=number,
                state=state,  # type: ignore[arg-type]
                address=" ".join(words["near"]),
                asked_at=book.ago(1),
                decided_at=None if state == "asked" else book.ago(0.5),
            ),
        )
    for place, number in enumerate(paid[6:10]):
        store.add_note(
            book.tx,
            Note(
                id=ids.new_id("note"),
                store_id=book.rules.store_id,
                order=number,
                author="agent",
                who=words["agents"][place % 3],
                text=words["seller_notes"][place % 3],
                at=book.ago(1),
            ),
        )


def _add_failed_refund(book: Book) -> None:
    """Let one planned refund fail, as payment services do."""
    for number in reversed(book.numbers):
        facts = store.get_facts(book.tx, book.rules.store_id, number)
        planned = next((one for one in facts.refunds if one.state == "planned"), None)
        if planned is not None:
            store.update_refund(book.tx, replace(planned, state="failed"))
            return


def _write_down(book: Book) -> None:
    deed = audit.Deed(
        store_id=book.rules.store_id,
        name="demo.orders.made",
        who="demo",
        subject="demo",
        at=book.now,
        data={"orders": book.count},
    )
    audit.record(book.tx, deed)
