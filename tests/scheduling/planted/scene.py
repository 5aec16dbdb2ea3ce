"""One course with its visit of today, and the words in which an error or its right twin is told over HTTP.

Whoever calls gives every excuse there is with each request and is a prescriber, unless an error is about that: what is
refused here is refused whatever reason somebody gives.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import time_machine
from django.db import transaction
from rest_framework.test import APIClient

from clinic.models import Location, Role, User
from patients.actions.allergy_test import acknowledge_gate
from patients.models import Allergy, AllergyTest, AllergyTestReading, Consent, Patient
from protocols.models import Formulation, Substance
from scheduling.models import AdverseEvent, Deviation, Lot, Product, Session
from scheduling.setup.actions.stock import set_lot_aside
from scheduling.treatment.actions.recall import newest_of_each, recall_lot
from tests.factories import NOW, TODAY, FormulationFactory, LocationFactory, PatientFactory, StaffFactory
from tests.scheduling.course_steps import MIX
from tests.scheduling.running import accepted
from tests.steps import (
    ANTISEPSIS,
    DAY,
    SAID,
    SENT,
    clear_answers,
    consent_to,
    hold_consultation,
    inject_test,
    make_ready,
    take_intake,
)
from tests.stock import a_lot, a_product, lines_for

VITAMINS, SILICON = 0, 1  # the lines of the syringe
EXCUSE = "The patient came a long way"
EXCUSES = {"early_reason": EXCUSE, "over_maximum_reason": EXCUSE}
Answer = Any


@dataclass
class Scene:
    """What is there, and verbs that change it (they return the scene) or send a request (they return the answer)."""

    clinic: Location
    elsewhere: Location
    patient: Patient
    namesake: Patient
    doctor: User
    colleague: User
    desk: User
    director: User
    api_of: Callable[[User | None], APIClient]
    mix: Formulation
    visit: Session | None = None
    test: AllergyTest | None = None
    now: datetime = NOW

    # --- what is different -------------------------------------------------------------------------------------------

    def at(self, **later: int) -> "Scene":
        self.now = NOW + timedelta(**later)
        return self

    def instant(self, hour: int, minute: int = 0, *, days: int = 0) -> "Scene":
        """A wall time in Rome in summer, days from today."""
        self.now = NOW.replace(hour=0, minute=0) + timedelta(days=days, hours=hour - 2, minutes=minute)
        return self

    def lot(self, line: int, **change: Any) -> "Scene":
        Lot.objects.filter(location=self.clinic, product=self.product(line)).update(**change)
        return self

    def product(self, line: int) -> Product:
        return Product.objects.get(substance__code=["vitamins", "organic_silicon"][line], name__endswith="ampoule")

    def label(self, line: int, **change: Any) -> "Scene":
        Product.objects.filter(pk=self.product(line).pk).update(**change)
        return self

    def names(self, line: int, *codes: str) -> "Scene":
        """What the label names."""
        self.product(line).ingredients.set(Substance.objects.filter(code__in=codes))
        return self

    def another_lot(self, line: int, number: str, **given: Any) -> "Scene":
        a_lot(self.product(line), given.pop("location", self.clinic), self.doctor, number=number, **given)
        return self

    def recalled(self, line: int) -> "Scene":
        lot = Lot.objects.get(location=self.clinic, product=self.product(line))
        recall_lot(lot=lot, reason="glass", expect=len(newest_of_each(lot)), by=self.director, now=self.now)
        return self

    def recalled_number(self, line: int, number: str) -> "Scene":
        Lot.objects.filter(product=self.product(line), number=number).update(state="recalled", state_reason="glass")
        return self

    def aside(self, line: int) -> "Scene":
        lot = Lot.objects.get(location=self.clinic, product=self.product(line))
        set_lot_aside(lot=lot, reason="glass", by=self.director)
        return self

    def allergic(self, code: str, verification: str = "confirmed", *, allergen: bool = False) -> "Scene":
        about = {"allergen": code} if allergen else {"substance": Substance.objects.get(code=code)}
        Allergy.objects.create(
            patient=self.patient, verification=verification, note="hives", recorded_by=self.doctor, recorded_at=NOW,
            **about,
        )  # fmt: skip
        return self

    def consented(self, **change: Any) -> "Scene":
        Consent.objects.filter(patient=self.patient, act="treatment").update(**change)
        return self

    def unsigned(self, line: str) -> "Scene":
        """The standing consent lacks one line."""
        for row in Consent.objects.filter(patient=self.patient):
            row.statements = [each for each in row.statements if each["code"] != line]
            row.save()
        return self

    def tested(self, **change: Any) -> "Scene":
        AllergyTest.objects.filter(patient=self.patient).update(**change)
        return self

    def given_before(self, **before: int) -> "Scene":
        """The test was given that long ago and read a day later."""
        at = NOW - timedelta(**before)
        self.reading(read_at=at + DAY)
        return self.tested(administered_at=at)

    def reading(self, **change: Any) -> "Scene":
        AllergyTestReading.objects.filter(test__patient=self.patient).update(**change)
        return self

    def without_test(self) -> "Scene":
        AllergyTestReading.objects.filter(test__patient=self.patient).delete()
        AllergyTest.objects.filter(patient=self.patient).delete()
        return self

    def without_reading(self) -> "Scene":
        AllergyTestReading.objects.filter(test__patient=self.patient).delete()
        return self

    @property
    def tested_mix(self) -> dict[str, list[str]]:
        return {code: [amount, "ml"] for code, amount in MIX.items()}

    def stronger(self) -> "Scene":
        """A prescriber accepts the higher concentration, with a reason (D21, D56)."""
        acknowledge_gate(
            patient=self.patient, formulation=self.here.course.formulation, reason=EXCUSE, by=self.doctor, now=NOW
        )
        return self

    def checked_kit(self, at: datetime) -> "Scene":
        return self.place(kit_checked_at=at, kit_checked_by=self.doctor, adrenaline_expires_on=TODAY)

    def over(self, link_id: str) -> "Scene":
        """What was true for a while is no longer, and nobody has talked about it."""
        told = self.patient.intakes.latest("pk")
        body = {"occasion": "plan", "answers": {link_id: False}, "amends": str(told.pk), "reason": "Over"}
        return self.then(self.send(f"patients/{self.patient.pk}/intake", body))

    def place(self, **change: Any) -> "Scene":
        Location.objects.filter(pk=self.clinic.pk).update(**change)
        return self

    def consulted(self, **change: Any) -> "Scene":
        Session.objects.filter(patient=self.patient, kind="consultation").update(**change)
        return self

    def window(self, *, early: int, floor: int) -> "Scene":
        """The visit's window, in days from today."""
        days = {"early_limit": early, "floor": floor, "ideal": floor, "latest": floor + 14}
        Session.objects.filter(pk=self.here.pk).update(**{name: TODAY + n * DAY for name, n in days.items()})
        return self

    def excused(self, code: str) -> "Scene":
        """A reason was given for another departure; it says nothing about this one (D39)."""
        Deviation.objects.create(session=self.here, code=code, reason=EXCUSE, by=self.desk, at=NOW - DAY)
        return self

    def with_mix(self, **amounts: str) -> "Scene":
        """The course is planned with another mix."""
        mix = FormulationFactory(substances=amounts)
        self.here.course.formulation = mix
        self.here.course.save()
        return self

    def born(self, day: date) -> "Scene":
        Patient.objects.filter(pk=self.patient.pk).update(birth_date=day)
        return self

    # --- requests ----------------------------------------------------------------------------------------------------

    @property
    def here(self) -> Session:
        assert self.visit is not None
        return self.visit

    def send(self, path: str, body: dict[str, Any], by: User | None = None) -> Answer:
        with time_machine.travel(self.now, tick=False):
            return self.api_of(by or self.doctor).post(f"/api/v1/{path}/", body)

    def then(self, answer: Answer) -> "Scene":
        """A request on the way that is right in itself."""
        assert answer.status_code < 300, answer.content
        return self

    @property
    def as_before(self) -> list[dict[str, Any]]:
        """The syringe without another box being put on the shelf."""
        return [
            {"product": str(self.product(line).pk), "lot": "A1", "amount": amount}
            for line, amount in zip((VITAMINS, SILICON), MIX.values(), strict=True)
        ]

    @property
    def lines(self) -> list[dict[str, Any]]:
        rows = lines_for(self.mix, self.clinic, self.doctor)
        return [{"product": str(each.product.pk), "lot": each.lot, "amount": f"{each.amount:f}"} for each in rows]

    def drawn(self, line: int = VITAMINS, **change: Any) -> list[dict[str, Any]]:
        """The syringe with one line changed; None takes a field out."""
        lines = self.lines
        lines[line] = {name: value for name, value in (lines[line] | change).items() if value is not None}
        return lines

    def of(self, product: Product, amount: str = "1", lot: str = "L1", **more: Any) -> dict[str, Any]:
        return {"product": str(product.pk), "lot": lot, "amount": amount, **more}

    def stocked(self, code: str, name: str, *names: str, lot: str = "L1", **given: Any) -> Product:
        """A product that names these, with a lot that is there."""
        product = Product.objects.create(name=name, substance=Substance.objects.get(code=code), **given)
        product.ingredients.set(Substance.objects.filter(code__in=names))
        a_lot(product, self.clinic, self.doctor, number=lot)
        return product

    def carrier(self, lot: str = "L1") -> Product:
        product = Product.objects.create(name="Saline", carrier=True)
        if lot:
            a_lot(product, self.clinic, self.doctor, number=lot)
        return product

    def start(self, lines: list[dict[str, Any]] | None = None, by: User | None = None, **said: Any) -> Answer:
        drawn = self.lines if lines is None else lines
        return self.send(f"sessions/{self.here.pk}/start", without({**SENT, "drawn_up": drawn, **EXCUSES, **said}), by)

    def check_in(self, by: User | None = None, said: dict[str, int] = SAID, **answers: Any) -> Answer:
        body = {"answers": clear_answers("same_day", **answers), **said}
        return self.send(f"sessions/{self.here.pk}/check-in", body, by or self.desk)

    def come_and_start(self, **answers: Any) -> Answer:
        """Checked in, and started when that is let through."""
        came = self.check_in(by=self.doctor, **answers)
        return came if came.status_code >= 400 else self.start()

    def complete(self, by: User | None = None, **record: Any) -> Answer:
        usual = {"areas": ["thigh"], "substances": [self.used()], **ANTISEPSIS}
        return self.send(f"sessions/{self.here.pk}/complete", {"record": usual | record}, by)

    def used(self, code: str = "vitamins", amount: str = "2", lot: str = "A1", **more: Any) -> dict[str, Any]:
        return {"code": code, "amount": amount, "lot": lot, **more}

    def answers(self, by: User | None = None, **answers: Any) -> Answer:
        return self.send(f"patients/{self.patient.pk}/intake", {"occasion": "plan", "answers": answers}, by)

    def tells(self, **answers: Any) -> "Scene":
        """The patient adds something on the phone after all was approved."""
        return self.then(self.answers(by=self.patient.user, **answers))

    def correct(self, link_id: str) -> "Scene":
        """A prescriber corrects a wrong yes, and talks with the patient again (D14, D37)."""
        self.over(link_id)
        hold_consultation(self.patient, location=self.clinic, at=NOW)
        return self

    def approve(self, *codes: str) -> "Scene":
        plan = {"areas": ["thigh"], "indication": "cellulite", "formulation": str(self.mix.pk)}
        body = {"decision": "approve", "reason": "Looked at", **plan}
        for code in codes:
            self.then(self.send(f"patients/{self.patient.pk}/findings/{code}/decisions", body))
        return self

    def sign(self, act: str, *lines: str, by: User | None = None, **given: Any) -> Answer:
        body = {"act": act, "statements": list(lines), "signed_name": str(self.patient), **given}
        return self.send(f"patients/{self.patient.pk}/consents", body, by)

    def report(self, reaction: str | None, severity: str, text: str = "It hurts") -> Answer:
        body = {"reaction": reaction, "severity": severity, "text": text, "onset_at": (NOW - DAY).isoformat()}
        return self.send(f"patients/{self.patient.pk}/reactions", body, self.patient.user)

    def reacted(self, reaction: str | None, severity: str) -> "Scene":
        return self.then(self.report(reaction, severity))

    def closed(self) -> "Scene":
        AdverseEvent.objects.filter(patient=self.patient).update(closed_at=NOW, outcome="gone")
        return self

    def inject(self, by: User | None = None, lot: str = "A1", **given: Any) -> Answer:
        """The test of the mix."""
        vitamins = {"product": str(a_product("vitamins").pk), "lot": lot, "amount": "0.1"}
        body = {
            "formulation": str(self.mix.pk),
            "administered_at": self.now.isoformat(),
            "injections": 1,
            "site": "Left forearm",
            "emergency_kit": True,
            "acknowledged": EXCUSE,
            "drawn_up": [vitamins],
        }
        return self.send(f"patients/{self.patient.pk}/allergy-tests", body | given, by)

    def look(self, by: User | None = None, **given: Any) -> Answer:
        assert self.test is not None
        body = {"read_at": self.now.isoformat(), "result": "negative", **given}
        return self.send(f"allergy-tests/{self.test.pk}/readings", body, by)

    def plan(self, **given: Any) -> Answer:
        mix = FormulationFactory(substances=given.pop("mix", MIX))
        body = {
            "patient": str(self.patient.pk),
            "protocol": "P07",
            "areas": ["thigh"],
            "indication": "cellulite",
            "formulation": str(mix.pk),
            "start_on": str(TODAY + 3 * DAY),
            "location": str(self.clinic.pk),
            "practitioner": str(self.doctor.staff.practitioner.pk),
            "technique": "point_by_point",
        }
        return self.send("courses", body | given)

    def deliver(self, code: str = "", **given: Any) -> Answer:
        body = {"location": str(self.clinic.pk), "code": code, "amount": "10"}
        body |= {"product": str(a_product("vitamins").pk)}
        return self.send("lots", body | given)


