"""The composition root: settings in, everything that serves out. Nothing else builds services."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from shopbot import __version__, ids
from shopbot.accounts import due_work as accounts_work
from shopbot.backup import daily
from shopbot.backup.setup import schedule_of, sources_of
from shopbot.bus import Bus
from shopbot.chat.turns import TurnKeeper
from shopbot.config import Settings
from shopbot.events import DATA_CHANGED, Hint
from shopbot.jobs import Registry
from shopbot.judging import judge_of
from shopbot.orders import due_work as orders_work
from shopbot.orders import followup_work, proactive_work, reminder_work, review_work, sync_work
from shopbot.orders.phrases import Phrases
from shopbot.orders.restock import Shelf
from shopbot.rules import load_rules
from shopbot.rules.fresh import FreshRules
from shopbot.storage import SqliteDatabase, Transaction, open_database
from shopbot.storage.lock import server_lock
from shopbot.wares import CatalogueWares
from shopbot.web.services import Pool, Services
from shopbot.worker import Agenda, Worker

if TYPE_CHECKING:
    from shopbot.chat.housekeeper import Housekeeper
    from shopbot.chat.lines import Sayer
    from shopbot.chat.reception import Reception
    from shopbot.chat.service import Chat
    from shopbot.kb.entry import Knowledge
    from shopbot.kb.generation import Progress
    from shopbot.kb.service import KnowledgeBase
    from shopbot.orders.sentiment import Judge


@contextmanager
def serving(settings: Settings, progress: Progress | None = None) -> Iterator[Services]:
    """Hold everything a server needs, and put it away in the right order afterwards.

    ``progress`` hears of a first build of the index.
    """
    with ExitStack() as stack:
        folder = settings.data_dir()
        stack.enter_context(server_lock(folder))
        db = open_database(folder)
        stack.callback(db.close)
        bus = Bus()
        db.watch(lambda: bus.publish(Hint(topic=DATA_CHANGED)))
        kb = open_knowledge(settings, db, progress)
        stack.callback(kb.close)
        if settings.watch:
            kb.start_watching()
        pool = Pool(settings.threads)
        stack.callback(pool.close)
        chat = open_talk(settings, db, kb, bus)
        stack.callback(watch_talks(chat, bus))
        keeper = TurnKeeper(chat, ids.SystemClock())
        keeper.start()
        stack.callback(keeper.stop)
        housekeeper = open_housekeeper(chat, bus)
        housekeeper.start()
        stack.callback(housekeeper.stop)
        judge = judge_of(settings, kb.embedder)
        agenda = due_work(settings, db, chat.gear.kb, chat.gear.shelf, judge, server=True)
        worker = Worker(db, agenda, ids.SystemClock())
        worker.start()
        stack.callback(worker.stop)
        yield Services(
            settings=settings,
            clock=ids.SystemClock(),
            db=db,
            bus=bus,
            kb=kb,
            pool=pool,
            store_id=kb.store_id,
            chat=chat,
            reception=reception_of(chat),
            judge=judge,
        )


def open_talk(settings: Settings, db: SqliteDatabase, kb: KnowledgeBase, bus: Bus) -> Chat:
    """Return the talk of a store; nobody looks at its turns until a keeper is started."""
    from shopbot.chat.assembly import open_chat

    wares = CatalogueWares(lambda: kb.generation.knowledge)
    return open_chat(
        db=db,
        kb=kb,
        bus=bus,
        clock=ids.SystemClock(),
        rules=FreshRules(kb.folder),
        wares=wares,
        shelf=wares,
        data=settings.data_dir(),
    )


def reception_of(chat: Chat) -> Reception:
    """Return what is done at the desk of a talk's store."""
    from shopbot.chat.assembly import open_reception

    return open_reception(chat)


def watch_talks(chat: Chat, bus: Bus) -> Callable[[], None]:
    """Hint at talks that other processes write into; the result ends it."""
    from shopbot.chat.elsewhere import Elsewhere

    return bus.subscribe(DATA_CHANGED, Elsewhere(chat.gear).look)


