"""A process that writes rows and says so after each commit: `python writer.py FOLDER NAME COUNT`."""

from __future__ import annotations

import sys
from pathlib import Path

from shopbot.storage import Statement, open_database
from shopbot.storage.migrations import Migration

SCHEMA = Migration(
    package="notes", number=1, name="notes", sql="CREATE TABLE notes (id TEXT PRIMARY KEY);\n"
)
ADD = Statement("add", "INSERT INTO notes (id) VALUES (:id)")
ALL = Statement("all", "SELECT id FROM notes ORDER BY id")


def main() -> None:
    """Write COUNT rows, one transaction each."""
    folder, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    db = open_database(folder, [SCHEMA])
    for number in range(count):
        row = f"{name}-{number:06}"
        db.run(ADD, id=row)
        sys.stdout.write(f"{row}\n")
        sys.stdout.flush()
    db.close()


if __name__ == "__main__":
    main()
