"""What must hold at the end of every day of the simulated month; a broken law ends the run."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from benchmarks.month_shop import World
from shopbot import ids
from shopbot.orders import facts_store, store
from shopbot.orders.contact import quiet_end
from shopbot.orders.states import CASE_ENDS, ORDER_RANK
from shopbot.orders.timing import local_day
from shopbot.rules import Rules
from shopbot.storage import SqliteDatabase, load_queries

Q = load_queries("benchmarks", "month.sql")

ALL = store.OrderFilter(count=1_000_000)


@dataclass(slots=True)
class Laws:
    """The laws, with what the day before left behind."""

    db: SqliteDatabase
    rules: Rules
    since: datetime
    checked: int = 0
    _ranks: Mapping[str, int] = field(default_factory=dict)
    _cases: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    _claims: Mapping[str, int] = field(default_factory=dict)
    _paid: Mapping[str, int] = field(default_factory=dict)
    _events: int = 0
    _tracked: int = 0

    def check(self, now: datetime) -> None:
        """Check all laws; AssertionError names what broke one."""
        self._orders()
        self._lost_events()
        self._money()
        self._cases_and_claims()
        self._told(now)
        self._work(now)
        self.since = now
        self.checked += 1

    def _rows(self, name: str, **values: str) -> list[Mapping[str, object]]:
        return list(self.db.all(getattr(Q, name), store_id=self.rules.store_id, **values))

    def _orders(self) -> None:
        """No order goes back."""
        ranks = {str(r["number"]): ORDER_RANK[r["status"]] for r in self._rows("orders")}  # type: ignore[index]
        back = [number for number, rank in self._ranks.items() if ranks.get(number, -1) < rank]
        assert not back, back
        self._ranks = ranks

    def _lost_events(self) -> None:
        """No history has a gap, none gets shorter."""
        gaps = self._rows("gaps")
        assert not gaps, gaps
        events, tracked = (int(str(self._rows(name)[0]["n"])) for name in ("events", "tracked"))
        assert events >= self._events, events
        assert tracked >= self._tracked, tracked
        self._events, self._tracked = events, tracked

    def _money(self) -> None:
        """Never more back than was paid, nothing twice, what is paid stays paid to the fen."""
        over, twice = self._rows("overpaid"), self._rows("refunded_twice")
        assert not over, over
        assert not twice, twice
        refunds = self._rows("refunds")
        paid = {str(r["id"]): int(str(r["fen"])) for r in refunds if r["state"] == "paid"}
        changed = {key for key, fen in self._paid.items() if paid.get(key) != fen}
        assert not changed, changed
        self._paid = paid

    def _cases_and_claims(self) -> None:
        """What has ended stays as it ended; versions only count up."""
        cases = {
            str(r["id"]): (str(r["state"]), int(str(r["version"]))) for r in self._rows("cases")
        }
        for key, (state, version) in self._cases.items():
            assert cases[key][1] >= version, key
            assert state not in CASE_ENDS or cases[key] == (state, version), key
        claims = {str(r["id"]): int(str(r["version"])) for r in self._rows("claims")}
        assert all(claims[key] >= version for key, version in self._claims.items())
        self._cases, self._claims = cases, claims

    def _told(self, now: datetime) -> None:
        """Each cause once; never at night, never more a day than the rules allow."""
        again = self._rows("told_again")
        assert not again, again
        contact, days = self.rules.contact, defaultdict[tuple[str, object], int](int)
        for row in self._rows("sent", since=ids.to_text(self.since)):
            at = ids.from_text(str(row["sent_at"]))
            assert quiet_end(at, contact.quiet_from, contact.quiet_until, self.rules) is None, row
            days[str(row["buyer"]), local_day(at, self.rules)] += 1
        most = max(days.values(), default=0)
        assert most <= contact.per_day, most

    def _work(self, now: datetime) -> None:
        """All due work is done or a dead letter (here: none); each step is in the audit."""
        undone = self.db.all(Q.undone, now=ids.to_text(now))
        assert not undone, undone
        missing = self._rows("unaudited", since=ids.to_text(self.since))
        assert not missing, missing


def check_nothing_lost(db: SqliteDatabase, rules: Rules, world: World) -> None:
    """AssertionError unless every order stands here as at the platform, with all its events."""
    numbers = world.platform.list_numbers()
    with db.snapshot() as reader:
        known = list(facts_store.list_parcels(reader, rules.store_id, numbers))
    assert sorted(numbers) == [facts.order.number for facts in known]
    for facts in known:
        told = world.platform.last(facts.order.number)
        events = sum(len(parcel.events) for parcel in facts.parcels)
        assert told["status"] == facts.order.status, facts.order.number
        assert len(told.get("tracking", [])) == events, facts.order.number


def count_by(rows: list[Mapping[str, object]], *names: str) -> dict[str, int]:
    """Count rows by the values of some columns."""
    return dict(sorted(Counter("/".join(str(row[n]) for n in names) for row in rows).items()))
