from django.apps import AppConfig
from django.contrib.admin import apps


class CrmConfig(AppConfig):
    """WHO: one customer, provably."""

    name = "crm"
    default = True
    verbose_name = "Customers and sources"
    default_auto_field = "django.db.models.BigAutoField"


class AdminConfig(apps.AdminConfig):
    """Django's admin, with our site."""

    default = False
    default_site = "crm.privacy.admin_site.Site"
