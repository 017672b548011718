"""A browser's write key that is bound to its own sites."""

from dataclasses import replace
from typing import Any

import orjson
import pytest
from django.test import Client

from crm.sources.models import Source
from integrations.errors import BadSetting, Rejected
from integrations.inbox.models import Rejection
from integrations.inbox.tests.asking import ask, basic
from integrations.origins import ELSEWHERE, NOWHERE, check_origin, origins
from integrations.segment.tests.requests import ADAPTER, SOURCE, post
from integrations.tracking.models import NumberPool

SITES = ["https://shop.example", "https://*.shop.example", "http://localhost:3000"]
EVENT = orjson.dumps({"anonymousId": "c-1", "event": "Looked"})


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://shop.example", "https://shop.example"),
        ("Shop.Example/", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("*.shop.example", "https://*.shop.example"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://[::1]:8000", "https://[::1]:8000"),
    ],
)
def test_sites_are_kept_as_browsers_name_them(typed: str, kept: str) -> None:
    assert origins(typed, "GB") == [kept]


@pytest.mark.parametrize("typed", ["https://shop.example/cart", "ftp://shop.example", "*", "a.*.example", "https://",
                                   "user@shop.example", "shop.example:99999", "https://..example"])  # fmt: skip
def test_what_is_no_site_is_refused_with_the_remedy(typed: str) -> None:
    with pytest.raises(BadSetting, match="is no site"):
        origins(typed, "GB")


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://shop.example"},
        {"origin": "https://eu.www.shop.example"},
        {"origin": "http://localhost:3000"},
        {"referer": "https://shop.example/cart?id=1"},
        {"origin": "https://shop.example", "referer": "https://elsewhere.example/"},
    ],
)
def test_a_page_of_its_sites_may_send(headers: dict[str, str]) -> None:
    check_origin({"origins": SITES}, headers)


@pytest.mark.parametrize(
    "said",
    ["https://elsewhere.example", "http://shop.example", "https://shop.example:8443", "https://notshop.example", "null",
     "https://shop.example.elsewhere.example", "https://shop.example@elsewhere.example", "https://[", "https://a:b",
     "https://*.shop.example.", "file://"],
)  # fmt: skip
@pytest.mark.parametrize("header", ["origin", "referer"])
def test_another_site_may_not(header: str, said: str) -> None:
    with pytest.raises(Rejected, match=ELSEWHERE) as refusal:
        check_origin({"origins": SITES}, {header: said})
    assert refusal.value.status == 403


def test_what_comes_from_no_page_may_not_either_but_without_sites_anything_may() -> None:
    with pytest.raises(Rejected, match=NOWHERE):
        check_origin({"origins": SITES}, {})
    ADAPTER.verify(post("/v1/track", EVENT, authorization=basic(SOURCE.write_key)["authorization"]), SOURCE)
    bound = replace(SOURCE, settings={"origins": SITES})
    with pytest.raises(Rejected, match=NOWHERE):
        ADAPTER.verify(post("/v1/track", EVENT, authorization=basic(SOURCE.write_key)["authorization"]), bound)


@pytest.mark.django_db(transaction=True)
def test_the_doors_refuse_count_and_show_it() -> None:
    shop = Source.objects.create(name="shop", adapter="segment", namespace="shop", settings={"origins": SITES})
    NumberPool.objects.create(source=shop, fallback="+441632960000")
    key, elsewhere = basic(shop.write_key), {"origin": "https://elsewhere.example"}
    assert ask("/v1/track", EVENT, headers=key | {"origin": "https://www.shop.example"}).status == 200
    refused = ask("/v1/track", EVENT, headers=key | elsewhere)
    assert (refused.status, refused.json()["error"]) == (403, ELSEWHERE)
    body: Any = {"visitor": "v-1"}
    asked = Client().post(f"/t/{shop.write_key}/number", body, content_type="application/json", headers=elsewhere)
    assert asked.status_code == 403
    assert sum(Rejection.objects.filter(source=shop, reason=ELSEWHERE).values_list("times", flat=True)) == 2
