"""`shopbot users`: accounts from the command line, without a default password anywhere."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from shopbot import audit, cli, ids
from shopbot.accounts import passwords, sessions, store
from shopbot.storage import SqliteDatabase, open_database
from tests.conftest import START

PASSWORD = "three blue kettles"


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Run `shopbot users …` with a line on stdin, in a small store."""
    from argon2 import PasswordHasher

    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "store.yaml").write_text("id: test\nname: 测试店\n", encoding="utf-8")
    monkeypatch.setenv("SHOPBOT_KNOWLEDGE", str(shop))
    monkeypatch.setenv("SHOPBOT_DATA", str(tmp_path / "data"))
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: quick)

    def run(*arguments: str, stdin: str = f"{PASSWORD}\n") -> Done:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        capsys.readouterr()
        code = cli.run(["users", *arguments])
        told = capsys.readouterr()
        return Done(code, told.out, told.err)

    return run


@pytest.fixture
def book(users: Run, tmp_path: Path) -> Iterator[SqliteDatabase]:
    """The database that the commands write."""
    (tmp_path / "data").mkdir(exist_ok=True)
    db = open_database(tmp_path / "data")
    yield db
    db.close()


def test_a_user_is_added_and_listed(users: Run) -> None:
    """By a name in lower case, with the name to show and the role."""
    made = users("add", "Xiao.Ling", "--role", "agent", "--display", "小岭", "--password-stdin")
    [row] = json.loads(users("list", "--json").out)

    assert (0, "xiao.ling", "小岭", "agent", True, True) == (
        made.code,
        *(row[name] for name in ("name", "display", "role", "open", "password")),
    )
    assert "小岭" in users("list").out
    assert PASSWORD not in users("list", "--json").out


def test_the_password_is_kept_as_argon2id(users: Run, book: SqliteDatabase) -> None:
    """And nowhere in the clear."""
    users("add", "xl", "--role", "admin", "--password-stdin")
    found = sessions.find_login(book, "test", "xl")

    assert found is not None
    assert str(found[1]).startswith("$argon2id$")
    assert sessions.is_right(found, PASSWORD)
    assert PASSWORD.encode() not in book.file.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "stdin", "code", "said"),
    [
        (("add", "xl", "--role", "boss", "--password-stdin"), PASSWORD, "accounts.unfit", "boss"),
        (("add", "xl", "--role", "shopper", "--password-stdin"), PASSWORD, "accounts.unfit", ""),
        (("add", "x l", "--role", "agent", "--password-stdin"), PASSWORD, "accounts.unfit", "x l"),
        (("add", "local", "--role", "agent", "--password-stdin"), PASSWORD, "accounts.unfit", ""),
        (("add", "agent", "--role", "agent", "--password-stdin"), PASSWORD, "accounts.unfit", ""),
        (("add", "xl", "--role", "agent", "--password-stdin"), "", "accounts.unfit", "10"),
        (
            ("add", "xl", "--role", "agent", "--password-stdin"),
            "shopbot12345",
            "accounts.unfit",
            "",
        ),
        (("add", "xl", "--role", "agent"), "", "", "--password-stdin"),
        (("passwd", "nobody", "--password-stdin"), PASSWORD, "accounts.unknown-user", "nobody"),
        (("link", "nobody"), "", "accounts.unknown-user", "nobody"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_what_will_not_do_is_one_sentence(
    users: Run, arguments: tuple[str, ...], stdin: str, code: str, said: str
) -> None:
    """Exit 2, the code in brackets, nothing added."""
    done = users(*arguments, stdin=f"{stdin}\n")

    assert (2, "") == (done.code, done.out)
    assert code in done.err
    assert said in done.err
    assert "[]" == users("list", "--json").out.strip()


def test_a_name_is_taken_once(users: Run) -> None:
    """Also in capitals, also when the account is closed."""
    users("add", "xl", "--role", "agent", "--password-stdin")
    users("disable", "xl")
    again = users("add", "XL", "--role", "admin", "--password-stdin")

    assert 2 == again.code
    assert "accounts.name-taken" in again.err


def test_a_link_is_printed_that_signs_in_once(users: Run, book: SqliteDatabase) -> None:
    """Behind `#`, so that no log of a server or proxy shows it."""
    users("add", "xl", "--role", "agent", "--no-password")
    address = users("link", "xl", "--url", "https://help.shop.example/").out.strip()
    page, _, token = address.partition("#")
    login = book.transaction(lambda tx: sessions.use_link(tx, "test", token, ids.now()))

    assert ("https://help.shop.example/login", "xl") == (page, login.user.name)


def test_a_key_holds_until_the_password_changes(users: Run, book: SqliteDatabase) -> None:
    """As sessions and links do."""
    users("add", "xl", "--role", "agent", "--password-stdin")
    key = users("key", "xl").out.strip()

    def holds() -> bool:
        return sessions.find(book, "test", key, "api", ids.now()) is not None

    before = holds()
    users("passwd", "xl", "--password-stdin", stdin="seven green lamps\n")

    assert (True, False) == (before, holds())


def test_a_closed_account_gets_no_link(users: Run) -> None:
    """Until it is opened again."""
    users("add", "xl", "--role", "agent", "--no-password")
    users("disable", "xl")
    refused = users("link", "xl")
    users("enable", "xl")

    assert (2, 0) == (refused.code, users("link", "xl").code)
    assert "users enable xl" in refused.err


def test_the_local_admin_is_shut_out_by_the_first_account(users: Run, book: SqliteDatabase) -> None:
    """Its sessions end, and no link is made for it any more."""
    local = book.transaction(lambda tx: store.ensure_local(tx, "test", "本机", START))
    assert local is not None
    session = book.transaction(lambda tx: sessions.issue(tx, local, "session", ids.now()))
    users("add", "xl", "--role", "admin", "--no-password")

    assert sessions.find(book, "test", session.token, "session", ids.now()) is None
    assert 2 == users("link", "local").code
    assert book.transaction(lambda tx: store.ensure_local(tx, "test", "本机", START)) is None


def test_changes_are_written_down(users: Run, book: SqliteDatabase) -> None:
    """With dotted names and no secret."""
    users("add", "xl", "--role", "agent", "--password-stdin")
    for command in ("link", "key", "disable", "enable"):
        users(command, "xl")
    users("passwd", "xl", "--password-stdin", stdin="seven green lamps\n")
    deeds = audit.list_deeds_since(book, store_id="test", since=START.replace(year=2020))

    assert [
        "account.user.added", "account.link.made", "account.key.made", "account.user.disabled",
        "account.user.enabled", "account.password.changed",
    ] == [deed.name for deed in deeds]  # fmt: skip
    assert {"cli"} == {deed.who for deed in deeds}
