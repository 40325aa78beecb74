"""/api/v1/orders/round: what the shop's morning needs. For agents."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from shopbot.chat.promised import of_promises
from shopbot.errors import Forbidden, HostNotAllowed, StorageError, Unauthenticated
from shopbot.orders.round import find_round
from shopbot.roles import AGENTS, Principal
from shopbot.rules import load_rules
from shopbot.web.auth import require, services_of
from shopbot.web.schemas import error_responses

router = APIRouter(prefix="/api/v1/orders", tags=["orders"])

_COMMON = (Unauthenticated, Forbidden, HostNotAllowed, StorageError)


class RoundSection(BaseModel):
    """One section of the list; empty ones are there too."""

    section: str
    title: str
    count: int
    overdue: int
    chores: list[dict[str, Any]] = Field(
        description="`subject`, `ref`, `says`, `next`, `due` (null: as soon as possible), `overdue`."
    )


class RoundShown(BaseModel):
    """The morning's list."""

    at: str
    count: int
    overdue: int
    sections: list[RoundSection]


@router.get("/round", response_model=RoundShown, responses=error_responses(*_COMMON))
def show_round(
    request: Request, agent: Annotated[Principal, Depends(require(*AGENTS))]
) -> JSONResponse:
    """Tell what the morning needs, section by section, each chore with its next step."""
    services = services_of(request)
    rules = load_rules(services.settings.knowledge_dir()).rules
    told = find_round(services.db, rules, services.clock.now(), (of_promises,))
    return JSONResponse(told.as_dict(rules))
