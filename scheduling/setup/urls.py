"""How a clinic is set up: locations, staff, hours, rooms, devices, closing days."""

from django.urls import URLPattern, path

from scheduling.setup.views import closing_days, first_day, moving
from scheduling.setup.views import places as settings_pages
from scheduling.setup.views import staff as staff_pages

setup_urls: list[URLPattern] = [
    path("", settings_pages.home, name="home"),
    path("first-day/", first_day.first_day, name="first_day"),
    path("first-day/test-mail/", first_day.test_mail, name="test_mail"),
    path("locations/new/", settings_pages.location_new, name="location_new"),
    path("locations/<int:location_id>/", settings_pages.location, name="location"),
    path("locations/<int:location_id>/rooms/", settings_pages.rooms, name="rooms"),
    path("locations/<int:location_id>/rooms/<int:room_id>/", settings_pages.room, name="room"),
    path("locations/<int:location_id>/devices/<int:device_id>/", settings_pages.device, name="device"),
    path("locations/<int:location_id>/holidays/", closing_days.holidays, name="holidays"),
    path(
        "locations/<int:location_id>/holidays/<int:holiday_id>/remove/",
        closing_days.holiday_remove,
        name="holiday_remove",
    ),
    path("locations/<int:location_id>/hours/", staff_pages.hours, name="hours"),
    path("locations/<int:location_id>/hours/<int:practitioner_id>/", staff_pages.week, name="week"),
    path("moving/", moving.moving, name="moving"),
    path("moving/imports/<int:import_id>/", moving.file, name="import"),
    path("moving/imports/<int:import_id>/step/", moving.step, name="import_step"),
    path("moving/imports/<int:import_id>/left-out/", moving.left_out_file, name="import_left_out"),
    path("moving/exports/<int:export_id>/", moving.archive_file, name="export"),
    path("locations/<int:location_id>/hours/season/", staff_pages.season, name="season"),
    path(
        "locations/<int:location_id>/seasons/<int:season_id>/remove/", staff_pages.season_remove, name="season_remove"
    ),
    path("staff/", staff_pages.staff, name="staff"),
    path("staff/invite/", staff_pages.invite, name="invite"),
    path("staff/links/<int:link_id>/take-back/", staff_pages.link_take_back, name="link_take_back"),
    path("staff/<int:staff_id>/", staff_pages.staff_member, name="staff_member"),
    path("staff/<int:staff_id>/invite/", staff_pages.invite_again, name="invite_again"),
]
