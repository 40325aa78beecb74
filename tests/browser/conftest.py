"""A served page and a browser to look at it with; skips, saying why, where there is no chromium."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shopbot.web.services import Services
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
def locked_address(services: Services) -> Iterator[str]:
    """The page of a server that has a key."""
    from pydantic import SecretStr

    secret = SecretStr("correct-horse-battery-staple")
    settings = services.settings.model_copy(update={"agent_key": secret})
    with served(replace(services, settings=settings)) as where:
        yield where


@pytest.fixture
def page(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """A tab of its own, which must show no error of its scripts."""
    context = browser.new_context(viewport={"width": 1200, "height": 900}, locale="zh-CN")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab = context.new_page()
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.set_default_timeout(10_000)
    yield tab
    context.close()

    assert [] == errors
