"""Due work and after-sale as commands and processes; workers that die in the middle."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from shopbot import audit, jobs
from shopbot.demo import Stage, lay_out
from shopbot.orders import due_work, store
from shopbot.orders.cases import CaseRequest, open_case, step_case
from shopbot.orders.conditions import Claim
from shopbot.orders.importer import ImportRequest, Surroundings, run_import
from shopbot.orders.machine import CaseEvent
from shopbot.rules import load_rules
from shopbot.storage import open_database
from tests.acceptance.returns_worker import NOW, STEPS
from tests.acceptance.test_cli import run
from tests.conftest import START
from tests.order_facts import RULES, SHANGHAI, STORE
from tests.unit.test_cases import HEAD, LINES, ORDER, TRACKING

ROOT = Path(__file__).resolve().parents[2]
ORDERS = 40


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """The packaged store with the demo's orders."""
    folder = tmp_path / "data"
    folder.mkdir()
    db = open_database(folder)
    rules = load_rules(ROOT / "knowledge").rules
    lay_out(Stage(db=db, folder=ROOT / "knowledge", rules=rules, now=START, seed=1))
    db.close()
    return {"SHOPBOT_KNOWLEDGE": str(ROOT / "knowledge"), "SHOPBOT_DATA": str(folder)}


def test_the_commands_of_a_day(tmp_path: Path, environ: dict[str, str]) -> None:
    """What is due is done and told; the day's list names next steps; the register is written."""
    until = "2026-11-22 12:00"
    done = run("jobs", "run", "--until", until, "--json", cwd=tmp_path, environ=environ)
    again = run("jobs", "run", "--until", until, "--json", cwd=tmp_path, environ=environ)
    due = run("orders", "due", "--at", until, "--json", cwd=tmp_path, environ=environ)
    lines = run("orders", "due", "--at", until, cwd=tmp_path, environ=environ)
    waiting = run("jobs", "list", cwd=tmp_path, environ=environ)
    dead = run("jobs", "list", "--dead", cwd=tmp_path, environ=environ)
    export = run("returns", "export", "登记表.xlsx", cwd=tmp_path, environ=environ)
    items = json.loads(due.stdout)

    assert {0} == {one.returncode for one in (done, again, due, lines, waiting, dead, export)}
    assert {""} == {one.stderr for one in (done, again, due, lines, waiting, dead, export)}
    assert 0 < json.loads(done.stdout)["done"]
    assert (0, 0) == (json.loads(again.stdout)["done"], json.loads(done.stdout)["dead"])
    assert {"shipping", "parcel", "case", "address", "refund", "task", "followup"} == {
        one["what"] for one in items
    }
    assert all(one["next_text"] for one in items)
    assert len(items) + 1 == len(lines.stdout.splitlines())
    assert "售后到时提醒" in waiting.stdout
    assert "没有这样的工作。" == dead.stdout.strip()
    assert (tmp_path / "登记表.xlsx").is_file()


def test_a_register_that_cannot_be_written(tmp_path: Path, environ: dict[str, str]) -> None:
    """One sentence, exit code 1."""
    done = run("returns", "export", "no/where.xlsx", cwd=tmp_path, environ=environ)

    assert (1, "") == (done.returncode, done.stdout)
    assert "写不进去" in done.stderr


# --- killed workers -----------------------------------------------------------------------------------


def prepare(folder: Path, *, approved: bool) -> list[str]:
    """Lay out many returns, requested or agreed to; return the ids of their cases."""
    folder.mkdir()
    numbers = [str(2611150001 + n) for n in range(ORDERS)]
    tables = {
        "orders": HEAD + "".join(
            ORDER.replace("2611150001", one).replace("YT8800123456789", f"YT88001234{n:05}")
            for n, one in enumerate(numbers)
        ),
        "lines": LINES.splitlines()[0] + "\n" + "".join(
            f"{row}\n".replace("2611150001", one)
            for one in numbers
            for row in LINES.splitlines()[1:]
        ),
        "tracking": TRACKING.splitlines()[0] + "\n" + "".join(
            f"{row}\n".replace("YT8800123456789", f"YT88001234{n:05}")
            for n in range(ORDERS)
            for row in TRACKING.splitlines()[1:]
        ),
    }  # fmt: skip
    paths = {}
    for name, text in tables.items():
        paths[name] = folder / f"{name}.csv"
        paths[name].write_text(text, encoding="utf-8")
    db = open_database(folder)
    around = Surroundings(store_id=STORE, who="test", now=NOW, zone=SHANGHAI)
    report = run_import(db, ImportRequest(**paths, as_of=NOW, rejects=folder / "r.csv"), around)  # type: ignore[arg-type]
    assert report.noted == 0
    made = []
    for number in numbers:
        request = CaseRequest(order=number, line_no=1, claim=Claim(kind="no-reason"))
        opened = db.transaction(lambda tx, r=request: open_case(tx, r, RULES, NOW, "test"))  # type: ignore[misc]
        assert opened.decision is not None
        made.append(opened.decision.case.id)
        if approved:
            event = CaseEvent(name="approve", who="agent")
            db.transaction(lambda tx, e=event, c=made[-1]: step_case(tx, c, e, RULES, NOW, "test"))  # type: ignore[misc]
    db.close()
    return made


def killed(mode: str, folder: Path, kills: int) -> list[str]:
    """Start a worker again and again, kill it midway; let the last finish. Return all it told."""
    told: list[str] = []
    for number in range(kills + 1):
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.acceptance.returns_worker", mode, str(folder)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert worker.stdout is not None
        if number < kills:
            told += [worker.stdout.readline().strip() for _ in range(3 + 2 * number)]
            worker.kill()
        told += worker.stdout.read().split("\n")[:-1]  # whole lines: the last may be torn
        worker.wait()
        worker.stdout.close()
    return [line for line in told if line and line != "ready"]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_kill_minus_nine_during_a_return_step(tmp_path: Path) -> None:
    """What was told is there; every case has all its steps once, and one refund paid once."""
    cases = prepare(tmp_path / "data", approved=False)
    told = killed("steps", tmp_path / "data", 8)
    db = open_database(tmp_path / "data")
    for case_id in cases:
        case = store.get_case(db, STORE, case_id)
        facts = store.get_facts(db, STORE, case.order)
        deeds = audit.list_deeds(db, store_id=STORE, subject=case_id)

        assert ("refunded", 1 + len(STEPS)) == (case.state, case.version)
        assert ["paid"] == [refund.state for refund in facts.refunds]
        assert 1 + len(STEPS) == len(deeds)
    db.close()

    assert len(told) == len(set(told))  # no step was told twice


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_kill_minus_nine_during_jobs(tmp_path: Path) -> None:
    """No job that was told done is open; after the leases all is done, each reminder once."""
    cases = prepare(tmp_path / "data", approved=True)
    told = killed("jobs", tmp_path / "data", 6)
    db = open_database(tmp_path / "data")
    late = NOW + timedelta(days=30)
    jobs.run_due(db, due_work.registry(db, RULES), worker="last", now=late)
    states = {
        row["id"]: state
        for state in ("waiting", "running", "done", "dead")
        for row in jobs.list_jobs(db, store_id=STORE, state=state, count=10_000)
    }
    reminded = []
    for case_id in cases:
        case = store.get_case(db, STORE, case_id)
        names = [event.name for event in store.list_events(db, STORE, case.order)]
        reminded.append((case.state, names.count("return.reminded"), names.count("return.closed")))
    db.close()

    assert {"done"} == {states[job] for job in told}
    assert {"done"} == set(states.values())
    assert {("closed", 1, 1)} == set(reminded)
