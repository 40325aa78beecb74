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

from shopbot.errors.base import (
    EXIT_BUG,
    EXIT_CONFIG,
    EXIT_KNOWLEDGE,
    EXIT_MODEL,
    EXIT_PROBLEMS,
    EXIT_STORAGE,
    EXIT_USAGE,
    ShopbotError,
    codes,
)
from shopbot.errors.knowledge import (
    IndexDamaged,
    KnowledgeError,
    KnowledgeInvalid,
    KnowledgeMissing,
    ModelDamaged,
    ModelError,
    ModelNotPrepared,
    StoreUnknown,
)
from shopbot.errors.orders import (
    OrdersFileUnreadable,
    ProofRefused,
    TooManyTries,
)
from shopbot.errors.requests import (
    Conflict,
    Forbidden,
    HostNotAllowed,
    IdempotencyMismatch,
    Malformed,
    MethodNotAllowed,
    NotFound,
    RequestError,
    TooLarge,
    TooMany,
    Unauthenticated,
    UnsupportedMedia,
)
from shopbot.errors.settings import (
    AddressInUse,
    ConfigError,
    OpenWithoutKey,
)
from shopbot.errors.storage import (
    ConstraintViolated,
    DataFolderInUse,
    MigrationChanged,
    StorageBusy,
    StorageDamaged,
    StorageError,
    StorageFull,
    StorageReadOnly,
    StorageTooNew,
)

__all__ = [
    "EXIT_BUG",
    "EXIT_CONFIG",
    "EXIT_KNOWLEDGE",
    "EXIT_MODEL",
    "EXIT_PROBLEMS",
    "EXIT_STORAGE",
    "EXIT_USAGE",
    "AddressInUse",
    "ConfigError",
    "Conflict",
    "ConstraintViolated",
    "DataFolderInUse",
    "Forbidden",
    "HostNotAllowed",
    "IdempotencyMismatch",
    "IndexDamaged",
    "KnowledgeError",
    "KnowledgeInvalid",
    "KnowledgeMissing",
    "Malformed",
    "MethodNotAllowed",
    "MigrationChanged",
    "ModelDamaged",
    "ModelError",
    "ModelNotPrepared",
    "NotFound",
    "OpenWithoutKey",
    "OrdersFileUnreadable",
    "ProofRefused",
    "RequestError",
    "ShopbotError",
    "StorageBusy",
    "StorageDamaged",
    "StorageError",
    "StorageFull",
    "StorageReadOnly",
    "StorageTooNew",
    "StoreUnknown",
    "TooLarge",
    "TooMany",
    "TooManyTries",
    "Unauthenticated",
    "UnsupportedMedia",
    "codes",
]
