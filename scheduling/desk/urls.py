"""The pages of the staff: today, booking, the board, visits, work lists, absences, courses, one patient."""

from django.urls import URLPattern, path

from patients.views import allergy, consent, mixes
from scheduling.courses.changing.actions import course_safety
from scheduling.courses.changing.views import course_changes, moves
from scheduling.courses.planning.views import proposals, workspace
from scheduling.courses.queries import plans
from scheduling.desk.views import (
    absences,
    batches,
    board,
    booking,
    courses,
    leaving,
    mailbox,
    merging,
    overview,
    reach,
    today,
    worklists,
)
from scheduling.setup.views import first_director, staff_link
from scheduling.treatment.actions.drawn_up import administer_with_products
from scheduling.treatment.forms.drawn_up import TestLines
from scheduling.treatment.queries import outcomes
from scheduling.treatment.views import chair, kit, mishaps, reactions, sharps, stock, visits

desk_urls: list[URLPattern] = [
    path("today/", today.today, name="today"),
    path("book/", booking.book, name="book"),
    path("book/new-patient/", booking.book_new_patient, name="book_new_patient"),
    path("board/", board.board, name="board"),
    path("board/<int:location_id>/events/", board.board_events, name="board_events"),
    path("board/<int:location_id>/resources/", board.board_resources, name="board_resources"),
    path("board/<int:location_id>/queue/", board.board_queue, name="board_queue"),
    path("board/<int:location_id>/slot/", board.board_slot, name="board_slot"),
    path("board/<int:location_id>/preview/", board.board_preview, name="board_preview"),
    path("visits/<int:session_id>/", visits.visit, name="visit"),
    path("visits/<int:session_id>/check-in/", visits.visit_check_in, name="visit_check_in"),
    path("visits/<int:session_id>/chair/", chair.visit_chair, name="visit_chair"),
    path("visits/<int:session_id>/chair/draft/", chair.visit_draft, name="visit_draft"),
    path("visits/<int:session_id>/not-treated/", visits.visit_not_treated, name="visit_not_treated"),
    path("visits/<int:session_id>/sign/", visits.visit_sign, name="visit_sign"),
    path("visits/<int:session_id>/addendum/", visits.visit_addendum, name="visit_addendum"),
    path("visits/<int:session_id>/in-error/", visits.visit_in_error, name="visit_in_error"),
    path("kit/", kit.kit, name="kit"),
    path("sharps/", sharps.sharps, name="sharps"),
    path("sharps/<int:injury_id>/close/", sharps.sharps_close, name="sharps_close"),
    path("emergencies/<int:emergency_id>/read/", today.emergency_seen, name="emergency_seen"),
    path("deviations/<int:deviation_id>/read/", today.deviation_read, name="deviation_read"),
    path("visits/<int:session_id>/confirm/", visits.visit_confirm, name="visit_confirm"),
    path("visits/<int:session_id>/what-follows/", visits.visit_late_policy, name="visit_late_policy"),
    path("visits/<int:session_id>/move/", moves.visit_move, name="visit_move"),
    path("visits/<int:session_id>/undo/<int:act>/", moves.visit_undo, name="visit_undo"),
    path("visits/<int:session_id>/late/", mishaps.visit_late, name="visit_late"),
    path("visits/<int:session_id>/not-well/", mishaps.visit_unwell, name="visit_unwell"),
    path("visits/<int:session_id>/no-show/", mishaps.visit_no_show, name="visit_no_show"),
    path("visits/<int:session_id>/cancel/", mishaps.visit_cancel, name="visit_cancel"),
    path("work/", worklists.index, name="worklists"),
    path("work/calls/<int:message_id>/", worklists.call, name="call"),
    path("work/requests/<int:request_id>/answered/", worklists.request_answered, name="request_answered"),
    path("work/messages/<int:message_id>/again/", worklists.send_again, name="send_again"),
    path("work/messages/<int:message_id>/let-go/", worklists.let_go, name="let_go"),
    path("work/reactions/<int:event_id>/", worklists.reaction, name="reaction"),
    path("work/reactions/<int:event_id>/cause/", worklists.reaction_cause, name="reaction_cause"),
    path("work/reactions/<int:event_id>/take/", worklists.reaction_take, name="reaction_take"),
    path("work/nobody-there/", worklists.free_stranded, name="free_stranded"),
    path("work/batch/", batches.batch_new, name="batch_new"),
    path("work/batch/<int:replan_id>/", batches.batch, name="batch"),
    path("work/batch/<int:replan_id>/apply/", batches.batch_apply, name="batch_apply"),
    path("work/batch/<int:replan_id>/undo/", batches.batch_undo, name="batch_undo"),
    path("staff/<int:staff_id>/leaving/", leaving.leaving, name="leaving"),
    path("staff/<int:staff_id>/stay/", leaving.stay, name="stay"),
    path("absences/", absences.absences, name="absences"),
    path("absences/new/", absences.absence_new, name="absence_new"),
    path("absences/<int:absence_id>/cancel/", absences.absence_cancel, name="absence_cancel"),
    path("join/<str:secret>/", staff_link.join, name="join"),
    path("first-director/<str:secret>/", first_director.first_director, name="first_director"),
    path("stock/", stock.lots, name="stock"),
    path("stock/products/", stock.products, name="products"),
    path("stock/products/new/", stock.product, name="product_new"),
    path("stock/products/<int:product_id>/", stock.product, name="product"),
    path("stock/lots/<int:lot_id>/aside/", stock.lot_aside, name="lot_aside"),
    path("stock/lots/<int:lot_id>/release/", stock.lot_release, name="lot_release"),
    path("stock/lots/<int:lot_id>/recall/", stock.lot_recall, name="lot_recall"),
    path("stock/received/", stock.lot_received, name="lot_received"),
    path("stock/alerts/<int:alert_id>/seen/", stock.alert_seen, name="lot_alert_seen"),
    path("mail/", mailbox.mailbox, name="mailbox"),
    path("mail/<str:letter_id>/", mailbox.letter, name="letter"),
]


