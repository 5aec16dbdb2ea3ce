"""Read by gunicorn by itself. The command line of the Procfile says the rest."""

from collections.abc import Callable

from gunicorn.http.wsgi import Response


def without_name(write: Callable[[Response], list[str]]) -> Callable[[Response], list[str]]:
    """gunicorn has no setting for it: whoever calls needs no name of a product."""
    return lambda response: [line for line in write(response) if not line.startswith("Server:")]


Response.default_headers = without_name(Response.default_headers)
