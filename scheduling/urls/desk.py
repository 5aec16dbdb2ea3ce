"""The day of the staff: today, the board, visits, work lists, absences."""

from django.urls import URLPattern, path

from clinic.placeholder import placeholder

desk_urls: list[URLPattern] = [
    path("today/", placeholder, name="today"),
    path("board/", placeholder, name="board"),
    path("work/", placeholder, name="worklists"),
]
