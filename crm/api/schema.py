"""The API's description (OpenAPI), its page to try it, and the answer at addresses that are none."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.views import ApiView
from crm.privacy.access import PolicyPermission, public, requires
from crm.privacy.roles import EVERY_ROLE


class KeyScheme(OpenApiAuthenticationExtension):
    """How the schema describes API keys."""

    target_class = "crm.privacy.access.ApiKeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A key that `manage.py add_api_key` made."}


@public
class Schema(SpectacularAPIView):
    """The OpenAPI description. It says nothing of anybody, so anybody may read it."""

    permission_classes = [PolicyPermission]


@public
class Docs(SpectacularSwaggerSplitView):
    """A page to read and try the API on; its scripts come from an installed package."""

    permission_classes = [PolicyPermission]
    template_name = "crm/api_docs.html"
    url_name = "api-schema"


@extend_schema(exclude=True)
@requires(*EVERY_ROLE)
class NoSuchAddress(ApiView):
    """Everything else under /api/v1/."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super(ApiView, self).initial(request, *args, **kwargs)

    def get(self, request: Request, **rest: str) -> Response:
        raise NotFound(f"There is nothing at {request.path[:200]}; /api/v1/docs/ lists what there is.")

    post = put = patch = delete = get
