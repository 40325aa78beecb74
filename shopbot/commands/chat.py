"""Talk with the shop in the terminal, as a shopper or as the agent on the other side."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from shopbot import messages
from shopbot.commands._talk_client import Caller, Line, Refused, line_of, new_key
from shopbot.config import Settings, load_settings

app = typer.Typer()

_ANSWER_S = 15.0  # how long the answer to the last piped line is waited for
_QUIET_S = 1.5  # and how long nothing more must come after it


@app.command()
def chat(
    server: Annotated[str | None, typer.Option(help="Address of a running server.")] = None,
    product: Annotated[str | None, typer.Option(help="SKU of the product on view.")] = None,
    as_agent: Annotated[
        bool, typer.Option("--as-agent", help="Sit on the other side: queue, suggestions.")
    ] = False,
) -> None:
    """Talk until /quit or Ctrl+D; without a running server the shop is opened here."""
    settings = load_settings()
    address = server or f"http://{_reachable(settings.host)}:{settings.port}"
    if as_agent:
        AgentSide(address, _key(settings)).run()
    elif server is not None or _listens(address):
        ShopperSide(address, product or "").run()
    else:
        _in_process(settings, product or "")


def _lines() -> Iterator[str]:
    """Give what is typed, line by line; without prompts where it is piped in."""
    while True:
        try:
            line = input("> " if sys.stdin.isatty() else "")
        except (EOFError, KeyboardInterrupt):
            return
        if line.strip() in {"/quit", "/q"}:
            return
        if line.strip():
            yield line.strip()


class ShopperSide:
    """A visitor's talk with a served shop."""

    def __init__(self, address: str, product: str) -> None:
        self._call = Caller(address, {})
        self._token = self._call.post("/api/v1/visitors")["token"]
        self._call.show("X-Shopbot-Visitor", self._token)
        body = {"product": product} if product else {}
        self._talk = self._call.post("/api/v1/conversations", body)["id"]
        self._last = 0
        self._written = 0
        self._answered = threading.Event()
        self._line = Line(self._call.server, "/api/v1/socket/shopper", self._hello, self._heard)

    def _hello(self) -> dict[str, Any]:
        return {
            "type": "hello",
            "token": self._token,
            "conversation": self._talk,
            "after": self._last,
        }

    def _heard(self, frame: dict[str, Any]) -> None:
        for event in frame.get("events", []):
            self._last = event["seq"]
            if event["author"] != "shopper" and event["kind"] in {"message", "held"}:
                self._answered.set()
            told = line_of(event, "shopper")
            if told and event["author"] != "shopper":
                typer.echo(told)

    def run(self) -> None:
        """Say what is typed, show what comes."""
        typer.echo(messages.text("terminal.shopper"))
        self._line.start()
        self._line.open.wait(_ANSWER_S)
        for text in _lines():
            try:
                self._say(text)
            except Refused as problem:
                typer.echo(str(problem), err=True)
        if not sys.stdin.isatty() and self._written:
            self._answered.wait(_ANSWER_S)
            while self._answered.wait(_QUIET_S):
                self._answered.clear()
        self._line.end()
        self._call.close()

    def _say(self, text: str) -> None:
        base = f"/api/v1/conversations/{self._talk}"
        wishes = {"/human": "human", "/close": "close"}
        if text in wishes:
            self._call.post(f"{base}/{wishes[text]}")
        elif text.startswith("/rate "):
            self._call.post(f"{base}/rating", {"stars": int(text.split()[1])})
        else:
            self._answered.clear()
            body = {"body": {"text": text}, "client_key": new_key()}
            self._call.post(f"{base}/messages", body)
            self._written += 1


