from django.apps import AppConfig
from django.contrib.admin import apps
from django.core.checks import register
from django.db.backends.signals import connection_created

from crm.stack.yielding import have_session_give_way


class CrmConfig(AppConfig):
    """WHO: one customer, provably."""

    name = "crm"
    default = True
    verbose_name = "Customers and sources"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from crm.privacy.audit import signing
        from crm.privacy.signing_in import listening
        from crm.stack import checks

        connection_created.connect(have_session_give_way)
        signing.listen()
        listening.listen()
        register(checks.the_audit_log_stands, deploy=True)
        register(checks.mail_is_set_up, deploy=True)


class AdminConfig(apps.AdminConfig):
    """Django's admin, with our site."""

    default = False
    default_site = "crm.privacy.admin_site.Site"
