"""The database: a port of few verbs, its SQLite adapter, migrations and named queries."""

from shopbot.storage.database import Database, Row, Transaction, Value
from shopbot.storage.queries import Queries, Statement, load_queries
from shopbot.storage.sqlite import SqliteDatabase, open_database

__all__ = [
    "Database",
    "Queries",
    "Row",
    "SqliteDatabase",
    "Statement",
    "Transaction",
    "Value",
    "load_queries",
    "open_database",
]