class AgentSide:
    """The queue, one talk at a time, and suggestions to accept by digit."""

    def __init__(self, address: str, key: str) -> None:
        self._call = Caller(address, {"Authorization": f"Bearer {key}"})
        self._key = key
        self._seen: dict[str, int] = {}
        self._talk = ""
        self._drafts: list[dict[str, Any]] = []
        self._line = Line(self._call.server, "/api/v1/socket/agent", self._hello, self._heard)

    def _hello(self) -> dict[str, Any]:
        return {"type": "hello", "token": self._key, "conversations": dict(self._seen)}

    def _heard(self, frame: dict[str, Any]) -> None:
        events = frame.get("events", [])
        for event in events:
            self._seen[frame["conversation"]] = event["seq"]
            told = line_of(event, "staff")
            if told:
                typer.echo(told)
        if any(event["kind"] in {"suggested", "voided"} for event in events):
            self._show_drafts()

    def run(self) -> None:
        """Come to the desk, do what is typed, leave."""
        try:
            self._call.post("/api/v1/desk/presence", {"state": "online"})
        except Refused:
            self._call.close()
            raise
        typer.echo(messages.text("terminal.agent"))
        self._line.start()
        self._line.open.wait(_ANSWER_S)
        self._show_desk()
        for text in _lines():
            try:
                self._do(text)
            except Refused as problem:
                typer.echo(str(problem), err=True)
        self._line.end()
        self._call.post("/api/v1/desk/presence", {"state": "off"})
        self._call.close()

    def _do(self, text: str) -> None:
        if text == "/n":
            self._next()
        elif text == "/l":
            self._show_desk()
        elif not self._talk:
            typer.echo(messages.text("terminal.no-talk"))
        elif text == "/b":
            self._call.post(f"/api/v1/conversations/{self._talk}/hand-back")
        elif text == "/close":
            self._call.post(f"/api/v1/conversations/{self._talk}/close")
        elif text.isdecimal() and 0 < int(text) <= len(self._drafts):
            draft = self._drafts[int(text) - 1]["id"]
            self._call.post(f"/api/v1/suggestions/{draft}/accept", {"client_key": new_key()})
        else:
            body = {"body": {"text": text}, "client_key": new_key()}
            self._call.post(f"/api/v1/conversations/{self._talk}/messages", body)

    def _next(self) -> None:
        desk = self._call.get("/api/v1/desk")
        rows = [*desk["queue"], *(row for row in desk["mine"] if row["id"] not in self._seen)]
        if not rows:
            typer.echo(messages.text("desk.queue-empty"))
            return
        self._talk = rows[0]["id"]
        if rows[0]["holder"] != "agent":
            self._call.post(f"/api/v1/conversations/{self._talk}/take")
        told = self._call.get(f"/api/v1/conversations/{self._talk}/events", after=0, limit=500)
        self._heard({"conversation": self._talk, "events": told["events"]})
        self._line.watch({self._talk: self._seen.get(self._talk, 0)})

    def _show_desk(self) -> None:
        desk = self._call.get("/api/v1/desk")
        for title, rows in (("desk.queue", desk["queue"]), ("desk.mine", desk["mine"])):
            typer.echo(f"{messages.text(title)} {len(rows)}")
            for row in rows:
                typer.echo(f"  {row['shopper']}  {row['last_text']}")

    def _show_drafts(self) -> None:
        if not self._talk:
            return
        path = f"/api/v1/conversations/{self._talk}/suggestions"
        self._drafts = self._call.get(path)["suggestions"]
        for number, draft in enumerate(self._drafts, 1):
            typer.echo(f"  {number} {draft['probability']:.0%} {draft['text']}")


def _in_process(settings: Settings, product: str) -> None:
    """Open the shop here and talk with it; nobody else can come in meanwhile."""
    from shopbot import ids
    from shopbot.app import serving
    from shopbot.chat.gear import CHANGED
    from shopbot.chat.model import Incoming
    from shopbot.commands._progress import bars
    from shopbot.events import Hint
    from shopbot.web.chat_views import event_view

    with bars() as progress, serving(settings, progress) as services:
        talk = services.chat.open(visitor=ids.new_id("vis"), product=product, channel="terminal")
        last, told, guard = 0, threading.Event(), threading.Lock()

        def look(hint: Hint) -> None:
            nonlocal last
            if hint.key != talk.id:
                return
            with guard:
                for event in services.chat.events_after(
                    conversation=talk.id, side="shopper", seq=last
                ):
                    last = event.seq
                    line = line_of(event_view(event, "shopper"), "shopper")
                    if line and event.author != "shopper":
                        typer.echo(line)
                        told.set()

        services.bus.subscribe(CHANGED, look)
        typer.echo(messages.text("terminal.shopper"))
        wrote = False
        for text in _lines():
            told.clear()
            wrote = True
            services.chat.send(
                conversation=talk.id,
                author="shopper",
                who=talk.visitor,
                message=Incoming(type="text", body={"text": text}, client_key=new_key()),
            )
        if wrote and not sys.stdin.isatty():
            told.wait(_ANSWER_S)
            while told.wait(_QUIET_S):
                told.clear()


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in {"0.0.0.0", "::", "localhost"} else host  # noqa: S104


def _listens(address: str) -> bool:
    parts = urlsplit(address)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=1):
            return True
    except OSError:
        return False


def _key(settings: Settings) -> str:
    """Return the key of an agent: from the settings, else asked for and not shown."""
    if settings.agent_key is not None:
        return settings.agent_key.get_secret_value()
    return str(typer.prompt(messages.text("terminal.key"), hide_input=True, err=True))
