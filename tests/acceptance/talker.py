"""A shop in a process of its own, with shoppers who write on and on: `talker.py FOLDER ROUND`.

Prints ``TALK SEQ KEY`` after each message that was acknowledged. Its bot answers as a server's does.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from shopbot.chat.model import Incoming
from shopbot.chat.turns import TurnKeeper
from shopbot.ids import SystemClock
from shopbot.rules import Rules
from shopbot.rules.chat import ChatRules
from shopbot.storage import open_database
from tests.simulators.talk import talk_stage

SHOPPERS = 4
TEXTS = ("在吗", "什么时候发货？", "尺码怎么选？", "转人工", "你们老板是谁")
QUICK = ChatRules(wait_complete=5, wait_fragment=10, wait_most=40)

_printing = threading.Lock()


def main() -> None:
    """Serve and write until killed."""
    folder, started = Path(sys.argv[1]), sys.argv[2]
    db = open_database(folder)
    stage = talk_stage(db, SystemClock(), folder / "media", rules=Rules(chat=QUICK))
    TurnKeeper(stage.chat, stage.clock, look_every_s=0.2).start()

    def write(shopper: int) -> None:
        talk = stage.chat.open(visitor=f"vis_{shopper}")
        for number in range(1_000_000):
            key = f"{started}-{shopper}-{number}"
            text = TEXTS[(number + shopper) % len(TEXTS)]
            message = Incoming(type="text", body={"text": text}, client_key=key)
            sent = stage.chat.send(
                conversation=talk.id, author="shopper", who=talk.visitor, message=message
            )
            with _printing:
                sys.stdout.write(f"{talk.id} {sent.event.seq} {key}\n")
                sys.stdout.flush()

    threads = [threading.Thread(target=write, args=(one,)) for one in range(SHOPPERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
