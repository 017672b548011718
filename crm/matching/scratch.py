"""Folders for what does not fit into memory: named after the process that made them, so that what a killed one left is
told from what another is using.
"""

import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings

KINDS = ("spark", "matching")


def folder_of(kind: str) -> TemporaryDirectory[str]:
    """A folder that only this system user may enter, and that is gone when the process ends."""
    return TemporaryDirectory(dir=settings.DATA_DIR, prefix=f"{kind}-{os.getpid()}-")


def clear_left() -> int:
    """Delete the folders whose processes are gone; returns how many."""
    left = [one for kind in KINDS for one in Path(settings.DATA_DIR).glob(f"{kind}-*-*") if not is_at_work(one)]
    for one in left:
        shutil.rmtree(one, ignore_errors=True)
    return len(left)


def is_at_work(folder: Path) -> bool:
    """Whether the process that made a folder is still there."""
    number = folder.name.split("-")[1]
    try:
        os.kill(int(number), 0)
    except ValueError:
        return True
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
