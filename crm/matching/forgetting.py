"""What erasing profiles takes out of the trained models: the values that only they had, in the tables of how frequent
values are.
"""

import json
from collections.abc import Collection, Mapping
from typing import Any

from crm.matching.models import Profile, TrainedModel
from crm.sql import array, cursor

VALUES = """
    SELECT DISTINCT c.key, v.value FROM crm_matchprofile p
    CROSS JOIN jsonb_each(p.features) AS c CROSS JOIN jsonb_array_elements_text(c.value) AS v
    WHERE p.identifier_id = ANY(%s::bigint[])
"""
HAS_ANOTHER = """
    SELECT EXISTS (SELECT 1 FROM crm_matchprofile p
                   WHERE jsonb_exists(p.features -> %s, %s) AND p.identifier_id <> ALL(%s::bigint[]))
"""
Value = tuple[str, str]


def forget_values(profiles: Collection[int], erased: Collection[int]) -> None:
    """Delete profiles, and what nobody else has from the models that were trained on them."""
    with cursor() as sql:
        had = {(column, value) for column, value in sql.execute(VALUES, [array(profiles)])}
    told = {model.pk: json.loads(model.content) for model in TrainedModel.objects.only("content")}
    standing = {one for content in told.values() for one in had if is_in(content, one)}
    alone = {one for one in standing if not has_another(one, erased)}
    for pk, content in told.items():
        if taken_out(content, alone):
            TrainedModel.objects.filter(pk=pk).update(content=json.dumps(content, ensure_ascii=False))
    Profile.objects.filter(pk__in=profiles)._raw_delete("default")


def is_in(content: Mapping[str, Any], one: Value) -> bool:
    column, value = one
    return value in content.get("frequencies", {}).get(column, ())


def has_another(one: Value, erased: Collection[int]) -> bool:
    with cursor() as sql:
        (found,) = sql.execute(HAS_ANOTHER, [*one, array(erased)]).fetchone() or (True,)
    return bool(found)


def taken_out(content: Mapping[str, Any], alone: Collection[Value]) -> bool:
    """Take values out of a model's tables; False where it has none of them."""
    found = [one for one in alone if is_in(content, one)]
    for column, value in found:
        del content["frequencies"][column][value]
    return bool(found)
