"""A served page and a browser to look at it with; skips, saying why, where there is no chromium."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from shopbot.roles import Role
from shopbot.web.auth import COOKIE
from shopbot.web.services import Services
from tests.signed_in import session_of
from tests.simulators.server import served

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One chromium for all tests."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine (Debian: apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def address(services: Services) -> Iterator[str]:
    """The page, served on a free port."""
    with served(services) as where:
        yield where


@pytest.fixture
def stranger(browser: Any) -> Iterator[Any]:
    """A tab of somebody who is not signed in."""
    with opened(browser) as (_, tab):
        yield tab


@pytest.fixture
def page(browser: Any, services: Services) -> Iterator[Any]:
    """A tab of a signed-in agent, which must show no error of its scripts."""
    with opened(browser) as (context, tab):
        cookie = {"name": COOKIE, "value": session_of(services, Role.AGENT)}
        context.add_cookies([{**cookie, "domain": "127.0.0.1", "path": "/", "httpOnly": True}])
        yield tab


@contextmanager
def opened(browser: Any) -> Iterator[tuple[Any, Any]]:
    """Open a tab of its own; an error of its scripts is a failure."""
    context = browser.new_context(viewport={"width": 1200, "height": 900}, locale="zh-CN")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab = context.new_page()
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.set_default_timeout(30_000)
    yield context, tab
    context.close()

    assert [] == errors
