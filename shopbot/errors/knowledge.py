"""Knowledge, model and index: what a store says cannot be used."""

from __future__ import annotations

from collections.abc import Sequence

from shopbot.errors.base import EXIT_KNOWLEDGE, EXIT_MODEL, EXIT_STORAGE, ShopbotError


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
