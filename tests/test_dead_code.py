"""Nothing public is in the product that only tests use, or nobody."""

from pathlib import Path

import pytest

from tests.dead_code import unreached

ROOT = Path(__file__).resolve().parent.parent

PRODUCT = {
    "Procfile": "web: python -m clinic.serve:started",
    "clinic/serve.py": "def started(): pass",
    "clinic/urls.py": """
from clinic import pages
from clinic.parts import passed_on as p

urlpatterns = [pages.home, p.Part]
""",
    "clinic/pages.py": """
def home():
    return _helper()

def _helper():
    return helped()

def helped(): pass
""",
    "clinic/parts/__init__.py": "from clinic.parts import left, passed_on",
    "clinic/parts/passed_on.py": "class Part: pass",
    "clinic/parts/left.py": """
def alone():
    return alone()

def first():
    return second()

def second(): pass
""",
    "clinic/tasks.py": """
from celery import shared_task

@shared_task(name="clinic.rung")
def rung(): pass

@shared_task(name="clinic.never")
def never(): pass
""",
    "clinic/bell.py": "ring('clinic.rung')",
    "clinic/templatetags/look.py": """
def shown(value): pass

def hidden(value): pass
""",
    "templates/page.html": "{% load look %}{{ name|shown }} hidden",
    "tests/test_it.py": "from clinic.parts.left import first",
}


@pytest.fixture
def product(tmp_path: Path) -> Path:
    for name, text in PRODUCT.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_what_the_product_does_not_reach_is_named(product: Path) -> None:
    assert unreached(product) == [
        "clinic.parts.left.alone",
        "clinic.parts.left.first",
        "clinic.parts.left.second",
        "clinic.tasks.never",
        "clinic.templatetags.look.hidden",
    ]


def test_every_public_function_and_class_is_used_by_the_product() -> None:
    """Delete what stands here, and let the tests that use it go through what the product does use."""
    assert unreached(ROOT) == []
