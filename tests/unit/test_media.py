"""GET /api/v1/media: the store's pictures, and nothing else of the machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from shopbot.web.media import find_picture
from shopbot.web.server import create_app
from shopbot.web.services import Services
from tests.signed_in import AGENT, with_key
from tests.simulators.knowledge import FakeKnowledge

PNG = b"\x89PNG\r\n\x1a\n a picture"


@pytest.fixture
def folder(fake_kb: FakeKnowledge, tmp_path: Path) -> Path:
    """A store with one picture, a text beside it, and things outside that nobody may see."""
    store = tmp_path / "shop"
    (store / "media" / "charts").mkdir(parents=True)
    (store / "media" / "size-a.png").write_bytes(PNG)
    (store / "media" / "charts" / "尺码 b.JPG").write_bytes(PNG)
    (store / "media" / "notes.txt").write_text("internal", encoding="utf-8")
    (store / "media" / "drawing.svg").write_text("<svg/>", encoding="utf-8")
    (store / "store.yaml").write_text("id: shop", encoding="utf-8")
    (store / "secret.png").write_bytes(PNG)
    (tmp_path / "outside.png").write_bytes(PNG)
    (store / "media" / "link.png").symlink_to(tmp_path / "outside.png")
    fake_kb.folder = store
    return store


@pytest.fixture
def client(services: Services, folder: Path) -> Iterator[TestClient]:
    """An agent's client."""
    app = create_app(with_key(services))
    with TestClient(app, base_url="http://127.0.0.1:8000", headers=AGENT) as made:
        yield made


def test_a_picture_is_given_with_its_type(client: TestClient) -> None:
    """As a picture, which the browser may keep for itself and must not guess about."""
    told = client.get("/api/v1/media/size-a.png")

    assert (200, PNG, "image/png") == (told.status_code, told.content, told.headers["content-type"])
    assert "private, max-age=300" == told.headers["cache-control"]
    assert "nosniff" == told.headers["x-content-type-options"]


def test_a_name_may_be_chinese_with_spaces_and_folders(client: TestClient) -> None:
    """Staff name files as they like."""
    told = client.get("/api/v1/media/charts/%E5%B0%BA%E7%A0%81%20b.JPG")

    assert (200, "image/jpeg") == (told.status_code, told.headers["content-type"])


@pytest.mark.parametrize(
    "path",
    [
        "missing.png",
        "",
        "charts",
        "notes.txt",
        "drawing.svg",
        "link.png",
        "../secret.png",
        "..%2Fsecret.png",
        "%2e%2e/secret.png",
        "%2e%2e%2fsecret.png",
        "charts/../../secret.png",
        "charts/%2e%2e/%2e%2e/secret.png",
        "..%5Csecret.png",
        "/etc/passwd",
        "%2Fetc%2Fpasswd",
        "%2F..%2Fsecret.png",
        "size-a.png%00.txt",
        "%ff.png",
        "a" * 300 + ".png",
        "../media/../store.yaml",
    ],
)
def test_nothing_else_is_given(client: TestClient, path: str) -> None:
    """Not there, not a picture and not below media/ all get the same answer."""
    told = client.get(f"/api/v1/media/{path}")

    assert 404 == told.status_code
    assert "request.not-found" == told.json()["error"]


@pytest.mark.parametrize("path", ["../secret.png", "/../secret.png", "charts/../../secret.png"])
def test_a_path_that_no_client_tidied_leads_nowhere(folder: Path, path: str) -> None:
    """Clients shorten `..` themselves; a hostile one does not."""
    assert find_picture(path, folder) is None


def test_an_absolute_path_leads_nowhere(folder: Path) -> None:
    """Even one of a picture that is there."""
    assert find_picture(os.fspath(folder / "media" / "size-a.png"), folder) is None


def test_strangers_get_no_picture(client: TestClient) -> None:
    """Only who works here does."""
    del client.headers["Authorization"]

    assert 401 == client.get("/api/v1/media/size-a.png").status_code
