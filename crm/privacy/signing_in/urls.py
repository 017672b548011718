"""The addresses of signing in. Their names are allauth's, which looks for them; what it has besides is not for us:
nobody makes a login for themselves, and no mail is sent.
"""

from django.urls import path

from crm.privacy.signing_in import pages, sso

urlpatterns = [
    path("sign-in/", pages.sign_in, name="login"),
    path("sign-in/", pages.sign_in, name="account_login"),
    path("sign-in/second-step/", pages.second_step, name="mfa_authenticate"),
    path("sign-in/passkey/", pages.passkey, name="mfa_login_webauthn"),
    path("sign-in/switched-off/", pages.switched_off, name="account_inactive"),
    path("sign-in/cancelled/", sso.did_not_work, name="socialaccount_login_cancelled"),
    path("sign-in/failed/", sso.did_not_work, name="socialaccount_login_error"),
    path("sign-in/with/<slug:provider_id>/", sso.leave, name="openid_connect_login"),
    path("sign-in/with/<slug:provider_id>/back/", sso.come_back, name="openid_connect_callback"),
    path("sign-out/", pages.sign_out, name="logout"),
    path("sign-out/", pages.sign_out, name="account_logout"),
    path("account/", pages.account, name="mfa_index"),
    path("account/password/", pages.password, name="account_change_password"),
    path("account/confirm/", pages.confirm, name="account_reauthenticate"),
    path("account/confirm/code/", pages.confirm_code, name="mfa_reauthenticate"),
    path("account/confirm/passkey/", pages.confirm_passkey, name="mfa_reauthenticate_webauthn"),
    path("account/app/", pages.add_app, name="mfa_activate_totp"),
    path("account/app/remove/", pages.remove_app, name="mfa_deactivate_totp"),
    path("account/codes/", pages.codes, name="mfa_view_recovery_codes"),
    path("account/codes/new/", pages.new_codes, name="mfa_generate_recovery_codes"),
    path("account/codes/file/", pages.codes_file, name="mfa_download_recovery_codes"),
    path("account/passkeys/", pages.passkeys, name="mfa_list_webauthn"),
    path("account/passkeys/add/", pages.add_passkey, name="mfa_add_webauthn"),
    path("account/passkeys/<int:pk>/", pages.rename_passkey, name="mfa_edit_webauthn"),
    path("account/passkeys/<int:pk>/remove/", pages.remove_passkey, name="mfa_remove_webauthn"),
    path("account/sessions/", pages.sessions, name="usersessions_list"),
]
