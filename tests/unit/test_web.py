"""The HTTP face around a knowledge base that answers from a table."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from shopbot.config import Settings
from shopbot.errors import ModelNotPrepared, StorageBusy
from shopbot.kb.entry import Problem, Source
from shopbot.web.limits import host_name
from shopbot.web.schemas import SuggestAnswer
from shopbot.web.server import create_app
from shopbot.web.services import Pool, Services
from tests.conftest import START
from tests.signed_in import AGENT, KEY, with_key
from tests.simulators.knowledge import FakeKnowledge, Status

LOCAL = "http://127.0.0.1:8000"
Maker = Callable[..., TestClient]


@pytest.fixture
def client_for(services: Services) -> Iterator[Maker]:
    """Make clients of an application with other settings; they come with the agent key or not."""
    made: list[TestClient] = []

    def make(base_url: str = LOCAL, *, keyed: bool = True, **changes: Any) -> TestClient:
        given = {"agent_key": _secret(), **changes}
        changed = replace(services, settings=services.settings.model_copy(update=given))
        client = TestClient(create_app(changed), base_url=base_url, raise_server_exceptions=False)
        if keyed:
            client.headers.update(AGENT)
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(client_for: Maker) -> TestClient:
    """A client with the agent key."""
    return client_for()


def ask(client: TestClient, **body: Any) -> Any:
    """Post a question and return the response."""
    return client.post("/api/v1/suggest", json={"text": "多久发货", **body})


# --- suggest --------------------------------------------------------------------------------------


def test_a_question_gets_the_documented_answer(client: TestClient) -> None:
    """The body has the shape that OpenAPI promises."""
    answer = ask(client)
    read = SuggestAnswer.model_validate_json(answer.content)

    assert (200, "answer", "多久发货") == (answer.status_code, read.band, read.query)


def test_the_question_reaches_the_knowledge_base_whole(
    client: TestClient, fake_kb: FakeKnowledge
) -> None:
    """Turns, product, time, count and channel arrive as sent; the last turn is the question."""
    client.post(
        "/api/v1/suggest",
        json={
            "turns": ["有绿色吗", {"role": "agent", "text": "有的"}, "那L码呢"],
            "product": "LS-JK-01",
            "at": "2026-12-12T10:00:00+08:00",
            "top": 3,
            "channel": "tmall",
        },
    )
    [query] = fake_kb.asked

    assert ("那L码呢", "LS-JK-01", 3, "tmall") == (
        query.text,
        query.product,
        query.top,
        query.channel,
    )
    assert [("shopper", "有绿色吗"), ("agent", "有的")] == [(t.role, t.text) for t in query.turns]
    assert "2026-12-12T02:00:00+00:00" == query.at.astimezone(tz=START.tzinfo).isoformat()


def test_without_a_time_the_clock_is_asked(
    client: TestClient, fake_kb: FakeKnowledge, services: Services
) -> None:
    """Default is now."""
    ask(client)

    assert services.clock.now() == fake_kb.asked[0].at


def test_an_id_comes_back(client: TestClient) -> None:
    """Who asks many questions can tell the answers apart."""
    assert "q-7" == ask(client, id="q-7").json()["id"]


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({}, "body"),
        ({"text": "x", "turns": ["y"]}, "body"),
        ({"turns": []}, "body.turns"),
        ({"text": 7}, "body.text"),
        ({"text": "x" * 20_001}, "body.text"),
        ({"text": "x", "top": 0}, "body.top"),
        ({"text": "x", "top": 21}, "body.top"),
        ({"text": "x", "at": "tomorrow"}, "body.at"),
        ({"text": "x", "at": "2026-12-12T10:00:00"}, "body.at"),
        ({"text": "x", "at": 1700000000}, "body.at"),
        ({"text": "x", "at": "1700000000"}, "body.at"),
        ({"text": "x", "channel": "ebay"}, "body.channel"),
        ({"text": "x", "store_id": "other"}, "body.store_id"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_malformed_body_is_422_and_says_where(
    client: TestClient, body: dict[str, Any], at: str
) -> None:
    """The place is named, the value sent is not repeated."""
    answer = client.post("/api/v1/suggest", json=body)

    assert (422, "request.malformed") == (answer.status_code, answer.json()["error"])
    assert answer.json()["problems"][0]["at"].startswith(at)


@pytest.mark.parametrize("raw", [b"{", b"\xff\xfe", b"[]", b'"x"', b'{"text": "\xff"}', b"null"])
def test_a_body_that_is_no_json_object_is_422(client: TestClient, raw: bytes) -> None:
    """Garbage is malformed, not a bug."""
    answer = client.post(
        "/api/v1/suggest", content=raw, headers={"Content-Type": "application/json"}
    )

    assert (422, "request.malformed") == (answer.status_code, answer.json()["error"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\x00\x01",
        "🙂",
        "{{7*7}}",
        "{订单号}",
        "<script>alert(1)</script>",
        "'; DROP TABLE",
    ],
    ids=["empty", "space", "control", "emoji", "template", "variable", "html", "sql"],
)
def test_strange_text_is_only_text(client: TestClient, fake_kb: FakeKnowledge, text: str) -> None:
    """It reaches the knowledge base as it is."""
    answer = ask(client, text=text)

    assert (200, text) == (answer.status_code, fake_kb.asked[0].text)


def test_half_a_character_is_dropped(client: TestClient, fake_kb: FakeKnowledge) -> None:
    """A lone surrogate can be neither stored nor shown."""
    answer = client.post(
        "/api/v1/suggest",
        content=b'{"text": "a\\ud83db"}',
        headers={"Content-Type": "application/json"},
    )

    assert (200, "ab") == (answer.status_code, fake_kb.asked[0].text)


def test_a_failure_of_the_model_is_told(client: TestClient, fake_kb: FakeKnowledge) -> None:
    """503 with what to do, not a bug."""
    fake_kb.error = ModelNotPrepared("bundled", "cache")
    answer = ask(client)

    assert (503, "model.not-prepared") == (answer.status_code, answer.json()["error"])
    assert "shopbot model prepare" in answer.json()["detail"]


def test_a_bug_shows_nothing_of_its_inside(client: TestClient, fake_kb: FakeKnowledge) -> None:
    """500 with a request id; neither the exception nor the question is shown, and headers stay."""
    fake_kb.error = RuntimeError("secret detail")
    answer = ask(client, text="我的电话13800138000")

    assert (500, "internal") == (answer.status_code, answer.json()["error"])
    assert "secret" not in answer.text
    assert answer.headers["X-Request-Id"].startswith("req_")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_rush_is_refused_and_not_queued(services: Services, fake_kb: FakeKnowledge) -> None:
    """With the pool full the next caller is told to come again."""
    fake_kb.hold = threading.Event()
    pool = Pool(1, waiting=1)
    app = create_app(replace(with_key(services), pool=pool))
    with TestClient(app, base_url=LOCAL, headers=AGENT) as client:
        first: list[Any] = []
        thread = threading.Thread(target=lambda: first.append(ask(client)))
        thread.start()
        while not fake_kb.asked:
            pass
        refused = ask(client)
        fake_kb.hold.set()
        thread.join()
    pool.close()

    assert (429, "request.too-many", "1", 200) == (
        refused.status_code,
        refused.json()["error"],
        refused.headers["Retry-After"],
        first[0].status_code,
    )


# --- the door -------------------------------------------------------------------------------------


@pytest.mark.parametrize("base", [LOCAL, "http://localhost:1", "http://[::1]:8000"])
def test_local_hosts_are_answered(client_for: Maker, base: str) -> None:
    """This machine's own names work, with any port."""
    assert 200 == client_for(base).get("/healthz").status_code


