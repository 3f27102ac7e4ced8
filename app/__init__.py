"""Where catalog and index meet, and meet people: ``create_app`` takes settings, gives a Flask."""

from __future__ import annotations

from importlib import import_module

from flask import Flask
from flask_compress import Compress

from app import auth, errors, jinja, paths, read_only, security
from app.numbers import WholeNumber
from app.settings import Settings
from app.wiring import EXTENSION, Services, build, close_look

VIEWS = (
    *("probes", "people", "find", "assets", "library", "imports", "taxonomy", "admin", "saved"),
    *("coverage", "needs", "plan", "insights"),
)

# Our own answers only: a user's file is handed over byte for byte.
COMPRESSED = ["text/html", "text/css", "text/javascript", "application/json", "image/svg+xml"]


def create_app(settings: Settings, services: Services | None = None) -> Flask:
    """Registers and returns; no logic of its own."""
    app = Flask(
        "app",
        template_folder=str(paths.templates_dir()),
        static_folder=str(paths.static_dir()),
        static_url_path="/static",
    )
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=settings.import_limit,
        MAX_FORM_MEMORY_SIZE=2_000_000,
        MAX_FORM_PARTS=2000,
        SEND_FILE_MAX_AGE_DEFAULT=365 * 86400,
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_ALGORITHM_STREAMING=["br", "deflate"],  # what static files are sent with
        COMPRESS_MIMETYPES=COMPRESSED,
        TEMPLATES_AUTO_RELOAD=settings.debug,
    )
    app.url_map.converters["int"] = WholeNumber
    app.extensions[EXTENSION] = services or build(settings)
    app.teardown_appcontext(close_look)
    Compress(app)
    for part in (jinja, read_only, auth, security, errors):
        part.init_app(app)
    for name in (*VIEWS, "dev") if settings.debug else VIEWS:
        app.register_blueprint(import_module(f"app.views.{name}").blueprint)
    app.register_blueprint(import_module("app.api").blueprint)
    return app
