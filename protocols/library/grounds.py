"""Sources and numbered statements: everything a page may cite, found by source, topic, kind and words."""

from collections.abc import Sequence

from django.db.models import Case, Count, Q, QuerySet, Value, When

from protocols.models import Fact, Source


def sources_with_counts() -> QuerySet[Source]:
    return Source.objects.annotate(fact_count=Count("facts")).order_by("code")


def topics() -> Sequence[str]:
    rows = Fact.objects.exclude(topic="").filter(kind="fact")
    return list(rows.order_by("topic").values_list("topic", flat=True).distinct())


def search(*, words: str = "", source: str = "", topic: str = "", kind: str = "") -> QuerySet[Fact]:
    """Statements that match every wish, facts first."""
    rows = Fact.objects.select_related("source")
    if words:
        rows = rows.filter(Q(statement__icontains=words) | Q(code__iexact=words) | Q(locator__icontains=words))
    if source:
        rows = rows.filter(source__code=source)
    if topic:
        rows = rows.filter(topic=topic)
    if kind:
        rows = rows.filter(kind=kind)
    return rows.order_by(Case(When(kind="fact", then=Value(0)), default=Value(1)), "code")


def neighbours(fact: Fact) -> tuple[Fact | None, Fact | None]:
    """The statement of the same kind before this one, and the one after it."""
    same = Fact.objects.filter(kind=fact.kind)
    before = same.filter(code__lt=fact.code).order_by("-code").first()
    return before, same.filter(code__gt=fact.code).order_by("code").first()