def without(sent: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in sent.items() if value != "left out"}


@contextmanager
def nothing_kept() -> Iterator[None]:
    """What happens inside is undone."""
    around = transaction.atomic()
    around._from_testcase = True  # type: ignore[attr-defined]  # no transaction of the product: each request has its own
    with around:
        yield
        transaction.set_rollback(True)


# --- the stages ------------------------------------------------------------------------------------------------------


def booked(scene: Scene) -> None:
    """A treatment is booked today; everything is ready but the patient."""
    course = accepted(scene.patient, scene.clinic, scene.doctor)
    scene.visit, scene.mix = course.sessions.get(sequence=1), course.formulation
    scene.lines  # noqa: B018 - the boxes are on the shelf


def here(scene: Scene) -> None:
    """The patient is here."""
    booked(scene)
    scene.then(scene.check_in())


def begun(scene: Scene) -> None:
    """The treatment has begun."""
    here(scene)
    scene.then(scene.start())


def before_test(scene: Scene) -> None:
    """Everything for an allergy test is ready."""
    hold_consultation(scene.patient, location=scene.clinic, at=NOW - DAY)
    take_intake(scene.patient, by=scene.doctor, now=NOW - DAY)
    consent_to(scene.patient, "test", by=scene.doctor, at=NOW - DAY)
    a_lot(a_product("vitamins"), scene.clinic, scene.doctor)


