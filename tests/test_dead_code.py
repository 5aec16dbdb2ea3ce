"""Nothing public stands in the product that only tests use, or nobody."""

from pathlib import Path

import pytest

from tests.dead_code import unreached

ROOT = Path(__file__).resolve().parent.parent

PRODUCT = {
    "Procfile": "web: python -m clinic.serve:started\n",
    "pyproject.toml": "",
    "manage.py": "",
    "clinic/serve.py": "def started():\n    pass\n",
    "clinic/urls.py": (
        "from clinic import pages\nfrom clinic.parts import passed_on as p\n\nurlpatterns = [pages.home, p.Part, ping]\n"
    ),
    "clinic/pages.py": "def home():\n    return _helper()\n\ndef _helper():\n    return helped()\n\ndef helped():\n    pass\n",
    "clinic/parts/__init__.py": "from clinic.parts import passed_on, left\n__all__ = ['passed_on', 'left']\n",
    "clinic/parts/passed_on.py": "class Part:\n    pass\n",
    "clinic/parts/left.py": "def alone():\n    return alone()\n\ndef first():\n    return second()\n\ndef second():\n    pass\n",
    "clinic/tasks.py": (
        "from celery import shared_task\n\n@shared_task(name='clinic.rung')\ndef rung():\n    pass\n\n"
        "@shared_task(name='clinic.never')\ndef never():\n    pass\n"
    ),
    "clinic/bell.py": "ring('clinic.rung')\n",
    "clinic/templatetags/look.py": "def shown(value):\n    pass\n\ndef hidden(value):\n    pass\n",
    "templates/page.html": "{% load look %}{{ name|shown }} hidden\n",
    "tests/test_it.py": "from clinic.parts.left import first\n",
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
