"""Who may see which visit, course, message and place. The only way from a person to a queryset; default deny."""

from typing import Any, TypeVar

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from clinic.base.access import (
    ADMINISTRATOR,
    CARE,
    CLINICAL,
    DIRECTOR,
    PATIENT,
    STAFF,
    at_places_of,
    role_of,
    staff_of,
    works_at,
)
from clinic.base.rows import Columns, Prepared
from clinic.models import Location, StaffMember, User
from patients.access import identifier, of_patients, of_visits, opened_in_emergency, own_rows
from patients.models import AccessLog, Patient
from scheduling.models import (
    Absence,
    AdverseEvent,
    Course,
    Deviation,
    Device,
    DrawnUp,
    Export,
    Import,
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
    SlotOffer,
    VisitRequest,
    WorkingHours,
)

Row = TypeVar("Row", bound=Model)
Of = TypeVar("Of", Session, Course, AdverseEvent)

DIRECTORS, MANAGERS = frozenset({DIRECTOR}), frozenset({DIRECTOR, ADMINISTRATOR})

WINDOW = ("id", "patient_id", "kind", "chair_minutes", "floor", "latest", "not_before")
CLOCK = ("id", "timezone", "horizon_days", "preparation_minutes", "turnover_minutes")
WANTED, PLACE = Columns(Session, "wanted", *WINDOW), Columns(Location, "place", *CLOCK)
COURSE = Columns(Course, "course", "id", "delivery_device_id")
SEARCHED = Prepared(f"""
SELECT {WANTED}, {PLACE}, {COURSE} FROM scheduling_session wanted
JOIN clinic_location place ON place.id = wanted.location_id
LEFT JOIN scheduling_course course ON course.id = wanted.course_id
WHERE wanted.id = %(session)s
""")  # noqa: S608  # built from the models' own columns


def sessions_for(user: Any) -> QuerySet[Session]:
    """Staff in care see the visits of their places, patients their own, everyone else none."""
    rows = Session.objects.select_related("location", "patient__contact", "course__protocol_version__protocol")
    return of_visits(user, rows)


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
    return of_visits(user, rows)


def proposals_for(user: Any) -> QuerySet[Proposal]:
    rows = Proposal.objects.select_related("course__location", "course__patient")
    return of_visits(user, rows, "course__location", "course__patient")


def messages_for(user: Any) -> QuerySet[Message]:
    """Staff see the whole ledger of their places; the patient sees what is on the patient's page."""
    rows = of_visits(user, Message.objects.select_related("patient", "location"))
    return rows.filter(channel=Message.Channel.PORTAL) if role_of(user) == PATIENT else rows


def absences_for(user: Any) -> QuerySet[Absence]:
    """Why somebody is away is for the colleagues of the places where they work."""
    rows = seen_by(user, CARE, Absence.objects.select_related("practitioner", "room", "device"))
    people = Absence.objects.filter(practitioner__in=practitioners_for(user)).values("pk")
    rooms, devices = rooms_for(user).values("pk"), devices_for(user).values("pk")
    return rows.filter(Q(pk__in=people) | Q(room__in=rooms) | Q(device__in=devices))


def requests_for(user: Any) -> QuerySet[VisitRequest]:
    """What patients asked of the desk: of a place's staff, and the patient's own."""
    return of_visits(user, VisitRequest.objects.select_related("location"))


def offers_for(user: Any) -> QuerySet[SlotOffer]:
    """Times offered to patients: of a place's staff, and the patient's own."""
    return of_visits(user, SlotOffer.objects.all(), "session__location", "session__patient")


def reactions_for(user: Any) -> QuerySet[AdverseEvent]:
    """Reactions of the patients somebody may see, wherever they were treated; what they say is for clinicians (D17)."""
    rows = AdverseEvent.objects.select_related("patient", "reaction", "session__location", "owner__user")
    return of_patients(user, rows)


def replans_for(user: Any) -> QuerySet[Replan]:
    """Batches and cascades are the business of staff in care."""
    return at_places_of(user, seen_by(user, CARE, Replan.objects.select_related("location", "leaver")))


def locations_for(user: Any) -> QuerySet[Location]:
    """Staff see the places where they work, who administers all of them; patients may be treated at any."""
    rows = Location.objects.all()
    return rows if role_of(user) in {ADMINISTRATOR, PATIENT} else at_places_of(user, rows, "pk")


def practitioners_for(user: Any) -> QuerySet[Practitioner]:
    """Who treats at the places of `locations_for`, or calls one of them home."""
    places = locations_for(user).values("pk")
    hours = WorkingHours.objects.filter(practitioner=OuterRef("pk"), location__in=places)
    rows = Practitioner.objects.filter(Q(staff__location__in=places) | Exists(hours), active=True)
    return rows.select_related("staff")


def rooms_for(user: Any) -> QuerySet[Room]:
    return seen_by(user, STAFF, rooms_named_by(user))


def devices_for(user: Any) -> QuerySet[Device]:
    return seen_by(user, STAFF, devices_named_by(user))


def rooms_named_by(user: Any) -> QuerySet[Room]:
    """Rooms that somebody may name in a wish; patients read no list of them, but free starts name them."""
    rows = Room.objects.filter(active=True, location__in=locations_for(user).values("pk"))
    return rows.select_related("location")


def devices_named_by(user: Any) -> QuerySet[Device]:
    rows = Device.objects.filter(active=True, location__in=locations_for(user).values("pk"))
    return rows.select_related("location", "kind")


