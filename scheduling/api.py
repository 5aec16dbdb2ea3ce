"""The HTTP API of scheduling: one view a noun, each verb one action."""

from django.urls import URLPattern, path

from scheduling.calendar.api import Slots
from scheduling.courses.api.courses import CourseDetail, Courses, HoldCourse, ResumeCourse, RevokeCourse
from scheduling.courses.api.safety import Consents, Readings, WithdrawConsent
from scheduling.courses.api.sessions import SessionDetail, Sessions
from scheduling.courses.changing.api import AcceptOffer, Book, DeclineOffer, Move, Offers
from scheduling.courses.planning.api import AcceptProposal, ProposalDetail, Proposals
from scheduling.messages.api import Messages
from scheduling.setup.api import Devices, Locations, Lots, Practitioners, Products, Rooms
from scheduling.treatment.api import (
    Addenda,
    AllergyTests,
    Cancel,
    CheckIn,
    Complete,
    Enter,
    EnteredInError,
    NoShow,
    NotTreated,
    Reactions,
    Sign,
    Start,
)

urlpatterns: list[URLPattern] = [
    path("locations/", Locations.as_view(), name="locations"),
    path("practitioners/", Practitioners.as_view(), name="practitioners"),
    path("rooms/", Rooms.as_view(), name="rooms"),
    path("devices/", Devices.as_view(), name="devices"),
    path("products/", Products.as_view(), name="products"),
    path("lots/", Lots.as_view(), name="lots"),
    path("courses/", Courses.as_view(), name="courses"),
    path("courses/<str:course_id>/", CourseDetail.as_view(), name="course"),
    path("courses/<str:course_id>/hold/", HoldCourse.as_view(), name="course-hold"),
    path("courses/<str:course_id>/resume/", ResumeCourse.as_view(), name="course-resume"),
    path("courses/<str:course_id>/revoke/", RevokeCourse.as_view(), name="course-revoke"),
    path("courses/<str:course_id>/proposals/", Proposals.as_view(), name="course-proposals"),
    path("proposals/<str:proposal_id>/", ProposalDetail.as_view(), name="proposal"),
    path("proposals/<str:proposal_id>/accept/", AcceptProposal.as_view(), name="proposal-accept"),
    path("slots/", Slots.as_view(), name="slots"),
    path("sessions/", Sessions.as_view(), name="sessions"),
    path("sessions/<str:session_id>/", SessionDetail.as_view(), name="session"),
    path("sessions/<str:session_id>/book/", Book.as_view(), name="session-book"),
    path("sessions/<str:session_id>/move/", Move.as_view(), name="session-move"),
    path("sessions/<str:session_id>/check-in/", CheckIn.as_view(), name="session-check-in"),
    path("sessions/<str:session_id>/start/", Start.as_view(), name="session-start"),
    path("sessions/<str:session_id>/complete/", Complete.as_view(), name="session-complete"),
    path("sessions/<str:session_id>/in-error/", EnteredInError.as_view(), name="session-in-error"),
    path("sessions/<str:session_id>/not-treated/", NotTreated.as_view(), name="session-not-treated"),
    path("sessions/<str:session_id>/sign/", Sign.as_view(), name="session-sign"),
    path("sessions/<str:session_id>/addenda/", Addenda.as_view(), name="session-addenda"),
    path("sessions/<str:session_id>/enter/", Enter.as_view(), name="session-enter"),
    path("sessions/<str:session_id>/no-show/", NoShow.as_view(), name="session-no-show"),
    path("sessions/<str:session_id>/cancel/", Cancel.as_view(), name="session-cancel"),
    path("patients/<str:patient_id>/consents/", Consents.as_view(), name="patient-consents"),
    path("patients/<str:patient_id>/reactions/", Reactions.as_view(), name="patient-reactions"),
    path("consents/<str:consent_id>/withdraw/", WithdrawConsent.as_view(), name="consent-withdraw"),
    path("patients/<str:patient_id>/allergy-tests/", AllergyTests.as_view(), name="patient-allergy-tests"),
    path("allergy-tests/<str:test_id>/readings/", Readings.as_view(), name="allergy-test-readings"),
    path("offers/", Offers.as_view(), name="offers"),
    path("offers/<str:offer_id>/accept/", AcceptOffer.as_view(), name="offer-accept"),
    path("offers/<str:offer_id>/decline/", DeclineOffer.as_view(), name="offer-decline"),
    path("messages/", Messages.as_view(), name="messages"),
]
