"""The API's addresses of crm's rooms."""

from django.urls import URLPattern, URLResolver, path

from crm.api.consents import Consents
from crm.api.customers import Customers, OneCustomer
from crm.api.decisions import Links, SplitCustomer, WhyOneCustomer, WithdrawLink
from crm.api.erasures import AnswerErasure, Erasures, OneErasure
from crm.api.reviews import DecideReview, OneReview, Reviews
from crm.api.schema import Docs, Schema
from crm.api.unsubscribing import UnsubscribeLinks

urlpatterns: list[URLPattern | URLResolver] = [
    path("schema/", Schema.as_view(), name="api-schema"),
    path("docs/", Docs.as_view(), name="api-docs"),
    path("customers/", Customers.as_view(), name="api-customers"),
    path("customers/<str:customer>/why/", WhyOneCustomer.as_view(), name="api-why"),
    path("customers/<str:customer>/split/", SplitCustomer.as_view(), name="api-split"),
    path("links/", Links.as_view(), name="api-links"),
    path("links/<str:link>/withdraw/", WithdrawLink.as_view(), name="api-withdraw-link"),
    path("consents/", Consents.as_view(), name="api-consents"),
    path("unsubscribe-links/", UnsubscribeLinks.as_view(), name="api-unsubscribe-links"),
    path("erasures/", Erasures.as_view(), name="api-erasures"),
    path("erasures/<str:erasure>/", OneErasure.as_view(), name="api-erasure"),
    path("erasures/<str:erasure>/answer/", AnswerErasure.as_view(), name="api-answer-erasure"),
    path("reviews/", Reviews.as_view(), name="api-reviews"),
    path("reviews/<str:review>/", OneReview.as_view(), name="api-review"),
    path("reviews/<str:review>/decide/", DecideReview.as_view(), name="api-decide-review"),
    path("customers/<str:customer>/", OneCustomer.as_view(), name="api-customer"),
]
