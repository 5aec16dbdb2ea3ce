"""What each message says. The portal says it in full; mail and text messages name time and place and nothing else.

A subject carries no personal data and no word about treatment. No text advises against a medicine that somebody
prescribed (D30), and none promises anything (D31).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clinic.base.languages import speaking
from clinic.models import Location
from scheduling.models import Message, Session


@dataclass(frozen=True, slots=True)
class Text:
    """A message in the patient's language: `paragraphs` for the portal and the desk's call, `mail` for the mailbox."""

    subject: str
    paragraphs: tuple[str, ...]
    mail: tuple[str, ...]
    link: str


def text_of(message: Message) -> Text:
    """The words of a message; location and patient should be loaded with it."""
    with speaking(message.patient.language):
        words = words_of(message)
        subject, paragraphs, mail = WRITERS[message.kind](message, words)
        return Text(
            subject=subject % words,
            paragraphs=tuple(line % words for line in paragraphs),
            mail=tuple(line % words for line in mail),
            link=f"{settings.SITE_URL}/me/",
        )


def words_of(message: Message) -> dict[str, str]:
    """What the sentences may name: times on the location's wall clock, place, phone."""
    location: Location = message.location
    zone = ZoneInfo(location.timezone)
    words = {
        name: written(value, zone) for name, value in message.context.items() if name in {"start", "from", "until"}
    }
    words |= {
        name: on_day(value, zone) for name, value in message.context.items() if name in {"since", "first", "last"}
    }
    place = ", ".join(filter(None, [location.name, location.address]))
    return {"start": "", **words, "place": place, "phone": location.phone, "emergency": location.emergency_number}


def written(value: Any, zone: ZoneInfo) -> str:
    """An instant as local date and time, a date as itself."""
    if not isinstance(value, str) or value == "None":
        return ""
    if len(value) == len("2026-05-05"):
        return date_format(date.fromisoformat(value), "l j F Y")
    return date_format(datetime.fromisoformat(value).astimezone(zone), "l j F Y, H:i")


def on_day(value: str, zone: ZoneInfo) -> str:
    """A date, or an instant's local date."""
    instant = datetime.fromisoformat(value)
    return date_format(instant.astimezone(zone) if instant.tzinfo else instant, "j F Y")


Words = dict[str, str]
Written = tuple[str, tuple[str, ...], tuple[str, ...]]  # subject, portal paragraphs, mail paragraphs


def call_us(words: Words) -> str:
    return _("You reach us at %(phone)s.") if words["phone"] else _("You reach us at the clinic.")


def changed(message: Message, words: Words) -> Written:
    """Several visits at once: where each stands now, unless a later message says otherwise, and what is off."""
    zone, left = ZoneInfo(message.location.timezone), message.context.get("left")
    was = ZoneInfo(left) if left else zone  # the clock of the place that the visits have left
    known = dict(
        Session.objects.filter(pk__in=[pk for pk, *_rest in message.context["visits"]]).values_list("pk", "revision")
    )
    stands = [written(start, zone) for pk, revision, start in message.context["visits"] if known.get(pk) == revision]
    lines = [_("Your visits go on at another location.") if left else _("Your visits have changed.")]
    for title, times in (
        (_("We now expect you on:"), stands),
        (_("These visits do not take place then; we will be in touch about new times:"), told(message, "rebook", was)),
        (_("These visits will not take place:"), told(message, "off", was)),
    ):
        lines += [title, *times] if times else []
    who = [_("Who treats you: %(names)s.") % {"names": ", ".join(message.context.get("who", ())).replace("%", "%%")}]
    end = [_("Place: %(place)s."), _("If that does not suit you, please tell us."), call_us(words)]
    portal = (*lines, *(who if message.context.get("who") else ()), *end)
    return _("Your visits have changed"), portal, (*lines, *end)


def told(message: Message, name: str, zone: ZoneInfo) -> list[str]:
    return [written(start, zone) for start in message.context[name]]


