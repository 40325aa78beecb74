"""Pictures, voice notes and files: what is taken, what is left of it, who may fetch it."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from shopbot.chat import media
from shopbot.chat.errors import BadMessage, MediaRefused, MediaTooLarge
from shopbot.chat.model import Incoming
from shopbot.errors import NotFound, TooMany
from shopbot.ids import FixedClock
from tests.simulators.talk import TalkStage

_GPS = 0x8825
_ORIENTATION = 0x0112


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 20), exif: bool = False) -> bytes:
    """Return a small picture, with the place it was taken and held upright when asked for."""
    made = io.BytesIO()
    told = Image.Exif()
    if exif:
        told[_ORIENTATION] = 6
        told[_GPS] = {1: "N", 2: (31.0, 14.0, 0.0)}
    mode = "P" if kind == "GIF" else "RGB"
    Image.new(mode, size, 1 if kind == "GIF" else "red").save(made, kind, exif=told)
    return made.getvalue()


def office(*names: str) -> bytes:
    """Return a packed file with these parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for name in names:
            packed.writestr(name, "x")
    return made.getvalue()


SHEET = office("[Content_Types].xml", "xl/workbook.xml")


@pytest.mark.parametrize(
    ("kind", "content_type"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("WEBP", "image/webp"),
        ("GIF", "image/png"),
    ],
)
def test_pictures_are_written_anew(kind: str, content_type: str) -> None:
    """Every kind that is taken becomes one that is served."""
    ready = media.check_upload(picture(kind), "a.exe")

    assert ("picture", content_type, 40, 20) == (
        ready.kind, ready.content_type, ready.width, ready.height
    )  # fmt: skip
    with Image.open(io.BytesIO(ready.data)) as again:
        assert (40, 20) == again.size


def test_a_picture_does_not_tell_where_it_was_taken() -> None:
    """EXIF is gone, after the picture was turned the way it was held."""
    ready = media.check_upload(picture(exif=True), "IMG_1.jpg")

    with Image.open(io.BytesIO(ready.data)) as again:
        assert {} == dict(again.getexif())
    assert (20, 40) == (ready.width, ready.height)


def test_nothing_rides_behind_a_picture() -> None:
    """What was hung onto the file (a page, a program) is not kept."""
    ready = media.check_upload(picture("PNG") + b"<script>alert(1)</script>PK\x03\x04", "a.png")

    assert b"script" not in ready.data


@pytest.mark.parametrize(
    ("data", "name", "content_type"),
    [
        (b"%PDF-1.7 x", "invoice.pdf", "application/pdf"),
        (SHEET, "a.xlsx", media._SHEET),
        (office("[Content_Types].xml", "word/document.xml"), "a.docx", media._WORD),
        ("订单,数量".encode(), "a.csv", "text/plain"),
        ("订单".encode("gb18030"), "A.TXT", "text/plain"),
    ],
)
def test_listed_files_are_taken(data: bytes, name: str, content_type: str) -> None:
    """By what they are."""
    assert content_type == media.check_upload(data, name).content_type


@pytest.mark.parametrize(
    ("data", "name"),
    [
        pytest.param(b"", "a.png", id="empty"),
        pytest.param(b"MZ\x90\x00", "a.exe", id="program"),
        pytest.param(b"MZ\x90\x00", "a.pdf", id="program-called-pdf"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg", id="svg"),
        pytest.param(b"<html></html>", "a.html", id="page"),
        pytest.param(picture()[:200], "a.jpg", id="half-a-picture"),
        pytest.param(b"\xff\xd8\xff\xe0nothing", "a.jpg", id="no-picture"),
        pytest.param(SHEET, "a.docx", id="sheet-called-document"),
        pytest.param(office("[Content_Types].xml", "xl/vbaProject.bin"), "a.xlsx", id="macros"),
        pytest.param(office("a.txt"), "a.zip", id="archive"),
        pytest.param(b"a\0b", "a.txt", id="binary-text"),
    ],
)
def test_everything_else_is_refused(data: bytes, name: str) -> None:
    """Whatever it is called."""
    with pytest.raises(MediaRefused):
        media.check_upload(data, name)


def test_a_picture_of_too_many_pixels_is_not_even_decoded() -> None:
    """A few hundred kilobytes may say that they are a hundred megapixels."""
    made = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(made, "PNG")

    with pytest.raises(MediaRefused):
        media.check_upload(made.getvalue(), "a.png")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\xff\xd8\xff" + b"x" * media.MAX_PICTURE, "a.jpg"),
        (b"%PDF-" + b"x" * media.MAX_FILE, "a.pdf"),
    ],
)
def test_too_large_files_are_refused(data: bytes, name: str) -> None:
    """The limit is told."""
    with pytest.raises(MediaTooLarge) as refused:
        media.check_upload(data, name)

    assert refused.value.values["limit"] in (media.MAX_PICTURE, media.MAX_FILE)


