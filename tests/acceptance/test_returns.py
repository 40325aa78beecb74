"""``shopbot returns`` as staff and programs call it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shopbot.cli import run

ORDERS = (
    "订单编号,买家会员名,买家应付货款,买家应付邮费,总金额,买家实际支付金额,订单状态,收货地址,订单创建时间,订单付款时间,物流单号,物流公司\n"
    "2611150001,山**风,598.00,0.00,598.00,548.00,\"卖家已发货，等待买家确认\",浙江省 杭州市 西湖区 **路,"
    "2026-11-15 09:12:33,2026-11-15 09:13:02,YT8800123456789,圆通速递\n"
    "2611160002,青**石,318.00,10.00,328.00,328.00,\"买家已付款，等待卖家发货\",新疆维吾尔自治区 乌鲁木齐市 **区,"
    "2026-11-16 20:01:10,2026-11-16 20:01:45,,\n"
)  # fmt: skip
LINES = (
    "订单编号,标题,价格,购买数量,外部系统编号,商品属性,订单状态,商家编码\n"
    "2611150001,岭上三合一冲锋衣,598.00,1,,颜色分类:曜石黑;尺码:L,,LS-JK-01-BK-L\n"
    "2611160002,速干T恤 两件装,159.00,2,,颜色分类:雾灰;尺码:M,,LS-TS-03-GY-M\n"
)
TRACKING = "物流单号,时间,内容\nYT8800123456789,2026-11-17 15:30:00,已签收，签收人：本人\n"


@pytest.fixture
def shop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Path:
    """A data folder with two imported orders and a store without rule files."""
    store = tmp_path / "store"
    store.mkdir()
    (store / "store.yaml").write_text("id: test\nname: 测试店\n", encoding="utf-8")
    monkeypatch.setenv("SHOPBOT_KNOWLEDGE", str(store))
    monkeypatch.setenv("SHOPBOT_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    for name, text in (("orders", ORDERS), ("lines", LINES), ("tracking", TRACKING)):
        Path(f"{name}.csv").write_text(text, encoding="utf-8")
    code = run(
        ["orders", "import", "orders.csv", "--lines", "lines.csv", "--tracking", "tracking.csv"]
    )
    capsys.readouterr()
    assert code == 0
    return store


def asked(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """Run a command with --json and return what it printed."""
    assert run(["returns", *arguments, "--json"]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def test_the_answer_has_its_documented_form(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The contract, field by field."""
    told = asked(
        capsys, "check", "2611150001", "1", "--kind", "no-reason", "--at", "2026-11-24 23:59"
    )
    checks = told.pop("checks")

    assert {
        "order": "2611150001",
        "line": 1,
        "kind": "no-reason",
        "at": "2026-11-24T23:59:00+08:00",
        "eligible": True,
        "refund_fen": 54800,
        "freight_payer": "buyer",
        "deadline": "2026-11-25T00:00:00+08:00",
        "next": "apply",
    } == told
    assert all(set(row) == {"id", "ok", "reason"} for row in checks)


@pytest.mark.parametrize(
    ("arguments", "eligible", "fen", "payer", "step", "why"),
    [
        pytest.param(("2611150001", "1", "--at", "2026-11-25"), False, 0, "buyer", "exchange", "midnight", id="late"),
        pytest.param(("2611150001", "1", "--kind", "quality", "--at", "2026-11-20"), True, 54800, "seller", "send-pictures", "", id="quality"),
        pytest.param(("2611150001", "1", "--kind", "exchange", "--at", "2026-12-02 23:59"), True, 0, "buyer", "apply", "", id="exchange"),
        pytest.param(("2611160002", "1", "--at", "2026-11-18"), False, 0, "buyer", "cancel", "not shipped", id="unshipped"),
    ],
)  # fmt: skip
def test_each_kind(
    shop: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], eligible: bool,
    fen: int, payer: str, step: str, why: str,
) -> None:  # fmt: skip
    """Kind and time decide."""
    told = asked(capsys, "check", *arguments)

    assert (eligible, fen, payer, step) == (
        told["eligible"],
        told["refund_fen"],
        told["freight_payer"],
        told["next"],
    ), why