@pytest.mark.parametrize(
    "base", ["http://evil.example", "http://192.0.2.7", "http://localhost.evil.example"]
)
def test_foreign_hosts_are_refused(client_for: Maker, base: str) -> None:
    """A name that somebody points at this machine opens nothing."""
    answer = client_for(base).get("/healthz")

    assert (421, "request.host") == (answer.status_code, answer.json()["error"])


def test_a_named_host_is_answered(client_for: Maker) -> None:
    """SHOPBOT_ALLOWED_HOSTS adds names."""
    client = client_for("https://help.shop.example", allowed_hosts=("help.shop.example",))

    assert 200 == client.get("/healthz").status_code


def test_an_open_server_answers_to_addresses(client_for: Maker) -> None:
    """Beyond loopback an address is fine, a foreign name still is not."""
    by_address = client_for("http://192.0.2.7", host="0.0.0.0")  # noqa: S104
    by_name = client_for("http://evil.example", host="0.0.0.0")  # noqa: S104

    assert (200, 421) == (
        by_address.get("/healthz").status_code,
        by_name.get("/healthz").status_code,
    )


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("LOCALHOST:80", "localhost"),
        ("[::1]:80", "::1"),
        ("[::1]", "::1"),
        ("a.b", "a.b"),
        ("", ""),
        (":80", ""),
    ],
)
def test_the_host_name_is_read_from_its_header(header: str, name: str) -> None:
    """Port, brackets and case fall away."""
    assert name == host_name(header)


