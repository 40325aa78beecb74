"""Signing in, in a real browser: by password, by link, on a phone, and to axe."""

from __future__ import annotations

from typing import Any

import pytest

from shopbot.accounts import sessions, store
from shopbot.accounts.model import User
from shopbot.roles import Role
from shopbot.web.services import Services

PASSWORD = "three blue kettles"
PHONE = {"width": 360, "height": 740}


@pytest.fixture
def user(services: Services) -> User:
    """An agent with a password."""
    now = services.clock.now()
    given = {"store_id": "test", "name": "xiaoling", "display": "小岭", "password": PASSWORD}
    return services.db.transaction(lambda tx: store.add_user(tx, role=Role.AGENT, now=now, **given))


def test_an_agent_signs_in_by_keyboard(stranger: Any, address: str, user: User) -> None:
    """Sent to the login page, back to where they wanted to go, and greeted by name."""
    stranger.goto(address)
    stranger.wait_for_selector("#name:focus")
    stranger.keyboard.type("xiaoling")
    stranger.keyboard.press("Tab")
    stranger.keyboard.type(PASSWORD)
    stranger.keyboard.press("Enter")
    stranger.wait_for_selector("#sign-out")

    assert (address, True) == (stranger.url, "小岭" in stranger.locator(".status").inner_text())


def test_a_wrong_password_is_told_and_can_be_mended(
    stranger: Any, address: str, user: User
) -> None:
    """The name stays, the password is marked to be typed anew."""
    stranger.goto(f"{address}login")
    stranger.fill("#name", "xiaoling")
    stranger.fill("#password", "wrong")
    stranger.press("#password", "Enter")
    told = stranger.locator(".notice.bad").inner_text()
    stranger.wait_for_selector("#password:focus")
    stranger.keyboard.type(PASSWORD)
    stranger.keyboard.press("Enter")
    stranger.wait_for_selector("#sign-out")

    assert "账号或密码不正确" in told


def test_a_link_signs_in_and_leaves_no_trace(
    stranger: Any, address: str, services: Services, user: User
) -> None:
    """The token is gone from the address and cannot be used again."""
    now = services.clock.now()
    link = services.db.transaction(lambda tx: sessions.make_link(tx, user, now)).token
    sent: list[str] = []
    stranger.on("request", lambda request: sent.append(request.url))
    stranger.goto(f"{address}login#{link}")
    stranger.wait_for_selector("#sign-out")
    stranger.click("#sign-out")
    stranger.wait_for_url("**/login")
    stranger.goto(f"{address}login#{link}")
    told = stranger.locator(".notice.bad").inner_text()

    assert [] == [url for url in sent if link in url.partition("#")[0]]
    assert link not in stranger.url
    assert "已经用过" in told


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)"]
)
def test_no_link_leads_elsewhere_after_signing_in(
    stranger: Any, address: str, user: User, wanted: str
) -> None:
    """Only to a page of this site."""
    stranger.goto(f"{address}login?next={wanted}")
    stranger.fill("#name", "xiaoling")
    stranger.fill("#password", PASSWORD)
    stranger.press("#password", "Enter")
    stranger.wait_for_selector("#sign-out")

    assert f"{address}desk" == stranger.url


@pytest.mark.parametrize(
    ("role", "page"), [(Role.AGENT, "desk"), (Role.SUPERVISOR, "desk"), (Role.STAFF, "")]
)
def test_everybody_begins_where_their_work_is(
    stranger: Any, address: str, services: Services, role: Role, page: str
) -> None:
    """A link alone leads agents to the desk, who keeps the knowledge to trying replies."""
    now = services.clock.now()
    given = {"store_id": "test", "name": "xiaolan", "display": "小岚", "password": PASSWORD}

    def make(tx: Any) -> str:
        made = store.add_user(tx, role=role, now=now, **given)
        return sessions.make_link(tx, made, now).token

    link = services.db.transaction(make)
    stranger.goto(f"{address}login#{link}")
    stranger.wait_for_selector("#sign-out")

    assert f"{address}{page}" == stranger.url


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, {"width": 1280, "height": 800}], ids=["phone", "desk"])
def test_the_page_fits_and_axe_finds_nothing(
    stranger: Any, address: str, user: User, scheme: str, size: dict[str, int]
) -> None:
    """WCAG A and AA, in both colour schemes, with an error shown."""
    from axe_playwright_python.sync_playwright import Axe

    stranger.set_viewport_size(size)
    stranger.emulate_media(color_scheme=scheme)
    stranger.goto(f"{address}login")
    stranger.fill("#name", "xiaoling")
    stranger.fill("#password", "wrong")
    stranger.press("#password", "Enter")
    stranger.wait_for_selector(".notice.bad")
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
    found = Axe().run(stranger, options=rules).response["violations"]

    assert [] == [(one["id"], [node["target"] for node in one["nodes"]]) for one in found]
    assert size["width"] >= stranger.evaluate("document.documentElement.scrollWidth")