def confirmation(message: Message, words: Words) -> Written:
    if "visits" in message.context:
        return changed(message, words)
    if message.session_id is None:
        lines = (_("Your visits are booked. You find every date on your page."), call_us(words))
        return _("Your visits are booked"), lines, lines
    moved = message.context.get("moved")
    subject = _("Your visit has a new time") if moved else _("Your visit is booked")
    place = (
        _("We expect you on %(start)s."),
        *as_one(message),
        _("Place: %(place)s."),
        _("If that does not suit you, please tell us."),
    )
    return subject, (*place, call_us(words)), (*place, call_us(words))


def cancellation(message: Message, words: Words) -> Written:
    if "visits" in message.context:
        return changed(message, words)
    if message.context.get("rebook"):
        why = _("Your visit does not take place on %(start)s.")
        then = _("We will be in touch about a new time. You may also call us.")
        return _("Your visit needs a new time"), (why, then, call_us(words)), (why, then, call_us(words))
    lines = (_("Your visit on %(start)s is cancelled."), call_us(words))
    return _("Your visit is cancelled"), lines, lines


def aspirin(message: Message, words: Words) -> Written:
    """D30, D44: one question for a stretch of treatments, and never a word against what a doctor ordered."""
    changed = message.context.get("changed")
    full = (
        *([_("The days have changed. This takes the place of what we wrote before.")] if changed else []),
        treatments(words),
        _("Have you taken aspirin, or a medicine with aspirin in it, since %(since)s?"),
        _(
            "If a doctor advised it, keep taking it and call us. We will not treat you before that doctor has decided"
            " with us."
        ),
        _(
            "If you take it only for occasional pain, please use none from %(since)s to your last session on %(last)s,"
            " and ask a pharmacist for an alternative."
        ),
        call_us(words),
    )
    mail = (_("We have a question for you before your visit."), _("Please read it on your page or call us."))
    return _("A question before your visit"), full, (*mail, call_us(words))


def treatments(words: Words) -> str:
    """The first and the last day of the stretch; questions from before stretches were counted have no first day."""
    if words.get("first") in {None, words["last"]}:
        return _("This is about your session on %(last)s.")
    return _("This is about your sessions from %(first)s to %(last)s.")


def as_one(message: Message) -> tuple[str, ...]:
    """That several visits follow one another, where they do: the patient comes once and stays until the last ends."""
    if "ends" not in message.context:
        return ()
    ends = datetime.fromisoformat(message.context["ends"]).astimezone(ZoneInfo(message.location.timezone))
    text = _("These are %(count)s visits, one after the other, until about %(ends)s. You come once.")
    return (text % {"count": message.context["arrival"], "ends": date_format(ends, "H:i")},)


def reminder(message: Message, words: Words) -> Written:
    lines = (_("We expect you on %(start)s."), *as_one(message), _("Place: %(place)s."))
    before = _("What to do before you come is on your page.")
    return _("Reminder of your visit"), (*lines, before, call_us(words)), (*lines, before, call_us(words))


def same_day(message: Message, words: Words) -> Written:
    unwell = _("If you do not feel well, please call us before you set out: we will find another day.")
    full = (
        _("Your visit: %(start)s."),
        *as_one(message),
        _("A cough, a headache, flu or any other illness on the day? Then we do not treat that day."),
        unwell,
        call_us(words),
    )
    return _("Before you set out"), full, (_("Your visit: %(start)s."), *as_one(message), unwell, call_us(words))


def not_monitored(words: Words) -> tuple[str, str]:
    """D32, on everything that asks how somebody is."""
    return (
        _("What you write here is not monitored at night."),
        _("If you have trouble breathing or your face swells, call %(emergency)s now."),
    )


def aftercare(message: Message, words: Words) -> Written:
    full = (
        _("Thank you for coming. What to do and what to leave in the next days is on your page."),
        *not_monitored(words),
        call_us(words),
    )
    mail = (_("Thank you for coming. There is something to read on your page."), *not_monitored(words)[1:])
    return _("After your visit"), full, (*mail, call_us(words))


