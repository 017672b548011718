#!/usr/bin/env python
"""Run a Throughline command; starts the embedded PostgreSQL when no DATABASE_URL is given."""

import os
import sys


def main() -> None:
    """Run the command named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
    from django.core.management import execute_from_command_line

    from crm.stack import sharing
    from crm.stack.errors import StackError

    try:
        with sharing.database_for(sys.argv):
            execute_from_command_line(sys.argv)
    except StackError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
