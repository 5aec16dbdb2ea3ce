"""Two hundred errors as a busy day brings them, each with its right twin: what just escapes it, or how it is put right.

kind      what goes wrong; no kind makes up more than a tenth
stage     how far the visit has come (tests/scheduling/planted/scene.py)
says      the code of a reason, or the field, that the refusal must name
wrong     commits the error and returns the answer; `right` does its twin
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from tests.factories import NOW, TODAY
from tests.scheduling.course_steps import MIX
from tests.scheduling.planted.scene import SILICON, VITAMINS, Answer, Scene
from tests.steps import DAY

Act = Callable[[Scene], Answer]
Pair = tuple[str, Act, Act]  # says, wrong, right
BOTH = (VITAMINS, SILICON)


@dataclass(frozen=True)
class Planted:
    kind: str
    stage: str
    says: str
    wrong: Act
    right: Act


ALL: list[Planted] = []


def planted(kind: str, stage: str) -> Callable[[Callable[[], Iterator[Pair]]], None]:
    def keep(pairs: Callable[[], Iterator[Pair]]) -> None:
        ALL.extend(Planted(kind, stage, *pair) for pair in pairs())

    return keep


# --- what is drawn up ------------------------------------------------------------------------------------------------


@planted("expired lot", "here")
def expired() -> Iterator[Pair]:
    for line in BOTH:
        for days in (1, 2681):
            yield (
                "lot_expired",
                lambda s, line=line, days=days: s.lot(line, expires_on=TODAY - days * DAY).start(),
                lambda s, line=line, days=days: s.lot(line, expires_on=TODAY + (days - 1) * DAY).start(),
            )


@planted("recalled lot", "here")
def recalled() -> Iterator[Pair]:
    for line in BOTH:
        yield "lot_recalled", lambda s, line=line: s.recalled(line).start(), lambda s: s.start()
        yield (
            "lot_recalled",
            lambda s, line=line: s.another_lot(line, "B2").recalled_number(line, "B2").start(s.drawn(line, lot="B2")),
            lambda s, line=line: s.another_lot(line, "B2").recalled_number(line, "A1").start(s.drawn(line, lot="B2")),
        )
    yield (  # recalled at another place first: it is the same glass
        "lot_recalled",
        lambda s: s.another_lot(VITAMINS, "A1", location=s.elsewhere).recalled(VITAMINS).start(),
        lambda s: s.another_lot(VITAMINS, "A2", location=s.elsewhere).start(),
    )


@planted("lot in quarantine", "here")
def quarantined() -> Iterator[Pair]:
    for line in BOTH:
        yield "lot_quarantined", lambda s, line=line: s.aside(line).start(), lambda s: s.start()
        yield (
            "lot_quarantined",
            lambda s, line=line: s.aside(line).another_lot(line, "B2").start(),
            lambda s, line=line: s.aside(line).another_lot(line, "B2").start(s.drawn(line, lot="B2")),
        )


@planted("unknown lot", "here")
def unknown() -> Iterator[Pair]:
    for line in BOTH:
        for number in ("EXPIRED-2019", "A1 A1"):
            yield (
                "lot_unknown",
                lambda s, line=line, number=number: s.start(s.drawn(line, lot=number)),
                lambda s, line=line, number=number: s.another_lot(line, number).start(s.drawn(line, lot=number)),
            )


@planted("no lot", "here")
def no_lot() -> Iterator[Pair]:
    for line in BOTH:
        for lot in (None,):
            yield (
                "lot_missing",
                lambda s, line=line, lot=lot: s.start(s.drawn(line, lot=lot)),
                lambda s, line=line: s.start(s.drawn(line, lot="A1 ")),
            )
    yield (
        "lot_missing",
        lambda s: s.start([*s.lines, s.of(s.carrier(), "5", lot="")]),
        lambda s: s.start([*s.lines, s.of(s.carrier(), "5")]),
    )
    yield (
        "lot_missing",
        lambda s: s.start([*s.lines, s.of(s.stocked("antiseptic_foam", "Foam"), lot="")]),
        lambda s: s.start([*s.lines, s.of(s.stocked("antiseptic_foam", "Foam"))]),
    )


@planted("lot of another place", "here")
def elsewhere() -> Iterator[Pair]:
    for line in BOTH:
        yield (
            "lot_elsewhere",
            lambda s, line=line: s.lot(line, location=s.elsewhere).start(s.as_before),
            lambda s, line=line: s.another_lot(line, "A1", location=s.elsewhere).start(),
        )
        for number in ("c-3",):
            yield (
                "lot_elsewhere",
                lambda s, line=line, n=number: s.another_lot(line, n, location=s.elsewhere).start(s.drawn(line, lot=n)),
                lambda s, line=line, n=number: s.another_lot(line, n).start(s.drawn(line, lot=n)),
            )


@planted("something that was not tested", "here")
def untested() -> Iterator[Pair]:
    other = (
        ("vitamins", "B5 ampoule", "dexpanthenol"),
        ("plant_extracts", "Artichoke ampoule", "artichoke_extract"),
        ("lidocaine", "Lidocaine 1 %", "lidocaine"),
    )
    for code, name, named in other:
        yield (
            "product_not_tested",
            lambda s, code=code, name=name, named=named: s.start([*s.lines, s.of(s.stocked(code, name, named))]),
            lambda s, name=name: s.start([*s.lines, s.of(s.stocked("vitamins", name, "ascorbic_acid"))]),
        )
    for code in ("minoxidil", "hyaluronic_acid_fluid"):
        yield (
            "product_not_tested",
            lambda s, code=code: s.start([*s.lines, s.of(s.stocked(code, code))]),
            lambda s: s.start([*s.lines, s.of(s.carrier())]),
        )
    yield (  # the same ampoule with another preservative
        "product_not_tested",
        lambda s: s.names(VITAMINS, "ascorbic_acid", "sodium_metabisulfite").start(),
        lambda s: s.names(VITAMINS, "ascorbic_acid").start(),
    )
    yield "product_not_named", lambda s: s.names(VITAMINS).start(), lambda s: s.start()
    yield "nothing_drawn_up", lambda s: s.start([]), lambda s: s.start(s.lines[:1])


@planted("a known allergy", "here")
def allergic() -> Iterator[Pair]:
    yield (
        "product_allergy",
        lambda s: s.allergic("benzyl_alcohol").start(),
        lambda s: s.allergic("artichoke_extract").start(),
    )
    yield (
        "product_allergy",
        lambda s: s.allergic("benzyl_alcohol", allergen=True).start(),
        lambda s: s.allergic("plant_extracts", allergen=True).start(),
    )
    for ticked, beside in (("silicon", "minoxidil"), ("chlorhexidine", "hormones")):
        yield (
            "allergy-to-mix",
            lambda s, ticked=ticked: s.tells(allergens=[ticked]).start(),
            lambda s, beside=beside: s.tells(allergens=[beside]).start(),
        )
    for asked, kind, named in (
        ("drug_allergy", "drug-allergy", "benzyl alcohol"),
        ("other_allergy", "other-allergy", "organic silicon"),
    ):
        yield (
            "product_allergy",
            lambda s, asked=asked, named=named: s.tells(
                **{asked: True, f"{asked}_names": [{"name": named, "reaction": "collapse"}]}
            ).start(),
            lambda s, asked=asked, kind=kind: s.tells(
                **{asked: True, f"{asked}_names": [{"name": "grass", "reaction": "sneezing"}]}
            ).approve(kind).start(),
        )  # fmt: skip
    for code, beside in (("ascorbic_acid", "thiamine"), ("organic_silicon", "minoxidil")):
        yield (
            "product_suspected",
            lambda s, code=code: s.allergic(code, "unconfirmed").start(),
            lambda s, beside=beside: s.allergic(beside, "unconfirmed").start(),
        )


@planted("beyond a limit", "here")
def limits() -> Iterator[Pair]:
    def most(s: Scene, line: int, most: str) -> Scene:
        return s.label(line, most_per_session=most)

    for line, amount in ((VITAMINS, "2"), (SILICON, "1.5")):
        for excuse in ("  ",):
            yield (
                "over_maximum",
                lambda s, line=line, x=excuse: most(s, line, "1").start(over_maximum_reason=x),
                lambda s, line=line, a=amount: most(s, line, a).start(over_maximum_reason=""),
            )
        yield (
            "over_maximum",
            lambda s, line=line: most(s, line, "1").start(by=s.colleague),
            lambda s, line=line: most(s, line, "1").start(),
        )
    yield (  # a little from each of two boxes
        "over_maximum",
        lambda s: most(s, VITAMINS, "2").start([*s.lines, s.drawn(amount="0.5")[0]], over_maximum_reason=""),
        lambda s: most(s, VITAMINS, "2.5").start([*s.lines, s.drawn(amount="0.5")[0]], over_maximum_reason=""),
    )
    yield (
        "weight_missing",
        lambda s: s.label(VITAMINS, anaesthetic_mg_per_unit=90).start(),
        lambda s: s.label(VITAMINS, anaesthetic_mg_per_unit=90).start(weight_kg="60"),
    )
    for weight, enough in (("59.9", "60"),):  # 180 mg at 3 mg/kg
        yield (
            "over_anaesthetic",
            lambda s, weight=weight: s.label(VITAMINS, anaesthetic_mg_per_unit=90).start(weight_kg=weight),
            lambda s, enough=enough: s.label(VITAMINS, anaesthetic_mg_per_unit=90).start(weight_kg=enough),
        )
    for amount in ("0",):
        yield (
            "drawn_up.0.amount",
            lambda s, a=amount: s.start(s.drawn(amount=a)),
            lambda s: s.start(s.drawn(amount="0.1")),
        )


@planted("an old vial", "here")
def vials() -> Iterator[Pair]:
    def multi(s: Scene, line: int, opened: int | None) -> Answer:
        day = None if opened is None else str(TODAY - opened * DAY)
        return s.label(line, container="multi_dose").start(s.drawn(line, opened_on=day))

    for line in BOTH:
        for code, wrong, right in (
            ("vial_too_old", 29, 28),
            ("vial_opened_later", -1, 0),
            ("vial_not_dated", None, 1),
        ):
            yield (
                code,
                lambda s, line=line, opened=wrong: multi(s, line, opened),
                lambda s, line=line, opened=right: multi(s, line, opened),
            )


# --- who, when and where ---------------------------------------------------------------------------------------------


@planted("the wrong person", "here")
def wrong_person() -> Iterator[Pair]:
    for day, month in ((15, 3), (21, 9)):
        said = {"birth_day": day, "birth_month": month}
        code = "birth_month" if month > 12 else "identity"
        yield code, lambda s, said=said: s.start(**said), lambda s: s.start()
    yield "identity", lambda s: s.start(birth_day="left out", birth_month="left out"), lambda s: s.start()
    yield "place", lambda s: s.start(place_confirmed=False), lambda s: s.start()


@planted("the wrong person", "booked")
def wrong_person_at_the_desk() -> Iterator[Pair]:
    for said in ({"birth_day": 21, "birth_month": 9}, {"birth_day": 14, "birth_month": 2}, {}):
        yield "identity", lambda s, said=said: s.check_in(said=said), lambda s: s.check_in()


@planted("the wrong day", "booked")
def wrong_day() -> Iterator[Pair]:
    for days, hour, minute in ((-1, 10, 0), (-1, 23, 59), (1, 0, 1), (1, 10, 0), (30, 10, 0), (209, 10, 0)):
        yield (
            "another_day",
            lambda s, days=days, hour=hour, minute=minute: s.instant(hour, minute, days=days).check_in(),
            lambda s, hour=hour, minute=minute: s.instant(max(hour, 8), minute).check_in(),
        )
    yield (
        "check_in_too_old",
        lambda s: s.instant(23, 50).then(s.check_in()).instant(4, 0, days=1).start(),
        lambda s: s.instant(23, 50).then(s.check_in()).instant(0, 10, days=1).start(),
    )


@planted("the wrong day", "here")
def too_late() -> Iterator[Pair]:
    for minutes in (241,):
        yield "check_in_too_old", lambda s, m=minutes: s.at(minutes=m).start(), lambda s: s.at(minutes=240).start()


@planted("before the window", "here")
def early() -> Iterator[Pair]:
    for early, floor in ((-3, 3), (6, 7)):
        for excuse in ("", "  "):
            yield (
                "early_reason",
                lambda s, e=early, f=floor, x=excuse: s.window(early=e, floor=f).excused("late").start(early_reason=x),
                lambda s, e=early, f=floor: s.window(early=e, floor=f).start(),
            )
    for early, floor in ((1, 2), (6, 7)):
        yield (
            "early_limit",
            lambda s, e=early, f=floor: s.window(early=e, floor=f).start(by=s.colleague),
            lambda s, f=floor: s.window(early=0, floor=f).start(by=s.colleague),
        )


@planted("the wrong hands", "here")
def wrong_hands() -> Iterator[Pair]:
    yield "", lambda s: s.start(by=s.desk), lambda s: s.start(by=s.colleague)
    yield "", lambda s: s.start(by=s.patient.user), lambda s: s.start(by=s.director)
    yield "", lambda s: s.send(f"sessions/{s.here.pk + 9000}/start", {}), lambda s: s.start()


@planted("the wrong hands", "before_test")
def wrong_hands_at_the_test() -> Iterator[Pair]:
    yield "", lambda s: s.inject(by=s.desk), lambda s: s.inject()
    yield "", lambda s: s.inject(by=s.colleague), lambda s: s.inject(by=s.director)


# --- what was asked and signed ---------------------------------------------------------------------------------------


@planted("a missing line", "here")
def consent() -> Iterator[Pair]:
    for line in ("doctor-first", "late-infection", "little-evidence"):
        yield (
            line,
            lambda s, line=line: s.unsigned(line).start(),
            lambda s, line=line: s.unsigned(line).then(s.sign("treatment", line)).start(),
        )
    yield (
        "cream",
        lambda s: s.unsigned("cream").with_mix(**MIX, anaesthetic_cream="1").start(),
        lambda s: s.unsigned("cream").with_mix(**MIX, anaesthetic_cream="1").then(s.sign("treatment", "cream")).start(),
    )
    yield "consent_confirmed", lambda s: s.start(consent_confirmed=False), lambda s: s.start()
    for wrong, right in (({"signed_at": NOW - 366 * DAY}, {"signed_at": NOW - 365 * DAY}),):
        yield (
            "consent",
            lambda s, old=wrong: s.consented(**old).start(),
            lambda s, fresh=right: s.consented(**fresh).start(),
        )
    yield (
        "consent",
        lambda s: s.consented(status="inactive", withdrawn_at=NOW, withdrawn_by=s.doctor).start(),
        lambda s: s.start(),
    )


@planted("an answer that rules out", "here")
def ruled_out() -> Iterator[Pair]:
    absolute = {
        "leukaemia": "leukaemia",
        "diabetes": "diabetes",
        "hiv_aids": "hiv-aids",
        "heart_disease": "heart-disease",
        "chemotherapy": "chemotherapy",
        "stroke": "stroke",
        "liver_disease": "liver-disease",
        "blood_thinners": "blood-thinners",
    }
    for link_id, code in absolute.items():
        yield (
            code,
            lambda s, link_id=link_id: s.tells(**{link_id: True}).start(),
            lambda s, link_id=link_id: s.tells(**{link_id: True}).correct(link_id).start(),
        )


@planted("a medicine", "here")
def medicines() -> Iterator[Pair]:
    named = {
        "Eliquis": "blood-thinners",
        "enoxaparin": "blood-thinners",
        "amiodarone": "heart-rhythm-medicine",
        "insulina glargine": "diabetes-insulin",
        "Wegovy": "medicine-what-for",
        "Zzzorpal": "medicine-unknown",
    }
    harmless = ("vitamin D", "paracetamol", "magnesium", "folic acid", "zinc", "vitamina C")

    def takes(s: Scene, name: str) -> Scene:
        return s.tells(takes_medicines=True, medicine_names=[{"name": name}])

    for (name, code), other in zip(named.items(), harmless, strict=True):
        yield (
            code,
            lambda s, name=name: takes(s, name).start(),
            lambda s, other=other: takes(s, other).approve("medicines-declared").start(),
        )


@planted("something else that is new", "here")
def new_answers() -> Iterator[Pair]:
    for link_id, code in (
        ("health_concern", "general-health"),
        ("cancer_past", "cancer-past"),
        ("herpes_past", "herpes-past"),
        ("sensitive_skin", "sensitive-skin"),
    ):
        words = {"health_concern_details": "mini-stroke last month"} if link_id == "health_concern" else {}
        yield (
            code,
            lambda s, link_id=link_id, words=words: s.tells(**{link_id: True}, **words).start(),
            lambda s, link_id=link_id, words=words, code=code: (
                s.tells(**{link_id: True}, **words).approve(code).start()
            ),
        )
    for birth, right, code in (
        (date(1950, 5, 5), date(1950, 5, 6), "age-over-75"),
        (date(2008, 5, 6), date(1990, 3, 14), "age-under-18"),
    ):
        yield (
            code,
            lambda s, d=birth: s.born(d).start(birth_day=d.day, birth_month=d.month),
            lambda s, d=right: s.born(d).start(birth_day=d.day, birth_month=d.month),
        )


@planted("not today", "booked")
def not_today() -> Iterator[Pair]:
    for answer in ("cough", "headache", "infection", "herpes_active", "pregnant", "breastfeeding"):
        code = "herpes-active" if answer == "herpes_active" else {"pregnant": "pregnancy"}.get(answer, answer)
        yield (
            code,
            lambda s, answer=answer: s.come_and_start(**{answer: True}),
            lambda s, answer=answer: s.come_and_start(
                **({answer: None} if answer in ("pregnant", "breastfeeding") else {answer: False})
            ),
        )
    for days, enough in ((1, 14), (13, 15)):
        yield (
            "aspirin",
            lambda s, d=days: s.come_and_start(aspirin_last_dose=str(TODAY - d * DAY)),
            lambda s, d=enough: s.come_and_start(aspirin_last_dose=str(TODAY - d * DAY)),
        )
    for changed, code in (({"old_site": ["lump"]}, "old-site"), ({"health_changed": True}, "health-changed")):
        yield code, lambda s, c=changed: s.come_and_start(**c), lambda s: s.come_and_start(old_site=[])


@planted("the consultation", "here")
def consultation() -> Iterator[Pair]:
    about = {"areas": ["thigh"], "indications": ["cellulite"]}
    for wrong, right in (
        ({"performed_at": NOW - 366 * DAY}, {"performed_at": NOW - 365 * DAY}),
        ({"talked_about": about | {"areas": ["abdomen"]}}, {"talked_about": about | {"areas": ["abdomen", "thigh"]}}),
        ({"talked_about": about | {"areas": ["inner_thigh"]}}, {"talked_about": about | {"areas": ["leg"]}}),
        ({"talked_about": about | {"indications": ["wrinkles"]}}, {"talked_about": about}),
        ({"status": "cancelled", "performed_at": None}, {}),
    ):
        yield (
            "consultation",
            lambda s, change=wrong: s.consulted(**change).start(),
            lambda s, change=right: s.consulted(**change).start() if change else s.start(),
        )
    yield (
        "consultation",
        lambda s: s.tells(pregnant=True).over("pregnant").start(),
        lambda s: s.tells(pregnant=True).correct("pregnant").start(),
    )


# --- the allergy test ------------------------------------------------------------------------------------------------


@planted("the test", "here")
def the_test() -> Iterator[Pair]:
    yield "allergy_test", lambda s: s.without_test().start(), lambda s: s.start()
    yield "allergy_test", lambda s: s.without_reading().start(), lambda s: s.start()
    yield "allergy_test", lambda s: s.reading(result="positive").start(), lambda s: s.reading(wheal_mm=2).start()
    yield "allergy_test", lambda s: s.reading(result="inconclusive").start(), lambda s: s.start()
    yield "allergy_test", lambda s: s.given_before(days=31).start(), lambda s: s.given_before(days=30).start()
    yield (
        "allergy_test",
        lambda s: s.tested(ingredients={"vitamins": ["2", "ml"]}).start(),
        lambda s: s.tested(ingredients={**s.tested_mix, "minoxidil": ["1", "ml"]}).start(),
    )
    yield (
        "allergy_test",
        lambda s: s.reading(provisional=True, signed_by=None).start(),
        lambda s: s.reading(provisional=False, signed_by=s.doctor).start(),
    )
    yield (
        "allergy_test",
        lambda s: s.with_mix(vitamins="2.1", organic_silicon="1.5").start(),
        lambda s: s.with_mix(vitamins="2.1", organic_silicon="1.5").stronger().start(),
    )
    yield (
        "allergy_test",
        lambda s: s.with_mix(**MIX, minoxidil="1").start(),
        lambda s: s.with_mix(vitamins="1.9").start(s.lines[:1]),
    )


@planted("reading the test", "given")
def readings() -> Iterator[Pair]:
    first = {"look": "immediate"}
    for wrong, right in ((14, 15), (61, 60)):
        yield "", lambda s, m=wrong: s.at(minutes=m).look(**first), lambda s, m=right: s.at(minutes=m).look(**first)
    for minutes in (60, 1439):
        yield "waiting", lambda s, m=minutes: s.at(minutes=m).look(), lambda s: s.at(minutes=1440).look()
    yield (
        "symptoms_since",
        lambda s: s.at(hours=73).look(),
        lambda s: s.at(hours=73).look(symptoms_since="none"),
    )
    yield "symptoms_since", lambda s: s.at(hours=100).look(symptoms_since=" "), lambda s: s.at(hours=72).look()
    yield "", lambda s: s.at(hours=25).look(by=s.colleague), lambda s: s.at(hours=25).look(by=s.colleague, photo=True)
    yield (
        "read_at",
        lambda s: s.at(hours=25).look(read_at=(NOW + timedelta(hours=40)).isoformat()),
        lambda s: s.at(hours=25).look(read_at=(NOW + timedelta(hours=24)).isoformat()),
    )
    yield "result", lambda s: s.at(hours=25).look(result="fine"), lambda s: s.at(hours=25).look(result="positive")


@planted("giving the test", "before_test")
def giving() -> Iterator[Pair]:
    yield "emergency_kit", lambda s: s.inject(emergency_kit=False), lambda s: s.inject()
    yield "injections", lambda s: s.inject(injections=3), lambda s: s.inject(injections=2)
    yield "product_not_named", lambda s: s.inject(drawn_up=[]), lambda s: s.inject()
    yield "lot_unknown", lambda s: s.inject(lot="Z9"), lambda s: s.inject(lot="a1")
    yield (
        "lot_expired",
        lambda s: s.lot(VITAMINS, expires_on=TODAY - DAY).inject(),
        lambda s: s.lot(VITAMINS, expires_on=TODAY).inject(),
    )
    yield "lot_recalled", lambda s: s.recalled(VITAMINS).inject(), lambda s: s.inject()
    yield "product_allergy", lambda s: s.allergic("ascorbic_acid").inject(), lambda s: s.allergic("thiamine").inject()
    yield (
        "administered_at",
        lambda s: s.inject(administered_at=(NOW + timedelta(hours=3)).isoformat()),
        lambda s: s.inject(),
    )
    yield (
        "medicine_hides_reaction",
        lambda s: antihistamine(s, 7).inject(acknowledged=""),
        lambda s: antihistamine(s, 8).inject(acknowledged=""),
    )


def antihistamine(s: Scene, days: int) -> Scene:
    taken = {"name": "Cetirizine", "purpose": "hay fever", "last_taken": str(TODAY - days * DAY)}
    return s.tells(takes_medicines=True, medicine_names=[taken]).approve("medicines-declared", "medicine-unknown")


# --- around the needle -----------------------------------------------------------------------------------------------


@planted("the emergency kit", "here")
def kit() -> Iterator[Pair]:
    yield "emergency_kit", lambda s: s.start(emergency_kit=False), lambda s: s.start()
    for days in (1, 365):
        yield (
            "kit_expired",
            lambda s, d=days: s.place(adrenaline_expires_on=TODAY - d * DAY).start(),
            lambda s, d=days: s.place(adrenaline_expires_on=TODAY + (d - 1) * DAY).start(),
        )
    yield (
        "emergency_kit",
        lambda s: s.checked_kit(NOW - DAY).start(emergency_kit=False),
        lambda s: s.checked_kit(NOW).start(emergency_kit=False),
    )
    yield "antisepsis", lambda s: s.place(antisepsis_protocol=" ").start(), lambda s: s.start()


@planted("a reaction", "here")
def reactions() -> Iterator[Pair]:
    def seen(s: Scene, reaction: str | None, severity: str = "mild") -> Answer:
        return s.reacted(reaction, severity).start(reactions_seen=True)

    for reaction, severity in (
        ("anaphylaxis", "mild"),
        ("trouble_breathing", "mild"),
        ("infection", "moderate"),
        ("necrosis", "mild"),
        (None, "severe"),
    ):
        yield (
            "hold",
            lambda s, r=reaction, g=severity: seen(s, r, g),
            lambda s, g=severity: seen(s, "bruising", "moderate" if g == "severe" else g),
        )
    yield (
        "reactions",
        lambda s: s.reacted("bruising", "mild").start(),
        lambda s: s.reacted("bruising", "mild").closed().start(),
    )
    yield (
        "reactions",
        lambda s: s.reacted(None, "mild").start(by=s.colleague, reactions_seen=True),
        lambda s: s.reacted(None, "mild").start(reactions_seen=True),
    )


# --- what is written down --------------------------------------------------------------------------------------------


@planted("volumes that do not add up", "begun")
def volumes() -> Iterator[Pair]:
    right = {
        "2.001": "2",
        "20": "1.5",
    }
    for wrong, enough in right.items():
        yield (
            "product_reason",
            lambda s, a=wrong: s.complete(substances=[s.used(amount=a)]),
            lambda s, a=enough: s.complete(substances=[s.used(amount=a)]),
        )
    yield (  # two entries of one syringe
        "product_reason",
        lambda s: s.complete(substances=[s.used(amount="1.5"), s.used(amount="1.5")]),
        lambda s: s.complete(substances=[s.used(amount="1"), s.used(amount="1")]),
    )
    yield (
        "product_reason",
        lambda s: s.complete(substances=[s.used(), s.used("organic_silicon", "1.501")]),
        lambda s: s.complete(substances=[s.used(), s.used("organic_silicon", "1.5")]),
    )
    yield (  # two grams are not two millilitres
        "product_reason",
        lambda s: s.complete(substances=[s.used(unit="g")]),
        lambda s: s.complete(substances=[s.used(unit="ml")]),
    )
    yield (
        "product_reason",
        lambda s: s.another_lot(VITAMINS, "B2").complete(substances=[s.used(lot="B2")]),
        lambda s: s.another_lot(VITAMINS, "B2").complete(substances=[s.used(lot="a1")]),
    )
    yield (
        "product_reason",
        lambda s: s.complete(substances=[s.used(), s.used("minoxidil", "50", "M1")]),
        lambda s: s.complete(substances=[s.used(), s.used("antiseptic_foam", "5", "F1")]),
    )
    for amount, field in (("0", "substances.0.amount"), ("-2", "record.substances.0.amount")):
        yield (
            field,
            lambda s, a=amount: s.complete(substances=[s.used(amount=a)]),
            lambda s: s.complete(substances=[s.used(amount="0.1")]),
        )


@planted("a record with gaps", "begun")
def gaps() -> Iterator[Pair]:
    for field in ("areas", "substances"):
        yield field, lambda s, f=field: s.complete(**{f: []}), lambda s: s.complete()
    for moment in ("before", "during", "after"):
        name = f"antisepsis_{moment}"
        yield name, lambda s, n=name: s.complete(**{n: None}), lambda s: s.complete()
        yield (
            f"{name}_note",
            lambda s, n=name: s.complete(**{n: False, f"{n}_note": " "}),
            lambda s, n=name: s.complete(**{n: False, f"{n}_note": "bottle was empty"}),
        )
    yield "areas", lambda s: s.complete(areas=["nowhere"]), lambda s: s.complete(areas=["inner_thigh"])
    yield "areas", lambda s: s.complete(areas=["breast"]), lambda s: s.complete(areas=["abdomen"])


# --- what is planned and received ------------------------------------------------------------------------------------


@planted("a plan that does not hold together", "to_plan")
def plans() -> Iterator[Pair]:
    hair = {"areas": ["scalp"], "indication": "alopecia", "protocol": "P08"}
    for wrong, right in (
        ({"areas": ["breast"]}, {"areas": ["abdomen"]}),
        ({"areas": ["thigh", "breast"]}, {"areas": ["thigh", "buttock"]}),
        ({"mix": {"finasteride": "1"}}, {"mix": {"vitamins": "1"}}),
        ({"mix": {"minoxidil": "1"}}, {"mix": {"minoxidil": "1"}, **hair}),
        ({"indication": "headache"}, {"indication": "cellulite"}),
        ({"indication": "weight_loss"}, {"indication": "localised_fat", "areas": ["abdomen"]}),
        ({"indication": "arthrosis", "areas": ["scalp"]}, {}),
        ({"areas": ["nowhere"]}, {}),
        ({"start_on": str(TODAY - DAY)}, {"start_on": str(TODAY)}),
        ({"protocol": "P99"}, {}),
    ):
        yield "", lambda s, given=wrong: s.plan(**given), lambda s, given=right: s.plan(**given)


@planted("a box that is not what it seems", "before_test")
def boxes() -> Iterator[Pair]:
    gtin = "09506000134352"
    good = f"(01){gtin}(17)270331(10)HA2231"

    def known(s: Scene) -> Scene:
        return s.label(VITAMINS, gtin=gtin)

    for code, says in (
        ("(01)09506000134353(17)270331(10)HA2231", "code"),  # check digit
        ("4006381333931", "code"),  # a shop's bar code
        (f"(01){gtin}(17)271331(10)HA2231", "code"),  # month 13
        (f"(01){gtin}(17)270331", "number"),
        (f"(01){gtin}(10)HA2231", "expires_on"),
        (f"(01){gtin}(17)260504(10)HA2231", "expires_on"),  # of yesterday
        (f"01{gtin}1727033110HA2231" + "21S77", "number"),  # the separator was lost
        ("(01)00012345678905(17)270331(10)HA2231", "product"),  # another product
    ):
        yield says, lambda s, c=code: known(s).deliver(c), lambda s: known(s).deliver(good)
