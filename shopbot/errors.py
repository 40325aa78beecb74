"""Every error that a caller may meet, in one tree.

ShopbotError
├── ConfigError                    a setting is wrong; nothing was started
│   ├── OpenWithoutKey             asked to listen beyond loopback without key or account
│   └── AddressInUse               the port is taken
├── KnowledgeError                 the knowledge folder cannot be used
│   ├── KnowledgeMissing           there is no such folder, or no store.yaml in it
│   ├── StoreUnknown               there is no store of this id
│   └── KnowledgeInvalid           no servable version of it could be read
├── ModelError                     the embedding model cannot be used
│   ├── ModelNotPrepared           `shopbot model prepare` has not been run
│   └── ModelDamaged               files in the cache differ from what was prepared
├── IndexDamaged                   an index generation fails its digest and cannot be rebuilt
├── OrdersFileUnreadable           a table of orders cannot be read or must not be opened
├── StorageError                   the database cannot do it now
│   ├── StorageBusy                another process holds the write lock for too long
│   ├── StorageFull                the disk is full
│   ├── StorageReadOnly            the data folder or the database may not be written
│   ├── StorageDamaged             the database file is broken
│   ├── StorageTooNew              written by a newer version of shopbot
│   ├── MigrationChanged           a released migration was edited
│   ├── ConstraintViolated         a row would break a law of the schema
│   └── DataFolderInUse            another server runs on this data folder
└── RequestError                   the caller asked for something that is not to be had
    ├── Malformed                  422, the only one
    ├── TooLarge                   413
    ├── Unauthenticated            401
    ├── Forbidden                  403
    │   └── ProofRefused           403, the order was not shown to be the shopper's
    ├── NotFound                   404, also for "not yours"
    ├── MethodNotAllowed           405
    ├── Conflict                   409
    │   └── IdempotencyMismatch    409, the same key with another body
    ├── UnsupportedMedia           415
    ├── HostNotAllowed             421
    └── TooMany                    429
        └── TooManyTries           429, too many wrong proofs of an order in an hour

``code`` is stable and documented in docs/errors.md. ``status`` is the HTTP status; 5xx other than 500
mean "not now", 500 means a bug. ``exit_code`` is the command's. The message is English and says what to
do next; where staff read it, :func:`shopbot.messages.of_error` gives the Chinese sentence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

EXIT_PROBLEMS = 1  # the command ran; what it looked at has errors
EXIT_USAGE = 2
EXIT_CONFIG = 3
EXIT_KNOWLEDGE = 4
EXIT_MODEL = 5
EXIT_STORAGE = 6
EXIT_BUG = 70


class ShopbotError(Exception):
    """Anything the product refuses or fails to do, in a form to show."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = EXIT_BUG

    def __init__(self, message: str, /, **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.values = values

    def as_dict(self) -> dict[str, object]:
        """Return the body of an API error: ``error``, ``detail`` and what the error is about."""
        return {"error": self.code, "detail": self.message, **self.values}


def codes() -> Iterator[type[ShopbotError]]:
    """Walk the tree, parents first (docs/errors.md and its test are made from this)."""
    waiting: list[type[ShopbotError]] = [ShopbotError]
    while waiting:
        kind = waiting.pop(0)
        yield kind
        waiting.extend(kind.__subclasses__())


# --- configuration ---------------------------------------------------------------------------------


class ConfigError(ShopbotError):
    """A setting is wrong; nothing was started."""

    code = "config.invalid"
    exit_code = EXIT_CONFIG

    @classmethod
    def of(cls, setting: str, problem: str, hint: str) -> ConfigError:
        """Name the setting, what is wrong with it and what to do."""
        return cls(f"{setting}: {problem}. {hint}", setting=setting)


class OpenWithoutKey(ConfigError):
    """Asked to listen beyond loopback while there is neither an account nor a key."""

    code = "config.open-without-key"

    def __init__(self, host: str) -> None:
        super().__init__(
            f"Refusing to listen on {host}: nobody could sign in there yet. Add an account first "
            "(shopbot users add NAME --role admin), or set SHOPBOT_AGENT_KEY to a long random text "
            "(python -c 'import secrets; print(secrets.token_urlsafe(32))'), or listen on 127.0.0.1.",
            host=host,
        )


class AddressInUse(ConfigError):
    """The address to listen on is taken or not ours."""

    code = "config.address-in-use"

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(
            f"Cannot listen on {host}:{port}: {reason}. "
            "Stop the program that uses it, or choose another port with --port.",
            host=host,
            port=port,
        )


# --- knowledge, model, index -------------------------------------------------------------------------


class KnowledgeError(ShopbotError):
    """The knowledge folder cannot be used."""

    code = "knowledge.error"
    status = 503
    exit_code = EXIT_KNOWLEDGE


class KnowledgeMissing(KnowledgeError):
    """There is no such folder, or it holds no store.yaml."""

    code = "knowledge.missing"

    def __init__(self, folder: object) -> None:
        super().__init__(
            f"{folder} is not a knowledge folder: it has no store.yaml. "
            "Set SHOPBOT_KNOWLEDGE to the store's folder, or lay one down with `shopbot init DIR`.",
            folder=str(folder),
        )


class StoreUnknown(KnowledgeError):
    """There is no store of this id."""

    code = "knowledge.unknown-store"

    def __init__(self, store: str, known: Sequence[str]) -> None:
        told = ", ".join(known)
        super().__init__(
            f"There is no store {store!r}; known are: {told}. Mend the id, or SHOPBOT_STORES.",
            store=store,
            known="、".join(known),
        )


class KnowledgeInvalid(KnowledgeError):
    """No servable version of the knowledge could be read."""

    code = "knowledge.invalid"

    def __init__(self, folder: object, errors: int) -> None:
        super().__init__(
            f"The knowledge in {folder} has {errors} errors and no earlier good version to serve. "
            "Run `shopbot kb check` to see each with its file and line.",
            folder=str(folder),
            errors=errors,
        )


class ModelError(ShopbotError):
    """The embedding model cannot be used."""

    code = "model.error"
    status = 503
    exit_code = EXIT_MODEL


class ModelNotPrepared(ModelError):
    """`shopbot model prepare` has not been run, or its cache is elsewhere."""

    code = "model.not-prepared"

    def __init__(self, model: str, folder: object) -> None:
        super().__init__(
            f"The model {model} is not in {folder}. Run `shopbot model prepare` once "
            "(about 5 seconds), or set SHOPBOT_CACHE to the folder that holds it.",
            model=model,
            folder=str(folder),
        )


class ModelDamaged(ModelError):
    """Files in the model cache differ from what was prepared."""

    code = "model.damaged"

    def __init__(self, file: object) -> None:
        super().__init__(
            f"{file} is damaged or was changed. Run `shopbot model prepare --force`.",
            file=str(file),
        )


class IndexDamaged(ShopbotError):
    """An index generation fails its digest and cannot be rebuilt."""

    code = "index.damaged"
    status = 503
    exit_code = EXIT_STORAGE

    def __init__(self, folder: object) -> None:
        super().__init__(
            f"The index in {folder} is damaged and could not be rebuilt. "
            "Check the disk, delete that folder and run `shopbot kb build`.",
            folder=str(folder),
        )


# --- storage -----------------------------------------------------------------------------------------


class StorageError(ShopbotError):
    """The database cannot do it now."""

    code = "storage.error"
    status = 503
    exit_code = EXIT_STORAGE
    problem: ClassVar[str] = "The database could not do this"
    hint: ClassVar[str] = "Look at the log for the reason and try again."

    def __init__(self, file: object, reason: str = "") -> None:
        told = f": {reason}" if reason else ""
        super().__init__(f"{self.problem} ({file}){told}. {self.hint}", file=str(file))


class StorageBusy(StorageError):
    """Another process holds the write lock for too long."""

    code = "storage.busy"
    problem = "The database is locked by another process"
    hint = "Wait until the other shopbot command has ended, then try again."


class StorageFull(StorageError):
    """The disk is full; nothing was written."""

    code = "storage.full"
    problem = "The disk is full; nothing was written"
    hint = "Free some space or move SHOPBOT_DATA to a larger disk, then try again."


class StorageReadOnly(StorageError):
    """The data folder or the database may not be written."""

    code = "storage.read-only"
    problem = "The data folder cannot be written"
    hint = "Give this user the right to write there, or set SHOPBOT_DATA to another folder."


class StorageDamaged(StorageError):
    """The database file is broken or is no database."""

    code = "storage.damaged"
    problem = "The database file is damaged"
    hint = "Stop shopbot, keep a copy of the file and put the last backup in its place."


class StorageTooNew(StorageError):
    """The database was written by a newer version of shopbot."""

    code = "storage.too-new"
    problem = "The database was written by a newer version of shopbot"
    hint = "Install that version again, or use another SHOPBOT_DATA."


class MigrationChanged(StorageError):
    """A migration that this database has run was edited afterwards."""

    code = "storage.migration-changed"
    problem = "A migration that this database has run was edited afterwards"
    hint = "Restore the released file; add a new migration for further changes."


class ConstraintViolated(StorageError):
    """A row would break a law of the schema (UNIQUE, CHECK, FOREIGN KEY, NOT NULL)."""

    code = "storage.constraint"
    status = 409
    problem = "This contradicts what is already stored"
    hint = "Load the present state and decide again."


class DataFolderInUse(StorageError):
    """Another server runs on this data folder."""

    code = "storage.in-use"
    problem = "Another shopbot server already uses this data folder"
    hint = "Stop it first, or give this one its own SHOPBOT_DATA."


# --- requests ----------------------------------------------------------------------------------------


class RequestError(ShopbotError):
    """The caller asked for something that is not to be had."""

    code = "request.error"
    status = 400
    exit_code = EXIT_USAGE


class Malformed(RequestError):
    """The payload is not of the documented shape."""

    code = "request.malformed"
    status = 422


class TooLarge(RequestError):
    """The body is larger than the limit."""

    code = "request.too-large"
    status = 413

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"The body is larger than {limit} bytes. Send a shorter text or fewer turns.",
            limit=limit,
        )


