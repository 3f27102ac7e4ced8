"""A program that talks to the API with a token."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import Any

from sites import Browser, Site
from werkzeug.test import TestResponse

API = "/api/v1"


@dataclass
class Program:
    """``get``, ``post`` … take a path under ``/api/v1``; ``read`` gives the JSON of a good answer."""

    browser: Browser

    def open(self, method: str, path: str, **more: Any) -> TestResponse:
        return self.browser.open(API + path, method=method, **more)

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.open("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> TestResponse:
        return self.open("POST", path, **_json(body), **more)

    def patch(self, path: str, body: Any = None, **more: Any) -> TestResponse:
        return self.open("PATCH", path, **_json(body), **more)

    def put(self, path: str) -> TestResponse:
        return self.open("PUT", path)

    def delete(self, path: str) -> TestResponse:
        return self.open("DELETE", path)

    def send(self, path: str, data: Any = None, **parts: Any) -> TestResponse:
        """A form: JSON in ``data``; a part that is (bytes, name) is a file."""
        more = {"headers": parts.pop("headers", {})}
        fields: dict[str, Any] = {} if data is None else {"data": json.dumps(data)}
        for name, part in parts.items():
            fields[name] = (io.BytesIO(part[0]), part[1]) if isinstance(part, tuple) else part
        kind = "multipart/form-data"
        return self.open("POST", path, data=fields, content_type=kind, **more)

    def read(self, path: str) -> Any:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json

    def hits(self, query: str) -> list[str]:
        return [hit["title"] for hit in self.read(f"/search?{query}")["hits"]]


def program(site: Site, email: str) -> Program:
    """With a fresh token of this person."""
    token = site.api_token(email)
    return Program(site.browser(headers={"Authorization": f"Bearer {token}"}))


def error_of(answer: TestResponse) -> dict[str, Any]:
    """The error in the one shape that every error has."""
    assert answer.mimetype == "application/json", answer.text[:200]
    assert answer.json is not None
    assert answer.json.keys() == {"error"}
    error: dict[str, Any] = answer.json["error"]
    assert error.keys() - {"version"} == {"code", "message", "fields"}
    assert error["message"]
    assert isinstance(error["fields"], dict)
    return error


def _json(body: Any) -> dict[str, Any]:
    return {} if body is None else {"json": body}
