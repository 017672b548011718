"""What an interaction is worth, as the database reads it off its data."""

from typing import Any

from django.db.models import DecimalField, Func


class Worth(Func):
    """The value of an interaction's data where it is a number; else NULL, which no index entry fails on.

    A value may be anything that a site sent: an index of the JSON itself would refuse a long text, and the row with it.
    """

    template = (
        "(CASE jsonb_typeof(%(expressions)s -> 'value') WHEN 'number' THEN (%(expressions)s -> 'value')::numeric END)"
    )
    output_field: Any = DecimalField()
