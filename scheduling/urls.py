from django.urls import URLPattern, path

from clinic.placeholder import placeholder

desk_urls: list[URLPattern] = [
    path("today/", placeholder, name="today"),
    path("board/", placeholder, name="board"),
    path("work/", placeholder, name="worklists"),
]
course_urls: list[URLPattern] = [path("", placeholder, name="list")]
patient_urls: list[URLPattern] = [path("<int:patient_id>/", placeholder, name="detail")]
portal_urls: list[URLPattern] = [
    path("", placeholder, name="home"),
    path("visits/", placeholder, name="visits"),
    path("messages/", placeholder, name="messages"),
    path("documents/", placeholder, name="documents"),
]
settings_urls: list[URLPattern] = [path("", placeholder, name="home")]
calendar_urls: list[URLPattern] = []
