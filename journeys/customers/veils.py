"""What hides who customers are: their names, what was said of them alone, and the numbers of their orders."""

from collections.abc import Collection

from crm.identity.models import Identifier
from crm.privacy.masking import Veil
from crm.profile.fields import NAME_FIELDS
from crm.profile.reading import hear
from crm.profile.record import coarse_fields
from crm.search.indexing import references_of


def veils_of(customers: Collection[int]) -> dict[int, Veil]:
    """The veil of each customer (id)."""
    owners = dict(Identifier.objects.filter(customer__in=customers).values_list("pk", "customer_id"))
    names: dict[int, list[str]] = {customer: [] for customer in customers}
    told: dict[int, list[str]] = {customer: [] for customer in customers}
    said = hear(owners, most=None)
    plain = coarse_fields(said.rules)
    for one in said.assertions:
        if one.name in NAME_FIELDS:
            names[owners[one.identifier_id]].append(one.value)
        elif one.name not in plain:
            told[owners[one.identifier_id]].append(one.value)
    for identifier, number in references_of(owners):
        told[owners[identifier]].append(number)
    return {customer: Veil.of(names[customer], told[customer]) for customer in customers}
