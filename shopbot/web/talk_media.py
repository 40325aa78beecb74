"""Pictures, voice notes and files of a talk: in as they are, out by short-lived signed addresses."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import FileResponse, JSONResponse

from shopbot.chat.errors import (
    MediaRefused,
    MediaTooLarge,
)
from shopbot.errors import (
    NotFound,
    TooLarge,
    UnsupportedMedia,
)
from shopbot.web import chat_views
from shopbot.web.auth import services_of
from shopbot.web.chat_schemas import (
    MediaMade,
)
from shopbot.web.schemas import error_responses
from shopbot.web.talk_callers import (
    COMMON,
    EITHER,
    TalkId,
    author_of,
    customer_of,
    who_of,
)
from shopbot.web.visitor import Caller

router = APIRouter(prefix="/api/v1", tags=["conversations"])


@router.post(
    "/conversations/{conversation}/media",
    status_code=201,
    response_model=MediaMade,
    responses=error_responses(*EITHER, TooLarge, UnsupportedMedia, MediaRefused, MediaTooLarge),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
            },
        }
    },
)
async def upload(
    conversation: TalkId,
    request: Request,
    caller: Caller,
    name: Annotated[str, Query(max_length=200, description="The file's own name.")] = "",
    voice: Annotated[bool, Query(description="It is a voice note.")] = False,
) -> JSONResponse:
    """Keep a picture, voice note or file (the body, as it is); name `media` in a message then."""
    services, data = services_of(request), await request.body()

    def work() -> dict[str, Any]:
        made = services.chat.add_media(
            conversation=conversation,
            author=author_of(caller),
            who=who_of(caller),
            data=data,
            name=name,
            voice=voice,
            customer=customer_of(services, caller),
        )
        return chat_views.media_view(made, services.chat.media_link(made.id))

    return JSONResponse(await services.pool.run(work), status_code=201)


@router.get(
    "/chat-media/{link}",
    response_class=FileResponse,
    responses={
        200: {"content": {"application/octet-stream": {}}, "description": "The file."},
        **error_responses(NotFound, *COMMON),
    },
)
def chat_media(
    link: Annotated[str, Path(max_length=300, description="From a message's `address`.")],
    request: Request,
) -> FileResponse:
    """Give a picture or file of a talk by its short-lived signed address."""
    media, file = services_of(request).chat.open_media(link)
    headers = {"Cache-Control": "private, max-age=300"}
    inline = media.kind == "picture"
    return FileResponse(
        file,
        media_type=media.content_type,
        filename=None if inline else media.name or media.id,
        headers=headers,
    )
