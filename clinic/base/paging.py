"""Lists over HTTP come in pages."""

from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

from clinic.base.limits import LARGEST_PAGE
from clinic.base.refusals import Unusable

if TYPE_CHECKING:
    RowPages = Paginator[Any]
else:
    RowPages = Paginator


class Counted(RowPages):
    """Pages of a list whose length the page has read already, so that it is not counted twice."""

    def __init__(self, rows: Any, per_page: int, count: int) -> None:
        super().__init__(rows, per_page)
        self.length = count

    @property
    def count(self) -> int:
        return self.length


class Pages(CursorPagination):
    """`results` and `next`; stable while rows are added. A made-up cursor is refused, not a missing page."""

    page_size = 50
    max_page_size = LARGEST_PAGE
    page_size_query_param = "page_size"
    ordering = "id"

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        try:
            return super().paginate_queryset(queryset, request, view)
        except (NotFound, ValueError) as unknown:
            raise Unusable.at("cursor", _("This page is not known.")) from unknown
