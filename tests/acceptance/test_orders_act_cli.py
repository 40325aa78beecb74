"""`shopbot orders act`: a dialogue walked on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.test_cli import run
from tests.order_tables import SAMPLES

ROOT = Path(__file__).resolve().parents[2]
ORDER = "2611160002"
AT = ("--at", "2026-11-16 21:00")


@pytest.fixture
def shop(tmp_path: Path) -> dict[str, str]:
    """The demo store's knowledge and the sample orders."""
    environ = {"SHOPBOT_KNOWLEDGE": str(ROOT / "knowledge"), "SHOPBOT_DATA": str(tmp_path / "data")}
    files = (str(SAMPLES / "orders.csv"), "--lines", str(SAMPLES / "lines.csv"))
    done = run("orders", "import", *files, cwd=tmp_path, environ=environ)

    assert 0 == done.returncode
    return environ


def acted(folder: Path, environ: dict[str, str], *arguments: str) -> tuple[int, dict[str, Any]]:
    """Return the exit code and the step."""
    done = run("orders", "act", *arguments, "--json", cwd=folder, environ=environ)

    assert "" == done.stderr
    return done.returncode, json.loads(done.stdout)


def test_a_cancel_is_confirmed_and_done_once(tmp_path: Path, shop: dict[str, str]) -> None:
    """Every step in the shop's words, with the line they stand on."""
    cancel = ("order.cancel", "--order", ORDER, "--slot", "line=0", *AT)
    _, first = acted(tmp_path, shop, *cancel)
    _, done = acted(tmp_path, shop, *cancel, "--confirm", first["key"])
    code, again = acted(tmp_path, shop, *cancel, "--confirm", first["key"])

    assert ("confirm", "Cancel") == (first["kind"], first["deed"])
    assert "退款328元" in first["phrases"][0]["text"]
    assert first["phrases"][0]["source"].startswith("replies/orders/dialogue.yaml:")
    assert ("apply", "order.cancel.done") == (done["kind"], done["phrases"][0]["phrase"])
    assert (1, "refuse", "done") == (code, again["kind"], again["why"])


def test_a_shopper_has_to_prove_the_order(tmp_path: Path, shop: dict[str, str]) -> None:
    """Asked for the phone's tail, then for both again."""
    who = ("order.status", "--visitor", "v1", "--order", ORDER)
    _, asked = acted(tmp_path, shop, *who)
    _, wrong = acted(tmp_path, shop, *who, "--slot", "phone_tail=0000")

    assert ("askslot", "phone_tail", True) == (asked["kind"], asked["slot"], asked["identity"])
    assert ("order", ["order", "phone_tail"]) == (wrong["slot"], wrong["clear"])


def test_people_read_it_in_chinese(tmp_path: Path, shop: dict[str, str]) -> None:
    """Choices are numbered; what is meant wrong is told."""
    arguments = ("orders", "act", "order.change_item", "--order", ORDER, *AT)
    shown = run(*arguments, cwd=tmp_path, environ=shop)
    wrong = run(*arguments, "--slot", "colour", cwd=tmp_path, environ=shop)
    unknown = run("orders", "act", "order.fly", cwd=tmp_path, environ=shop)

    assert ["  1  速干T恤", "请选一个，写成 --slot line=前面的编号"] == [
        shown.stdout.splitlines()[1][:9], shown.stdout.splitlines()[-1]
    ]  # fmt: skip
    assert (2, 2) == (wrong.returncode, unknown.returncode)
    assert "order.cancel" in unknown.stderr


def test_what_was_agreed_to_is_a_task_until_it_is_done(
    tmp_path: Path, shop: dict[str, str]
) -> None:
    """Asked for in a dialogue, seen on the day's list, ended with what came of it."""
    cancel = ("order.cancel", "--order", ORDER, "--slot", "line=0", *AT)
    _, first = acted(tmp_path, shop, *cancel)
    acted(tmp_path, shop, *cancel, "--confirm", first["key"])
    due = ("orders", "due", *AT, "--json")
    listed = json.loads(run(*due, cwd=tmp_path, environ=shop).stdout)
    [task] = [one for one in listed if one["what"] == "task"]
    lines = run("orders", "due", *AT, cwd=tmp_path, environ=shop).stdout
    end = ("orders", "task-done", task["subject"], "--result", "仓库已拦下", *AT)
    done, again = (run(*end, cwd=tmp_path, environ=shop) for _ in range(2))
    other = run(*end, "--failed", cwd=tmp_path, environ=shop)
    left = json.loads(run(*due, cwd=tmp_path, environ=shop).stdout)

    assert (ORDER, "cancel", "2026-11-16T23:00:00+08:00") == (
        task["order"], task["state"], task["due"]
    )  # fmt: skip
    assert f"{ORDER}  买家要取消（{task['subject']}）：请仓库或快递拦下，在平台关闭订单" in lines
    assert done.stdout == again.stdout == f"已记下：订单 {ORDER} 的“买家要取消”已办好。\n"
    assert (0, 0, 2) == (done.returncode, again.returncode, other.returncode)
    assert "task" not in {one["what"] for one in left if one["order"] == ORDER}


def test_staff_see_where_it_shall_go(tmp_path: Path, shop: dict[str, str]) -> None:
    """Masked unless they ask for all, with what is to be done."""
    change = ("order.change_address", "--order", ORDER, "--slot", "phone=13900005678", *AT)
    _, first = acted(tmp_path, shop, *change)
    acted(tmp_path, shop, *change, "--confirm", first["key"])
    show = ("orders", "show", ORDER, *AT)
    masked, full, told, whole = (
        run(*show, *more, cwd=tmp_path, environ=shop).stdout
        for more in ((), ("--full",), ("--json",), ("--json", "--full"))
    )

    assert "139****5678" in masked
    assert "买家要改收货信息" in masked
    assert "13900005678" not in masked + told
    assert "13900005678" in full
    assert "13900005678" == json.loads(whole)["address_changes"][0]["phone"]
