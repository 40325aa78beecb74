"""Stories: what staff may write, what is compared, what a story's orders become."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from shopbot.chat import stories
from shopbot.chat.situation import Reason
from shopbot.chat.stories import Expected, OrderTold, Story, load_stories
from shopbot.demo.parcels import WAYS
from shopbot.demo.story_check import Observed, look
from shopbot.demo.story_orders import Shop, write_order
from shopbot.kb.loader import load
from shopbot.kb.product import Catalogue
from shopbot.orders import store as order_store
from shopbot.orders.actions import ACTIONS
from shopbot.orders.dialogue import Slot
from shopbot.rules import Rules
from shopbot.storage import SqliteDatabase
from tests.kb_store import DEMO_STORE

ZONE = Rules().zone
NOW = stories.NOON


def shelf(folder: Path, text: str) -> stories.Shelf:
    """Write one file of stories and read it."""
    (folder / "stories").mkdir()
    (folder / "stories" / "a.yaml").write_text(text, encoding="utf-8")
    return load_stories(folder, ZONE)


GOOD = """
故事:
  - 标题: 换码
    时间: 2026-11-20 02:00
    订单: [{状态: 已签收, 签收多久: 1天, 已核实: 否}]
    经过:
      - 顾客说: 买小了，想换成XL
      - 顾客说: [在吗, 那个]
      - 过: 5分钟
      - 机器人应: {问: 确认, 说: [好, 的], 登记: 否, 转人工: 没有}
