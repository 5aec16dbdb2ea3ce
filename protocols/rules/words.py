"""A rule's condition in words: what must be so for the rule to speak."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from protocols.models import (
    DeliveryDevice,
    Indication,
    IntakeQuestion,
    Substance,
    Technique,
    TreatmentArea,
)

Data = Mapping[str, Any]
PLANNED = {
    "areas": gettext_lazy("area"),
    "regions": gettext_lazy("region"),
    "indications": gettext_lazy("reason"),
    "fields": gettext_lazy("field"),
    "substances": gettext_lazy("substance"),
    "device_kinds": gettext_lazy("device"),
    "techniques": gettext_lazy("technique"),
}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words behind the codes that conditions name."""

    questions: Mapping[str, IntakeQuestion]
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def read(cls) -> "Vocabulary":
        """Six queries; hand it on when many rules are shown."""
        tables = {
            "areas": TreatmentArea,
            "indications": Indication,
            "substances": Substance,
            "techniques": Technique,
        }
        names = {word: dict(table._default_manager.values_list("code", "name")) for word, table in tables.items()}
        names["except_indications"] = names["indications"]
        names["device_kinds"] = dict(DeliveryDevice.objects.values_list("kind", "name"))
        names["fields"] = {code: str(label) for code, label in Indication.Field.choices}
        names["regions"] = {code: str(label) for code, label in TreatmentArea.Region.choices}
        return cls({row.link_id: row for row in IntakeQuestion.objects.all()}, names)

    def with_question(self, data: Data) -> "Vocabulary":
        """These words and a question that is not stored yet."""
        named = ("link_id", "text", "type", "options")
        row = IntakeQuestion(**{name: data[name] for name in named})
        return replace(self, questions={**self.questions, row.link_id: row})

    def question(self, link_id: str) -> str:
        row = self.questions.get(link_id)
        return _("“%(question)s”") % {"question": _(row.text) if row else link_id}

    def answers(self, link_id: str, values: Iterable[Any]) -> str:
        row = self.questions.get(link_id)
        options = {option["code"]: _(option["name"]) for option in row.options} if row else {}
        said = {True: _("yes"), False: _("no")}
        return _(" or ").join(str(said[each] if isinstance(each, bool) else options.get(each, each)) for each in values)

    def named(self, word: str, codes: Iterable[str]) -> str:
        known = self.names.get(word, {})
        return _(" or ").join(known.get(code) or code.replace("_", " ") for code in codes)


def condition_words(when: Data, words: Vocabulary) -> str:
    """The condition as half a sentence, to follow "when"."""
    return SAID[when["kind"]](when, words)


def answer_words(when: Data, words: Vocabulary) -> str:
    said = {
        "question": words.question(when["question"]),
        "answer": words.answers(when["question"], when["values"]),
    }
    text = _("%(question)s is answered with %(answer)s") % said
    if days := when.get("for_days"):
        text += " " + ngettext("(for %(n)s day)", "(for %(n)s days)", days) % {"n": days}
    if when.get("until_seen"):
        text += " " + _("(until a prescriber has seen it)")
    return text


def other_answer_words(when: Data, words: Vocabulary) -> str:
    said = {
        "question": words.question(when["question"]),
        "answer": words.answers(when["question"], when["values"]),
    }
    return _("%(question)s is not answered with %(answer)s") % said


def washout_words(when: Data, words: Vocabulary) -> str:
    said = {"question": words.question(when["question"]), "n": when["days"]}
    text = ngettext(
        "the day given to %(question)s is less than %(n)s day ago",
        "the day given to %(question)s is less than %(n)s days ago",
        when["days"],
    )
    return text % said


def older_words(when: Data, words: Vocabulary) -> str:
    said = {"question": words.question(when["question"]), "n": when["months"]}
    text = ngettext(
        "the answer to %(question)s is %(n)s month old or older",
        "the answer to %(question)s is %(n)s months old or older",
        when["months"],
    )
    return text % said


def planned_words(when: Data, words: Vocabulary) -> str:
    """What is planned, list by list."""
    parts = [
        _("the planned %(what)s is %(names)s") % {"what": label, "names": words.named(word, when[word])}
        for word, label in PLANNED.items()
        if when.get(word)
    ]
    if without := when.get("except_indications"):
        named = words.named("except_indications", without)
        parts.append(_("the planned reason is not %(names)s") % {"names": named})
    return _(" and ").join(parts)


def allergy_words(when: Data, words: Vocabulary) -> str:
    if when.get("suspected"):
        return _("something in the mix or on the skin holds a suspected allergen")
    return _("something in the mix or on the skin holds a confirmed allergen")


def sex_words(when: Data, words: Vocabulary) -> str:
    return _("the recorded sex is %(values)s") % {"values": _(" or ").join(when["values"])}


def medicine_words(when: Data, words: Vocabulary) -> str:
    text = _("a medicine of the class %(classes)s is taken") % {"classes": spelled(when["classes"])}
    if when.get("ended"):
        text += " " + _("or was taken")
    if when.get("denied"):
        text += " " + _("although taking any was answered with no")
    return text + purpose_words(when)


