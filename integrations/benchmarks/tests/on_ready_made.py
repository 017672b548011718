"""`manage.py`, with each throw-away stack on a copy of a data folder: python -m THIS_MODULE FOLDER COMMAND ..."""

import os
import sys
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")

import manage
from crm.stack.tests.ready_made import copied
from integrations.benchmarks import stacks


def main() -> None:
    """Run the command named on the command line, once the stacks' folders are no longer empty at first."""
    source, new_folder = Path(sys.argv.pop(1)), stacks.new_folder
    stacks.new_folder = lambda: copied(source, new_folder())
    manage.main()


if __name__ == "__main__":
    main()
