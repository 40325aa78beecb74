"""Who may do what. Checked in one place: shopbot.web.auth for HTTP and sockets."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a caller is to the store."""

    SHOPPER = "shopper"  # 顾客
    AGENT = "agent"  # 客服
    SUPERVISOR = "supervisor"  # 主管
    STAFF = "staff"  # 话术维护
    ADMIN = "admin"  # 管理员


AGENTS = (Role.AGENT, Role.SUPERVISOR, Role.ADMIN)
"""Who talks with shoppers."""

STAFF = (Role.AGENT, Role.SUPERVISOR, Role.STAFF, Role.ADMIN)
"""Everybody who works for the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A caller whose right to speak has been checked."""

    role: Role
    name: str  # as it is written down: a user's sign-in name, "agent" for the key, "shopper"
    store_id: str
    id: str = ""  # of the user or of the visitor; blank for the key
