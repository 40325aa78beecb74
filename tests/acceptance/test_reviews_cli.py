"""`shopbot reviews` and `shopbot followups`, from an export to the week's causes, as people type them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.conftest import Run
from tests.kb_store import DEMO_STORE

HEAD = "订单编号,评价时间,评分,评价内容,评价ID\n"
ROWS = (
    "2611150001,2026-11-21 10:00,2,质量不行，穿两天就开线了,R1\n"
    "2611150002,2026-11-21 11:00,,很满意，物流也快,R2\n"
    "2611150003,2026-11-21 11:00,九星,嗯,R3\n"
)
AT = ("--at", "2026-11-22 12:00")


@pytest.fixture
def shop(shopbot: Run, tmp_path: Path) -> Run:
    """The demo store's words and rules over an empty database."""

    def run(*arguments: object) -> object:
        return shopbot(*arguments, SHOPBOT_KNOWLEDGE=DEMO_STORE, SHOPBOT_DATA=tmp_path / "data")

    return run  # type: ignore[return-value]


def test_from_an_export_to_the_weeks_causes(shop: Run, tmp_path: Path) -> None:
    """Import, call, answer, count; each step seen in the next."""
    file = tmp_path / "reviews.csv"
    file.write_text(HEAD + ROWS, encoding="gb18030")
    rejects = tmp_path / "rejects.csv"

    report = shop("reviews", "import", file, "--rejects", rejects, *AT, "--json").json["reviews"]
    (call,) = shop("reviews", "calls", *AT, "--json").json
    review = call["review"]
    shown = shop("reviews", "show", review, *AT, "--json").json
    suggested = shop("reviews", "answer", review, *AT, "--json").json
    kept = shop("reviews", "answer", review, "--accept", *AT, "--json").json
    blocked = shop("reviews", "answer", review, "--text", "好评返现五元", *AT)
    done = shop(
        "reviews", "call", review, "--result", "solved", "--cause", "quality", *AT, "--json"
    )
    week = shop("reviews", "causes", "--week", "2026-W47", "--json").json
    none = shop("reviews", "calls", *AT)

    assert (2, 1) == (report["new"], report["rejected"])
    assert ["review.call.opening", "review.call.ask", "review.call.solve", "review.call.closing"] == [
        one["phrase"] for one in shown["script"]
    ]  # fmt: skip
    assert ["review.answer.neg", "review.answer.neg.quality"] == suggested["phrases"]
    assert ([], []) == (suggested["missing"], suggested["stops"])
    assert suggested["text"] == kept["answer"]
    assert (2, "done") == (blocked.code, done.json["state"])
    assert {"quality": 1} == week["causes"]
    assert none.out.strip()


def test_an_answer_with_banned_words_is_refused(shop: Run, tmp_path: Path) -> None:
    """Cash for praise above all."""
    file = tmp_path / "reviews.csv"
    file.write_text(HEAD + ROWS, encoding="utf-8")
    shop("reviews", "import", file, "--rejects", tmp_path / "r.csv", *AT)
    (call,) = shop("reviews", "calls", "--json", *AT).json
    refused = shop("reviews", "answer", call["review"], "--text", "好评返现五元", *AT)

    assert 2 == refused.code
    assert "review.answer-blocked" in refused.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("reviews", "list"), ("reviews", "calls"), ("reviews", "causes"), ("followups", "due"),
        ("followups", "list"), ("followups", "lost"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_an_empty_shop_says_so(shop: Run, arguments: tuple[str, str]) -> None:
    """In a sentence for people, as nothing for programs."""
    told, plain = shop(*arguments), shop(*arguments, "--json")

    assert (0, 0) == (told.code, plain.code)
    assert told.out.strip()
    assert plain.json in ([], plain.json if isinstance(plain.json, dict) else [])


def test_the_record_of_nothing_is_a_workbook(shop: Run, tmp_path: Path) -> None:
    """And a folder that is not there is told."""
    done = shop("followups", "export", tmp_path / "f.xlsx")
    failed = shop("followups", "export", tmp_path / "none" / "f.xlsx")

    assert (0, 1) == (done.code, failed.code)
    assert (tmp_path / "f.xlsx").stat().st_size > 0


def test_a_lost_buyer_is_asked(shop: Run, tmp_path: Path) -> None:
    """Announced by due work, on the round with an id, gone once somebody has asked; unknown ids told."""
    file = tmp_path / "orders.csv"
    rows = [
        f"260301000{n},交易成功,老甲,100.00,2026-03-01 09:12:00,2026-03-01 09:13:00" for n in (1, 2)
    ]
    head = "订单编号,订单状态,买家会员名,买家实际支付金额,订单创建时间,订单付款时间"
    file.write_text("\n".join([head, *rows]), encoding="utf-8")
    imported = shop("orders", "import", file)
    shop("jobs", "run", "--until", "2026-11-22 12:00")
    told = shop("orders", "round", "--json", *AT).json["sections"]
    (chore,) = next(one["chores"] for one in told if one["section"] == "followups")
    done = shop("followups", "lost-done", chore["ref"], "--result", "contacted", *AT)
    after = shop("orders", "round", "--json", *AT).json["sections"]
    unknown = shop("followups", "lost-done", "lost_x", *AT)

    assert 0 == imported.code
    assert "2603010002" == chore["subject"]
    assert (0, 2) == (done.code, unknown.code)
    assert "已联系" in done.out
    assert [] == next(one["chores"] for one in after if one["section"] == "followups")
