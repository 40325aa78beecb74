"""The composition root: settings in, everything that serves out. Nothing else builds services."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from shopbot import ids
from shopbot.bus import Bus
from shopbot.chat.turns import TurnKeeper
from shopbot.config import Settings
from shopbot.events import DATA_CHANGED, Hint
from shopbot.orders import due_work as orders_work
from shopbot.orders.phrases import Phrases
from shopbot.rules import load_rules
from shopbot.rules.fresh import FreshRules
from shopbot.storage import SqliteDatabase, open_database
from shopbot.storage.lock import server_lock
from shopbot.storage.watch import DataWatch
from shopbot.wares import CatalogueWares
from shopbot.web.services import Pool, Services
from shopbot.worker import Agenda, Worker

if TYPE_CHECKING:
    from shopbot.chat.service import Chat
    from shopbot.kb.entry import Knowledge
    from shopbot.kb.generation import Progress
    from shopbot.kb.service import KnowledgeBase


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
        watch = DataWatch(db.file, lambda: bus.publish(Hint(topic=DATA_CHANGED)))
        watch.start()
        stack.callback(watch.stop)
        kb = open_knowledge(settings, db, progress)
        stack.callback(kb.close)
        if settings.watch:
            kb.start_watching()
        pool = Pool(settings.threads)
        stack.callback(pool.close)
        chat = open_talk(settings, db, kb, bus)
        keeper = TurnKeeper(chat, ids.SystemClock())
        keeper.start()
        stack.callback(keeper.stop)
        worker = Worker(db, due_work(settings, db), ids.SystemClock())
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
        )


def open_talk(settings: Settings, db: SqliteDatabase, kb: KnowledgeBase, bus: Bus) -> Chat:
    """Return the talk of a store; nobody looks at its turns until a keeper is started."""
    from shopbot.chat.assembly import open_chat

    return open_chat(
        db=db,
        kb=kb,
        bus=bus,
        clock=ids.SystemClock(),
        rules=FreshRules(kb.folder),
        wares=CatalogueWares(lambda: kb.generation.knowledge),
        data=settings.data_dir(),
    )


def due_work(settings: Settings, db: SqliteDatabase) -> Agenda:
    """Return all due work of a store, by the rules as they stand when it is done."""
    folder = settings.knowledge_dir()
    store_id = load_rules(folder).rules.store_id
    return Agenda(
        registry=lambda: orders_work.registry(db, load_rules(folder).rules),
        plan=lambda tx, now: orders_work.plan_watches(tx, store_id, now),
        next_plan=orders_work.next_slot,
    )


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
