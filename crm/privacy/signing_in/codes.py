"""One-time codes of an app: each is good once, in whichever process it is shown.

allauth remembers used ones in a cache of each process, and for half a minute; a code is right for three times as long
(MFA_TOTP_TOLERANCE).
"""

from datetime import timedelta

from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.utils import timezone

from crm.privacy.signing_in.models import UsedCode

STEP = 30  # seconds
RIGHT_FOR = timedelta(seconds=STEP * (2 * settings.MFA_TOTP_TOLERANCE + 2))  # and one more, for a clock that is set


def use(user_id: int, code: str) -> bool:
    """Use a right code up; False where it was."""
    now = timezone.now()
    UsedCode.objects.filter(user_id=user_id, at__lt=now - RIGHT_FOR).delete()
    _, is_new = UsedCode.objects.get_or_create(user_id=user_id, code=code, defaults={"at": now})
    return is_new


class Once(forms.BaseAuthenticateForm):
    """A form that takes each code of an app once."""

    def clean_code(self) -> str:
        code = str(super().clean_code())
        is_of_app = self.authenticator.type == Authenticator.Type.TOTP
        if is_of_app and not use(self.user.pk, normalize_user_code(code)[:12]):
            self._emit_authentication_failed(self.authenticator)
            raise get_adapter().validation_error("incorrect_code")
        return code


class AuthenticateForm(Once, forms.AuthenticateForm):
    pass


class ReauthenticateForm(Once, forms.ReauthenticateForm):
    pass