def products_for(user: Any) -> QuerySet[Product]:
    """What the organisation draws up, at whichever place."""
    return seen_by(user, CARE, Product.objects.select_related("substance").prefetch_related("ingredients"))


def lots_for(user: Any) -> QuerySet[Lot]:
    return at_places_of(user, seen_by(user, CARE, Lot.objects.select_related("product", "location")))


def drawn_up_for(user: Any) -> QuerySet[DrawnUp]:
    """Who received what is clinical."""
    return of_patients(user, seen_by(user, CLINICAL, DrawnUp.objects.all()))


def lot_alerts_for(user: Any) -> QuerySet[LotAlert]:
    rows = LotAlert.objects.select_related("session__location")
    return at_places_of(user, seen_by(user, DIRECTORS, rows), "session__location")


def deviations_for(user: Any) -> QuerySet[Deviation]:
    rows = Deviation.objects.select_related("session")
    return at_places_of(user, seen_by(user, DIRECTORS, rows), "session__location")


def staff_for(user: Any) -> QuerySet[StaffMember]:
    """Who works or worked at the places somebody manages."""
    rows = StaffMember.objects.select_related("user", "location", "practitioner").prefetch_related("posts__location")
    rows = seen_by(user, MANAGERS, rows).order_by("-active", "user__name", "id")
    return rows if manages_all(user) else at_places_of(user, rows.filter(everywhere=False))


def manages_all(user: Any) -> bool:
    """Who administers the organisation, or directs all of it."""
    staff = staff_of(user)
    return staff is not None and (staff.acts_as == ADMINISTRATOR or staff.acts_everywhere)


def directs_all(user: Any) -> bool:
    """Who directs every location of the organisation, in one place or by several posts."""
    here = locations_for(user).values("pk")
    return role_of(user) == DIRECTOR and not Location.objects.exclude(pk__in=here).exists()


def imports_for(user: Any) -> QuerySet[Import]:
    """Files of other systems, of the places somebody directs."""
    rows = Import.objects.select_related("location", "requested_by")
    return at_places_of(user, seen_by(user, DIRECTORS, rows))


def exports_for(user: Any) -> QuerySet[Export]:
    rows = Export.objects.select_related("requested_by", "fetched_by")
    return rows if directs_all(user) else rows.none()


def injuries_for(user: Any) -> QuerySet[SharpsInjury]:
    """A sharps injury is its person's own business, and the directors' of the place (D55)."""
    rows = SharpsInjury.objects.select_related("injured__user", "location", "closed_by")
    if role_of(user) == DIRECTOR:
        return at_places_of(user, rows) | rows.filter(injured__user=user)
    return seen_by(user, CARE, rows.filter(injured__user=user))


def access_injury(user: User, pk: int | str) -> SharpsInjury:
    return get_object_or_404(injuries_for(user), pk=identifier(pk))


def seen_by(user: Any, roles: frozenset[str], rows: QuerySet[Row]) -> QuerySet[Row]:
    return rows if role_of(user) in roles else rows.none()


def access_session(user: User, pk: int | str) -> Session:
    return opened(user, one_of(sessions_for(user).select_related("course__location"), pk), "visit")


def access_searched(user: User, pk: int | str) -> Session:
    """A session with what a search for its free times reads of it and no more: whoever searches waits for it."""
    found = SEARCHED.rows(session=identifier(pk))
    if not found:
        raise Http404
    values = iter(found[0])
    session, place, course = WANTED.read(values), PLACE.read(values), COURSE.read(values)
    if session is None or place is None or not sees(user, session.patient_id, place.pk):
        raise Http404
    session.course = course
    session.location = place
    return session


def sees(user: User, patient_id: int, location_id: int) -> bool:
    """Whether somebody may see a visit of this patient at this location."""
    if role_of(user) in CARE and works_at(user, location_id):
        return True
    rows = Patient.objects.filter(pk=patient_id)
    seen = rows.filter(pk__in=opened_in_emergency(user)) if role_of(user) in CARE else own_rows(user, rows, "")
    return seen.exists()


def access_course(user: User, pk: int | str) -> Course:
    return opened(user, one_of(courses_for(user), pk), "course")


def access_proposal(user: User, pk: int | str) -> Proposal:
    return one_of(proposals_for(user), pk)


def access_message(user: User, pk: int | str) -> Message:
    return one_of(messages_for(user), pk)


def access_request(user: User, pk: int | str) -> VisitRequest:
    return one_of(requests_for(user), pk)


def access_offer(user: User, pk: int | str) -> SlotOffer:
    return one_of(offers_for(user), pk)


def access_import(user: User, pk: int | str) -> Import:
    return one_of(imports_for(user), pk)


def access_export(user: User, pk: int | str) -> Export:
    return one_of(exports_for(user), pk)


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
    return one_of(lot_alerts_for(user), pk)


def access_deviation(user: User, pk: int | str) -> Deviation:
    return one_of(deviations_for(user), pk)


def access_replan(user: User, pk: int | str) -> Replan:
    return one_of(replans_for(user), pk)


def one_of(rows: QuerySet[Row], pk: int | str) -> Row:
    """The row with this id among those that may be seen, else 404: what is not yours looks like what is not there."""
    return get_object_or_404(rows, pk=identifier(pk))


def practitioner_of(user: User) -> Practitioner | None:
    """The column of the calendar that belongs to somebody who signs in."""
    return Practitioner.objects.filter(staff__user=user, active=True).first()
