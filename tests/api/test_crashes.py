"""A program whose connection broke asks again with the same key and gets the same thing."""

from __future__ import annotations

import json
from pathlib import Path

from crashes import KILLED_AT_POINT, in_child
from flask import Flask
from shelf import MARKETER, new_shelf
from sites import make_site
from werkzeug.test import TestResponse

from app import create_app
from app.settings import Settings, prepare
from app.wiring import EXTENSION


def post_once(app: Flask, token: str) -> TestResponse:
    data = {"title": "Payback in nine months", "type": ["case_study"]}
    return app.test_client().post(
        "/api/v1/assets",
        data={"data": json.dumps(data), "body": "It pays back."},
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "one-try"},
    )


def test_K04_killed_after_the_commit_the_retry_gets_the_same_asset(tmp_path: Path) -> None:
    with make_site(tmp_path) as site:
        new_shelf(site)
        token = site.api_token(MARKETER)

    def killed() -> None:
        settings = prepare(Settings(data_dir=tmp_path, index_url="whoosh:", secret_key="k" * 40))
        post_once(create_app(settings), token)

    assert in_child(killed, fault="change-committed") == KILLED_AT_POINT
    settings = prepare(Settings(data_dir=tmp_path, index_url="whoosh:", secret_key="k" * 40))
    app = create_app(settings)
    first, second = post_once(app, token), post_once(app, token)
    assert first.status_code == 201
    assert first.headers["Location"] == second.headers["Location"]
    listed = app.test_client().get("/api/v1/assets", headers={"Authorization": f"Bearer {token}"})
    assert listed.json is not None
    assert listed.json["total"] == 1
    app.extensions[EXTENSION].close()
