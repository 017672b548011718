"""The pages of integrations' rooms."""

from django.urls import URLPattern, URLResolver, path

from integrations.inbox import pages, pausing_pages
from integrations.tracking import pages as tracking_pages
from integrations.tracking import views as tracking
from integrations.uploads import pages as uploads
from integrations.webhooks import pages as webhooks

urlpatterns: list[URLPattern | URLResolver] = [
    path("sources/", pages.sources, name="sources"),
    path("sources/add/", pages.add_source, name="add-source"),
    path("sources/reconciliation/", pages.reconciliation, name="reconciliation"),
    path("sources/failed/", pages.failed_deliveries, name="failed-deliveries"),
    path("sources/failed/replay/", pages.replay_deliveries, name="replay-deliveries"),
    path("sources/failed/<int:delivery_id>/", pages.failed_delivery, name="failed-delivery"),
    path("sources/<slug:public_id>/", pages.source, name="source"),
    path("sources/<slug:public_id>/settings/", pages.change_source, name="change-source"),
    path("sources/<slug:public_id>/state/", pages.switch_source, name="switch-source"),
    path("sources/<slug:public_id>/resume/", pausing_pages.resume_source, name="resume-source"),
    path("sources/<slug:public_id>/joining/", pausing_pages.switch_joining, name="switch-joining"),
    path("sources/<slug:public_id>/take-back/", pausing_pages.take_back, name="take-back"),
    path("sources/<slug:public_id>/secret/", pages.replace_secret, name="replace-secret"),
    path("sources/<slug:public_id>/numbers/", tracking_pages.numbers, name="tracking-numbers"),
    path("webhooks/", webhooks.webhooks, name="webhooks"),
    path("webhooks/<int:endpoint_id>/", webhooks.webhook, name="webhook"),
    path("webhooks/<int:endpoint_id>/change/", webhooks.change_webhook, name="change-webhook"),
    path("webhooks/<int:endpoint_id>/state/", webhooks.switch_webhook, name="switch-webhook"),
    path("webhooks/<int:endpoint_id>/secret/", webhooks.replace_webhook_secret, name="replace-webhook-secret"),
    path("webhooks/<int:endpoint_id>/test/", webhooks.test_webhook, name="test-webhook"),
    path("webhooks/<int:endpoint_id>/replay/", webhooks.replay_webhook, name="replay-webhook"),
    path("webhooks/<int:endpoint_id>/messages/<int:message_id>/", webhooks.webhook_message, name="webhook-message"),
    path(
        "webhooks/<int:endpoint_id>/messages/<int:message_id>/replay/",
        webhooks.replay_message,
        name="replay-webhook-message",
    ),
    path("uploads/", uploads.uploads, name="uploads"),
    path("uploads/<int:destination_id>/", uploads.destination, name="upload-destination"),
    path("uploads/<int:destination_id>/change/", uploads.change_destination, name="change-upload-destination"),
    path("uploads/<int:destination_id>/state/", uploads.switch_destination, name="switch-upload-destination"),
    path("uploads/<int:destination_id>/try/", uploads.dry_run, name="upload-dry-run"),
    path("uploads/<int:destination_id>/rows/<int:upload_id>/", uploads.upload, name="upload"),
    path("uploads/<int:destination_id>/rows/<int:upload_id>/again/", uploads.upload_again, name="upload-again"),
    path("t/<str:write_key>.js", tracking.script, name="tracking-script"),
    path("t/<str:write_key>/number", tracking.number, name="tracking-number"),
]
