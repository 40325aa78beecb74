"""GET /api/v1/media/…: the pictures that suggestions name, from the store's media folder alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi import Path as InPath
from fastapi.responses import FileResponse

from shopbot.errors import Forbidden, HostNotAllowed, Malformed, NotFound, TooMany, Unauthenticated
from shopbot.kb.folder import MEDIA
from shopbot.kb.lint_media import allowed
from shopbot.roles import Principal, Role
from shopbot.web.auth import require, services_of
from shopbot.web.schemas import error_responses

router = APIRouter(prefix="/api/v1", tags=["suggest"])

PICTURES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".gif": "image/gif",
}
"""What is served, by suffix. No SVG: it could carry a script."""
_KEPT = "private, max-age=300"
_MAY_SEE = require(Role.AGENT, Role.SUPERVISOR, Role.STAFF, Role.ADMIN)


@router.get(
    "/media/{path:path}",
    response_class=FileResponse,
    responses={
        200: {"content": {kind: {} for kind in sorted(set(PICTURES.values()))}},
        **error_responses(Unauthenticated, Forbidden, NotFound, HostNotAllowed, Malformed, TooMany),
    },
)
async def media(
    path: Annotated[str, InPath(description="An attachment's path without `media/` before it.")],
    request: Request,
    _: Annotated[Principal, Depends(_MAY_SEE)],
) -> FileResponse:
    """Give a picture that a suggestion names in `attachments`."""
    services = services_of(request)
    file = await services.pool.run(lambda: find_picture(path, services.kb.folder))
    if file is None:
        raise NotFound("picture")
    kind = PICTURES[file.suffix.lower()]
    return FileResponse(file, media_type=kind, headers={"Cache-Control": _KEPT})


def find_picture(path: str, folder: Path) -> Path | None:
    """Return the real file of ``path`` below the folder's media/, or None when it is no picture there."""
    try:
        file = allowed(f"{MEDIA}/{path}", folder)
        there = file is not None and file.suffix.lower() in PICTURES and file.is_file()
    except (OSError, ValueError):  # a name that no file can have
        return None
    return file if there else None
