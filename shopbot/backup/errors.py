"""What can go wrong with a backup.

ShopbotError
├── BackupDamaged     it is no backup, or not as it was written
└── TargetNotEmpty    a restore would cover what is there
"""

from __future__ import annotations

from shopbot.errors import EXIT_STORAGE, ShopbotError


class BackupDamaged(ShopbotError):
    """It is no backup of shopbot, or not as it was written."""

    code = "backup.damaged"
    status = 503
    exit_code = EXIT_STORAGE

    def __init__(self, file: object, reason: str) -> None:
        super().__init__(
            f"{file} is no good backup: {reason}. Take an older one.", file=str(file), reason=reason
        )


class TargetNotEmpty(ShopbotError):
    """A restore would cover what is there."""

    code = "backup.target-not-empty"
    status = 409
    exit_code = EXIT_STORAGE

    def __init__(self, folder: object) -> None:
        super().__init__(
            f"{folder} is not empty. Name an empty folder, or add --force: what is there is then kept "
            "beside, in before-restore-….",
            folder=str(folder),
        )
