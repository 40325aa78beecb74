"""Backups: made while others write, verified, kept by rule, restored whole or not at all."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopbot import app, audit, ids, jobs
from shopbot.accounts import sessions, store
from shopbot.backup import daily
from shopbot.backup.daily import Schedule, find_missed, list_backups, plan_daily, too_old
from shopbot.backup.errors import BackupDamaged, TargetNotEmpty
from shopbot.backup.making import Made, Sources, file_name, made_at, make_backup, verify
from shopbot.backup.manifest import NAME, Kept, Manifest, read_manifest
from shopbot.backup.restoring import restore
from shopbot.commands.restore import _finish
from shopbot.config import load_settings
from shopbot.errors import DataFolderInUse, StorageFull, StorageTooNew
from shopbot.jobs import run_due
from shopbot.roles import Role
from shopbot.storage import SqliteDatabase, Statement, open_database
from shopbot.storage.lock import server_lock
from tests.conftest import START

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def sources(tmp_path: Path, db: SqliteDatabase) -> Sources:
    """A data folder with a user and a picture, and a store's knowledge."""
    data, shop = tmp_path / "data", tmp_path / "shop"
    (data / "media" / "ab").mkdir(parents=True)
    (data / "media" / "ab" / "x.png").write_bytes(b"picture")
    (data / "index").mkdir()
    (data / "index" / "large").write_bytes(b"can be made again")
    (shop / "replies").mkdir(parents=True)
    (shop / "store.yaml").write_text("id: test\nname: 测试店\n", encoding="utf-8")
    (shop / "replies" / "发货.yaml").write_text("- id: a\n", encoding="utf-8")
    (shop / ".git").mkdir()
    (shop / ".git" / "config").write_text("x", encoding="utf-8")
    (tmp_path / "outside.txt").write_text("x", encoding="utf-8")
    (shop / "link.txt").symlink_to(tmp_path / "outside.txt")
    given: dict[str, Any] = {"store_id": "test", "role": Role.ADMIN, "password": None}
    db.transaction(lambda tx: store.add_user(tx, name="xl", now=START, **given))
    return Sources(data=data, knowledge=shop, stores=("test",), software="0.1.0")


@pytest.fixture
def made(sources: Sources, tmp_path: Path) -> Made:
    """A backup of them."""
    return make_backup(sources, tmp_path / "backups", START)


def unpacked(file: Path, place: Path) -> Path:
    """Unpack a backup as a person would; `extractall` without a filter, or with one, warns or fails
    in one or the other of the supported Pythons.
    """
    with tarfile.open(file) as tar:
        for member in tar:
            if (source := tar.extractfile(member)) is not None:
                target = place / member.name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(source.read())
    return place


def repacked(folder: Path, target: Path, add: Callable[[tarfile.TarFile], None]) -> Path:
    """Pack a folder again, with something added."""
    with tarfile.open(target, "w:gz") as tar:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                tar.add(path, path.relative_to(folder).as_posix())
        add(tar)
    return target


# --- making ---------------------------------------------------------------------------------------


def test_a_backup_holds_what_cannot_be_made_again(made: Made) -> None:
    """Database, media, knowledge; no index, no .git, nothing from outside."""
    names = {one.path for one in made.manifest.files}

    assert {
        "shopbot.db", "media/ab/x.png", "knowledge/store.yaml", "knowledge/replies/发货.yaml",
    } == names  # fmt: skip
    assert ("shopbot-20261122T040000Z.tar.gz", 0o600) == (
        made.file.name,
        made.file.stat().st_mode & 0o777,
    )
    assert ("0.1.0", ("test",), START) == (
        made.manifest.software,
        made.manifest.stores,
        made.manifest.made_at,
    )
    assert "accounts/0001" in made.manifest.schema
    assert [made.file] == list(made.file.parent.iterdir())


def test_a_backup_made_while_others_write_is_one_state(
    sources: Sources, db: SqliteDatabase, tmp_path: Path
) -> None:
    """Two rows of each transaction are in it both or not at all, and what was written before is."""
    stop, written = threading.Event(), [0]
    add = Statement(
        "add",
        "INSERT INTO idempotency VALUES ('test', :who, 'r', :n, 'h', 200, '{}', '2026')",
    )

    def write() -> None:
        while not stop.is_set():
            number = str(written[0])

            def pair(tx: Any, number: str = number) -> None:
                tx.run(add, who="a", n=number)
                tx.run(add, who="b", n=number)

            db.transaction(pair)
            written[0] += 1

    thread = threading.Thread(target=write)
    thread.start()
    while written[0] < 20:
        pass
    before = written[0]
    file = make_backup(sources, tmp_path / "backups", START).file
    stop.set()
    thread.join()
    restore(file, tmp_path / "restored", START)
    copy = open_database(tmp_path / "restored")
    rows = copy.all(
        Statement("count", "SELECT who, count(*) AS n FROM idempotency GROUP BY who ORDER BY who")
    )
    copy.close()

    assert rows[0]["n"] == rows[1]["n"] >= before
    assert written[0] > before