def test_a_large_body_is_refused(client: TestClient) -> None:
    """By its announced length and by its real one."""
    huge = b'{"text": "' + b"x" * 70_000 + b'"}'
    headers = {"Content-Type": "application/json"}
    announced = client.post("/api/v1/suggest", content=huge, headers=headers)
    streamed = client.post("/api/v1/suggest", content=iter([huge[:40000], huge]), headers=headers)

    assert [(413, "request.too-large")] * 2 == [
        (answer.status_code, answer.json()["error"]) for answer in (announced, streamed)
    ]


def test_twenty_thousand_chinese_characters_fit(client: TestClient) -> None:
    """The longest text allowed passes the size limit."""
    body = json.dumps({"text": "多" * 20_000}, ensure_ascii=False).encode()
    answer = client.post(
        "/api/v1/suggest", content=body, headers={"Content-Type": "application/json"}
    )

    assert 200 == answer.status_code


def test_another_sites_form_cannot_post(client: TestClient) -> None:
    """Bodies that a browser sends without asking leave are refused."""
    answer = client.post(
        "/api/v1/suggest", content=b'{"text": "x"}', headers={"Content-Type": "text/plain"}
    )

    assert (415, "request.media-type") == (answer.status_code, answer.json()["error"])


def test_unknown_pages_and_methods_are_told(client: TestClient) -> None:
    """404 and 405 have the same shape as every error."""
    answers = [client.get("/nope"), client.get("/api/v1/suggest")]

    assert [(404, "request.not-found"), (405, "request.method")] == [
        (answer.status_code, answer.json()["error"]) for answer in answers
    ]


# --- the key --------------------------------------------------------------------------------------


def _secret() -> Any:
    from pydantic import SecretStr

    return SecretStr(KEY)


@pytest.mark.parametrize(
    "header",
    [None, "", KEY, f"Basic {KEY}", "Bearer ", "Bearer wrong", f"Bearer {KEY}x", "Bearer ü"],
    ids=["none", "empty", "bare", "basic", "no-key", "wrong", "longer", "non-ascii"],
)
@pytest.mark.parametrize("path", ["/api/v1/suggest", "/metrics", "/api/v1/openapi.json"])
def test_strangers_are_refused(client_for: Maker, path: str, header: str | None) -> None:
    """401 says how to come in."""
    client = client_for(keyed=False)
    headers = None if header is None else {b"authorization": header.encode()}
    if path.endswith("suggest"):
        answer = client.post(path, headers=headers, json={"text": "x"})
    else:
        answer = client.get(path, headers=headers)

    assert (401, "auth.required", "Bearer") == (
        answer.status_code,
        answer.json()["error"],
        answer.headers["WWW-Authenticate"],
    )


def test_with_the_key_the_api_answers(client_for: Maker) -> None:
    """The scheme's name may be written in either case."""
    client = client_for(keyed=False)
    answers = [
        client.post("/api/v1/suggest", json={"text": "x"}, headers={"Authorization": header})
        for header in (f"Bearer {KEY}", f"bearer {KEY}")
    ]

    assert [200, 200] == [answer.status_code for answer in answers]


def test_without_a_key_nobody_is_let_in(services: Services) -> None:
    """Nor on this machine: `shopbot serve` prints a link to sign in with."""
    with TestClient(create_app(services), base_url=LOCAL) as client:
        answers = [ask(client), client.get("/metrics"), client.get("/texts.json")]

    assert [401, 401, 401] == [answer.status_code for answer in answers]


def test_a_stranger_is_sent_to_the_login_page(client_for: Maker) -> None:
    """And comes back to where they wanted to go."""
    told = client_for(keyed=False).get("/", follow_redirects=False)

    assert (303, "/login?next=/") == (told.status_code, told.headers["location"])
    assert 200 == client_for(keyed=False).get("/login").status_code


def test_readiness_tells_strangers_no_details(client_for: Maker) -> None:
    """A load balancer learns enough, and nobody else more."""
    client = client_for(keyed=False)
    known = client.get("/readyz", headers={"Authorization": f"Bearer {KEY}"}).json()

    assert {"ready": True} == client.get("/readyz").json()
    assert "knowledge" in known


# --- operations -----------------------------------------------------------------------------------


def test_readiness_shows_what_staff_should_mend(client: TestClient, fake_kb: FakeKnowledge) -> None:
    """File, line, what is wrong and what to do."""
    problem = Problem(
        code="duplicate-id",
        severity="error",
        source=Source(file="replies/a.yaml", line=3),
        message="编号重复",
        hint="请改一个",
    )
    fake_kb.told = Status(problems=(problem,))
    told = client.get("/readyz").json()

    assert (True, 1) == (told["ready"], told["knowledge"]["problems"])
    assert {
        "code": "duplicate-id",
        "severity": "error",
        "file": "replies/a.yaml",
        "line": 3,
        "message": "编号重复",
        "hint": "请改一个",
    } == told["knowledge"]["first_problems"][0]


