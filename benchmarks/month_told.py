"""The figures of the simulated month: what was seeded against what was found, and the table of both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from benchmarks import report
from benchmarks.month_laws import ALL, Q, count_by
from shopbot import ids
from shopbot.orders import reminder_report, store
from shopbot.orders.reminder_plan import difference

if TYPE_CHECKING:
    from benchmarks.month import Month

STORE = "month"
DAILY = frozenset({"missed", "bad review"})
"""Found by the morning's round, and with the morning's file."""

_MARGIN = timedelta(hours=12)  # what is to be noticed later than so before the end is not asked for
_DAY = timedelta(days=1)

FOUND: dict[str, Callable[[str], bool]] = {
    "promise broken": lambda name: name.startswith("ship:"),
    "refund late": lambda name: name.startswith("refund:") and name.endswith(":late"),
    "not collected": lambda name: name.endswith(":not-collected-late"),
    "stuck": lambda name: ":stuck" in name,
    "lost without a word": lambda name: name.endswith(":lost-suspected"),
    "lost, told": lambda name: name.endswith(":lost"),
    "damaged": lambda name: name.endswith(":damaged"),
    "refused": lambda name: name.endswith((":refused", ":returning")),
}
"""Which finding of the watches is the answer to what was seeded."""

_WORDS = {
    "unpaid": "unpaid after 15 minutes → entered for reminders",
    "missed": "never sent (漏单) → in the morning's round",
    "promise broken": "promise of shipping broken → found",
    "not collected": "parcel not collected for a day → found",
    "stuck": "parcel standing for three days → found",
    "lost without a word": "parcel lost without a word → suspected",
    "lost, told": "parcel lost, says the courier → found",
    "damaged": "parcel damaged, says the courier → found",
    "refused": "parcel refused → found",
    "refund late": "refund past its day → found",
    "bad review": "中评, 差评 → call task",
}


def figures(month: Month) -> dict[str, Any]:
    """Return all that the month came to."""
    db = month.db
    known = store.list_orders(db, STORE, ALL)
    cases, claims = db.all(Q.cases, store_id=STORE), db.all(Q.claims, store_id=STORE)
    refunds = db.all(Q.refunds, store_id=STORE)
    paid = [row["fen"] for row in refunds if row["state"] == "paid"]
    return {
        "states": dict(Counter(one.status for one in known)),
        "counts": dict(sorted(month.world.counts.items())),
        "work": dict(sorted(month.sums.items())),
        "noticed": noticed(month),
        "cases": count_by(cases, "kind", "state"),
        "claims": count_by(claims, "kind", "state"),
        "claims_fen": {
            "asked": sum(row["asked_fen"] for row in claims),
            "won": sum(row["won_fen"] for row in claims),
        },
        "refunds": {**count_by(refunds, "state"), "paid_fen": sum(paid)},
        "followups": {f"{r['why']}/{r['state']}": r["n"] for r in db.all(Q.followups, store_id=STORE)},
        "calls_told_of_as_overdue": db.one(Q.overdue_calls, store_id=STORE)["n"],
        "reminders": _reminders(month),
        "not_told": {row["why"]: row["n"] for row in db.all(Q.dropped, store_id=STORE)},
        "jobs": {row["kind"]: row["n"] for row in db.all(Q.done_jobs)},
        "round": _rounds(month.rounds),
        "days_checked": month.laws.checked,
    }  # fmt: skip


def noticed(month: Month) -> dict[str, dict[str, Any]]:
    """Return for each kind how many were seeded, how many found, and how long after they could be."""
    found = _found(month)
    told = {}
    for kind in _WORDS:
        end = month.world.now - (_DAY if kind in DAILY else _MARGIN)
        seeded = {n: at for n, at in month.world.seeded[kind].items() if at <= end}
        hits = {number: found[kind][number] for number in seeded if number in found[kind]}
        late = [max(0.0, (hits[n] - seeded[n]).total_seconds() / 3600) for n in hits]
        told[kind] = {
            "seeded": len(seeded),
            "found": len(hits),
            "missing": sorted(set(seeded) - set(hits))[:20],
            "besides": len(set(found[kind]) - set(month.world.seeded[kind])),
            "hours_mean": round(sum(late) / len(late), 1) if late else None,
            "hours_most": round(max(late), 1) if late else None,
        }
    return told


def _found(month: Month) -> dict[str, dict[str, datetime]]:
    """Return when each kind was noticed first, by order."""
    told: dict[str, dict[str, datetime]] = {kind: {} for kind in _WORDS}
    for row in month.db.all(Q.findings, store_id=STORE):
        for kind, fits in FOUND.items():
            if fits(row["finding"]):
                told[kind].setdefault(row["order_number"], ids.from_text(row["at"]))
    told["missed"] = dict(month.missed)
    for row in month.db.all(Q.reviews, store_id=STORE):
        if row["opened_at"] is not None:
            told["bad review"][row["order_number"]] = ids.from_text(row["opened_at"])
    for row in month.db.all(Q.entered, store_id=STORE):
        told["unpaid"][row["order_number"]] = ids.from_text(row["entered_at"])
    return told


def _reminders(month: Month) -> dict[str, Any]:
    with month.db.snapshot() as reader:
        now = month.world.now
        effect = reminder_report.measure(
            reader, month.rules, now - 40 * timedelta(days=1), now, now
        )
    pay = next(one for one in effect if one.kind == "pay")
    told = pay.as_dict()
    assert (difference(pay.reminded, pay.held_out) is None) == (told["difference"] is None)
    return told


def _rounds(rounds: list[Counter[str]]) -> dict[str, dict[str, float]]:
    names = sorted({name for one in rounds for name in one})
    return {
        name: {
            "mean": round(sum(one[name] for one in rounds) / len(rounds), 1),
            "most": max(one[name] for one in rounds),
        }
        for name in names
    }


def table(told: Mapping[str, Any]) -> str:
    """Return the figures as Markdown: what was seeded and found, then what was done."""
    rows = [
        [_WORDS[kind], str(one["seeded"]), str(one["found"]), _hours(one), str(one["besides"])]
        for kind, one in told["noticed"].items()
    ]
    head = ["What was seeded → what must notice it", "seeded", "found", "hours later, mean and most",
            "found besides"]  # fmt: skip
    return f"{report.table(head, rows)}\n\n{report.table(['What was done', 'Figure'], _done(told))}"


def _hours(one: Mapping[str, Any]) -> str:
    return "" if one["hours_mean"] is None else f"{one['hours_mean']}, {one['hours_most']}"


def _done(told: Mapping[str, Any]) -> list[list[str]]:
    counts, work, effect = told["counts"], told["work"], told["reminders"]
    rows = {
        "orders; changes at the platform": f"{told['orders']:,}; {counts['changes at the platform']:,}",
        "runs of the sync; that met a failure": f"{work['runs']:,}; {work['runs that failed']:,}",
        "orders told again without news": f"{work['unchanged']:,}",
        "courier events": f"{work['events']:,}",
        "due jobs done; dead letters": f"{sum(told['jobs'].values()):,}; 0",
        "after-sale cases; ended": _ended(told["cases"]),
        "refunds paid; sum": f"{told['refunds'].get('paid', 0)}; {_yuan(told['refunds']['paid_fen'])}",
        "price differences asked for; paid back": (
            f"{counts.get('price differences asked for', 0)}; "
            f"{counts.get('price differences paid back', 0)}"
        ),
        "claims; asked of couriers; won": (
            f"{sum(told['claims'].values())}; {_yuan(told['claims_fen']['asked'])}; "
            f"{_yuan(told['claims_fen']['won'])}"
        ),
        "buyers compensated; by a supervisor": (
            f"{counts.get('compensated', 0)}; {counts.get('agreed to by a supervisor', 0)}"
        ),
        "calls about reviews within 24 h; later": (
            f"{counts.get('calls within 24 h', 0)}; {counts.get('calls later', 0)}"
        ),
        "follow-ups of members; of others by seed": _followups(told["followups"]),
        "news that agents see first, let go by them": f"{counts.get('news let go by an agent', 0)}",
        "messages told; dropped": f"{work['messages told']:,}; {sum(told['not_told'].values()):,}",
        "paid after reminders; held out": f"{_rate(effect['reminded'])}; {_rate(effect['held_out'])}",
        "difference, 95 %": f"{effect['difference']:+.3f} ({effect['low']:+.3f} to {effect['high']:+.3f})",
        "morning's round, mean and most": "; ".join(
            f"{name} {one['mean']}, {one['most']}" for name, one in told["round"].items()
        ),
    }
    if "seconds" in told:
        rows[f"seconds, on two cores with a load of {told['load'][0]}"] = (
            f"{told['seconds']} ({told['cpu_seconds']} of processor time)"
        )
    return [[name, value] for name, value in rows.items()]


def _ended(cases: Mapping[str, int]) -> str:
    ends = ("refunded", "finished", "rejected", "cancelled", "closed")
    done = sum(n for name, n in cases.items() if name.split("/")[1] in ends)
    return f"{sum(cases.values())}; {done}"


def _followups(told: Mapping[str, int]) -> str:
    by_why = Counter[str]()
    for name, n in told.items():
        by_why[name.split("/")[0]] += n
    return f"{by_why['member']}; {by_why['sample']}"


def _rate(group: Mapping[str, Any]) -> str:
    return f"{group['paid']} of {group['orders']}"


def _yuan(fen: int) -> str:
    return f"¥{fen / 100:,.2f}"
