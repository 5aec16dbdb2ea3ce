"""Who may see which visit, course, message and place. The only way from a person to a queryset; default deny."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from clinic.base.access import CARE, CLINICAL, DIRECTOR, PATIENT, SIGNED_IN, STAFF, role_of
from clinic.base.rows import Columns, Prepared
from clinic.models import Location, User
from patients.access import identifier, of_patients, patients_for
from patients.models import AccessLog
from scheduling.models import (
    Absence,
    AdverseEvent,
    Course,
    Device,
    DrawnUp,
    Lot,
    LotAlert,
    Message,
    Practitioner,
    Product,
    Proposal,
    Replan,
    Room,
    Session,
    SharpsInjury,
)

Row = TypeVar("Row", bound=Model)
Of = TypeVar("Of", Session, Course, AdverseEvent)

WINDOW = ("id", "patient_id", "kind", "chair_minutes", "floor", "latest", "not_before")
WANTED, PLACE = Columns(Session, "wanted", *WINDOW), Columns(Location, "place")
COURSE = Columns(Course, "course", "id", "delivery_device_id")
SEARCHED = Prepared(f"""
SELECT {WANTED}, {PLACE}, {COURSE} FROM scheduling_session wanted
JOIN clinic_location place ON place.id = wanted.location_id
LEFT JOIN scheduling_course course ON course.id = wanted.course_id
WHERE wanted.id = %(session)s
""")  # noqa: S608  # built from the models' own columns


def sessions_for(user: Any) -> QuerySet[Session]:
    """Staff in care see every visit, patients their own, everyone else none."""
    rows = Session.objects.select_related("location", "patient__contact", "course__protocol_version__protocol")
    return of_patients(user, rows)


def courses_for(user: Any) -> QuerySet[Course]:
    rows = Course.objects.select_related(
        "patient",
        "location",
        "practitioner",
        "indication",
        "formulation",
        "technique",
        "delivery_device",
        "protocol_version__protocol",
    )
    return of_patients(user, rows)


def proposals_for(user: Any) -> QuerySet[Proposal]:
    rows = Proposal.objects.select_related("course__location", "course__patient")
    return of_patients(user, rows, path="course__patient")


def messages_for(user: Any) -> QuerySet[Message]:
    """Staff see the whole ledger of a patient; the patient sees what is on the patient's page."""
    rows = of_patients(user, Message.objects.select_related("patient", "location"))
    return rows.filter(channel=Message.Channel.PORTAL) if role_of(user) == PATIENT else rows


def absences_for(user: Any) -> QuerySet[Absence]:
    """Why somebody is away is for colleagues."""
    rows = Absence.objects.select_related("practitioner", "room", "device")
    return rows if role_of(user) in CARE else rows.none()


def reactions_for(user: Any) -> QuerySet[AdverseEvent]:
    """Reactions of the patients somebody may see; what they say is for clinicians (D17)."""
    rows = AdverseEvent.objects.select_related("patient", "reaction", "session__location", "owner__user")
    return of_patients(user, rows)


def replans_for(user: Any) -> QuerySet[Replan]:
    """Batches and cascades are the business of staff in care."""
    return seen_by(user, CARE, Replan.objects.select_related("location"))


def locations_for(user: Any) -> QuerySet[Location]:
    return seen_by(user, SIGNED_IN, Location.objects.all())


def practitioners_for(user: Any) -> QuerySet[Practitioner]:
    return seen_by(user, SIGNED_IN, Practitioner.objects.filter(active=True).select_related("staff"))


def rooms_for(user: Any) -> QuerySet[Room]:
    return seen_by(user, STAFF, Room.objects.filter(active=True).select_related("location"))


def devices_for(user: Any) -> QuerySet[Device]:
    return seen_by(user, STAFF, Device.objects.filter(active=True).select_related("location", "kind"))


def products_for(user: Any) -> QuerySet[Product]:
    return seen_by(user, CARE, Product.objects.select_related("substance").prefetch_related("ingredients"))


def lots_for(user: Any) -> QuerySet[Lot]:
    return seen_by(user, CARE, Lot.objects.select_related("product", "location"))


def drawn_up_for(user: Any) -> QuerySet[DrawnUp]:
    """Who received what is clinical."""
    return seen_by(user, CLINICAL, DrawnUp.objects.all())


def injuries_for(user: Any) -> QuerySet[SharpsInjury]:
    """A sharps injury is its person's own business, and the directors' (D55)."""
    rows = SharpsInjury.objects.select_related("injured__user", "location", "closed_by")
    return rows if role_of(user) == DIRECTOR else seen_by(user, CARE, rows.filter(injured__user=user))


def access_injury(user: User, pk: int | str) -> SharpsInjury:
    return get_object_or_404(injuries_for(user), pk=identifier(pk))


def seen_by(user: Any, roles: frozenset[str], rows: QuerySet[Row]) -> QuerySet[Row]:
    return rows if role_of(user) in roles else rows.none()


def access_session(user: User, pk: int | str) -> Session:
    return opened(user, one_of(sessions_for(user).select_related("course__location"), pk), "visit")


def access_searched(user: User, pk: int | str) -> Session:
    """A session with what a search for its free times reads of it and no more: whoever searches waits for it."""
    found = SEARCHED.rows(session=identifier(pk))
    values = iter(found[0] if found else ())
    session = WANTED.read(values) if found else None
    if session is None or not sees(user, session.patient_id):
        raise Http404
    place, session.course = PLACE.read(values), COURSE.read(values)
    assert place is not None  # every visit has one
    session.location = place
    return session


def sees(user: User, patient_id: int) -> bool:
    """Whether somebody may see this patient's visits; who sees every patient is not asked about each."""
    return role_of(user) in CARE or patients_for(user).filter(pk=patient_id).exists()


def access_course(user: User, pk: int | str) -> Course:
    return opened(user, one_of(courses_for(user), pk), "course")


def access_proposal(user: User, pk: int | str) -> Proposal:
    return one_of(proposals_for(user), pk)


def access_message(user: User, pk: int | str) -> Message:
    return one_of(messages_for(user), pk)


def access_absence(user: User, pk: int | str) -> Absence:
    return one_of(absences_for(user), pk)


def access_reaction(user: User, pk: int | str) -> AdverseEvent:
    return opened(user, one_of(reactions_for(user), pk), "reaction")


def opened(user: User, row: Of, what: str) -> Of:
    """Staff who open something of a patient are in the log; patients do already with their page."""
    if role_of(user) in CARE:
        AccessLog.objects.create(patient_id=row.patient_id, user=user, what=what)
    return row


def access_product(user: User, pk: int | str) -> Product:
    return one_of(products_for(user), pk)


def access_lot(user: User, pk: int | str) -> Lot:
    return one_of(lots_for(user), pk)


def access_lot_alert(user: User, pk: int | str) -> LotAlert:
    return one_of(seen_by(user, frozenset({DIRECTOR}), LotAlert.objects.select_related("session__location")), pk)


def access_replan(user: User, pk: int | str) -> Replan:
    return one_of(replans_for(user), pk)


def one_of(rows: QuerySet[Row], pk: int | str) -> Row:
    """The row with this id among those that may be seen, else 404: what is not yours looks like what is not there."""
    return get_object_or_404(rows, pk=identifier(pk))


def practitioner_of(user: User) -> Practitioner | None:
    """The column of the calendar that belongs to somebody who signs in."""
    return Practitioner.objects.filter(staff__user=user, active=True).first()


def locations() -> QuerySet[Location]:
    """Every location; the clinic is one organisation, so whoever manages it manages all of them."""
    return Location.objects.all()