def test_a_server_without_entries_is_not_ready(client: TestClient, fake_kb: FakeKnowledge) -> None:
    """503, and the process is alive all the same."""
    fake_kb.told = Status(entries=0)

    assert (503, 200) == (client.get("/readyz").status_code, client.get("/healthz").status_code)


def test_a_server_without_its_database_is_not_ready(
    client: TestClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The storage error's code is told."""

    def busy() -> None:
        raise StorageBusy("x")

    monkeypatch.setattr(services.db, "check", busy)
    answer = client.get("/readyz")

    assert (503, "storage.busy") == (answer.status_code, answer.json()["storage"])


def test_metrics_count_requests_by_route_and_answers_by_band(client: TestClient) -> None:
    """Unknown paths share one label, so that nobody can fill the memory with them."""
    ask(client)
    client.get("/nope/1")
    client.get("/nope/2")
    text = client.get("/metrics").text

    assert 'shopbot_suggest_total{band="answer"} 1.0' in text
    assert 'method="GET",route="other",status="404"} 2.0' in text


def test_one_line_tells_a_request_and_never_the_message(client: TestClient) -> None:
    """Route, status, band, entry and milliseconds are there; the text and its id are not."""
    with capture_logs() as lines:
        ask(client, text="我叫张三，电话13800138000")
    [line] = [one for one in lines if one["event"] == "request"]

    assert ("POST", "/api/v1/suggest", 200, "answer", "shipping-time.default") == (
        line["method"],
        line["route"],
        line["status"],
        line["band"],
        line["entry"],
    )
    assert "13800138000" not in json.dumps(lines, ensure_ascii=False, default=str)


def test_a_request_id_is_kept_or_made(client: TestClient) -> None:
    """A well-formed id of the caller comes back; anything else is replaced."""
    kept = client.get("/healthz", headers={"X-Request-Id": "abc-1"}).headers["X-Request-Id"]
    made = client.get("/healthz", headers={"X-Request-Id": "a b\t"}).headers["X-Request-Id"]

    assert ("abc-1", True) == (kept, made.startswith("req_"))


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/static/app.js", "/nope", "/texts.json", "/login"]
)
def test_every_response_has_the_security_headers(client: TestClient, path: str) -> None:
    """No page of ours runs foreign code or is framed."""
    headers = client.get(path).headers

    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert ("nosniff", "DENY", "no-referrer") == (
        headers["X-Content-Type-Options"],
        headers["X-Frame-Options"],
        headers["Referrer-Policy"],
    )


def test_the_page_loads_nothing_from_elsewhere(client: TestClient) -> None:
    """No address of another host stands in the page's files."""
    texts = [
        client.get(path).text
        for path in ("/", "/login", "/static/app.js", "/static/login.js", "/static/style.css")
    ]

    assert [] == [text for text in texts if "//" in text.replace("// ", "") and "http" in text]


@pytest.mark.parametrize("path", ["/static/../server.py", "/static/%2e%2e/server.py", "/docs"])
def test_nothing_but_static_files_is_served(client: TestClient, path: str) -> None:
    """Neither code nor pages that load from a CDN."""
    assert 404 == client.get(path).status_code


# --- OpenAPI --------------------------------------------------------------------------------------


def test_openapi_tells_every_error_and_example(client: TestClient) -> None:
    """Each operation lists its errors with our body, and the question has examples."""
    schema = client.get("/api/v1/openapi.json").json()
    suggest = schema["paths"]["/api/v1/suggest"]["post"]
    refusals = {"401", "403", "413", "415", "421", "422", "429", "503"}

    assert refusals <= set(suggest["responses"])
    assert {"#/components/schemas/ErrorBody"} == {
        suggest["responses"][status]["content"]["application/json"]["schema"]["$ref"]
        for status in refusals
    }
    assert schema["components"]["schemas"]["SuggestRequest"]["examples"]
    assert "HTTPValidationError" not in schema["components"]["schemas"]


def test_examples_of_openapi_are_true(client: TestClient) -> None:
    """Each example question is accepted, each example answer has the promised shape."""
    schemas = client.get("/api/v1/openapi.json").json()["components"]["schemas"]
    statuses = [
        client.post("/api/v1/suggest", json=body).status_code
        for body in schemas["SuggestRequest"]["examples"]
    ]
    for example in schemas["SuggestAnswer"]["examples"]:
        SuggestAnswer.model_validate(example)

    assert {200} == set(statuses)


def test_settings_without_a_key_stay_on_loopback(settings: Settings) -> None:
    """The default settings have no key and no reach."""
    assert (None, "127.0.0.1") == (settings.agent_key, settings.host)