def purpose_words(when: Data) -> str:
    """What the medicine must be for, or must not be."""
    text = ""
    if wanted := when.get("purposes"):
        text += " " + _("for %(purposes)s") % {"purposes": spelled(wanted)}
    if without := when.get("except_purposes"):
        text += " " + _("and not said to be for %(purposes)s") % {"purposes": spelled(without)}
    return text


def medicine_washout_words(when: Data, words: Vocabulary) -> str:
    said = {"classes": spelled(when["classes"]), "n": when["days"]}
    text = ngettext(
        "a medicine of the class %(classes)s was taken less than %(n)s day ago",
        "a medicine of the class %(classes)s was taken less than %(n)s days ago",
        when["days"],
    )
    return text % said + purpose_words(when)


def medicine_undated_words(when: Data, words: Vocabulary) -> str:
    said = {"classes": spelled(when["classes"]), "question": words.question(when["question"])}
    text = _("a medicine of the class %(classes)s is listed without a day, and %(question)s gives none")
    return text % said + purpose_words(when)


UNCLEAR = {
    "unknown": gettext_lazy("a medicine is named that is on no list"),
    "nearly": gettext_lazy("a medicine's name is one letter off from a name on a list"),
    "ended": gettext_lazy("a medicine is marked as ended"),
}


def medicine_unclear_words(when: Data, words: Vocabulary) -> str:
    return str(UNCLEAR[when["why"]])


def spelled(codes: Iterable[str]) -> str:
    return str(_(" or ").join(each.replace("_", " ") for each in codes))


def grouped(word: Any) -> Callable[[Data, Vocabulary], str]:
    """Parts held together by a word; a group inside a group is bracketed."""

    def say(when: Data, words: Vocabulary) -> str:
        return str(word).join(bracketed(part, words) for part in when["of"])

    return say


def bracketed(part: Data, words: Vocabulary) -> str:
    text = condition_words(part, words)
    return f"({text})" if part["kind"] in ("all", "any") else text


def fixed(text: Any) -> Callable[[Data, Vocabulary], str]:
    """Words that only the condition's own figures enter."""

    def say(when: Data, words: Vocabulary) -> str:
        return str(text) % when

    return say


SAID: dict[str, Callable[[Data, Vocabulary], str]] = {
    "always": fixed(gettext_lazy("always")),
    "answer": answer_words,
    "not_answered_with": other_answer_words,
    "washout": washout_words,
    "older_than": older_words,
    "age_under": fixed(gettext_lazy("the patient is under %(years)s")),
    "age_from": fixed(gettext_lazy("the patient is %(years)s or older")),
    "birth_date_missing": fixed(gettext_lazy("the birth date is missing")),
    "sex": sex_words,
    "medicine": medicine_words,
    "medicine_washout": medicine_washout_words,
    "medicine_undated": medicine_undated_words,
    "medicine_unclear": medicine_unclear_words,
    "allergy_to_mix": allergy_words,
    "planned": planned_words,
    "area_not_selectable": fixed(gettext_lazy("a planned area is one that is never treated")),
    "indication_not_selectable": fixed(gettext_lazy("the planned reason is one that is never treated")),
    "indication_needs_sign_off": fixed(gettext_lazy("the planned reason needs a signed diagnosis")),
    "does_not_belong": fixed(gettext_lazy("the planned reason or an ingredient does not belong to a planned area")),
    "not_in_catalogue": fixed(gettext_lazy("something planned is not in the catalogue")),
    "all": grouped(gettext_lazy(" and ")),
    "any": grouped(gettext_lazy(" or ")),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a condition: where it is in it, how it is called, and what it is now."""

    path: tuple[str | int, ...]
    label: str
    value: int

    @property
    def name(self) -> str:
        return "figure-" + "-".join(str(step) for step in self.path)


FIGURES = {
    ("answer", "for_days"): gettext_lazy("Days for which the answer to %(question)s counts"),
    ("washout", "days"): gettext_lazy("Days that must lie between %(question)s and a session"),
    ("medicine_washout", "days"): gettext_lazy("Days that must lie between the medicine and a session"),
    ("older_than", "months"): gettext_lazy("Months after which the answer to %(question)s is too old"),
    ("age_under", "years"): gettext_lazy("Youngest age that is treated"),
    ("age_from", "years"): gettext_lazy("Age from which nobody is treated"),
}


def figures_in(when: Data, words: Vocabulary, path: tuple[str | int, ...] = ()) -> Iterator[Figure]:
    """The numbers of a condition, in order."""
    question = words.question(when.get("question", ""))
    for (kind, name), label in FIGURES.items():
        if when["kind"] == kind and when.get(name):
            yield Figure((*path, name), str(label) % {"question": question}, when[name])
    for number, part in enumerate(when.get("of", ())):
        yield from figures_in(part, words, (*path, "of", number))
