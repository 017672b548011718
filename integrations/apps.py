from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    """WHERE FROM, WHERE TO."""

    name = "integrations"
    default_auto_field = "django.db.models.BigAutoField"