def open_housekeeper(chat: Chat, bus: Bus) -> Housekeeper:
    """Return the thread that lets clocks ring, ends quiet talks and looks after the desk."""
    from shopbot.chat.assembly import open_rounds
    from shopbot.chat.housekeeper import Housekeeper

    return Housekeeper(open_rounds(chat), bus, ids.SystemClock())


def due_work(
    settings: Settings,
    db: SqliteDatabase,
    sayer: Sayer | None = None,
    shelf: Shelf | None = None,
    judge: Callable[[], Judge] | None = None,
    *,
    server: bool = False,
) -> Agenda:
    """Return all due work of a store, by the rules as they stand when it is done.

    ``sayer`` has the words of what is told to shoppers, ``shelf`` knows what is there, ``judge`` judges
    reviews; without them folder and model are read when they are needed. ``server`` plans the daily backup
    and the reading of sources: a server does, a command that lets the clock jump does not.
    """
    from shopbot.chat import due_work as chat_work
    from shopbot.chat.delivery import TalkReplies

    folder = settings.knowledge_dir()
    store_id = load_rules(folder).rules.store_id
    schedule = schedule_of(settings)
    judge = judge or judge_of(settings)
    watches = sync_work.list_watches(settings) if server else ()
    missed = daily.find_missed(schedule, ids.now()) if schedule and server else None

    def words() -> Sayer:
        return sayer or _words_of(folder)

    def registry() -> Registry:
        rules = load_rules(folder).rules
        made = orders_work.registry(db, rules)
        for work in (review_work, followup_work):
            work.register(made, db, rules)
        reminder_work.register(made, db, rules, TalkReplies)
        sources = sync_work.sources_of(settings, rules, ids.SystemClock().now, judge)
        sync_work.register(made, db, rules, sources)
        there = shelf or shelf_of(folder)
        proactive_work.register(made, db, rules, there, TalkReplies)
        accounts_work.register(made)
        if schedule is not None:
            kept = partial(sources_of, settings, __version__)
            made.register(daily.KIND, daily.handler(kept, schedule))
        return chat_work.register(made, db, rules, words, __version__, there)

    def plan(tx: Transaction, now: datetime) -> None:
        orders_work.plan_watches(tx, store_id, now)
        review_work.plan_watches(tx, store_id, now)
        followup_work.plan_watches(tx, store_id, now)
        reminder_work.plan_watches(tx, store_id, now)
        proactive_work.plan_watches(tx, store_id, now)
        chat_work.plan_watches(tx, store_id, now)
        accounts_work.plan_tidy(tx, store_id, now)
        sync_work.plan_watches(tx, store_id, watches, now)
        if schedule is not None and server:
            daily.plan_daily(tx, store_id, schedule, missed, now)

    def next_plan(now: datetime) -> datetime:
        works = (
            orders_work,
            review_work,
            followup_work,
            reminder_work,
            proactive_work,
            chat_work,
        )
        slots: list[datetime] = [work.next_slot(now) for work in works]
        read = sync_work.next_slot(watches, now)
        return min([*slots, read] if read else slots)

    return Agenda(registry=registry, plan=plan, next_plan=next_plan)


def shelf_of(folder: Path) -> Shelf:
    """Return what is there by the knowledge in ``folder``, read once, when somebody looks."""

    @cache
    def knowledge() -> Knowledge:
        from shopbot.kb.loader import load

        return load(folder)

    return CatalogueWares(knowledge)


def _words_of(folder: Path) -> Sayer:
    from shopbot.kb.loader import load
    from shopbot.kb.phrases import PhraseBook

    knowledge = load(folder)
    return PhraseBook(lambda: knowledge)


def open_knowledge(
    settings: Settings, db: SqliteDatabase, progress: Progress | None = None
) -> KnowledgeBase:
    """Open the store's knowledge with the index and model of this installation."""
    from shopbot.kb.service import KnowledgeBase

    return KnowledgeBase.open(settings, db=db, progress=progress)


def phrases_of(knowledge: Callable[[], Knowledge]) -> Phrases:
    """Return the words of the knowledge that ``knowledge`` gives at each call."""
    from shopbot.kb.phrases import PhraseBook

    return PhraseBook(knowledge)
