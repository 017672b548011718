"""Admin pages of the people and programs that sign in."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from crm.privacy.admin_site import BoundedAdmin
from crm.privacy.models import ApiKey

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):
    """Who signs in; a role is the group of the same name."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    show_full_result_count = False
    list_display = ("username", "first_name", "last_name", "is_staff", "is_active", "last_login")


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    """Roles: agent, marketer, admin, privacy."""

    show_full_result_count = False


@admin.register(ApiKey)
class ApiKeyAdmin(BoundedAdmin):
    """Programs' keys. A key is made by `manage.py add_api_key`, which shows it once; here it can be revoked."""

    list_display = ("name", "role", "created_at", "revoked_at")
    list_filter = ("role",)
    fields = ("name", "role", "created_at", "created_by", "revoked_at")
    readonly_fields = ("name", "role", "created_at", "created_by")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
