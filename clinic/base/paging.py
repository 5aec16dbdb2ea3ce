from rest_framework.pagination import CursorPagination


class Pages(CursorPagination):
    """`results` and `next`; stable while rows are added."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    ordering = "id"
