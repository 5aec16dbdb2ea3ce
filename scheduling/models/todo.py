"""What somebody said about a row of a work list: whose it is, and that it is put off."""

from django.db import models
from django.db.models import Q

from clinic.models import Location, StaffMember


class TodoMark(models.Model):
    """About the row `key` of the list `list` at a location; gone once the row has left its list."""

    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="+")
    list = models.CharField(max_length=20)
    key = models.BigIntegerField()
    owner = models.ForeignKey(StaffMember, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    until = models.DateTimeField(null=True, blank=True)  # not shown among the things to do before then
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["location", "list", "key"], name="todo_mark_one_a_row"),
            models.CheckConstraint(condition=~Q(owner=None, until=None), name="todo_mark_says_something"),
        ]
