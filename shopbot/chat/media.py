"""Pictures, voice notes and files of a talk: checked, made harmless, kept outside every web root.

A picture is decoded and written anew, so that nothing but its pixels is kept (no EXIF, no place where it
was taken, nothing hidden behind the picture). Files are taken by what they are, not by what they are
called. Each gets a random name; who may see it gets an address that holds a few minutes.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import warnings
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath

from PIL import Image, ImageOps, UnidentifiedImageError

from shopbot import ids
from shopbot.chat.errors import MediaRefused, MediaTooLarge
from shopbot.chat.model import MediaKind
from shopbot.chat.schemas import clean
from shopbot.errors import NotFound

MAX_PICTURE = 8 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_FILE = 10 * 1024 * 1024
MAX_VOICE = 5 * 1024 * 1024
MAX_NAME = 100
LINK_HOLDS = timedelta(minutes=10)

_FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/png"}
_SUFFIX = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp"}
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_VOICES: tuple[tuple[bytes, int, str], ...] = (
    (b"OggS", 0, "audio/ogg"),
    (b"ID3", 0, "audio/mpeg"),
    (b"\xff\xfb", 0, "audio/mpeg"),
    (b"\xff\xf3", 0, "audio/mpeg"),
    (b"ftyp", 4, "audio/mp4"),
    (b"\x1aE\xdf\xa3", 0, "audio/webm"),
    (b"WAVE", 8, "audio/wav"),
    (b"#!AMR", 0, "audio/amr"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What may be kept of an upload."""

    kind: MediaKind
    content_type: str
    data: bytes
    suffix: str
    width: int = 0
    height: int = 0


def check_upload(data: bytes, name: str, *, voice: bool = False) -> Ready:
    """Return what is kept of an upload; its type is read from its bytes.

    :raises MediaTooLarge: for more bytes than are taken.
    :raises MediaRefused: for anything else than a picture, a voice note or a listed kind of file.
    """
    if len(data) > MAX_FILE:
        raise MediaTooLarge(MAX_FILE)
    if not data:
        raise MediaRefused("it is empty")
    if voice:
        return _voice(data)
    if _is_picture(data):
        return _picture(data)
    return _file(data, name)


def _is_picture(data: bytes) -> bool:
    heads = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF87a", b"GIF89a")
    return data.startswith(heads) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")


def _picture(data: bytes) -> Ready:
    if len(data) > MAX_PICTURE:
        raise MediaTooLarge(MAX_PICTURE)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return _encoded_anew(data)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise MediaRefused("it is no whole picture") from error
    except (Image.DecompressionBombError, MemoryError) as error:
        raise MediaRefused("it has too many pixels") from error


def _encoded_anew(data: bytes) -> Ready:
    with Image.open(io.BytesIO(data), formats=tuple(_FORMATS)) as opened:
        content_type = _FORMATS[str(opened.format)]
        if opened.width * opened.height > MAX_PIXELS:
            raise MediaRefused("it has too many pixels")
        picture = ImageOps.exif_transpose(opened)  # as it was held, before that is forgotten
    made = io.BytesIO()
    if content_type == "image/jpeg":
        picture.convert("RGB").save(made, "JPEG", quality=85, optimize=True)
    else:
        mode = "RGBA" if "A" in picture.mode or "transparency" in picture.info else "RGB"
        plain = picture.convert(mode)
        plain.info.clear()
        plain.save(made, "PNG" if content_type == "image/png" else "WEBP")
    return Ready(
        kind="picture",
        content_type=content_type,
        data=made.getvalue(),
        suffix=_SUFFIX[content_type],
        width=picture.width,
        height=picture.height,
    )


def _voice(data: bytes) -> Ready:
    if len(data) > MAX_VOICE:
        raise MediaTooLarge(MAX_VOICE)
    for mark, at, content_type in _VOICES:
        if data[at : at + len(mark)] == mark:
            return Ready(kind="voice", content_type=content_type, data=data, suffix=".audio")
    raise MediaRefused("it is no voice note")


def _file(data: bytes, name: str) -> Ready:
    suffix = PurePosixPath(name.lower().replace("\\", "/")).suffix
    content_type = _KINDS[suffix](data) if suffix in _KINDS else None
    if content_type is None:
        raise MediaRefused("send pictures (JPEG, PNG, WebP, GIF) or pdf, xlsx, csv, txt, docx")
    return Ready(kind="file", content_type=content_type, data=data, suffix=suffix)


def _pdf(data: bytes) -> str | None:
    return "application/pdf" if data[:5] == b"%PDF-" else None


def _office(part: str, content_type: str) -> Callable[[bytes], str | None]:
    def check(data: bytes) -> str | None:
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as packed:
                names = packed.namelist()
        except (zipfile.BadZipFile, ValueError, OSError):
            return None
        whole = "[Content_Types].xml" in names and any(one.startswith(part) for one in names)
        macros = any(one.lower().endswith("vbaproject.bin") for one in names)
        return content_type if whole and not macros else None

    return check


def _plain(data: bytes) -> str | None:
    if b"\0" in data:
        return None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return "text/plain"
    return None


_KINDS: dict[str, Callable[[bytes], str | None]] = {
    ".pdf": _pdf,
    ".xlsx": _office("xl/", _SHEET),
    ".docx": _office("word/", _WORD),
    ".csv": _plain,
    ".txt": _plain,
}


def keep(folder: Path, ready: Ready) -> str:
    """Write an upload below ``folder`` under a random name and return that name."""
    name = f"{ids.new_secret(24)}{ready.suffix}"
    place = folder / name[:2]
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = place / f"{name}.part"
    part.write_bytes(ready.data)
    part.chmod(0o600)
    part.rename(place / name)
    return name


def place_of(folder: Path, name: str) -> Path:
    """Return where a file of this random name stands."""
    return folder / name[:2] / name


def shown_name(name: str) -> str:
    """Return a file's own name as both sides may read it: no folders, no control characters."""
    return clean(name.replace("\\", "/").rsplit("/", 1)[-1])[:MAX_NAME]


# --- addresses ---------------------------------------------------------------------------------------


def sign(key: bytes, store_id: str, media_id: str, now: datetime) -> str:
    """Return an address part that shows ``media_id`` until :data:`LINK_HOLDS` from now have passed.

    Within a minute it stays the same, so that a browser need not fetch a picture twice.
    """
    until = int((now + LINK_HOLDS).timestamp()) // 60 * 60
    return f"{media_id}.{until}.{_mac(key, store_id, media_id, until)}"


def check_link(key: bytes, store_id: str, link: str, now: datetime) -> str:
    """Return the media id of an address; NotFound when it was not made here or is over."""
    media_id, _, rest = link.partition(".")
    told, _, mac = rest.partition(".")
    until = int(told) if told.isascii() and told.isdecimal() and len(told) < 12 else 0
    good = hmac.compare_digest(mac.encode(), _mac(key, store_id, media_id, until).encode())
    if not good or datetime.fromtimestamp(until, UTC) <= now:
        raise NotFound("media")
    return media_id


def _mac(key: bytes, store_id: str, media_id: str, until: int) -> str:
    told = f"shopbot chat media\n{store_id}\n{media_id}\n{until}".encode()
    return urlsafe_b64encode(hmac.digest(key, told, hashlib.sha256)).decode().rstrip("=")
