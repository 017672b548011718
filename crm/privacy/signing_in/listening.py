"""What signing in hears of: allauth says when it happens."""

from allauth.account.signals import user_logged_in
from allauth.mfa.signals import authentication_failed

from crm.privacy.signing_in.guessing import count_wrong_code
from crm.privacy.signing_in.sso import note_factors


def listen() -> None:
    """Count wrong codes, and remember what the company's sign-in asked for, from now on."""
    authentication_failed.connect(count_wrong_code)
    user_logged_in.connect(note_factors)