def given(scene: Scene) -> None:
    """An allergy test was given now."""
    before_test(scene)
    scene.test = inject_test(scene.patient, scene.mix, by=scene.doctor, at=NOW)


def to_plan(scene: Scene) -> None:
    """Everything of the patient's own record is in order, and no course is planned yet."""
    make_ready(scene.patient, scene.mix, by=scene.doctor, location=scene.clinic, now=NOW)
    a_product("vitamins")


STAGES: dict[str, Callable[[Scene], None]] = {
    each.__name__: each for each in (booked, here, begun, before_test, given, to_plan)
}


def set_scene(
    stage: str, *, clinic: Location, patient: Patient, doctor: User, colleague: User, desk: User, director: User,
    api_of: Callable[[User | None], APIClient],
) -> Scene:  # fmt: skip
    """The scene at a stage: two people of one name, and a second place of the clinic."""
    elsewhere = LocationFactory(name="Elsewhere")
    namesake = PatientFactory(
        given_name=patient.given_name, family_name=patient.family_name, birth_date=date(1988, 9, 21)
    )
    StaffFactory(user__email="administrator@example.test", role=Role.ADMINISTRATOR.value, location=clinic)
    scene = Scene(
        clinic, elsewhere, patient, namesake, doctor, colleague, desk, director, api_of,
        mix=FormulationFactory(substances=MIX),
    )  # fmt: skip
    STAGES[stage](scene)
    return scene
