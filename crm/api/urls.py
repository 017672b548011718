"""The API's addresses of crm's rooms."""

from django.urls import URLPattern, URLResolver, path

from crm.api.customers import Customers, OneCustomer
from crm.api.decisions import Links, SplitCustomer, WhyOneCustomer, WithdrawLink
from crm.api.schema import Docs, Schema

urlpatterns: list[URLPattern | URLResolver] = [
    path("schema/", Schema.as_view(), name="api-schema"),
    path("docs/", Docs.as_view(), name="api-docs"),
    path("customers/", Customers.as_view(), name="api-customers"),
    path("customers/<str:customer>/why/", WhyOneCustomer.as_view(), name="api-why"),
    path("customers/<str:customer>/split/", SplitCustomer.as_view(), name="api-split"),
    path("links/", Links.as_view(), name="api-links"),
    path("links/<str:link>/withdraw/", WithdrawLink.as_view(), name="api-withdraw-link"),
    path("customers/<str:customer>/", OneCustomer.as_view(), name="api-customer"),
]
