"""The pages of journeys' rooms."""

from django.urls import URLPattern, URLResolver, path
from django.views.generic import RedirectView

from crm.privacy.access import public
from journeys.customers import streaming, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", public(RedirectView.as_view(pattern_name="customers")), name="home"),
    path("customers/", views.customers, name="customers"),
    path("customers/<uuid:public_id>/", views.customer, name="customer"),
    path("customers/<uuid:public_id>/entries/", views.entries, name="entries"),
    path("customers/<uuid:public_id>/extent/", views.extent, name="customer-extent"),
    path("customers/<uuid:public_id>/live/", streaming.live, name="live"),
    path("interactions/<int:interaction_id>/", views.interaction, name="interaction"),
    path("visits/<int:session_id>/", views.steps, name="visit"),
]
