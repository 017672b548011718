"""Admin pages of the people and programs that sign in."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from axes.utils import reset
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import ManyToManyField, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldBooleanSwitchWidget

from crm.privacy.admin_site import AuditedAdmin, BoundedAdmin
from crm.privacy.models import ApiKey

# What signing in keeps is shown where people set it; what is secret in it, nowhere.
admin.site.unregister((EmailAddress, Authenticator, UserSession, SocialAccount, SocialApp, SocialToken))
admin.site.unregister(User)
admin.site.unregister(Group)  # a role is a group of a name that the code knows: there is nothing to add or to change


@admin.register(User)
class UserAdmin(DjangoUserAdmin, AuditedAdmin):
    """Who signs in; a role is the group of the same name."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    show_full_result_count = False
    list_display = ("username", "first_name", "last_name", "roles", "is_active", "last_login")
    list_filter = ("groups", "is_active")
    search_fields = ("username", "first_name", "last_name", "email")
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Who it is", {"fields": ("first_name", "last_name", "email")}),
        ("What they may do", {"fields": ("is_active", "groups", "is_staff", "is_superuser")}),
        ("When", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "password1", "password2", "groups")}),)
    actions = ("forget_factors", "let_try_again")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    def formfield_for_manytomany(
        self, db_field: "ManyToManyField[User, Group]", request: HttpRequest, **options: object
    ) -> forms.ModelMultipleChoiceField | None:
        """Roles, to be ticked."""
        field = super().formfield_for_manytomany(
            db_field, request, widget=UnfoldAdminCheckboxSelectMultipleWidget, **options
        )
        if field:
            field.label = "Roles and brands"
            field.help_text = "What they see and may do, and the brands (at /brands/) whose customers they see, too."
        return field

    @admin.action(description="Forget the second factors of the chosen", permissions=["change"])
    def forget_factors(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        """For whoever lost their phone: they sign in with their password, and set one up anew."""
        for user in chosen:
            Authenticator.objects.filter(user=user).delete()
            self.note(request, "Forgot the second factors of", user)
        self.message_user(request, "Forgotten. With the password alone they sign in, and set one up anew.")

    @admin.action(description="Let the chosen try again to sign in", permissions=["change"])
    def let_try_again(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        """For whoever was wrong too often, and cannot wait."""
        for user in chosen:
            reset(username=user.username)
            self.note(request, "Let try again to sign in", user)
        self.message_user(request, "They can try again at once.")

    @admin.display(description="Roles and brands")
    def roles(self, user: User) -> str:
        held = sorted(group.name for group in user.groups.all())
        return ", ".join([*held, *(["every right"] if user.is_superuser else [])])


class ApiKeyForm(forms.ModelForm):
    """Revoking, as something to tick."""

    is_revoked = forms.BooleanField(
        required=False,
        label="Revoked",
        help_text="Who sends this key is refused from then on. Taken back, the same key is good again.",
        widget=UnfoldBooleanSwitchWidget,
    )

    class Meta:
        model = ApiKey
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial["is_revoked"] = self.instance.revoked_at is not None


@admin.register(ApiKey)
class ApiKeyAdmin(BoundedAdmin):
    """Programs' keys. A key is made by `manage.py add_api_key`, which shows it once; here it can be revoked."""

    form = ApiKeyForm
    empty_says = "Programs read the API with a key. Make one with: manage.py add_api_key NAME --role ROLE"
    list_display = ("name", "role", "limits", "created_at", "state")
    list_filter = ("role",)
    fields = ("name", "role", "limits", "created_at", "created_by", "is_revoked", "revoked_at")
    readonly_fields = ("name", "role", "limits", "created_at", "created_by", "revoked_at")
    actions = ("revoke_chosen",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False

    @admin.display(description="Limited to")
    def limits(self, key: ApiKey) -> str:
        walls = ", ".join(f"brand {word}" for word in key.brands)
        return ", ".join([*key.scopes, *([walls] if walls else [])]) or "its role"

    @admin.display(description="State")
    def state(self, key: ApiKey) -> str:
        return "in force" if key.revoked_at is None else f"revoked on {timezone.localtime(key.revoked_at):%d %b %Y}"

    def save_model(self, request: HttpRequest, key: ApiKey, form: ApiKeyForm, change: bool) -> None:
        if form.cleaned_data["is_revoked"]:
            key.revoke()
        else:
            key.revoked_at = None
            key.save(update_fields=["revoked_at"])

    @admin.action(description="Revoke the chosen keys", permissions=["change"])
    def revoke_chosen(self, request: HttpRequest, chosen: QuerySet[ApiKey]) -> None:
        for key in chosen:
            key.revoke()
        self.message_user(request, "Revoked. Who sends one of these keys is refused from now on.")
