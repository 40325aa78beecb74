"""``knowledge/rules/`` to :class:`Rules`; what is missing or wrong takes its documented default."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from shopbot.rules import soundness
from shopbot.rules.binder import Binder
from shopbot.rules.chat import ChatRules
from shopbot.rules.claims import ClaimRules
from shopbot.rules.desk import DeskRules
from shopbot.rules.document import MAX_BYTES, read_document
from shopbot.rules.model import (
    CHINA,
    CalendarRules,
    ChangeRules,
    ContactRules,
    FollowupRules,
    LogisticsRules,
    ReturnRules,
    ReviewRules,
    Rules,
    ShippingRules,
)
from shopbot.rules.proactive import ProactiveRules
from shopbot.rules.problem import RuleProblem, Slips
from shopbot.rules.reminders import ReminderRules

FOLDER = "rules"
FILES: dict[str, type] = {
    "returns": ReturnRules,
    "shipping": ShippingRules,
    "logistics": LogisticsRules,
    "changes": ChangeRules,
    "calendar": CalendarRules,
    "contact": ContactRules,
    "reviews": ReviewRules,
    "followups": FollowupRules,
    "claims": ClaimRules,
    "reminders": ReminderRules,
    "proactive": ProactiveRules,
    "chat": ChatRules,
    "desk": DeskRules,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedRules:
    """The rules to go by, and every slip found on the way."""

    rules: Rules
    problems: tuple[RuleProblem, ...] = ()


def load_rules(folder: Path) -> LoadedRules:
    """Read the rules of the store in ``folder`` (the one that holds store.yaml)."""
    problems: list[RuleProblem] = []
    store_id, zone = _store(folder)
    parts: dict[str, Any] = {}
    for name, made in FILES.items():
        slips = Slips(f"{FOLDER}/{name}.yaml")
        parts[name] = _part(folder / FOLDER / f"{name}.yaml", made, slips, zone)
        problems.extend(slips.problems)
    problems.extend(_strays(folder / FOLDER))
    rules = Rules(store_id=store_id, zone=zone, **parts)
    return LoadedRules(rules=rules, problems=(*problems, *soundness.problems(rules)))


def _part(path: Path, made: type, slips: Slips, zone: tzinfo) -> Any:
    raw = _bytes(path, slips)
    root = read_document(raw, slips) if raw is not None else None
    return made() if root is None else Binder(slips, zone).bind(made, root)


def _bytes(path: Path, slips: Slips) -> bytes | None:
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as failure:
        slips.error("unreadable", 1, reason=failure.strerror or type(failure).__name__)
        return None


def _strays(folder: Path) -> Iterator[RuleProblem]:
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError:
        return
    for name in names:
        if name.startswith((".", "~")) or name.removesuffix(".yaml") in FILES:
            continue
        slips = Slips(f"{FOLDER}/{name}")
        slips.warning("stray", 1, name=name, known="、".join(f"{known}.yaml" for known in FILES))
        yield from slips.problems


def _store(folder: Path) -> tuple[str, tzinfo]:
    """Return the store's id and zone; its file's slips are told where the knowledge is checked."""
    raw = _bytes(folder / "store.yaml", Slips("store.yaml"))
    root = read_document(raw, Slips("store.yaml")) if raw is not None else None
    told = {k.value: v.value for k, v in root.value if _plain(k, v)} if root is not None else {}
    store_id = told.get("id") or told.get("编号") or "store"
    return store_id, zone_of(told.get("timezone") or told.get("时区") or "Asia/Shanghai")


def _plain(key: yaml.Node, value: yaml.Node) -> bool:
    return isinstance(key, yaml.ScalarNode) and isinstance(value, yaml.ScalarNode)


def zone_of(name: str) -> tzinfo:
    """Return a time zone; China's when the name is unknown or the machine has no zone data."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return CHINA
