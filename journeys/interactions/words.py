"""All words of an interaction, as the database reads them."""

from django.db.models import TextField, Value
from django.db.models.functions import Cast, Concat

EVERY_WORD = Concat("title", Value(" "), "body", Value(" "), Cast("data", TextField()), output_field=TextField())
