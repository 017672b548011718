"""Who is signed in, and their roles: every request asks for both, so they are read at once."""

from collections.abc import Sequence
from typing import Any, cast

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User

from crm.reading import Reading, Statement, read

COLUMNS = tuple(column.attname for column in User._meta.concrete_fields)
GROUPS = "ARRAY(SELECT g.name FROM auth_user_groups m JOIN auth_group g ON g.id = m.group_id WHERE m.user_id = u.id)"


class Users(ModelBackend):
    """Django's users, with the names of their groups."""

    def get_user(self, user_id: Any) -> User | None:
        """As Django's: nobody, where they were switched off."""
        found = read(reading(user_id))
        return found if found is not None and self.user_can_authenticate(found) else None


def reading(user_id: Any) -> Reading[User | None]:
    asked = f"SELECT {', '.join(f'u.{name}' for name in COLUMNS)}, {GROUPS} FROM auth_user u WHERE u.id = %s"  # noqa: S608
    [rows] = yield [Statement(asked, [user_id])]
    return user_of(rows[0]) if rows else None


def user_of(row: Sequence[Any]) -> User:
    *values, groups = row
    user = User.from_db("default", COLUMNS, values)
    cast(Any, user).group_names = groups
    return user