class Unauthenticated(RequestError):
    """Not signed in: no session and no key, or not the right one."""

    code = "auth.required"
    status = 401

    def __init__(self) -> None:
        super().__init__(
            "This needs you to sign in at /login, or a key as the header `Authorization: Bearer KEY`."
        )


class Forbidden(RequestError):
    """Known, but not allowed."""

    code = "auth.forbidden"
    status = 403

    def __init__(self, role: str) -> None:
        super().__init__(f"The role {role} may not do this. Ask a supervisor.", role=role)


class NotFound(RequestError):
    """There is no such thing, or it is not yours: the answer is the same."""

    code = "request.not-found"
    status = 404

    def __init__(self, what: str = "page") -> None:
        super().__init__(f"There is no such {what} for you here.", what=what)


class MethodNotAllowed(RequestError):
    """The address is there, but not for this method."""

    code = "request.method"
    status = 405


class Conflict(RequestError):
    """What is asked for contradicts the present state."""

    code = "request.conflict"
    status = 409


class IdempotencyMismatch(Conflict):
    """An Idempotency-Key came back with another body."""

    code = "request.idempotency-mismatch"

    def __init__(self, key: str) -> None:
        super().__init__(
            f"The Idempotency-Key {key} was used before with another body. "
            "Make a new key for a new request; send the same body to repeat one.",
            key=key,
        )


