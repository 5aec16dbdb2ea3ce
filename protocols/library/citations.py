"""Which entries of the catalogue rest on a fact, contradiction, boundary, gap or decision: the way back from an id."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from protocols.models import (
    CareInstruction,
    CatalogueEntry,
    ConsentStatement,
    DeliveryDevice,
    ExpectedReaction,
    Fact,
    Indication,
    IntakeQuestion,
    ProtocolVersion,
    ScreeningRule,
    Substance,
    Technique,
    TreatmentArea,
)

KINDS = {
    "fact": gettext_lazy("Fact"),
    "contradiction": gettext_lazy("Contradiction"),
    "boundary": gettext_lazy("Reading"),
    "gap": gettext_lazy("Gap"),
    "decision": gettext_lazy("Decision"),
}
OTHERS = {
    "policies": gettext_lazy("Clinic policies"),
    "gates": gettext_lazy("Before the needle"),
    "goals": gettext_lazy("Goals"),
    "programmes": gettext_lazy("Programmes"),
    "claims": gettext_lazy("Claims that are not repeated"),
    "record_fields": gettext_lazy("What is recorded"),
    "outcomes": gettext_lazy("Expected outcomes"),
    "roles": gettext_lazy("Roles"),
    "checklist": gettext_lazy("Checklist"),
    "information": gettext_lazy("Background"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry that rests on the id: what it says, and its page if it has one."""

    text: str
    url: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Home:
    """The entries of one kind."""

    title: Any
    entries: list[Entry] = field(default_factory=list)


def named(row: Any) -> Entry:
    return Entry(row.name)


def worded(row: Any) -> Entry:
    return Entry(row.text)


def rule_entry(row: ScreeningRule) -> Entry:
    return Entry(message_of(row.definition), reverse("protocols:rule", args=[row.code]))


def message_of(definition: Any) -> str:
    """A rule's sentence where no patient is concerned: what it would name and its date stand as words."""
    return _(definition["message"]) % {"names": _("(names)"), "until": _("(date)")}


# what it is called, its table, which of its rows stand, and how a row reads
TABLES: tuple[tuple[Any, type[Model], dict[str, Any], Callable[[Any], Entry]], ...] = (
    (gettext_lazy("Screening rules"), ScreeningRule, {"active_until": None}, rule_entry),
    (gettext_lazy("Questions"), IntakeQuestion, {"active": True}, worded),
    (gettext_lazy("Instructions to patients"), CareInstruction, {"active": True}, worded),
    (gettext_lazy("Consent"), ConsentStatement, {"active": True}, worded),
    (gettext_lazy("Expected reactions"), ExpectedReaction, {"active": True}, named),
    (gettext_lazy("Areas"), TreatmentArea, {"active": True}, named),
    (gettext_lazy("Indications"), Indication, {"active": True}, named),
    (gettext_lazy("Techniques"), Technique, {"active": True}, named),
    (gettext_lazy("Devices"), DeliveryDevice, {"active": True}, named),
    (gettext_lazy("Substances"), Substance, {"active": True}, named),
)


def homes_of(code: str) -> list[Home]:
    """Where the id lives, kind by kind; as many queries for an id cited everywhere as for one cited nowhere."""
    homes = [protocols_citing(code)]
    for title, table, standing, read in TABLES:
        rows = table._default_manager.filter(cites__contains=[code], **standing)
        homes.append(Home(title, [read(row) for row in rows]))
    homes += others_citing(code)
    return [home for home in homes if home.entries]


def protocols_citing(code: str) -> Home:
    """Protocols whose version in force, or a phase or flag of it, rests on the id."""
    cited = Q(cites__contains=[code]) | Q(phases__cites__contains=[code]) | Q(protocol__flags__contains=[code])
    rows = ProtocolVersion.objects.filter(cited, status=ProtocolVersion.Status.ACTIVE).select_related("protocol")
    entries = [
        Entry(row.protocol.name, reverse("protocols:detail", args=[row.protocol.code]), row.protocol.code)
        for row in rows.distinct()
    ]
    return Home(gettext_lazy("Protocols"), entries)


def others_citing(code: str) -> Iterator[Home]:
    rows: dict[str, list[Entry]] = {}
    for row in CatalogueEntry.objects.filter(cites__contains=[code], active=True):
        rows.setdefault(row.kind, []).append(other_entry(row))
    for kind, entries in rows.items():
        yield Home(OTHERS.get(kind, kind), entries)


def other_entry(row: CatalogueEntry) -> Entry:
    text = row.data.get("name") or row.data.get("text") or row.data.get("claim") or row.code
    url = reverse("protocols:policies") + f"#{row.code}" if row.kind == "policies" else ""
    return Entry(str(text), url)


def statements_resting_on(code: str) -> list[Fact]:
    """Contradictions, readings and gaps that name the id: a fact they weigh, or the decision that settled them."""
    named_in = Q(values__facts__contains=[code]) | Q(values__decided_by__contains=[code])
    return list(Fact.objects.filter(named_in))


def statements(codes: Iterable[str]) -> dict[str, Fact]:
    """The numbered statements with these ids, by id."""
    return {row.code: row for row in Fact.objects.filter(code__in=list(codes)).select_related("source")}
