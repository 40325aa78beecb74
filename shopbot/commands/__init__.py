"""The commands, one module each: ``commands/NAME.py`` with ``app = typer.Typer()`` is ``shopbot NAME``."""
