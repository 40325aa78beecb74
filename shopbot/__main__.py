"""``python -m shopbot`` and the ``shopbot`` command."""

from __future__ import annotations

from shopbot.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
