"""Somebody who is signed in, for tests."""

from django.contrib.auth.models import Group, User
from django.test import Client


def signed_in(role: str) -> Client:
    """A browser in which somebody with this role is signed in."""
    user, _ = User.objects.get_or_create(username=role)
    user.groups.add(Group.objects.get_or_create(name=role)[0])
    client = Client()
    client.force_login(user)
    return client
