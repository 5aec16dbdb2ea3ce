"""Every sentence of the catalogue that a patient can read."""

from collections.abc import Iterator

from tests.protocols.patients import catalogue

BANNED = ("painless", "toxin", "melts fat", "melt fat", "lose inches", "no risk", "guarantee")
READ = ("name", "text", "help", "advice", "message", "reason", "caveat")
FILES = (
    "instructions",
    "reactions",
    "consent",
    "questions",
    "rules",
    "outcomes",
    "areas",
    "indications",
    "programmes",
    "techniques",
    "delivery_devices",
    "gates",
    "protocols",
)


def patient_texts() -> Iterator[tuple[str, str]]:
    """(code, every sentence of the entry)"""
    found = catalogue()
    notes = [note for note in found.information if note.audience == "patient"]
    for entry in (*(entry for name in FILES for entry in getattr(found, name)), *notes):
        parts = (*getattr(entry, "options", ()), *getattr(entry, "phases", ()))
        sentences = [getattr(entry, field, "") for field in READ] + [part.name for part in parts]
        yield getattr(entry, "code", None) or entry.link_id, ". ".join(filter(None, sentences))
