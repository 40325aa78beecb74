"""/api/v1/desk, /transfers, /promises: what the agents' page shows and does beside the talks."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse

from shopbot.chat import promises
from shopbot.errors import Conflict
from shopbot.web import chat_views
from shopbot.web.auth import services_of
from shopbot.web.chat_bodies import (
    AnswerBody,
    PresenceBody,
    PromiseQuery,
    TaskBody,
)
from shopbot.web.chat_schemas import (
    AgentShown,
    DeskShown,
    ImportantShown,
    PromiseList,
    PromiseShown,
    TaskShown,
    TransferShown,
)
from shopbot.web.desk_view import (
    desk_picture,
    person_of,
    staff_id,
    task_view,
    transfer_view,
)
from shopbot.web.schemas import error_responses
from shopbot.web.staffing import BODY, COMMON, Agent
from shopbot.web.talk_callers import TalkId

router = APIRouter(prefix="/api/v1", tags=["desk"])

Name = Annotated[str, Path(max_length=100)]


@router.get("/desk", response_model=DeskShown, responses=error_responses(*COMMON))
def show_desk(request: Request, agent: Agent) -> JSONResponse:
    """Return who waits, whose talks are whose, who is here, and what is to be done."""
    services = services_of(request)
    person = person_of(services, agent)
    services.reception.sign(person.id)  # a page that has no socket looks here every few seconds
    return JSONResponse(desk_picture(services, person))


@router.post("/desk/presence", response_model=AgentShown, responses=error_responses(*COMMON, *BODY))
def set_presence(body: PresenceBody, request: Request, agent: Agent) -> JSONResponse:
    """Say whether the caller takes talks."""
    services = services_of(request)
    made = services.reception.set_presence(
        person_of(services, agent), body.state, capacity=body.capacity
    )
    shown = {"id": made.id, "name": made.name, "state": made.state, "capacity": made.capacity}
    return JSONResponse(shown)


@router.post(
    "/desk/tasks/{task}/done",
    response_model=TaskShown,
    responses=error_responses(*COMMON, *BODY, Conflict),
)
def task_done(
    task: Name, request: Request, agent: Agent, body: TaskBody | None = None
) -> JSONResponse:
    """Say that a task is done, with what came of it."""
    ended = services_of(request).reception.end_task(
        task, staff_id(agent), "done", result=body.result if body else ""
    )
    return JSONResponse(task_view(ended))


@router.post(
    "/transfers/{transfer}/{answer}",
    response_model=TransferShown,
    responses=error_responses(*COMMON, *BODY, Conflict),
)
def answer_transfer(
    transfer: Name,
    answer: Literal["accept", "return"],
    request: Request,
    agent: Agent,
    body: AnswerBody | None = None,
) -> JSONResponse:
    """Accept an offered talk, or send it back (the giver: take the offer back)."""
    services = services_of(request)
    ended = services.reception.answer_offer(
        transfer,
        person_of(services, agent),
        "accepted" if answer == "accept" else "returned",
        note=body.note if body else "",
    )
    return JSONResponse(transfer_view(ended))


@router.post(
    "/conversations/{conversation}/important",
    response_model=ImportantShown,
    responses=error_responses(*COMMON, *BODY),
)
def mark_important(conversation: TalkId, request: Request, agent: Agent) -> JSONResponse:
    """Mark the shopper of a talk as an important customer, in all their talks; safe to repeat."""
    services_of(request).reception.set_important(conversation, staff_id(agent), vip=True)
    return JSONResponse({"important": True})


@router.delete(
    "/conversations/{conversation}/important",
    response_model=ImportantShown,
    responses=error_responses(*COMMON),
)
def unmark_important(conversation: TalkId, request: Request, agent: Agent) -> JSONResponse:
    """Take that back; safe to repeat."""
    services_of(request).reception.set_important(conversation, staff_id(agent), vip=False)
    return JSONResponse({"important": False})


@router.get("/promises", response_model=PromiseList, responses=error_responses(*COMMON))
def list_promises(
    request: Request, agent: Agent, wanted: Annotated[PromiseQuery, Query()]
) -> JSONResponse:
    """List promises, the next due first."""
    found = promises.list_promises(
        services_of(request).db,
        agent.store_id,
        conversation=wanted.conversation,
        state=wanted.state or "",
    )
    return JSONResponse({"promises": [chat_views.promise_view(one) for one in found]})


@router.post(
    "/promises/{promise}/{ending}",
    response_model=PromiseShown,
    responses=error_responses(*COMMON, *BODY, Conflict),
)
def end_promise(
    promise: Name, ending: Literal["kept", "withdraw"], request: Request, agent: Agent
) -> JSONResponse:
    """Say that a promise was kept, or take it back."""
    how: promises.Ending = "kept" if ending == "kept" else "withdrawn"
    ended = services_of(request).reception.end_promise(promise, staff_id(agent), how)
    return JSONResponse(chat_views.promise_view(ended))
