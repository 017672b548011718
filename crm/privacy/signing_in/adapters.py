"""What allauth asks of us: its words in ours, and how secrets are kept."""

import time
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib.auth.models import User
from django.http import HttpRequest

from crm.privacy.sealing import seal, unseal
from crm.whence import address_of

# What was done, by the name of allauth's message; the others are not said: the page shows it.
SAID = {
    "account/messages/password_changed.txt": "Your password is changed.",
    "mfa/messages/totp_activated.txt": "The app is your second factor from now on.",
    "mfa/messages/totp_deactivated.txt": "The app is no second factor any more.",
    "mfa/messages/recovery_codes_generated.txt": "There are new recovery codes; the old ones are good for nothing.",
    "mfa/messages/webauthn_added.txt": "The passkey is yours from now on.",
    "mfa/messages/webauthn_removed.txt": "The passkey is good for nothing any more.",
    "usersessions/messages/sessions_logged_out.txt": "Everywhere else you are signed out.",
}


class AccountAdapter(DefaultAccountAdapter):
    """Nobody makes a login for themselves: admins do, or the company's sign-in."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": "Please enter a correct name and password. After a few wrong ones you have to "
        "wait a while.",
        "incorrect_password": "That is not your password.",
        "enter_current_password": "That is not your password.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return address_of(request)

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, message_context: Any = None,
        extra_tags: str = "", message: str | None = None,
    ) -> None:  # fmt: skip
        said = message or SAID.get(message_template or "")
        if said:
            super().add_message(request, level, message=said, extra_tags=extra_tags)

    def is_reauthentication_required(self, *, app: str, **more: Any) -> bool:
        """Whoever signed in a moment ago is not asked at once who they are."""
        request = context.request
        records = get_authentication_records(request, request.user)
        is_fresh = bool(records) and time.time() - records[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT
        return not is_fresh and bool(super().is_reauthentication_required(app=app, **more))


class FactorAdapter(DefaultMFAAdapter):
    """Second factors: their secrets are sealed."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "That code is wrong, or it was used. The next one comes within half a minute.",
    }

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text)

    def get_totp_issuer(self) -> str:
        return "Throughline"

    def get_totp_label(self, user: User) -> str:
        return user.username

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": "Throughline"}

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        named = user.get_full_name() or user.username
        return {**super().get_public_key_credential_user_entity(user), "display_name": named, "name": user.username}

    def generate_authenticator_name(self, user: User, type: Any) -> str:
        return "Passkey"
