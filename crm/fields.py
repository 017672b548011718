"""Fields that the rooms share."""

from typing import Any

from django.db import models


class SoftForeignKey(models.ForeignKey[Any, Any]):
    """A foreign key that only Django knows of, without an index: for the tables that are written by the thousand.

    PostgreSQL checks a foreign key by one query and one row lock for each row; see docs/decisions/soft-keys.md.
    """

    def __init__(self, to: Any, **options: Any) -> None:
        soft: dict[str, Any] = {"related_name": "+", "db_index": False, "db_constraint": False}
        super().__init__(to, options.pop("on_delete", models.PROTECT), **soft | options)
