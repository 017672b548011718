"""What the API answers when it cannot do what was asked: JSON that names the parameter and the remedy."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler


class BadParameter(ValidationError):
    """A parameter that cannot be used: 400."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__({name: [why]})


class Problem(serializers.Serializer[Any]):
    """Why a request was not answered."""

    detail = serializers.CharField(help_text="What is wrong, and what to do about it.")
    parameter = serializers.CharField(required=False, help_text="The parameter at fault, when there is one.")


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """The API's exception handler: every 4xx is a Problem."""
    response = exception_handler(error, context)
    if response is not None and isinstance(error, ValidationError):
        response.data = problem(error.detail)
    return response


def problem(detail: Any) -> dict[str, str]:
    """The first of a validation error's complaints as a Problem."""
    name = ""
    while not isinstance(detail, ErrorDetail):
        if isinstance(detail, Mapping):
            key, detail = next(iter(detail.items()))
            name = name or str(key)
        else:
            detail = detail[0]
    return {"detail": f"{name}: {detail}", "parameter": name} if name else {"detail": str(detail)}