def check(message: Message, words: Words) -> Written:
    full = (
        _("How is the skin where you were treated? Please tell us on your page; it takes a minute."),
        _("Anything that lasts longer than three days or gets worse, we want to see."),
        *not_monitored(words),
        call_us(words),
    )
    mail = (_("How are you? Please tell us on your page; it takes a minute."), *not_monitored(words)[1:])
    return _("How are you?"), full, (*mail, call_us(words))


def late_check(message: Message, words: Words) -> Written:
    """D53, F341: an infection that shows weeks or months later."""
    full = (
        _("Please look at the places where you were treated. Is there a lump, a discharge or a dark patch?"),
        _("It is rare and can show weeks or months later. Please tell us on your page; it takes a minute."),
        *not_monitored(words),
        call_us(words),
    )
    mail = (_("How are you? Please tell us on your page; it takes a minute."), *not_monitored(words)[1:])
    return _("How are you?"), full, (*mail, call_us(words))


def reading_due(message: Message, words: Words) -> Written:
    full = (
        _("Your allergy test can be read from %(start)s on. Please come to the clinic, or call us for a time."),
        *not_monitored(words),
        call_us(words),
    )
    mail = (_("Please come to the clinic from %(start)s on, or call us for a time."), _("Place: %(place)s."))
    return _("Please come by"), full, (*mail, call_us(words))


def review_due(message: Message, words: Words) -> Written:
    lines = (_("At your next visit we will look at the course so far together with you."),)
    return _("Your next visit"), (*lines, call_us(words)), (_("There is news on your page."), call_us(words))


def maintenance_due(message: Message, words: Words) -> Written:
    full = (_("Your next visit is due between %(from)s and %(until)s."), _("Please call us for a time."))
    return _("Time for your next visit"), (*full, call_us(words)), (*full, call_us(words))


def recall(message: Message, words: Words) -> Written:
    """A product of an earlier visit was called back; the clinic explains it in person (D40)."""
    full = (
        _("The maker of a product that we used at your visit on %(start)s has called it back."),
        _("Please call us, so that we can tell you what this means for you."),
        _("If you feel unwell, have trouble breathing or your face swells, call %(emergency)s now."),
        call_us(words),
    )
    mail = (_("We have something to tell you about an earlier visit."), _("Please read it on your page or call us."))
    return _("Please call us"), full, (*mail, call_us(words))


def slot_offer(message: Message, words: Words) -> Written:
    """One time, kept for one patient for a while (see SlotOffer)."""
    free = _("A time has become free: %(start)s.")
    lines = (
        _("It is kept for you until %(until)s, then we offer it to somebody else."),
        *([_("If you do not take it, your visit stays on %(from)s.")] if words.get("from") else []),
        _("Place: %(place)s."),
        _("You take or decline it on your page, or call us."),
        call_us(words),
    )
    return _("A time is free"), (free, *lines), (free, *lines)


WRITERS: dict[str, Callable[[Message, Words], Written]] = {
    Message.Kind.CONFIRMATION: confirmation,
    Message.Kind.CANCELLATION: cancellation,
    Message.Kind.ASPIRIN: aspirin,
    Message.Kind.REMINDER: reminder,
    Message.Kind.SAME_DAY: same_day,
    Message.Kind.AFTERCARE: aftercare,
    Message.Kind.CHECK_24H: check,
    Message.Kind.CHECK_72H: check,
    **dict.fromkeys(Message.LATE, late_check),
    Message.Kind.READING_DUE: reading_due,
    Message.Kind.REVIEW_DUE: review_due,
    Message.Kind.MAINTENANCE_DUE: maintenance_due,
    Message.Kind.RECALL: recall,
    Message.Kind.SLOT_OFFER: slot_offer,
}
