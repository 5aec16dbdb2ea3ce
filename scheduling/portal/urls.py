"""The patient's own pages. Every address but those of single things is the same for everybody."""

from django.urls import URLPattern, path

from scheduling.portal.views import (
    asking,
    calendar,
    days_away,
    documents,
    home,
    letters,
    moving,
    preferences,
    reactions,
    visits,
    whose,
)

portal_urls: list[URLPattern] = [
    path("", home.home, name="home"),
    path("whose/", whose.whose, name="whose"),
    path("visits/", visits.visits, name="visits"),
    path("visits/<int:session_id>/", visits.visit, name="visit"),
    path("visits/<int:session_id>/confirm/", visits.visit_confirm, name="visit_confirm"),
    path("visits/<int:session_id>/move/", moving.visit_move, name="visit_move"),
    path("visits/<int:session_id>/appointment.ics", visits.visit_calendar, name="visit_calendar"),
    path("visits/<int:session_id>/cannot-come/", asking.cannot_come, name="cannot_come"),
    path("visits/<int:session_id>/ask/", asking.ask, name="visit_ask"),
    path("offers/<int:offer_id>/", asking.offer_answer, name="offer_answer"),
    path("ask/", asking.ask, name="ask"),
    path("ask/<int:request_id>/withdraw/", asking.withdraw, name="ask_withdraw"),
    path("messages/", letters.letters, name="messages"),
    path("messages/read/", letters.letters_read, name="messages_read"),
    path("documents/", documents.documents, name="documents"),
    path("documents/consents/<slug:act>/sign/", documents.consent_sign, name="consent_sign"),
    path("documents/consents/<int:consent_id>/", documents.consent, name="consent"),
    path("documents/sheet/", visits.sheet, name="sheet"),
    path("documents/sheet.pdf", visits.sheet_as_file, name="sheet_file"),
    path("preferences/", preferences.preferences, name="preferences"),
    path("days-away/", days_away.days_away, name="days_away"),
    path("calendar/", calendar.calendar, name="calendar"),
    path("reactions/new/", reactions.reaction_new, name="reaction_new"),
    path("reactions/<int:event_id>/", reactions.reaction, name="reaction"),
]