class UnsupportedMedia(RequestError):
    """The body is not JSON."""

    code = "request.media-type"
    status = 415


class HostNotAllowed(RequestError):
    """The Host header names no host of ours (a guard against DNS rebinding)."""

    code = "request.host"
    status = 421

    def __init__(self, host: str) -> None:
        super().__init__(
            f"This server does not answer for the host {host!r}. "
            "Open it as http://127.0.0.1 or http://localhost, or add the name to SHOPBOT_ALLOWED_HOSTS.",
        )


class TooMany(RequestError):
    """Too many requests at a time or in a while."""

    code = "request.too-many"
    status = 429

    def __init__(self) -> None:
        super().__init__("Too many requests are waiting. Try again in a second.")


# --- orders ------------------------------------------------------------------------------------------


class OrdersFileUnreadable(ShopbotError):
    """A table of orders, lines or courier events cannot be read, or must not be opened."""

    code = "orders.file-unreadable"
    status = 400
    exit_code = EXIT_PROBLEMS

    def __init__(self, file: object, reason: str) -> None:
        super().__init__(
            f"{file} was not imported: {reason}", file=getattr(file, "name", file), reason=reason
        )


class ProofRefused(Forbidden):
    """The order was not shown to be the shopper's; the answer is the same when there is none."""

    code = "orders.proof-refused"

    def __init__(self) -> None:
        RequestError.__init__(
            self,
            "Order number and phone do not belong together, or the link has expired. "
            "Check both, or open the chat from the order page again.",
        )


class TooManyTries(TooMany):
    """Too many wrong proofs of an order in an hour."""

    code = "orders.too-many-tries"

    def __init__(self, wait_s: int) -> None:
        RequestError.__init__(
            self, f"Too many wrong tries. Try again in {wait_s} seconds.", wait_s=wait_s
        )
