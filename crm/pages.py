"""The pages of crm's rooms."""

from django.urls import URLPattern, URLResolver, include, path

from crm.batches import pages as batch_pages
from crm.identity import deciding_pages, pages
from crm.matching import pages as matching_pages
from crm.matching.figures_pages import matching_figures
from crm.privacy import consent_pages, purpose_pages, tact_pages, unsubscribing_pages
from crm.privacy.audit import pages as audit_pages
from crm.privacy.erasing import pages as erasing_pages
from crm.privacy.exporting import pages as exporting_pages
from crm.privacy.history import pages as history_pages
from crm.privacy.holding import pages as holding_pages
from crm.privacy.requesting import pages as requesting_pages
from crm.privacy.restricting import pages as restricting_pages
from crm.privacy.retaining import pages as retaining_pages
from crm.privacy.revealing import pages as reveal_pages
from crm.privacy.watching import pages as watching_pages
from crm.profile import rule_pages, trait_pages
from crm.sources import brand_pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("crm.stack.urls")),
    path("", include("crm.privacy.signing_in.urls")),
    path("customers/merge/", deciding_pages.merge_customers, name="merge-customers"),
    path("customers/<uuid:public_id>/split/", deciding_pages.split_customer, name="split-customer"),
    path("customers/<uuid:public_id>/why/", pages.why, name="why"),
    path("customers/<uuid:public_id>/history/", pages.history, name="customer-history"),
    path("customers/<uuid:public_id>/looks/", audit_pages.looks, name="looks"),
    path("customers/<uuid:public_id>/reveal/", reveal_pages.reveal_customer, name="reveal"),
    path("customers/<uuid:public_id>/hide/", reveal_pages.hide_customer, name="hide"),
    path("customers/<uuid:public_id>/erase/", erasing_pages.erase_customer, name="erase-customer"),
    path("customers/<uuid:public_id>/export/", exporting_pages.export_customer, name="export-customer"),
    path("exports/", exporting_pages.exports, name="exports"),
    path("exports/<uuid:public_id>/", exporting_pages.export, name="export"),
    path("exports/<uuid:public_id>/file/", exporting_pages.export_file, name="export-file"),
    path("customers/<uuid:public_id>/request/", requesting_pages.note_rights_request, name="note-rights-request"),
    path("customers/<uuid:public_id>/hold/", holding_pages.legal_hold, name="legal-hold"),
    path("customers/<uuid:public_id>/restriction/", restricting_pages.restriction, name="restriction"),
    path("retention/", retaining_pages.retention, name="retention"),
    path("retention/<int:change_id>/undo/", retaining_pages.undo_retention, name="undo-retention"),
    path("requests/", requesting_pages.rights_requests, name="rights-requests"),
    path("requests/<uuid:public_id>/", requesting_pages.rights_request, name="rights-request"),
    path("erasures/", erasing_pages.erasures, name="erasures"),
    path("erasures/<uuid:public_id>/", erasing_pages.erasure, name="erasure"),
    path("erasures/<uuid:public_id>/certificate/", erasing_pages.erasure_certificate, name="erasure-certificate"),
    path("brands/", brand_pages.brands, name="brands"),
    path("brands/<slug:word>/people/", brand_pages.change_people, name="brand-people"),
    path("brands/<slug:word>/remove/", brand_pages.remove_brand, name="remove-brand"),
    path("alerts/", watching_pages.alerts, name="alerts"),
    path("alerts/<int:alert_id>/", watching_pages.close_alert, name="close-alert"),
    path("audit/", audit_pages.audit_log, name="audit"),
    path("history/", history_pages.row_history, name="row-history"),
    path("identity/", pages.identity_log, name="identity-log"),
    path("identity/<int:event_id>/undo/", deciding_pages.undo_decision, name="undo-decision"),
    path("matching/figures/", matching_figures, name="matching-figures"),
    path("merge/spreadsheet/", batch_pages.merge_spreadsheet, name="merge-spreadsheet"),
    path("consents/spreadsheet/", batch_pages.consent_spreadsheet, name="consent-spreadsheet"),
    path("batches/<int:batch_id>/", batch_pages.batch, name="batch"),
    path("batches/<int:batch_id>/result/", batch_pages.batch_result, name="batch-result"),
    path("matching/", matching_pages.runs, name="matching"),
    path("matching/start/", matching_pages.start, name="start-match"),
    path("matching/<int:run_id>/", matching_pages.run, name="match-run"),
    path("matching/<int:run_id>/progress/", matching_pages.progress, name="match-progress"),
    path("matching/<int:run_id>/answer/", matching_pages.rule, name="rule-match"),
    path("matching/models/<int:model_id>/use/", matching_pages.use_model, name="use-model"),
    path("customers/<uuid:public_id>/consents/", consent_pages.consents, name="consents"),
    path("unsubscribe/<str:token>/", unsubscribing_pages.unsubscribe, name="unsubscribe"),
    path("purposes/", purpose_pages.purposes, name="purposes"),
    path("purposes/<int:change_id>/undo/", purpose_pages.undo_purposes, name="undo-purposes"),
    path("disclosure/", tact_pages.disclosure, name="disclosure"),
    path("disclosure/<int:change_id>/undo/", tact_pages.undo_disclosure, name="undo-disclosure"),
    path("golden-record/", rule_pages.rules, name="rules"),
    path("golden-record/fields/remove/", rule_pages.remove_field, name="remove-field"),
    path("golden-record/changes/<int:change_id>/undo/", rule_pages.undo_rules, name="undo-rules"),
    path("golden-record/<slug:what>/", rule_pages.change_rules, name="change-rules"),
    path("customers/<uuid:public_id>/traits/", trait_pages.traits, name="traits"),
    path("customers/<uuid:public_id>/traits/correct/", trait_pages.correct_trait, name="correct-trait"),
    path(
        "customers/<uuid:public_id>/traits/<int:correction_id>/undo/",
        trait_pages.undo_correction,
        name="undo-correction",
    ),
]
