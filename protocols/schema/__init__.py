"""The catalogue's shape and its reader: `read_catalogue(folder)` gives a `Catalogue` or says what is wrong."""

from protocols.schema.catalogue import Catalogue, CatalogueError, read_catalogue
from protocols.schema.engine import options_of, rule_set_of
from protocols.schema.references import Problem

__all__ = ["Catalogue", "CatalogueError", "Problem", "options_of", "read_catalogue", "rule_set_of"]
