"""The pages of journeys' rooms."""

from django.urls import URLPattern, URLResolver, path

from crm.privacy.signing_in.pages import welcome
from journeys.attribution import conversion_pages, cost_pages, definition_pages, import_pages
from journeys.attribution import group_pages as groups
from journeys.attribution import report_pages as reports
from journeys.calls import pages as calls
from journeys.calls import queue_pages
from journeys.calls import rule_pages as routing
from journeys.customers import streaming, views
from journeys.desk import home, palette, rule_pages, work_pages
from journeys.desk import pages as desk
from journeys.explore import file_pages as explore_files
from journeys.explore import views as explore
from journeys.listening import views as listening
from journeys.morning import mail_pages
from journeys.morning import pages as mornings
from journeys.paths import abandonment_definition_pages as giving_up
from journeys.paths import abandonment_pages as abandoned
from journeys.paths import blind_pages as blindness
from journeys.paths import pages as paths
from journeys.paths import silent_pages as silent
from journeys.reviewing import views as reviews
from journeys.segments import pages as segments

urlpatterns: list[URLPattern | URLResolver] = [
    path("", welcome, name="home"),
    path("customers/", views.customers, name="customers"),
    path("customers/<uuid:public_id>/", views.customer, name="customer"),
    path("customers/<uuid:public_id>/entries/", views.entries, name="entries"),
    path("customers/<uuid:public_id>/extent/", views.extent, name="customer-extent"),
    path("customers/<uuid:public_id>/live/", streaming.live, name="live"),
    path("desk/", home.desk, name="desk"),
    path("desk/calls/<uuid:public_id>/", desk.desk_call, name="desk-call"),
    path("desk/calls/<uuid:public_id>/heard/", desk.heard_call, name="desk-heard"),
    path("desk/calls/<uuid:public_id>/claim/", desk.claim_call, name="desk-claim"),
    path("desk/calls/<uuid:public_id>/unclaim/", desk.unclaim_call, name="desk-unclaim"),
    path("desk/calls/<uuid:public_id>/over/", desk.end_call, name="desk-over"),
    path("desk/calls/<uuid:public_id>/wrap/", desk.wrap_call, name="desk-wrap"),
    path("desk/customers/<uuid:public_id>/", desk.desk_customer, name="desk-customer"),
    path("desk/customers/<uuid:public_id>/entries/", desk.desk_entries, name="desk-entries"),
    path("desk/customers/<uuid:public_id>/looking/", desk.looking, name="desk-looking"),
    path("desk/customers/<uuid:public_id>/work/", desk.work_for_customer, name="desk-work"),
    path("desk/work/<slug:kind>/<int:row_id>/<slug:act>/", work_pages.work, name="work"),
    path("desk/cases/<int:case_id>/", work_pages.case, name="desk-case"),
    path("desk/cases/<int:case_id>/change/", work_pages.change_case, name="change-case"),
    path("desk/mentions/seen/", work_pages.mentions_seen, name="mentions-seen"),
    path("desk/drafts/<str:about>/", work_pages.keep_jotting, name="keep-jotting"),
    path("palette/", palette.find_customers, name="palette"),
    path("keys/", palette.switch_keys, name="switch-keys"),
    path("desk/rules/", rule_pages.actions, name="actions"),
    path("desk/rules/words/", rule_pages.change_words, name="change-words"),
    path("desk/rules/<int:rule_id>/", rule_pages.change_action, name="change-action"),
    path("desk/rules/<int:rule_id>/remove/", rule_pages.remove_action, name="remove-action"),
    path("desk/actions/<int:rule_id>/answer/", work_pages.answer_action, name="answer-action"),
    path("explore/", explore.explore, name="explore"),
    path("explore/views/", explore.views, name="explore-views"),
    path("explore/views/save/", explore.save_view, name="save-explore-view"),
    path("explore/views/<int:view_id>/change/", explore.change_view, name="change-explore-view"),
    path("explore/files/", explore_files.files, name="explore-files"),
    path("explore/files/<uuid:public_id>/", explore_files.explore_file, name="explore-file"),
    path("explore/files/<uuid:public_id>/delete/", explore_files.delete_file, name="delete-explore-file"),
    path("attribution/", reports.attribution, name="attribution"),
    path("attribution/costs/", cost_pages.costs, name="costs"),
    path("attribution/costs/<int:file_id>/", cost_pages.cost_file, name="cost-file"),
    path("attribution/now/", reports.attribution_now, name="attribution-now"),
    path("attribution/file/", reports.attribution_file, name="attribution-file"),
    path("morning/", mornings.morning_page, name="morning"),
    path("morning/mail/", mail_pages.weekly_mail, name="weekly-mail"),
    path("morning/mail/off/", mail_pages.stop_weekly_mail, name="stop-weekly-mail"),
    path("morning/mail/now/", mail_pages.send_weekly_mail, name="send-weekly-mail"),
    path("morning/mail/preview/", mail_pages.preview_weekly_mail, name="preview-weekly-mail"),
    path("morning/mail/stop/<str:token>/", mail_pages.unsubscribe_weekly_mail, name="unsubscribe-weekly-mail"),
    path("morning/blind-spots/", mornings.morning_blind, name="morning-blind"),
    path("morning/files/<slug:what>/", mornings.morning_file, name="morning-file"),
    path("abandoned/", abandoned.abandoned, name="abandoned"),
    path("abandoned/file/", abandoned.abandoned_file, name="abandoned-file"),
    path("abandoned/never-called/", silent.silent, name="silent"),
    path("abandoned/never-called/segment/", silent.segment_silent, name="segment-silent"),
    path("abandoned/definitions/", giving_up.abandonments, name="abandonments"),
    path("abandoned/definitions/<int:definition_id>/", giving_up.change_abandonment, name="change-abandonment"),
    path("abandoned/definitions/<int:definition_id>/remove/", giving_up.remove_abandonment, name="remove-abandonment"),
    path("abandoned/changes/<int:change_id>/undo/", giving_up.undo_abandonments, name="undo-abandonments"),
    path("blind-spots/", blindness.blind_spots_page, name="blind-spots"),
    path("blind-spots/file/", blindness.blind_spots_file, name="blind-spots-file"),
    path("blind-spots/who/", blindness.blind_spots_who, name="blind-spots-who"),
    path("paths/", paths.paths, name="paths"),
    path("paths/file/", paths.paths_file, name="paths-file"),
    path("paths/who/", paths.paths_who, name="paths-who"),
    path("segments/", segments.segments, name="segments"),
    path("segments/<int:segment_id>/", segments.segment, name="segment"),
    path("segments/<int:segment_id>/sizes/", segments.segment_sizes, name="segment-sizes"),
    path("segments/<int:segment_id>/change/", segments.change_segment, name="change-segment"),
    path("segments/<int:segment_id>/remove/", segments.remove_segment, name="remove-segment"),
    path("segments/changes/<int:change_id>/undo/", segments.undo_segments, name="undo-segments"),
    path("interactions/<int:interaction_id>/", views.interaction, name="interaction"),
    path("visits/<int:session_id>/", views.steps, name="visit"),
    path("calls/", listening.calls, name="calls"),
    path("calls/<uuid:public_id>/", listening.conversation, name="conversation"),
    path("calls/<uuid:public_id>/player/", listening.player_part, name="player"),
    path("calls/<uuid:public_id>/transcript/", listening.upload_transcript, name="upload-transcript"),
    path("calls/<uuid:public_id>/recording/", listening.upload_recording, name="upload-recording"),
    path("recordings/<int:recording_id>/sound/", listening.sound, name="sound"),
    path("recordings/<int:recording_id>/again/", listening.fetch_again, name="fetch-again"),
    path("interactions/<int:interaction_id>/listen/", listening.listen, name="listen"),
    path("customers/<uuid:public_id>/mood/", listening.customer_mood, name="customer-mood"),
    path("desk/calls/stream/", calls.calls_stream, name="calls-stream"),
    path("desk/calls/open/", calls.calls_open, name="calls-open"),
    path("desk/calls/<uuid:public_id>/card/", calls.call_card, name="call-card"),
    path("desk/presence/", calls.set_presence, name="set-presence"),
    path("routing/", routing.routing, name="routing"),
    path("routing/shadow/", routing.routing_shadow, name="routing-shadow"),
    path("routing/<int:rule_id>/", routing.change_routing, name="change-routing"),
    path("routing/<int:rule_id>/move/", routing.move_routing, name="move-routing"),
    path("routing/<int:rule_id>/switch/", routing.switch_routing, name="switch-routing"),
    path("routing/<int:rule_id>/remove/", routing.remove_routing, name="remove-routing"),
    path("routing/changes/<int:change_id>/undo/", routing.undo_routing, name="undo-routing"),
    path("channel-groups/", groups.channel_groups, name="channel-groups"),
    path("channel-groups/now/", groups.channel_groups_now, name="channel-groups-now"),
    path("channel-groups/<int:place>/", groups.change_channel_group, name="change-channel-group"),
    path("channel-groups/<int:place>/move/", groups.move_channel_group, name="move-channel-group"),
    path("channel-groups/<int:place>/remove/", groups.remove_channel_group, name="remove-channel-group"),
    path("channel-groups/changes/<int:change_id>/undo/", groups.undo_channel_groups, name="undo-channel-groups"),
    path("conversions/", definition_pages.conversions, name="conversions"),
    path("conversions/list/", conversion_pages.conversion_list, name="conversion-list"),
    path("conversions/imports/", import_pages.conversion_imports, name="conversion-imports"),
    path("conversions/imports/<int:import_id>/", import_pages.conversion_import, name="conversion-import"),
    path("conversions/<int:conversion_id>/", conversion_pages.conversion, name="conversion"),
    path("conversions/now/", definition_pages.conversions_now, name="conversions-now"),
    path("conversions/definitions/<int:definition_id>/", definition_pages.change_conversion, name="change-conversion"),
    path("conversions/changes/<int:change_id>/undo/", definition_pages.undo_conversions, name="undo-conversions"),
    path("queues/", queue_pages.queues, name="queues"),
    path("queues/now/", queue_pages.queues_now, name="queues-now"),
    path("queues/stream/", queue_pages.queues_stream, name="queues-stream"),
    path("queues/agents/<int:agent_id>/presence/", queue_pages.set_presence_of, name="set-presence-of"),
    path("links/<int:link_id>/", reviews.link, name="link"),
    path("reviews/", reviews.queue, name="reviews"),
    path("reviews/bulk/", reviews.bulk, name="decide-reviews"),
    path("reviews/undo/", reviews.undo, name="undo-reviews"),
    path("reviews/<int:review_id>/", reviews.pair, name="review"),
    path("reviews/<int:review_id>/outcome/", reviews.outcome, name="review-outcome"),
    path("reviews/<int:review_id>/decide/", reviews.decide, name="decide-review"),
    path("reviews/<int:review_id>/later/", reviews.later, name="put-off-review"),
    path("reviews/<int:review_id>/assign/", reviews.assign, name="assign-review"),
]
