"""Giving way: what can wait leaves the processors to what somebody waits for, a page, an answer or a phone call."""

import contextlib
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

NICENESS = 5  # a third of the share of what does not give way


def give_way(pid: int | None = None, niceness: int = NICENESS) -> None:
    """Have a process (this one, without a pid), and those that it starts, give way to the others from now on.

    Linux shares by session first, where it has autogroups: there, niceness alone counts within a session.
    """
    os.setpriority(os.PRIO_PROCESS, pid or 0, niceness)
    with contextlib.suppress(OSError):  # a kernel without them goes by niceness alone
        Path(f"/proc/{pid or 'self'}/autogroup").write_text(str(niceness))


def have_session_give_way(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Have the embedded database's process for this connection be as nice as we are (Django's connection_created)."""
    niceness = os.getpriority(os.PRIO_PROCESS, 0)
    if settings.DATABASE_URL or niceness <= 0:
        return
    with contextlib.suppress(OSError):  # another user's: it stays as it is
        os.setpriority(os.PRIO_PROCESS, connection.connection.info.backend_pid, niceness)
