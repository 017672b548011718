"""Fields that the rooms share."""

from collections.abc import Collection
from typing import Any

from django.db import models

from crm.privacy.sealing import seal, unseal


class SoftForeignKey(models.ForeignKey[Any, Any]):
    """A foreign key that only Django knows of, without an index: for the tables that are written by the thousand.

    PostgreSQL checks a foreign key by one query and one row lock for each row; see docs/decisions/soft-keys.md.
    """

    def __init__(self, to: Any, **options: Any) -> None:
        soft: dict[str, Any] = {"related_name": "+", "db_index": False, "db_constraint": False}
        super().__init__(to, options.pop("on_delete", models.PROTECT), **soft | options)


class SealedField(models.CharField):
    """A secret: sealed in the database, itself in Python."""

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        return value and unseal(value)

    def get_prep_value(self, value: Any) -> Any:
        kept = super().get_prep_value(value)
        return seal(kept) if isinstance(kept, str) else kept


class SealedSettingsField(models.JSONField):
    """Settings by name, some of which are secrets: those are sealed in the database."""

    def __init__(self, *args: Any, secrets: Collection[str] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.secrets = frozenset(secrets)

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, "secrets": sorted(self.secrets)}

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return opened_settings(super().from_db_value(value, expression, connection))

    def get_prep_value(self, value: Any) -> Any:
        kept = super().get_prep_value(value)
        if not isinstance(kept, dict):
            return kept
        return {name: seal(one) if name in self.secrets and isinstance(one, str) else one for name, one in kept.items()}


def opened_settings(kept: Any) -> Any:
    """Settings as they were set, of those that are kept."""
    if not isinstance(kept, dict):
        return kept
    return {name: unseal(one) if isinstance(one, str) else one for name, one in kept.items()}
