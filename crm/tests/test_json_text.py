"""What the database gave back, as JSON."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from crm.json_text import json_text

AT = datetime(2026, 11, 28, 8, tzinfo=UTC)


@pytest.mark.parametrize("value", [1, 2**63, 2**64, 10**300, -(10**300)])
@pytest.mark.parametrize("is_indented", [True, False])
def test_numbers_of_any_size_are_written_and_the_rest_as_ever(value: int, is_indented: bool) -> None:
    told = json_text({"é": value, "at": AT, "id": UUID(int=1)}, is_indented=is_indented)
    assert json.loads(told) == {"é": value, "at": "2026-11-28T08:00:00+00:00", "id": str(UUID(int=1))}
