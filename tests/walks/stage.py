"""What the walks need beside the demonstration, whose days depend on the day of the week."""

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.urls import reverse

from clinic.models import User
from protocols.models import Formulation, Technique
from scheduling.models import Product, Session
from scheduling.setup.actions.first_director import issue_link
from scheduling.treatment.actions.kit import check_kit
from scheduling.treatment.actions.record import Placed, Used
from scheduling.treatment.actions.signing import complete_and_sign
from scheduling.treatment.actions.visits import check_in, start_session
from scheduling.treatment.queries.drawn_up import Line, Syringe
from scheduling.treatment.queries.stock import suggested
from tests.factories import PatientFactory
from tests.scheduling.course_steps import book_treatment, make_course
from tests.steps import BEGIN, BORN, a_record, clear_answers, make_ready

PRACTITIONER, ZONE = "practitioner@demo.test", "Europe/Rome"
EARLIER, LATE = 22, 23  # o'clock: nobody of the demonstration comes then
WEEK, AGO = timedelta(days=7), timedelta(days=16)  # between two sessions of P07


def somebody_comes_today(by: User, *, now: datetime) -> Session:
    """A visit of today at which everything is as it should be, also when this practitioner has no other."""
    place, mix = by.staff.location, Formulation.objects.get(name="Body mix")
    patient = PatientFactory(given_name="Agata", family_name="Zanella")
    make_ready(patient, mix, by=by, location=place, now=now - timedelta(hours=1), named=named_on_shelf(mix))
    today = now.astimezone(ZoneInfo(ZONE)).date()
    course = make_course(
        patient, place, by, start_on=today, status="active", formulation=mix, practitioner=by.staff.practitioner
    )
    return book_treatment(course, today, LATE)


def somebody_is_here(by: User, *, now: datetime) -> Session:
    """Bruna Neri was treated sixteen days ago and is checked in for her second session; the kit was checked today, and
    what is drawn up lies on the shelf of the demonstration."""
    place, mix = by.staff.location, Formulation.objects.get(name="Body mix")
    check_kit(location=place, contents="adrenaline", adrenaline_expires_on=now.date() + WEEK, by=by, now=now)
    patient = PatientFactory(given_name="Bruna", family_name="Neri")
    before = now - AGO
    make_ready(patient, mix, by=by, location=place, now=before - timedelta(hours=1), named=named_on_shelf(mix))
    today = now.astimezone(ZoneInfo(ZONE)).date()
    course = make_course(
        patient,
        place,
        by,
        start_on=today - AGO,
        status="active",
        formulation=mix,
        practitioner=by.staff.practitioner,
        technique=Technique.objects.filter(active=True).first(),
    )
    first = book_treatment(course, today - AGO, EARLIER)
    second = book_treatment(course, today, EARLIER, sequence=2)
    comes(first, by, before)
    drawn = suggested(first, today)
    lines = tuple(Line(product=product, lot=lot.number, amount=amount) for product, lot, amount in drawn)
    start_session(session=first, **BEGIN, syringe=Syringe(lines=lines), by=by, now=before)
    used = tuple(Used(code=each.substance.code, amount=amount, lot=lot.number) for each, lot, amount in drawn)
    zone = Placed(area="thigh", ml=sum((amount for *_what, amount in drawn), Decimal(0)))
    record = a_record(substances=used, placed=(zone,), technique=course.technique)
    complete_and_sign(session=first, record=record, by=by, now=before + timedelta(minutes=30))
    return comes(second, by, now)


def named_on_shelf(mix: Formulation) -> list[str]:
    """What the demonstration's products for the mix name."""
    products = Product.objects.filter(substance__in=mix.items.values("substance"))
    return list(products.exclude(ingredients=None).values_list("ingredients__code", flat=True))


def comes(session: Session, by: User, now: datetime) -> Session:
    return check_in(session=session, answers=clear_answers("same_day"), born=BORN, by=by, now=now)


def link_of(*, now: datetime) -> str:
    """What the terminal of an empty clinic shows, without the host."""
    return reverse("desk:first_director", args=[issue_link(now=now)])
