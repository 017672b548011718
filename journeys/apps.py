from django.apps import AppConfig


class JourneysConfig(AppConfig):
    """WHAT HAPPENED, and what it means."""

    name = "journeys"
    default_auto_field = "django.db.models.BigAutoField"
