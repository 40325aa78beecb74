"""A process that imports and says so after each commit: `order_importer.py DATA ORDERS [NAME]`."""

from __future__ import annotations

import sys
from pathlib import Path

from shopbot.orders.importer import ImportRequest, Surroundings, run_import
from shopbot.storage import open_database
from tests.conftest import START


def tell(kind: str, done: int, rows: int) -> None:
    """Write how many rows are on disk."""
    sys.stdout.write(f"{kind} {done} {rows}\n")
    sys.stdout.flush()


def main() -> None:
    """Import one table."""
    folder, orders = Path(sys.argv[1]), Path(sys.argv[2])
    db = open_database(folder)
    around = Surroundings(store_id="test", who="test", now=START)
    run_import(db, ImportRequest(orders=orders), around, tell)
    db.close()


if __name__ == "__main__":
    main()
