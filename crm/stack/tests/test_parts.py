"""What the parts of the stack are made of."""

import subprocess
import sys

import pytest
from django.conf import settings

WORKER = "from crm.celery import app; app.loader.import_default_modules()"


@pytest.mark.parametrize("part", ["import crm.asgi, crm.urls", "import integrations.inbox.sweeping", WORKER])
def test_no_part_carries_what_only_a_whole_pass_needs(part: str) -> None:
    heavy = "print(*{'duckdb', 'splink', 'pandas', 'pyspark'} & set(sys.modules))"
    code = f"import sys, django; django.setup(); {part}; {heavy}"
    asked = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(asked, cwd=settings.BASE_DIR, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
