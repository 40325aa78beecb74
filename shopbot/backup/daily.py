"""A backup every day, and how long backups are kept: the deciding part is pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from pathlib import Path

from shopbot import audit, ids, jobs
from shopbot.backup.making import Made, Sources, made_at, make_backup
from shopbot.storage import Transaction

KIND = "backup.daily"
_DAY = timedelta(days=1)
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When, where to and for how long."""

    at: time  # of the store's day
    zone: tzinfo
    place: Path
    keep: timedelta

    def slot(self, now: datetime) -> datetime:
        """Return the last time at which a backup was due, in UTC."""
        local = now.astimezone(self.zone)
        today = datetime.combine(local.date(), self.at, self.zone)
        return ids.as_utc(today if today <= local else today - _DAY)

    def next_slot(self, now: datetime) -> datetime:
        """Return the next time at which a backup will be due, in UTC."""
        local = now.astimezone(self.zone)
        today = datetime.combine(local.date(), self.at, self.zone)
        return ids.as_utc(today if today > local else today + _DAY)


def find_missed(schedule: Schedule, now: datetime) -> datetime | None:
    """Return when a backup was due that nobody made, looked up once, at the start of a server.

    A store that has never been backed up has missed none: it waits for its first time.
    """
    latest = max((made for _, made in list_backups(schedule.place)), default=None)
    due = schedule.slot(now)
    return due if latest is not None and latest < due else None


def plan_daily(
    tx: Transaction, store_id: str, schedule: Schedule, missed: datetime | None, now: datetime
) -> int:
    """Plan the next backup, and the one that was missed; return how many were new."""
    planned = 0
    for due in (missed, schedule.next_slot(now)):
        if due is not None:
            job = jobs.Plan(
                store_id=store_id,
                kind=KIND,
                key=ids.to_text(due),
                due=due,
                payload={},
                max_attempts=_ATTEMPTS,
            )
            planned += jobs.plan(tx, job, now)
    return planned


def handler(sources: Callable[[], Sources], schedule: Schedule) -> jobs.Handler:
    """Return what makes the daily backup and forgets old ones."""

    def work(job: jobs.Job, now: datetime) -> jobs.Apply:
        made = make_backup(sources(), schedule.place, now)
        for old in too_old(list_backups(schedule.place), now, schedule.keep):
            old.unlink(missing_ok=True)
        return lambda tx: write_down(tx, job.store_id, made, "system", now)

    return work


def list_backups(place: Path) -> list[tuple[Path, datetime]]:
    """Return the whole backups in a folder with their times, oldest first."""
    if not place.is_dir():
        return []
    found = [(file, made_at(file)) for file in place.iterdir() if file.is_file()]
    return sorted(
        ((file, made) for file, made in found if made is not None), key=lambda one: one[1]
    )


def too_old(backups: Iterable[tuple[Path, datetime]], now: datetime, keep: timedelta) -> list[Path]:
    """Return what may go: older than ``keep``, and never the newest one."""
    ordered = sorted(backups, key=lambda one: one[1])
    return [file for file, made in ordered[:-1] if now - made > keep]


def write_down(tx: Transaction, store_id: str, made: Made, who: str, now: datetime) -> None:
    """Put a backup into the audit trail."""
    audit.record(
        tx,
        audit.Deed(
            store_id=store_id,
            name="backup.made",
            who=who,
            subject=made.file.name,
            at=now,
            data={"files": len(made.manifest.files), "bytes": made.manifest.size},
        ),
    )
