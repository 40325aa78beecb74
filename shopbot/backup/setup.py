"""What is backed up on an installation, and when: from its settings and its rules."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path

from shopbot.backup.daily import Schedule
from shopbot.backup.making import FOLDER, Sources
from shopbot.config import Settings
from shopbot.rules import load_rules


def sources_of(settings: Settings, software: str) -> Sources:
    """Return what is backed up: all stores, where there are several."""
    folders = _store_folders(settings)
    return Sources(
        data=settings.data_dir(),
        knowledge=settings.stores if settings.stores is not None else folders[0],
        stores=tuple(load_rules(folder).rules.store_id for folder in folders),
        software=software,
    )


def place_of(settings: Settings) -> Path:
    """Return the folder in which backups lie."""
    return settings.backup_dir or settings.data / FOLDER


def schedule_of(settings: Settings) -> Schedule | None:
    """Return when backups are made by themselves; None when that is turned off."""
    if settings.backup_at == "off":
        return None
    hour, _, minute = settings.backup_at.partition(":")
    return Schedule(
        at=time(int(hour), int(minute)),
        zone=load_rules(_store_folders(settings)[0]).rules.zone,
        place=place_of(settings),
        keep=timedelta(days=settings.backup_keep),
    )


def _store_folders(settings: Settings) -> list[Path]:
    if settings.stores is None:
        return [settings.knowledge_dir()]
    return sorted(path.parent for path in settings.stores.glob("*/store.yaml"))
