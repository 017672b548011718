"""The addresses that a load balancer asks."""

from django.urls import path

from crm.stack import views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]
