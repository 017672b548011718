"""How /admin looks, and what its menu leads to (django-unfold's settings)."""

from django.templatetags.static import static
from django.urls import reverse_lazy

UNFOLD = {
    "SITE_TITLE": "Throughline",
    "SITE_HEADER": "Throughline",
    "SITE_URL": "/customers/",
    "SITE_ICON": lambda request: static("crm/mark.svg"),
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("crm/mark.svg")}],
    "STYLES": [lambda request: static("crm/admin.css")],
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "8px",
    "COLORS": {
        "primary": {
            "50": "#f3f4fe", "100": "#e8ebfd", "200": "#cfd5fb", "300": "#abb5f8", "400": "#8b9bff", "500": "#7f8ff6",
            "600": "#3b4fd8", "700": "#3140b4", "800": "#2b378f", "900": "#262f70", "950": "#191e47",
        },
    },
    "SIDEBAR": {
        "show_all_applications": False,
        "navigation": [
            {"title": "Throughline", "items": [
                {"title": "Customers", "icon": "groups", "link": reverse_lazy("customers")},
                {"title": "Sources and deliveries", "icon": "input", "link": reverse_lazy("sources")},
            ]},
            {"title": "Who is who", "separator": True, "items": [
                {"title": "Identifiers", "icon": "badge", "link": reverse_lazy("admin:crm_identifier_changelist")},
                {"title": "Links", "icon": "link", "link": reverse_lazy("admin:crm_link_changelist")},
            ]},
            {"title": "Who answers", "separator": True, "items": [
                {"title": "Agents", "icon": "headset_mic", "link": reverse_lazy("admin:journeys_agent_changelist")},
                {"title": "Queues", "icon": "queue", "link": reverse_lazy("admin:journeys_queue_changelist")},
            ]},
            {"title": "Who may sign in", "separator": True, "items": [
                {"title": "Users", "icon": "person", "link": reverse_lazy("admin:auth_user_changelist")},
                {"title": "API keys", "icon": "key", "link": reverse_lazy("admin:crm_apikey_changelist")},
            ]},
        ],
    },
}  # fmt: skip