def test_a_full_disk_leaves_nothing_behind(
    sources: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clear error, no half file, older backups untouched."""
    import errno

    old = make_backup(sources, tmp_path / "backups", START - timedelta(days=1)).file

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("shopbot.backup.making.os.fsync", full)
    with pytest.raises(StorageFull):
        make_backup(sources, tmp_path / "backups", START)

    assert [old] == list((tmp_path / "backups").iterdir())


# --- verifying ------------------------------------------------------------------------------------


def test_a_flipped_bit_is_found_or_changes_nothing(made: Made) -> None:
    """Wherever it is; in a run of zeros some flips unpack to the very same bytes."""
    whole, found = made.file.read_bytes(), 0
    for place in range(0, len(whole), max(len(whole) // 150, 1)):
        raw = bytearray(whole)
        raw[place] ^= 1 << place % 8
        made.file.write_bytes(raw)
        try:
            assert verify(made.file) == made.manifest
        except BackupDamaged:
            found += 1

    assert found > 75


def test_a_wrong_check_sum_is_found(made: Made) -> None:
    """At the very end, behind what tarfile reads."""
    raw = bytearray(made.file.read_bytes())
    raw[-6] ^= 1
    made.file.write_bytes(raw)

    with pytest.raises(BackupDamaged):
        verify(made.file)


@pytest.mark.parametrize("size", [0, 10, 0.5])
def test_a_cut_file_is_found(made: Made, size: float) -> None:
    """An interrupted copy."""
    raw = made.file.read_bytes()
    made.file.write_bytes(raw[: int(size if size > 1 else len(raw) * size)])

    with pytest.raises(BackupDamaged):
        verify(made.file)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda root: (root / "media" / "ab" / "x.png").write_bytes(b"PICTURE"),
        lambda root: (root / "media" / "ab" / "x.png").unlink(),
        lambda root: (root / "knowledge" / "new.yaml").write_text("x"),
        lambda root: (root / NAME).unlink(),
        lambda root: (root / NAME).write_text("{}"),
        lambda root: (root / NAME).write_text("[]"),
        lambda root: (root / NAME).write_bytes(b"\xff"),
    ],
    ids=["changed", "missing", "added", "no-manifest", "bare", "list", "bytes"],
)
def test_an_unpacked_backup_is_checked_as_well(
    made: Made, tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    """File by file against the manifest."""
    folder = unpacked(made.file, tmp_path / "unpacked")
    assert verify(folder) == made.manifest
    spoil(folder)

    with pytest.raises(BackupDamaged):
        verify(folder)


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "/etc/evil",
        "knowledge/../../evil",
        "media\\evil",
        "evil",
        "index/x",
        "knowledge//x",
    ],
)
def test_no_name_leads_out_of_the_target(made: Made, tmp_path: Path, name: str) -> None:
    """Not even with a fitting digest in the manifest."""
    content = b"evil"
    digest = "d0bf4dd3a8c6d9d3f0e4dbb7c8f5bb1b4b1cf65d9c7a2b0f3a5d2b9ce1a2f3b4"
    told = json.loads(made.manifest.as_json())
    told["files"][name] = {"size": len(content), "sha256": digest}

    with pytest.raises(ValueError, match="backup"):
        read_manifest(json.dumps(told).encode())


def test_a_link_in_an_archive_is_no_file(made: Made, tmp_path: Path) -> None:
    """What the manifest names must be a plain file."""
    folder = unpacked(made.file, tmp_path / "unpacked")
    (folder / "media" / "ab" / "x.png").unlink()

    def add(tar: tarfile.TarFile) -> None:
        link = tarfile.TarInfo("media/ab/x.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)

    with pytest.raises(BackupDamaged):
        restore(repacked(folder, tmp_path / "x.tar.gz", add), tmp_path / "restored", START)

    assert not (tmp_path / "restored" / "media").exists()


def test_a_file_that_unpacks_without_end_is_given_up(made: Made, tmp_path: Path) -> None:
    """Reading stops where the manifest says the file ends."""
    folder = unpacked(made.file, tmp_path / "unpacked")
    (folder / "media" / "ab" / "x.png").unlink()

    def add(tar: tarfile.TarFile) -> None:
        bomb = tarfile.TarInfo("media/ab/x.png")
        bomb.size = 50_000_000
        tar.addfile(bomb, io.BytesIO(bytes(bomb.size)))

    with pytest.raises(BackupDamaged, match="not as it was written"):
        verify(repacked(folder, tmp_path / "x.tar.gz", add))


def test_something_else_is_no_backup(tmp_path: Path) -> None:
    """A text, a plain gzip, a folder of something else, nothing at all."""
    (tmp_path / "a.txt").write_text("x", encoding="utf-8")
    (tmp_path / "b.gz").write_bytes(gzip.compress(b"x"))
    (tmp_path / "c").mkdir()
    for place in ("a.txt", "b.gz", "c", "d"):
        with pytest.raises(BackupDamaged):
            restore(tmp_path / place, tmp_path / "restored", START)


def test_a_backup_of_a_newer_version_is_refused(sources: Sources, tmp_path: Path) -> None:
    """Before anything is touched."""
    db = open_database(tmp_path / "data")
    db.run(
        Statement(
            "x", "INSERT INTO schema_migrations VALUES ('orders', 9999, 'later', 'x', '2030')"
        )
    )
    db.close()
    with pytest.raises(StorageTooNew):
        make_backup(sources, tmp_path / "backups", START)


# --- restoring ------------------------------------------------------------------------------------


def test_a_restored_store_is_the_one_that_was_kept(
    made: Made, sources: Sources, tmp_path: Path
) -> None:
    """Database, media and knowledge, file by file."""
    target = tmp_path / "restored"
    restore(made.file, target, START)
    db = open_database(target)
    names = [user.name for user in store.list_users(db, "test")]
    db.close()

    assert ["xl"] == names
    assert b"picture" == (target / "media" / "ab" / "x.png").read_bytes()
    assert (sources.knowledge / "store.yaml").read_bytes() == (
        target / "knowledge" / "store.yaml"
    ).read_bytes()
    assert 0o600 == (target / "shopbot.db").stat().st_mode & 0o777


def test_a_folder_in_use_is_left_alone(made: Made, tmp_path: Path) -> None:
    """A server holds its lock, with --force as well."""
    target = tmp_path / "restored"
    target.mkdir()
    with server_lock(target), pytest.raises(DataFolderInUse):
        restore(made.file, target, START, force=True)

    assert {"server.lock"} == {one.name for one in target.iterdir()}


def test_a_folder_that_is_not_empty_needs_force(made: Made, tmp_path: Path) -> None:
    """Then what was there is kept aside, whole; a second time in a folder of its own."""
    target = tmp_path / "restored"
    target.mkdir()
    (target / "shopbot.db").write_bytes(b"old")
    (target / "shopbot.db-wal").write_bytes(b"old wal")
    with pytest.raises(TargetNotEmpty):
        restore(made.file, target, START)
    untouched = (target / "shopbot.db").read_bytes()
    restore(made.file, target, START, force=True)
    restore(made.file, target, START + timedelta(seconds=1), force=True)
    aside = target / "before-restore-20261122T040000Z"

    assert (b"old", b"old", b"old wal") == (
        untouched,
        (aside / "shopbot.db").read_bytes(),
        (aside / "shopbot.db-wal").read_bytes(),
    )
    assert not (target / "shopbot.db-wal").exists()
    assert (target / "before-restore-20261122T040001Z" / "shopbot.db").exists()


def test_a_failing_restore_leaves_what_was_there(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is moved before everything is laid out."""
    import errno

    target = tmp_path / "restored"
    target.mkdir()
    (target / "shopbot.db").write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("shopbot.backup.restoring.shutil.copyfileobj", full)
    monkeypatch.setattr("shopbot.backup.restoring.verify", lambda place, room: made.manifest)
    with pytest.raises(StorageFull):
        restore(made.file, target, START, force=True)

    assert b"old" == (target / "shopbot.db").read_bytes()
    assert {"shopbot.db", "server.lock"} == {one.name for one in target.iterdir()}


def test_everybody_signs_in_anew_after_a_restore(
    sources: Sources, db: SqliteDatabase, tmp_path: Path
) -> None:
    """Who was shut out since the backup does not come back with an old session."""
    user = store.get_user(db, "test", "xl")
    token = db.transaction(lambda tx: sessions.issue(tx, user, "session", START)).token
    file = make_backup(sources, tmp_path / "backups", START).file
    restore(file, tmp_path / "restored", START)
    _finish(tmp_path / "restored", file.name, ("test",))
    restored = open_database(tmp_path / "restored")
    held = sessions.find(restored, "test", token, "session", START)
    [deed] = audit.list_deeds(restored, store_id="test", subject=file.name)
    restored.close()

    assert (None, "backup.restored") == (held, deed.name)


# --- every day ------------------------------------------------------------------------------------


@pytest.fixture
def schedule(tmp_path: Path) -> Schedule:
    """At half past three in Shanghai, kept for three days."""
    return Schedule(
        at=time(3, 30), zone=SHANGHAI, place=tmp_path / "backups", keep=timedelta(days=3)
    )


@pytest.mark.parametrize(
    ("now", "slot", "following"),
    [
        ((22, 3, 29), (21, 3, 30), (22, 3, 30)),
        ((22, 3, 30), (22, 3, 30), (23, 3, 30)),
        ((22, 12, 0), (22, 3, 30), (23, 3, 30)),
    ],
)
def test_the_time_is_the_stores(
    schedule: Schedule,
    now: tuple[int, int, int],
    slot: tuple[int, int, int],
    following: tuple[int, int, int],
) -> None:
    """Told in UTC."""

    def utc(day: int, hour: int, minute: int) -> datetime:
        return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)

    assert (utc(*slot), utc(*following)) == (
        schedule.slot(utc(*now)),
        schedule.next_slot(utc(*now)),
    )


