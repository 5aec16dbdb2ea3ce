"""What the rules say of the booked visits of a course, each for its own day, when they were last asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import models
from django.db.models import Q

from scheduling.models.course import Course


@dataclass(frozen=True, slots=True)
class Objection:
    """A visit that may not take place on its day; `until` is the first day without a finding, if known."""

    session: int
    on: date
    verdict: str
    until: date | None


class CourseJudgement(models.Model):
    """Kept so that a list of all courses need not ask the rules about each; only `actions.judging` writes it (D16)."""

    course = models.OneToOneField(Course, on_delete=models.CASCADE, related_name="judgement")
    judged_at = models.DateTimeField()
    against = models.JSONField(default=list)  # [{session, on, verdict, until}] of the visits that may not take place

    class Meta:
        ordering = ["course_id"]
        indexes = [models.Index(fields=["course"], condition=~Q(against=[]), name="judgement_against")]

    @property
    def visits(self) -> Sequence[Objection]:
        return [
            Objection(
                session=each["session"],
                on=date.fromisoformat(each["on"]),
                verdict=each["verdict"],
                until=date.fromisoformat(each["until"]) if each["until"] else None,
            )
            for each in self.against
        ]
