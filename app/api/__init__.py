"""JSON under ``/api/v1``: the same commands, queries and values as the pages."""

from flask import Blueprint

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