def test_a_missed_backup_is_made_up_for(schedule: Schedule, sources: Sources) -> None:
    """Not on the first day of a store, nor when today's is there."""
    first = find_missed(schedule, START)
    make_backup(sources, schedule.place, START)
    same_day = find_missed(schedule, START)
    later = START + timedelta(days=2)

    assert (None, None, schedule.slot(later)) == (first, same_day, find_missed(schedule, later))


def test_each_day_has_one_backup(schedule: Schedule, sources: Sources, db: SqliteDatabase) -> None:
    """However often it is planned; old ones go, and each is written down."""
    registry = jobs.Registry()
    registry.register(daily.KIND, daily.handler(lambda: sources, schedule))
    now, made = START, []
    for _ in range(6):
        for _ in range(3):
            db.transaction(lambda tx, at=now: plan_daily(tx, "test", schedule, None, at))  # type: ignore[misc]
        now = schedule.next_slot(now)
        made.append(run_due(db, registry, worker="w", now=now).done)
    deeds = [
        deed.name for deed in audit.list_deeds_since(db, store_id="test", since=START)
        if deed.name == "backup.made"
    ]  # fmt: skip

    assert ([1] * 6, 4, 6) == (made, len(list_backups(schedule.place)), len(deeds))


@given(ages=st.lists(st.integers(0, 100), unique=True, max_size=20), keep=st.integers(1, 30))
def test_the_newest_backup_always_stays(ages: list[int], keep: int) -> None:
    """Only older ones beyond the limit go."""
    backups = [(Path(str(age)), START - timedelta(days=age)) for age in ages]
    gone = {int(path.name) for path in too_old(backups, START, timedelta(days=keep))}

    assert gone == {age for age in ages if age > keep and age != min(ages)}


