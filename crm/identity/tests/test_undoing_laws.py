"""Every decision is undone exactly: the state is as if it had never been taken, whatever came between."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.identity.histories import differences, random_history
from crm.identity.models import Identifier
from crm.sources.models import Source

HISTORIES = 25


@pytest.mark.django_db
@settings(max_examples=HISTORIES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10**9))
def test_undoing_in_any_order_leaves_what_would_be_without_it(seed: int) -> None:
    source = Source.objects.get_or_create(name="shop", defaults={"adapter": "segment", "namespace": "shop"})[0]
    assert differences(random_history(seed), source) == []
    assert not Identifier.objects.exists()
