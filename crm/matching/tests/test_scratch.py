"""What a pass that was killed left on the disk goes at the beginning of the next one."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from crm.matching.errors import UnfitRecords
from crm.matching.passing import Asked, match
from crm.matching.scratch import folder_of
from crm.matching.tests.people import current_model

pytestmark = pytest.mark.django_db


def test_the_folders_of_who_is_gone_go_and_no_others(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = [tmp_path / f"{kind}-{gone.pid}-abc" for kind in ("spark", "matching")]
    for folder in left:
        (folder / "inside").mkdir(parents=True)
    other = tmp_path / "matching-of-somebody"
    other.mkdir()
    current_model()
    with folder_of("matching") as own:
        with pytest.raises(UnfitRecords):  # there is nobody to match, which it finds out later
            match(Asked(is_dry=True), lambda _: None)
        assert Path(own).is_dir()
        assert str(os.getpid()) in own
    assert not any(folder.exists() for folder in left)
    assert other.is_dir()
