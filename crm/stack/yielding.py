"""Giving way: what can wait leaves the processors to what somebody waits for, a page, an answer or a phone call."""

import contextlib
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

NICENESS = 5  # a third of the share of what does not give way
AUTOGROUP = Path("/proc/self/autogroup")  # Linux shares by session first: there, niceness alone counts within one


def give_way() -> None:
    """Have this process, and those that it starts, give way to the others from now on."""
    os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
    with contextlib.suppress(OSError):  # a kernel without it goes by niceness alone
        AUTOGROUP.write_text(str(NICENESS))


def have_session_give_way(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Have the embedded database's process for this connection be as nice as we are (Django's connection_created)."""
    niceness = os.getpriority(os.PRIO_PROCESS, 0)
    if settings.DATABASE_URL or niceness <= 0:
        return
    with contextlib.suppress(OSError):  # another user's: it stays as it is
        os.setpriority(os.PRIO_PROCESS, connection.connection.info.backend_pid, niceness)
