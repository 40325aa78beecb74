"""Why something was decided: one row a condition, worded in the message file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from shopbot import messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One condition that was looked at; ``key`` and ``values`` give the sentence for staff."""

    id: str  # stable: in-time, intact, …
    ok: bool
    key: str  # in shopbot/messages/zh-orders-rules.yaml
    values: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """Return the sentence for staff, in Chinese."""
        return messages.text(self.key, **self.values)

    def as_dict(self) -> dict[str, object]:
        """Return ``{"id", "ok", "reason"}`` as commands and the API show it."""
        return {"id": self.id, "ok": self.ok, "reason": self.reason}


def check(check_id: str, ok: bool, variant: str = "", /, **values: str | int) -> Check:
    """Return a check worded by ``check.ID`` with ``.ok``, ``.no`` or ``.VARIANT`` behind it."""
    ending = variant or ("ok" if ok else "no")
    return Check(id=check_id, ok=ok, key=f"orders.check.{check_id}.{ending}", values=values)


def all_ok(checks: tuple[Check, ...]) -> bool:
    """Tell whether nothing stands against it."""
    return all(found.ok for found in checks)
