"""The API's description, and the page that draws it (journeys/customers/tests/test_api_docs.py tries it)."""

import json

import pytest
from django.test import Client


@pytest.mark.django_db
def test_anybody_may_read_the_description() -> None:
    described = json.loads(Client().get("/api/v1/schema/", headers={"accept": "application/json"}).content)
    assert described["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert "/api/v1/customers/{customer}/timeline/" in described["paths"]


@pytest.mark.django_db
def test_the_page_has_no_inline_script_or_style_and_nothing_from_elsewhere() -> None:
    response = Client().get("/api/v1/docs/")
    page = response.content.decode()
    assert "'unsafe" not in response["Content-Security-Policy"]
    assert "<style" not in page
    assert "<script>" not in page
    assert "https://" not in page
