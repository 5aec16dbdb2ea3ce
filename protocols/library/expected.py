"""What the sources expect of a course and bundle into one, in the words of the catalogue: one source's statement, never
a promise (C32)."""

from collections.abc import Iterable

from protocols.models import CatalogueEntry


def outcomes_of(protocol: str) -> list[str]:
    """The sentences about this protocol, and those that are about every one; one query."""
    rows = CatalogueEntry.objects.filter(kind="outcomes", active=True).order_by("order")
    named = [(row.data["text"], row.data["protocols"]) for row in rows]
    return [text for text, protocols in named if not protocols or protocol in protocols]


def programmes_for(indications: Iterable[str]) -> list[tuple[str, str, list[str]]]:
    """The sources' bundles for these indications: name, what it is, its stages. They describe; no visit follows."""
    wanted = set(indications)
    rows = CatalogueEntry.objects.filter(kind="programmes", active=True).order_by("order")
    return [
        (row.data["name"], row.data["text"], row.data.get("stages", []))
        for row in rows
        if wanted.intersection(row.data["indications"])
    ]


def goals() -> list[str]:
    """What the sources make a mix for; the list is open."""
    rows = CatalogueEntry.objects.filter(kind="goals", active=True).order_by("order")
    return [row.data["name"] for row in rows]