"""


def test_a_story_is_read_in_the_words_of_staff(tmp_path: Path) -> None:
    """A lone message keeps its comma, a list is a burst, what is left out is not looked at."""
    found = shelf(tmp_path, GOOD)
    ((file, story),) = found.stories

    assert ((), "stories/a.yaml", "换码") == (found.problems, file, story.title)
    assert (("买小了,想换成XL",), ("在吗", "那个")) == (
        story.steps[0].shopper,
        story.steps[1].shopper,
    )
    assert timedelta(minutes=5) == story.steps[2].passes
    assert (
        Expected(asks="confirm", says=("好", "的"), writes=False, calls="no") == story.steps[3].bot
    )
    assert ("signed", False) == (story.orders[0].status, story.orders[0].proved)


SLIPS = [
    ("unknown-guess", "故事:\n  - 标题: a\n    经过:\n      - 顾客讲: b\n", 4, "a misspelt step"),
    (
        "bad-choice",
        "故事:\n  - 标题: a\n    订单: [{状态: 丢了}]\n    经过: []\n",
        3,
        "no such state",
    ),
    (
        "bad-truth",
        "故事:\n  - 标题: a\n    经过:\n      - 机器人应: {登记: 也许}\n",
        4,
        "neither yes nor no",
    ),
    ("missing", "故事:\n  - 经过: []\n", 2, "a story without a title"),
    ("bad-yaml", "故事: [", 1, "an open bracket"),
]


@pytest.mark.parametrize(("code", "text", "line", "why"), SLIPS, ids=[s[0] for s in SLIPS])
def test_a_slip_is_told_at_its_place(
    tmp_path: Path, code: str, text: str, line: int, why: str
) -> None:
    """With file and line, as in rules/."""
    told = [(p.code, p.file, p.line) for p in shelf(tmp_path, text).problems]

    assert (code, "stories/a.yaml", line) in told, why


def test_no_folder_means_no_stories(tmp_path: Path) -> None:
    """A new store has none yet."""
    assert ((), ()) == (load_stories(tmp_path, ZONE).stories, load_stories(tmp_path, ZONE).problems)


def test_the_closed_lists_are_those_of_the_talk() -> None:
    """Every slot, reason and parcel can be named, and what is waited for besides; no other."""
    assert set(get_args(Slot)) | {"confirm", "offer", ""} == set(stories.SLOTS)
    assert set(get_args(Reason)) | {"no"} == set(stories.CALLS)
    assert set(stories.PARCELS) <= {way.name for way in WAYS}


SEEN = Observed(
    texts=("亲，您好！", "多久发货：48小时"),
    entries=("system.greet", "shipping-time.default"),
    actions=("order.track",),
    asks="order",
    options=("转人工",),
    calls=("threat",),
    priorities=("urgent",),
    suggestions=("shipping-fee.default 包邮",),
    wrote=True,
    promised=True,
    rule="queued/answer",
)
CHECKS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("says", {"says": ("您好!", "48 小时")}, {"says": ("72小时",)}),
    ("not-says", {"not_says": ("72小时",)}, {"not_says": ("48小时",)}),
    ("entries", {"entries": ("shipping-time.default",)}, {"entries": ("care.wash",)}),
    ("action", {"action": "order.track"}, {"action": "order.urge"}),
    ("asks", {"asks": "order"}, {"asks": ""}),
    ("options", {"options": ("人工",)}, {"options": ("退货",)}),
    ("calls", {"calls": "threat"}, {"calls": "no"}),
    ("calls-other", {}, {"calls": "vip"}),
    ("priority", {"priority": "urgent"}, {"priority": "normal"}),
    ("suggests", {"suggests": ("包邮",)}, {"suggests": ("发票",)}),
    ("writes", {"writes": True}, {"writes": False}),
    ("promises", {"promises": True}, {"promises": False}),
    ("rule", {"rule": "answer"}, {"rule": "choose"}),
    ("whole-rule", {"rule": "queued/answer"}, {"rule": "assist/answer"}),
    ("silent", {"silent": False}, {"silent": True}),
]  # fmt: skip


@pytest.mark.parametrize(("met", "missed"), [c[1:] for c in CHECKS], ids=[c[0] for c in CHECKS])
def test_what_was_expected_is_compared(met: dict[str, Any], missed: dict[str, Any]) -> None:
    """What came passes; anything else is told with what came instead."""
    assert [] == look(Expected(**met), SEEN)
    (found,) = look(Expected(**missed), SEEN)

    assert found.what
    assert found.got


@pytest.mark.parametrize("status", stories.STATUSES)
def test_an_order_is_written_as_an_import_would(db: SqliteDatabase, status: str) -> None:
    """In every state, with its goods and what became of its parcel."""
    catalogue = Catalogue(load(DEMO_STORE))
    rules = Rules(store_id="lingshang")
    told = OrderTold(status=status, goods=("LS-JK-01-BK-L×2",), dearer=50)
    db.transaction(
        lambda tx: write_order(Shop(tx=tx, rules=rules, catalogue=catalogue, now=NOW), told)
    )
    facts = order_store.get_facts(db, "lingshang", told.number)

    assert {"packing": "paid", "presale": "paid", "signed": "shipped"}.get(status, status) == (
        facts.order.status
    )
    assert ("岭上三合一冲锋衣", 2, 64800) == (
        facts.lines[0].title, facts.lines[0].quantity, facts.lines[0].unit_fen,
    )  # fmt: skip
    assert (status in ("shipped", "signed", "finished")) == bool(facts.parcels)


DEMO = load_stories(DEMO_STORE, ZONE)
STORIES: list[Story] = [story for _, story in DEMO.stories]


def test_the_demo_tells_many_stories_without_a_slip() -> None:
    """At least eighty, each with a title of its own and something expected."""
    titles = [story.title for story in STORIES]

    assert () == DEMO.problems
    assert len(titles) >= 80
    assert len(set(titles)) == len(titles)
    assert all(any(step.bot for step in story.steps) for story in STORIES)


def _expected() -> list[Expected]:
    return [step.bot for story in STORIES for step in story.steps if step.bot is not None]


@pytest.mark.parametrize("action", ACTIONS)
def test_every_order_action_has_a_story(action: str) -> None:
    """All of the order module."""
    assert action in {one.action for one in _expected()}


@pytest.mark.parametrize("reason", get_args(Reason))
def test_every_hand_over_has_a_story(reason: str) -> None:
    """Each reason for which a person is called."""
    assert reason in {one.calls for one in _expected()}


def test_every_mode_and_fault_has_a_story() -> None:
    """By day and night, with people first and with people only."""
    modes = {story.mode for story in STORIES}
    nights = [story for story in STORIES if story.at.astimezone(ZONE).hour < 6]

    assert {"", "human-first", "assist"} <= modes
    assert {"", "orders", "source", "phrases"} == {story.fault for story in STORIES}
    assert nights


def test_the_guide_names_every_field() -> None:
    """Staff find each word in docs/知识库写法.md."""
    guide = (DEMO_STORE.parent / "docs" / "知识库写法.md").read_text(encoding="utf-8")
    chapter = guide[guide.index("## 对话故事") :].partition("\n## ")[0]
    names = set()
    for made in (Story, OrderTold, stories.Step, Expected):
        names |= {one.metadata["setting"].zh for one in made.__dataclass_fields__.values()}
    lists = (stories.STATUSES, stories.PARCELS, stories.SENT, stories.SLOTS, stories.CALLS)
    names |= {word for one in lists for word in one.values()}

    assert [] == sorted(name for name in names if not re.search(re.escape(name), chapter))
