"""A browser's key proves nobody: what it claims joins no two known customers, unless a server vouches for it."""

from typing import Any

import orjson
import pytest

from crm.identity.models import Identifier
from crm.sources.models import Source
from integrations.inbox.draining import drain_all
from integrations.inbox.tests.asking import ask, basic
from integrations.segment.signing import user_hash

pytestmark = pytest.mark.django_db(transaction=True)
HERS, HIS = "anna@example.com", "tom@example.com"


@pytest.fixture
def shop(transactional_db: None) -> Source:
    """A site on which Tom is known, by his login and his address; Anna is to another system."""
    made = Source.objects.create(name="shop", adapter="segment", namespace="shop", secret="of-the-test-only")
    for login, address, namespace in (("anna", HERS, "crm"), ("tom", HIS, "shop")):
        server = Source.objects.create(name=f"our {namespace}", adapter="segment", namespace=namespace, is_trusted=True)
        identify(server, login, address)
    return made


def identify(source: Source, login: str, email: str, proof: str = "", **more: Any) -> None:
    context = {"userHash": proof} | more.pop("context", {})
    event = {"userId": login, "traits": {"email": email} | more.pop("traits", {}), "context": context} | more
    assert ask("/v1/identify", orjson.dumps(event), headers=basic(source.write_key)).status == 200
    drain_all()


def customer_of(value: str) -> int:
    return Identifier.objects.get(value=value).customer_id


def test_an_identify_with_somebody_elses_address_joins_no_two_known_customers(shop: Source) -> None:
    identify(shop, "tom", HERS)
    assert customer_of("tom") == customer_of(HIS) != customer_of(HERS) == customer_of("anna")


@pytest.mark.parametrize("proof", [
    "0" * 64, user_hash("another secret", "tom", HERS), user_hash("of-the-test-only", "tom", HIS),
    user_hash("of-the-test-only", "anna", HERS), user_hash("of-the-test-only", "tom"),
])  # fmt: skip
def test_nor_does_one_with_a_hash_of_something_else(shop: Source, proof: str) -> None:
    identify(shop, "tom", HERS, proof)
    assert customer_of("tom") != customer_of(HERS)


def test_what_the_sites_own_server_vouches_for_joins(shop: Source) -> None:
    identify(shop, "tom", HERS.upper(), user_hash(shop.secret, "tom", HERS))
    assert customer_of("tom") == customer_of(HERS)


@pytest.mark.parametrize("beside", [
    {"traits": {"phone": "07700 900142"}},
    {"context": {"externalIds": [{"type": "instagram:1", "id": "17841400000000001"}]}},
])  # fmt: skip
def test_a_hash_vouches_for_nothing_that_stands_beside_it(shop: Source, beside: dict[str, Any]) -> None:
    identify(shop, "tom", HERS, user_hash(shop.secret, "tom", HERS), **beside)
    assert customer_of("tom") != customer_of(HERS)


def test_a_browsers_key_reads_nothing(shop: Source) -> None:
    for path in ("/v1/batch", "/v1/identify", "/v1/users/anna", f"/in/{shop.public_id}/"):
        answer = ask(path, method="GET", headers=basic(shop.write_key))
        assert answer.status in (404, 401), path
        assert HERS.encode() not in answer.body
    known = ask(f"/v1/projects/{shop.write_key}/settings", method="GET")
    assert shop.secret.encode() not in known.body
