"""A real server process: coming in, cookies, pages of other sites, identities, backup and restore."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO

import httpx
import pytest

from shopbot import ids
from shopbot.accounts import sessions, store, visitors
from shopbot.accounts.identity import Identity, sign_identity
from shopbot.roles import Role
from shopbot.storage import Transaction, open_database
from tests.acceptance.conftest import Place
from tests.acceptance.test_cli import run as run_process

PASSWORD = "three blue kettles"
SECRET = "the-secret-with-which-the-shop-signs"
KEY = "correct-horse-battery-staple"
STORE = "qingwu-tea"


@dataclass(frozen=True, slots=True)
class Served:
    """A running server."""

    url: str
    home: Path
    environ: dict[str, str]
    process: subprocess.Popen[str]
    told: list[str]

    def shopbot(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command beside the server, on its data."""
        return run_process(*arguments, cwd=self.home, environ=self.environ)


@contextmanager
def serving(home: Path, environ: dict[str, str]) -> Iterator[Served]:
    """Start a server and wait until it listens."""
    with (home / "log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "shopbot", "serve", "--port", "0"],
            cwd=home,
            env={**os.environ, **environ, "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"},
            text=True,
            encoding="utf-8",
            stdout=subprocess.PIPE,
            stderr=log,
        )
    try:
        assert process.stdout is not None
        told = _greeting(process.stdout)
        address = re.search(r"http://127\.0\.0\.1:\d+/", told[0])
        assert address is not None, (home / "log").read_text(encoding="utf-8")[-2000:]
        yield Served(address.group(), home, environ, process, told)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def _greeting(out: IO[str]) -> list[str]:
    lines: list[str] = []
    for line in out:
        lines.append(line)
        if "Ctrl+C" in line:
            break
    return lines