def test_the_rules_of_the_store_count(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A changed rule file changes the answer."""
    (shop / "rules").mkdir()
    (shop / "rules" / "returns.yaml").write_text("七天无理由天数: 30天\n", encoding="utf-8")
    told = asked(capsys, "check", "2611150001", "1", "--at", "2026-12-01")

    assert ("2026-12-18T00:00:00+08:00", True) == (told["deadline"], told["eligible"])


def test_staff_read_sentences(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without --json: the verdict, each condition, the next step, in Chinese."""
    code = run(["returns", "check", "2611150001", "1", "--at", "2026-11-25 00:00"])
    told = capsys.readouterr().out.splitlines()

    assert 0 == code
    assert "订单 2611150001 第 1 件：不符合条件。" == told[0]
    assert "  ✗ 已超过期限，截止时间是 11月24日24:00。" in told
    assert "下一步：不能退，还可以换货。" == told[-1]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(("check", "404", "1"), 2, id="no-order"),
        pytest.param(("check", "2611150001", "9"), 2, id="no-line"),
        pytest.param(("check", "2611150001", "0"), 2, id="line-zero"),
        pytest.param(("check", "2611150001", "1", "--kind", "x"), 2, id="no-kind"),
        pytest.param(("check", "2611150001", "1", "--at", "gestern"), 2, id="no-time"),
        pytest.param(("step", "case_x", "approve"), 2, id="no-case"),
        pytest.param(("step", "case_x", "fly"), 2, id="no-event"),
        pytest.param(("list", "--state", "x"), 2, id="no-state"),
    ],
)
def test_what_is_not_there_is_told(
    shop: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int
) -> None:
    """One sentence on stderr, nothing on stdout, no traceback."""
    found = run(["returns", *arguments])
    told = capsys.readouterr()

    assert (code, "") == (found, told.out)
    assert told.err
    assert "Traceback" not in told.err


def test_staff_are_told_in_words_what_is_not_there(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An order, a line or a case that is not there: in Chinese, with what was asked for."""
    told = []
    for arguments in (("check", "404", "1"), ("show", "case_x"), ("step", "case_x", "approve")):
        run(["returns", *arguments])
        told.append(capsys.readouterr().err.strip())

    assert ["没有订单 404，或者它没有第 1 件商品。", *["没有编号是 case_x 的售后单。"] * 2] == told


def test_a_case_is_shown_and_moved(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """List, show and step agree; a step that may not be taken leaves with 1 and says why."""
    from shopbot.orders.cases import CaseRequest, open_case
    from shopbot.orders.conditions import Claim
    from shopbot.rules import load_rules
    from shopbot.storage import open_database
    from tests.order_facts import at

    db = open_database(Path("data"))
    request = CaseRequest(order="2611150001", line_no=1, claim=Claim(kind="no-reason"))
    rules, now = load_rules(shop).rules, at("2026-11-18 10:00")
    db.transaction(lambda tx: open_case(tx, request, rules, now, "test"))
    db.close()
    assert run(["returns", "list", "--json"]) == 0
    case_id = json.loads(capsys.readouterr().out)[0]["id"]
    refused = run(["returns", "step", case_id, "refund", "--at", "2026-11-18 11:00"])
    reason = capsys.readouterr().out
    done = asked(capsys, "step", case_id, "approve", "--at", "2026-11-18 11:00")
    told = asked(capsys, "show", case_id)
    assert run(["returns", "show", case_id]) == 0
    lines = capsys.readouterr().out.splitlines()

    assert (1, True) == (refused, "不能做“退款”" in reason)
    assert (True, "approved", ["plan-refund"]) == (
        done["allowed"],
        done["case"]["state"],
        done["effects"],
    )
    assert (["test", "已申请，待审核"], ["command", "已同意"]) == (
        lines[1].split()[-2:],
        lines[2].split()[-2:],
    )
    assert ["order.return.requested", "order.return.approved"] == [
        d["name"] for d in told["history"]
    ]
    assert ["cancel", "ship_back", "receive", "remind", "expire"] == sorted(
        told["next"], key=["cancel", "ship_back", "receive", "remind", "expire"].index
    )