@pytest.mark.parametrize("head", [b"OggS", b"ID3", b"\x00\x00\x00 ftyp", b"#!AMR"])
def test_voice_notes_are_known_by_their_head(head: bytes) -> None:
    """And only where a voice note was announced."""
    assert "voice" == media.check_upload(head + b"x" * 20, "v", voice=True).kind
    with pytest.raises(MediaRefused):
        media.check_upload(head + b"x" * 20, "v")


# --- in a talk ---------------------------------------------------------------------------------------


def test_a_picture_is_for_the_two_sides_of_its_talk(stage: TalkStage, clock: FixedClock) -> None:
    """Its address holds ten minutes; a changed one, or one that is over, opens nothing."""
    talk = stage.chat.open(visitor="vis_1")
    kept = stage.chat.add_media(
        conversation=talk.id, author="shopper", who="vis_1", data=picture(), name="../照片.jpg"
    )
    message = Incoming(type="picture", body={"media": kept.id}, client_key="k1")
    stage.chat.send(conversation=talk.id, author="shopper", who="vis_1", message=message)
    shown = stage.events(talk, "shopper")[0]

    found, place = stage.chat.open_media(shown.body["address"])

    assert (kept.id, "照片.jpg") == (found.id, found.name)
    assert place.is_relative_to(stage.chat.gear.media)
    assert "照片" not in place.name
    *kept_part, last = shown.body["address"]
    with pytest.raises(NotFound):
        stage.chat.open_media("".join(kept_part) + ("B" if last == "A" else "A"))
    clock.move(timedelta(minutes=11))
    with pytest.raises(NotFound):
        stage.chat.open_media(shown.body["address"])


@pytest.mark.parametrize("link", ["", ".", "a.b.c", "med_x.99999999999999999.x", "..\x00", "é.1.ü"])
def test_made_up_addresses_open_nothing(stage: TalkStage, link: str) -> None:
    """However they look."""
    with pytest.raises(NotFound):
        stage.chat.open_media(link)


def test_nobody_uploads_into_or_shows_a_picture_of_another_talk(stage: TalkStage) -> None:
    """The error is that of a talk, or a file, that is not there."""
    mine, theirs = stage.chat.open(visitor="vis_1"), stage.chat.open(visitor="vis_2")
    kept = stage.chat.add_media(
        conversation=theirs.id, author="shopper", who="vis_2", data=picture()
    )
    message = Incoming(type="picture", body={"media": kept.id}, client_key="k1")

    with pytest.raises(NotFound):
        stage.chat.add_media(conversation=theirs.id, author="shopper", who="vis_1", data=picture())
    with pytest.raises(BadMessage):
        stage.chat.send(conversation=mine.id, author="shopper", who="vis_1", message=message)
    assert [] == stage.events(mine)


def test_uploads_have_an_hourly_limit(stage: TalkStage, clock: FixedClock) -> None:
    """A full disk is nobody's picture."""
    talk = stage.chat.open(visitor="vis_1")

    def upload() -> None:
        stage.chat.add_media(
            conversation=talk.id, author="shopper", who="vis_1", data=b"a,b", name="a.csv"
        )

    for _ in range(40):
        upload()
    with pytest.raises(TooMany):
        upload()
    clock.move(timedelta(hours=1, seconds=1))
    upload()


def test_files_are_only_for_the_server_itself(stage: TalkStage) -> None:
    """Neither group nor others may read what shoppers send."""
    talk = stage.chat.open(visitor="vis_1")
    stage.chat.add_media(conversation=talk.id, author="shopper", who="vis_1", data=picture())

    files = [one for one in Path(stage.chat.gear.media).rglob("*") if one.is_file()]

    assert [0o600] == [one.stat().st_mode & 0o777 for one in files]


def test_a_screenshot_gets_its_curated_line(stage: TalkStage, clock: FixedClock) -> None:
    """Without words the bot says that it cannot read pictures."""
    talk = stage.chat.open(visitor="vis_1")
    kept = stage.chat.add_media(conversation=talk.id, author="shopper", who="vis_1", data=picture())
    message = Incoming(type="picture", body={"media": kept.id}, client_key="k1")
    stage.chat.send(conversation=talk.id, author="shopper", who="vis_1", message=message)
    clock.move(timedelta(seconds=5))
    stage.run_due()

    assert any("system.picture" in text for text in stage.said(talk))
