from django.apps import AppConfig


class CrmConfig(AppConfig):
    """WHO: one customer, provably."""

    name = "crm"
    default_auto_field = "django.db.models.BigAutoField"
