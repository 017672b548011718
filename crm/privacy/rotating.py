"""Sealing everything anew, with the newest key: what one runs after a new one was put before the others."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import transaction

from crm.fields import SealedField, SealedSettingsField
from crm.privacy.personal import Model
from crm.privacy.sealing import MARK, sealed_anew


def rotate() -> int:
    """Seal every secret anew; returns how many rows were. All or, where a key is missing, none."""
    with transaction.atomic():
        rows = sum(written(one) for one in Authenticator.objects.select_for_update().order_by("pk"))
        return rows + sum(sealed_of(model) for model in apps.get_models())


def sealed_of(model: Model) -> int:
    """Seal a model's secrets anew: its fields do by themselves; returns how many rows have any."""
    sealed = [one.name for one in model._meta.concrete_fields if isinstance(one, SealedField | SealedSettingsField)]
    rows = model._base_manager.select_for_update().order_by("pk") if sealed else ()
    for row in rows:
        row.save(update_fields=sealed)
    return len(rows)


def written(authenticator: Any) -> bool:
    """Seal a second factor anew; whether there was something sealed in it."""
    before = authenticator.data
    authenticator.data = changed(before, lambda text: sealed_anew(text) if text.startswith(MARK) else text)
    authenticator.save(update_fields=["data"])
    return bool(authenticator.data != before)


def changed(told: Any, change: Callable[[str], str]) -> Any:
    """JSON with every text in it changed."""
    if isinstance(told, dict):
        return {name: changed(value, change) for name, value in told.items()}
    if isinstance(told, list):
        return [changed(value, change) for value in told]
    return change(told) if isinstance(told, str) else told