@pytest.fixture(scope="module")
def home(tea: Place, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the small store and its index."""
    place = tmp_path_factory.mktemp("secured")
    shutil.copytree(tea.knowledge, place / "shop")
    shutil.copytree(tea.data, place / "data")
    return place


@pytest.fixture(scope="module")
def served(home: Path) -> Iterator[Served]:
    """A server with an account, a key and an identity secret."""
    environ = {
        "SHOPBOT_KNOWLEDGE": str(home / "shop"),
        "SHOPBOT_DATA": str(home / "data"),
        "SHOPBOT_AGENT_KEY": KEY,
        "SHOPBOT_IDENTITY_SECRET": SECRET,
        "SHOPBOT_LOG_LEVEL": "debug",
    }
    added = subprocess.run(
        [sys.executable, "-m", "shopbot", "users", "add", "xl", "--role", "admin", "--password-stdin"],
        cwd=home, env={**os.environ, **environ}, input=f"{PASSWORD}\n", text=True, check=False,
        capture_output=True, timeout=60,
    )  # fmt: skip
    assert added.returncode == 0, added.stderr
    with serving(home, environ) as server:
        yield server


def sign_in(client: httpx.Client, url: str) -> httpx.Response:
    """Post name and password, and send the page's token from then on."""
    made = client.post(f"{url}api/v1/session", json={"name": "xl", "password": PASSWORD})
    client.headers["X-Shopbot-Csrf"] = made.json().get("csrf", "")
    return made


def test_with_an_account_no_link_is_printed(served: Served) -> None:
    """The login page is named instead."""
    told = "".join(served.told)

    assert "/login" in told
    assert "/login#" not in told


def test_signing_in_over_the_line(served: Served) -> None:
    """The cookie opens, its flags keep it from scripts, a foreign page gets nothing by it."""
    with httpx.Client(timeout=30) as client:
        before = client.get(f"{served.url}api/v1/session").status_code
        made = sign_in(client, served.url)
        cookie = made.headers["set-cookie"]
        path, body = f"{served.url}api/v1/suggest", {"text": "什么时候发货"}
        mine = client.post(path, json=body).status_code
        foreign = client.post(path, json=body, headers={"Origin": "https://evil.example"})
        client.headers["X-Shopbot-Csrf"] = "x"
        without = client.post(path, json=body)

    assert (401, 201, 200) == (before, made.status_code, mine)
    assert all(part in cookie for part in ("HttpOnly", "SameSite=lax", "Path=/"))
    assert [(403, "request.origin"), (403, "auth.csrf")] == [
        (answer.status_code, answer.json()["error"]) for answer in (foreign, without)
    ]


def test_closing_an_account_ends_its_session_at_once(served: Served) -> None:
    """By a command in another process."""
    with httpx.Client(timeout=30) as client:
        served.shopbot("users", "add", "gone", "--role", "agent", "--no-password")
        link = served.shopbot("users", "link", "gone").stdout.strip().partition("#")[2]
        client.post(f"{served.url}api/v1/session", json={"link": link})
        before = client.get(f"{served.url}api/v1/session").status_code
        served.shopbot("users", "disable", "gone")
        after = client.get(f"{served.url}api/v1/session").status_code

    assert (200, 401) == (before, after)


def test_an_identity_works_once_over_the_line(served: Served) -> None:
    """A copy of it comes too late; a second one leads to the same customer."""

    def ask(nonce: str) -> httpx.Response:
        told = Identity(
            store_id=STORE,
            customer="c-1",
            nonce=nonce,
            expires_at=ids.now() + timedelta(minutes=5),
        )
        body = {"identity": sign_identity(SECRET, told)}
        return httpx.post(f"{served.url}api/v1/visitors", json=body, timeout=30)

    first, again, other = ask("nonce-0001"), ask("nonce-0001"), ask("nonce-0002")

    assert [201, 403, 201] == [answer.status_code for answer in (first, again, other)]
    assert first.json()["visitor"] == other.json()["visitor"]


def test_people_of_another_store_are_strangers(served: Served) -> None:
    """Their keys and tokens stand in the same database and open nothing."""
    db = open_database(served.home / "data")
    now = ids.now()

    def make(tx: Transaction) -> tuple[str, str]:
        user = store.add_user(
            tx, store_id="other", name="xl", role=Role.ADMIN, password=None, now=now
        )
        key = sessions.make_key(tx, user, now).token
        return key, visitors.welcome(tx, "other", None, "", now).token.token

    key, token = db.transaction(make)
    db.close()
    answers = [
        httpx.get(f"{served.url}api/v1/orders", headers={"Authorization": f"Bearer {key}"}),
        httpx.get(f"{served.url}api/v1/orders/mine", headers={"X-Shopbot-Visitor": token}),
    ]

    assert [401, 401] == [answer.status_code for answer in answers]


def test_no_secret_is_told_anywhere(served: Served) -> None:
    """Neither in the log at its most talkative, nor in what stdout, pages and errors say."""
    with httpx.Client(timeout=30) as client:
        session = sign_in(client, served.url)
        token = client.post(f"{served.url}api/v1/visitors", json={}).json()["token"]
        pages = [
            client.get(served.url + path, headers={"X-Shopbot-Visitor": token}).text
            for path in ("", "readyz", "metrics", "nope", "api/v1/openapi.json", "api/v1/session",
                         "api/v1/orders?since=x", "login", "chat", "texts.json")
        ]  # fmt: skip
        cookie = client.cookies["shopbot_session"]
    log = (served.home / "log").read_text(encoding="utf-8")
    told = "\n".join([*pages, *served.told, log, session.text])

    assert [] == [one for one in (KEY, SECRET, PASSWORD, cookie, token) if one in told]
    assert '"event": "request"' in log


def test_a_killed_servers_backup_is_a_whole_store(served: Served, tmp_path: Path) -> None:
    """Made while serving, restored after kill -9 into a new folder: visitors stay, sessions end."""
    with httpx.Client(timeout=30) as client:
        sign_in(client, served.url)
        token = client.post(f"{served.url}api/v1/visitors", json={}).json()["token"]
        made = served.shopbot("backup", "--to", str(tmp_path / "backups"), "--json")
        [file] = (tmp_path / "backups").iterdir()
        busy = served.shopbot("restore", str(file), "--to", str(served.home / "data"), "--force")
        served.process.kill()
        served.process.wait(timeout=30)
        restored = served.shopbot("restore", str(file), "--to", str(tmp_path / "data"))
        environ = {
            **served.environ,
            "SHOPBOT_DATA": str(tmp_path / "data"),
            "SHOPBOT_KNOWLEDGE": str(tmp_path / "data" / "knowledge"),
        }
        with serving(tmp_path, environ) as again:
            visitor = client.get(
                f"{again.url}api/v1/orders/mine", headers={"X-Shopbot-Visitor": token}
            )
            old_session = client.get(f"{again.url}api/v1/session")
            anew = sign_in(client, again.url)
            asked = client.post(f"{again.url}api/v1/suggest", json={"text": "什么时候发货"})

    assert (0, 6, 0) == (made.returncode, busy.returncode, restored.returncode)
    assert "storage.in-use" in busy.stderr
    assert (200, 401, 201) == (visitor.status_code, old_session.status_code, anew.status_code)
    assert "answer" == asked.json()["band"]