course_urls: list[URLPattern] = [
    path("", courses.index, name="list"),
    path("new/", workspace.new, name="new"),
    path("<int:course_id>/", courses.detail, name="detail"),
    path("<int:course_id>/edit/", workspace.edit, name="edit"),
    path("<int:course_id>/stop/<slug:way>/", courses.stop, name="stop"),
    path("<int:course_id>/price/", courses.price, name="price"),
    path("<int:course_id>/length/", course_changes.length, name="length"),
    path("<int:course_id>/hand-over/", course_changes.hand_over, name="hand_over"),
    path("<int:course_id>/days-away/", course_changes.days_away, name="days_away"),
    path("<int:course_id>/undo/<int:act>/", courses.course_undo, name="undo"),
    path("<int:course_id>/generate/", proposals.generate, name="generate"),
    path("<int:course_id>/proposals/<int:proposal_id>/", proposals.proposal, name="proposal"),
    path("<int:course_id>/proposals/<int:proposal_id>/accept/", proposals.accept, name="accept"),
    path("<int:course_id>/proposals/<int:proposal_id>/allow-late/", proposals.allow_late, name="allow_late"),
]
patient_urls: list[URLPattern] = [
    path("<int:patient_id>/", overview.detail, name="detail"),
    path("<int:patient_id>/sheet/", overview.sheet, name="sheet"),
    path("<int:patient_id>/sheet.pdf", overview.sheet_as_file, name="sheet_file"),
    path("<int:patient_id>/merge/", merging.merge, name="merge"),
    path("<int:patient_id>/take-apart/", merging.take_apart, name="take_apart"),
    path("<int:patient_id>/reach/", reach.reach, name="reach"),
    path("<int:patient_id>/contacts/new/", reach.contact_new, name="contact_new"),
    path("contacts/<int:person_id>/remove/", reach.contact_remove, name="contact_remove"),
    path("<int:patient_id>/reactions/decide/", reactions.reactions_decide, name="reactions_decide"),
    path("<int:patient_id>/reactions/new/", reactions.reaction_new, name="reaction_new"),
    path(
        "<int:patient_id>/measurements/",
        mixes.measurements,
        {"draw": outcomes.plots_of_patient},
        name="measurements",
    ),
    path("<int:patient_id>/consent/", consent.consent, {"plans": plans.plans_of_patient}, name="consent"),
    path(
        "<int:patient_id>/consent/print/",
        consent.consent_print,
        {"plans": plans.plans_of_patient},
        name="consent_print",
    ),
    path(
        "<int:patient_id>/consent/refuse/",
        consent.consent_refuse,
        {"record": course_safety.refuse_consent},
        name="consent_refuse",
    ),
    path(
        "consents/<int:consent_id>/withdraw/",
        consent.consent_withdraw,
        {"record": course_safety.withdraw_consent},
        name="consent_withdraw",
    ),
    path(
        "<int:patient_id>/allergy-test/",
        allergy.allergy_test,
        {"act": administer_with_products, "lines": TestLines},
        name="allergy_test",
    ),
    path(
        "allergy-tests/<int:test_id>/reading/",
        allergy.reading,
        {"act": course_safety.read_allergy_test},
        name="reading",
    ),
]
