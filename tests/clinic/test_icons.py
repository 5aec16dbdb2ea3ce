"""Pages draw the icons they name, and fetch no others."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from clinic.models import User
from clinic.templatetags.look_status import DJANGO_TONES, STATUSES, TONES

ROOT = Path(settings.BASE_DIR)
STYLES = (ROOT / "static" / "css" / "icons.css").read_text()
DRAWN = set(re.findall(r"^\.bi-([a-z0-9-]+) ", STYLES, re.MULTILINE))
Browser = Callable[[User | None], Client]


def test_the_stylesheet_is_what_the_pages_name_today():
    told = subprocess.run([sys.executable, ROOT / "bin" / "icons", "--check"], check=False)
    assert told.returncode == 0, "run bin/icons"


def test_every_status_and_every_tone_is_drawn():
    looks = [*(look for group in STATUSES.values() for look in group.values()), *TONES.values()]
    assert {look.icon for look in looks} - DRAWN == set()
    assert set(DJANGO_TONES.values()) <= set(TONES)


@pytest.mark.django_db
def test_a_page_names_only_drawn_icons_and_fetches_one_small_file_for_them(practitioner: User, browser_of: Browser):
    browser = browser_of(practitioner)
    for address in ("/today/", "/patients/", "/courses/", "/board/", "/protocols/"):
        page = browser.get(address, follow=True).content.decode()
        assert set(re.findall(r"\bbi-([a-z0-9-]+)", page)) - DRAWN == set(), address
        assert "css/icons.css" in page
        assert "bootstrap-icons" not in page
    assert len(STYLES) < 100_000  # about 20 kB as it is sent; the font of the whole library has 134


def test_a_drawing_comes_with_the_stylesheet_as_the_policy_of_pages_allows():
    assert set(re.findall(r'url\("(\w+):', STYLES)) == {"data"}
    assert "data:" in settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["img-src"]
    assert settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["style-src"] == ["'self'"]