@given(st.integers(0, 4_000_000_000))
def test_a_backups_name_tells_its_time(seconds: int) -> None:
    """To the second; other files tell none."""
    moment = datetime.fromtimestamp(seconds, tz=UTC)

    assert moment == made_at(Path(file_name(moment)))
    assert made_at(Path("shopbot.db")) is None


def test_a_manifest_reads_back(made: Made) -> None:
    """What was written is what is read."""
    odd = replace(made.manifest, files=(Kept(path="media/尺 码.png", size=3, sha256="a" * 64),))

    assert odd == read_manifest(odd.as_json())
    assert isinstance(odd, Manifest)


def test_a_server_plans_backups_and_a_command_does_not(tmp_path: Path, db: SqliteDatabase) -> None:
    """`shopbot jobs run --until` lets the clock jump: it would make a backup for each day."""
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "store.yaml").write_text("id: test\nname: 测试店\n", encoding="utf-8")
    planned = []
    for server in (False, True):
        settings = load_settings(knowledge=shop, data=tmp_path / "data")
        agenda = app.due_work(settings, db, server=server)
        db.transaction(lambda tx, plan=agenda.plan: plan(tx, ids.now()))  # type: ignore[misc]
        waiting = jobs.list_jobs(db, store_id="test", state="waiting")
        planned.append(daily.KIND in {row["kind"] for row in waiting})
        assert daily.KIND in agenda.registry().kinds()

    assert [False, True] == planned
