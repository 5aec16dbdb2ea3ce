"""What the sources expect of a course, in the words of the catalogue: one source's statement, never a promise (C32)."""

from protocols.models import CatalogueEntry


def outcomes_of(protocol: str) -> list[str]:
    """The sentences about this protocol, and those that are about every one; one query."""
    rows = CatalogueEntry.objects.filter(kind="outcomes", active=True).order_by("order")
    named = [(row.data["text"], row.data["protocols"]) for row in rows]
    return [text for text, protocols in named if not protocols or protocol in protocols]
