"""For any WSGI server: ``app.wsgi:app``."""

from app import create_app
from app.settings import from_env

app = create_app(from_env())
