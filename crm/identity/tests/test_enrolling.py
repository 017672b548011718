"""Identifiers as rows: each value once, as it was written."""

from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from crm.identity.kinds import Key
from crm.identity.models import Identifier
from crm.identity.resolving import enrol

WRITTEN = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=40)


class AnyValues(TestCase):
    @settings(max_examples=60, deadline=None)
    @given(st.sets(WRITTEN, min_size=1, max_size=5))
    @example({'"', "\\", '\\"', "{a,b}", "NULL", "a\nb", "\t", "'"})
    def test_any_value_is_kept_as_it_is_and_found_again(self, values: set[str]) -> None:
        keys = {Key("login", "shop", value) for value in values}
        born = enrol(keys)
        assert enrol(keys) == born
        kept = Identifier.objects.filter(pk__in=[known.id for known in born.values()])
        assert set(kept.values_list("value", flat=True)) == values
