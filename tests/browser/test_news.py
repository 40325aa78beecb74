"""News that agents look at before shoppers are told, on the desk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shopbot.orders import outgoing
from shopbot.web.services import Services
from shopbot.worker import run_once
from tests.conftest import START
from tests.order_facts import STORE
from tests.unit.test_due_work import STUCK, TRAVELS, bring
from tests.unit.test_proactive import LOST, agenda


@pytest.fixture
def desk(page: Any, address: str, services: Services, tmp_path: Path) -> Any:
    """A desk at which the news of a lost parcel waits for somebody's look."""
    db: Any = services.db
    bring(db, tmp_path, TRAVELS, LOST, START)
    run_once(db, agenda(db), worker="w", now=START)
    page.goto(f"{address}desk")
    page.locator("section[aria-labelledby=g-news]").wait_for()
    return page


def state(services: Services) -> list[tuple[str, str, str]]:
    """Return state, reason and note of the order's messages."""
    found = outgoing.list_messages(services.db, STORE, STUCK)
    return [(one.state, one.why, one.note) for one in found]


def test_what_is_held_shows_its_order_words_and_time(desk: Any) -> None:
    """An agent sees what would be said, and what happens when nobody looks."""
    shown = desk.locator("section[aria-labelledby=g-news]").inner_text()

    assert all(
        words in shown for words in ("丢件", f"订单 {STUCK}", "order.track.lost", "自动告诉")
    )


def test_it_is_let_go_with_one_press(desk: Any, services: Services) -> None:
    """It leaves the list and waits for its talk."""
    desk.click("section[aria-labelledby=g-news] button")
    desk.locator("section[aria-labelledby=g-news]").wait_for(state="detached")

    assert [("waiting", "", "")] == state(services)


def test_it_is_not_told_for_a_reason(desk: Any, services: Services) -> None:
    """The reason is kept with the message."""
    desk.locator("section[aria-labelledby=g-news] select").select_option("已经另外联系过")
    desk.locator("section[aria-labelledby=g-news]").wait_for(state="detached")

    assert [("dropped", "staff", "已经另外联系过")] == state(services)
