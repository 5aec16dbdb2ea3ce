"""A second location with its people, and everything about one patient of theirs that an address can name."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from clinic.models import Location, Role, User
from patients.models import (
    Allergy,
    AllergyTest,
    AllergyTestReading,
    Consent,
    ContactPerson,
    EmergencyAccess,
    Patient,
    Photo,
)
from protocols.models import DeliveryDevice, Formulation
from scheduling.models import (
    Absence,
    AdverseEvent,
    Booking,
    Deviation,
    Device,
    Import,
    LotAlert,
    Message,
    Proposal,
    PublicHoliday,
    Replan,
    Room,
    Season,
    SharpsInjury,
    SlotOffer,
    VisitRequest,
)
from tests.factories import (
    NOW,
    TODAY,
    FormulationFactory,
    LocationFactory,
    PatientFactory,
    PractitionerFactory,
    RoomFactory,
    StaffFactory,
    UserFactory,
)
from tests.scheduling.course_steps import make_course
from tests.scheduling.visits import a_visit, at, who
from tests.stock import a_lot, a_product

NAME = "Zagalo"  # stands nowhere but in the record of the patient of Lisboa


@dataclass(frozen=True)
class Lisboa:
    """Its people, its patient, and by the names of an address's parameters what belongs to them."""

    location: Location
    desk: User
    practitioner: User
    director: User
    patient: Patient
    ids: dict[str, Any]


def open_lisboa() -> Lisboa:
    place = LocationFactory(name="Lisboa", timezone="Europe/Lisbon")
    room = RoomFactory(location=place, name="Sala 1")
    doctor = PractitionerFactory(staff__user__email="tomas@example.test", staff__location=place).staff.user
    desk = StaffFactory(user__email="rita@example.test", location=place).user
    director = StaffFactory(user__email="alba@example.test", role=Role.DIRECTOR.value, location=place).user
    patient = PatientFactory(
        given_name="Eva",
        family_name=NAME,
        email="eva@example.test",
        user=UserFactory(email="eva@example.test"),
        at=[place],
    )
    ids = things_of(patient, place, room, doctor, desk)
    return Lisboa(place, desk, doctor, director, patient, ids)


def a_hold(doctor: User, room: Room) -> Booking:
    start, end = at(16), at(16, 30)
    around = {"occupied_start": start, "occupied_end": end, "held_until": start}
    return Booking.objects.create(kind="hold", practitioner=who(doctor), room=room, start=start, end=end, **around)


def things_of(patient: Patient, place: Location, room: Room, doctor: User, desk: User) -> dict[str, Any]:
    visit = a_visit(patient, at(10, zone=place.timezone), doctor, desk)
    course = make_course(patient, place, doctor, status="active")
    mix: Formulation = FormulationFactory(substances={"vitamins": "2.0"})
    test = AllergyTest.objects.create(
        patient=patient, formulation=mix, administered_at=NOW - timedelta(days=2), injections=1, site="Arm",
        emergency_kit=True, administered_by=doctor,
    )  # fmt: skip
    reading = AllergyTestReading.objects.create(
        test=test, read_at=NOW, result="negative", read_by=doctor, signed_by=doctor
    )
    lot = a_lot(a_product("vitamins"), place, doctor, number="Z1")
    asked = {"requested_by": desk, "requested_at": NOW}
    rows = {
        "patient": patient,
        "session": visit,
        "course": course,
        "proposal": Proposal.objects.create(course=course, course_version=1, requested_by=doctor, requested_at=NOW),
        "message": Message.objects.filter(session=visit).earliest("pk"),
        "consent": Consent.objects.create(
            patient=patient, act="test", signed_name="Eva", signed_at=NOW, recorded_by=doctor
        ),
        "test": test,
        "reading": reading,
        "allergy": Allergy.objects.create(patient=patient, allergen="silicon", recorded_by=doctor, recorded_at=NOW),
        "event": AdverseEvent.objects.create(
            patient=patient, onset_at=NOW, reported_by=doctor, reported_at=NOW, answer_by=NOW
        ),
        "absence": Absence.objects.create(
            practitioner=who(doctor), start=at(15), end=at(16), reason="Course", created_by=desk
        ),
        "request": VisitRequest.objects.create(patient=patient, location=place, text="Later", asked_at=NOW),
        "offer": SlotOffer.objects.create(session=visit, hold=a_hold(doctor, room), revision=1, offered_at=NOW),
        "replan": Replan.objects.create(location=place, requested_by=desk, requested_at=NOW),
        "import": Import.objects.create(
            location=place, name="a.csv", fingerprint="1", separator=";", status="open", **asked
        ),
        "lot": lot,
        "alert": LotAlert.objects.create(
            session=visit, what="expired", reason="None other", raised_by=doctor, raised_at=NOW
        ),
        "deviation": Deviation.objects.create(
            session=visit, code="early", reason="Asked for", serious=True, by=doctor, at=NOW
        ),
        "emergency": EmergencyAccess.objects.create(
            patient=patient, by=UserFactory(), reason="Faint", opened_at=NOW, until=NOW + timedelta(hours=1)
        ),
        "photo": Photo.objects.create(
            patient=patient, file="photos/none.jpg", width=1, height=1, size=1, taken_at=NOW, added_by=doctor
        ),
        "injury": SharpsInjury.objects.create(
            injured=doctor.staff,
            location=place,
            happened_at=NOW,
            device="Needle",
            source="clean",
            reported_by=doctor,
            reported_at=NOW,
        ),
        "person": ContactPerson.objects.create(
            patient=patient, name="Rui", relationship="brother", phone="+351215550100"
        ),
        "location": place,
        "room": room,
        "device": Device.objects.create(location=place, kind=DeliveryDevice.objects.earliest("pk"), name="Gun"),
        "holiday": PublicHoliday.objects.create(location=place, date=TODAY + timedelta(days=20), name="Feast"),
        "season": Season.objects.create(practitioner=who(doctor), location=place, first=TODAY, last=TODAY),
        "practitioner": who(doctor),
        "staff": doctor.staff,
    }
    return {f"{name}_id": row.pk for name, row in rows.items()}
