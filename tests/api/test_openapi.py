"""The description and the code say the same: every route, every answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import make
import pytest
from json_schema import faults, resolve
from programs import API, Program, error_of
from routes import routes
from shelf import Shelf
from werkzeug.test import TestResponse

CSV = b"external_id,title,url,content_type\r\nx/1,One,https://example.com/1,case_study\r\n"
BAD_CSV = CSV + b"x/2,Two,https://example.com/2,nonsense\r\n"
JSON = "application/json"


def document(program: Program) -> dict[str, Any]:
    found: dict[str, Any] = program.read("/openapi.json")
    return found


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def test_every_route_is_described_and_nothing_else(shelf: Shelf, admin: Program) -> None:
    served = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route.rule), method)
        for route in routes(shelf.site.app)
        if route.rule.startswith(API)
        for method in route.methods - {"HEAD", "OPTIONS"}
    }
    described = {(path, method) for path, method, _ in operations(document(admin))}
    assert described == served
    assert len(served) > 40


def test_the_description_is_whole(admin: Program) -> None:
    described = document(admin)
    assert described["openapi"].startswith("3.1.")
    names = [operation["operationId"] for _, _, operation in operations(described)]
    assert len(names) == len(set(names))
    for path, _, operation in operations(described):
        parts = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
        assert parts == set(re.findall(r"{(\w+)}", path))
        assert operation["summary"]
        assert "503" in operation["responses"]
    for ref in refs(described):
        assert resolve(ref, described)


def refs(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        for each in value.values():
            yield from refs(each)
    if isinstance(value, list):
        for each in value:
            yield from refs(each)


def test_it_can_be_read_without_signing_in(shelf: Shelf) -> None:
    assert Program(shelf.site.browser()).get("/openapi.json").status_code == 200


class Checked:
    """Sends requests and holds each, with its answer, against the description."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.described = document(program)
        self.called: set[str] = {"openapi"}

    def __call__(self, method: str, path: str, status: int = 200, body: Any = None) -> Any:
        answer = self.program.open(method, path, **({} if body is None else {"json": body}))
        operation = self.operation(method, path)
        if body is not None and status < 400:
            content = operation["requestBody"]["content"]
            self.fits(body, content[JSON]["schema"], f"{method} {path} request")
        return self.checked(operation, answer, status)

    def form(self, path: str, data: Any, status: int = 201, **parts: Any) -> Any:
        answer = self.program.send(path, data, **parts)
        operation = self.operation("POST", path)
        schema = operation["requestBody"]["content"]["multipart/form-data"]["schema"]
        texts = {name: part if isinstance(part, str) else "" for name, part in parts.items()}
        if status < 400:
            self.fits({"data": data, **texts}, schema, f"POST {path} request")
        return self.checked(operation, answer, status)

    def checked(self, operation: dict[str, Any], answer: TestResponse, status: int) -> Any:
        name = operation["operationId"]
        assert answer.status_code == status, f"{name}: {answer.status_code} {answer.text[:300]}"
        said = operation["responses"][str(status)]
        content = said.get("content", {})
        if JSON in content:
            assert answer.mimetype == JSON
            self.fits(answer.json, content[JSON]["schema"], name)
        elif not content:
            assert answer.data == b""
        if status < 400:
            self.called.add(name)
        result = answer.json if answer.mimetype == JSON else answer.data
        answer.close()
        return result

    def operation(self, method: str, path: str) -> dict[str, Any]:
        bare = API + path.partition("?")[0]
        for pattern, of_method, operation in operations(self.described):
            if of_method == method and re.fullmatch(re.sub(r"{\w+}", "[^/]+", pattern), bare):
                return operation
        raise AssertionError(f"{method} {path} is not described")

    def fits(self, value: Any, schema: dict[str, Any], where: str) -> None:
        assert list(faults(value, schema, self.described, where)) == []


def test_real_requests_and_answers_are_as_described(shelf: Shelf, admin: Program) -> None:
    call = Checked(admin)
    words(call)
    things(call, shelf)
    matrix(call)
    own(call)
    accounts(call)
    tables(call, shelf)
    call("GET", "/health")
    call("GET", "/audit?per_page=3")
    park_a_job(shelf)
    job = call("GET", "/health")["failed_jobs"][0]["id"]
    call("POST", f"/health/jobs/{job}/retry", 204)
    described = {operation["operationId"] for _, _, operation in operations(call.described)}
    assert described - call.called == set()


def words(call: Checked) -> None:
    taxonomy = call("GET", "/taxonomy")
    call("POST", "/taxonomy", 200, {"version": 1, "dimensions": taxonomy["dimensions"][:1]})
    call("POST", "/taxonomy/dimensions", 201, {"slug": "size", "label": "Size"})
    size = "/taxonomy/dimensions/size"
    call("PATCH", size, 200, {"version": call("GET", size)["version"], "label": "Company size"})
    call("POST", f"{size}/position", 200, {"position": 0})
    call("POST", f"{size}/terms", 201, {"label": "Small", "aliases": ["SMB"]})
    call("POST", f"{size}/terms", 201, {"label": "Large", "guide": {"ask": "How large?"}})
    large = call("GET", f"{size}/terms/large")
    change = {"version": large["version"], "definition": "Over 1000 people"}
    assert call("PATCH", f"{size}/terms/large", 200, change)["guide"]["ask"] == "How large?"
    call("POST", f"{size}/order", 200, {"terms": ["large", "small"]})
    call("POST", f"{size}/terms/small/retire", 200, {"successor": "large"})
    call("POST", f"{size}/terms/small/restore")
    call("GET", "/taxonomy")
    call("PATCH", size, 409, {"version": 99, "label": "Late"})
    call("DELETE", size, 204)
    call("GET", size, 404)


def things(call: Checked, shelf: Shelf) -> None:
    data = {"title": "Payback story", "persona": ["economic-buyer"], "expires_on": "2027-01-31"}
    made = call.form("/assets", data, file=(b"# Payback\n\nNine months.", "payback.md"))
    other = call.form("/assets", {"title": "Elsewhere"}, link="https://example.com/roi")
    one = f"/assets/{made['id']}"
    call("GET", f"{one}/text")
    make.work_off(shelf.site.services)
    call("GET", one)
    call("GET", f"{one}/text")
    call("GET", "/assets?persona=economic-buyer&sort=title")
    assert call("GET", "/search?q=payback")["hits"]
    call("GET", "/search?q=paybak&industry=retail")
    call("GET", "/search?q=payback&region=worldwide")
    call("GET", "/search?per_page=500", 422)
    assert call("GET", "/suggest?q=payb")["assets"]
    call("PATCH", one, 200, {"version": 1, "summary": "Short", "stage": ["evaluate"]})
    call("PATCH", one, 200, {"version": 1, "talk_track": "Say it"})
    call("PATCH", one, 409, {"version": 1, "summary": "Mine"})
    call("PATCH", one, 422, {"version": 1, "rev": 7})
    call.form(f"{one}/versions", {"version": 3}, body="Ten months.")
    call("POST", f"{one}/review", 200, {"version": 4, "review_by": "2026-12-31"})
    call("POST", f"{one}/successor", 200, {"version": 5, "successor": other["id"]})
    assert b"Nine" in call("GET", f"{one}/versions/1/file")
    again = call.form(f"{one}/versions", {"version": 6}, file=(b"Plain words.", "words.txt"))
    assert call("GET", f"{one}/file") == b"Plain words."
    call("POST", f"{one}/read-again")
    assert again["version"] == 7
    call("DELETE", f"/assets/{other['id']}", 204)
    call("GET", f"/assets/{other['id']}", 404)


def matrix(call: Checked) -> None:
    call("GET", "/coverage")
    call("GET", "/coverage?rows=industry&cols=none&what_if=planned&sort=gaps")
    call("GET", "/coverage?as_of=2020-01-01", 404)
    assert b"requests" in call("GET", "/coverage.csv?rows=industry&cols=none")
    call("GET", "/coverage.csv?as_of=2020-01-01", 404)
    call("GET", "/coverage/cell?row=evaluate&col=economic-buyer")
    call("GET", "/coverage/cell?row=evaluate&col=nobody", 404)
    call("GET", "/coverage/cell", 422)


def own(call: Checked) -> None:
    call("PUT", "/saved/stars/1", 204)
    assert call("GET", "/saved/stars")["total"] == 1
    call("DELETE", "/saved/stars/1", 204)
    made = call("POST", "/saved/searches", 201, {"name": "Payback", "query": "q=payback"})
    one = f"/saved/searches/{made['id']}"
    call("PATCH", one, 200, {"name": "Payback stories"})
    call("GET", one)
    call("GET", "/saved/searches")
    call("DELETE", one, 204)
    call("GET", "/profile")
    token = call("POST", "/tokens", 201, {"name": "nightly"})
    call("GET", "/tokens")
    call("DELETE", f"/tokens/{token['id']}", 204)


def accounts(call: Checked) -> None:
    new = {"email": "new@example.com", "name": "New", "role": "rep", "side": "sales"}
    made = call("POST", "/users", 201, new)
    one = f"/users/{made['id']}"
    call("PATCH", one, 200, {"version": made["version"], "role": "marketer"})
    call("GET", one)
    call("GET", "/users?per_page=2")
    call("POST", f"{one}/invitation", 201)
    call("POST", f"{one}/end-sessions", 204)


def tables(call: Checked, shelf: Shelf) -> None:
    made = call.form("/imports", {}, table=(BAD_CSV, "assets.csv"))
    one = f"/imports/{made['id']}"
    call("GET", one)
    call("GET", "/imports")
    assert call("GET", f"{one}/rows?show=refused")["total"] == 1
    assert b"nonsense" in call("GET", f"{one}/refused.csv")
    call("POST", f"{one}/start")
    call("POST", f"{one}/stop")
    make.work_off(shelf.site.services)
    shelf.site.clock.move(seconds=1)
    call("POST", f"{one}/start")
    make.work_off(shelf.site.services)
    call("POST", f"{one}/undo")
    idle = call.form("/imports", {"create_terms": False}, table=(CSV, "assets.csv"))
    call("DELETE", f"/imports/{idle['id']}", 204)


def park_a_job(shelf: Shelf) -> None:
    """One that can never be done and is set aside after its tries."""
    from content_catalog import jobs

    shelf.site.do(jobs.enqueue, "no_such_kind", {})
    for _ in range(20):
        make.work_off(shelf.site.services)
        shelf.site.clock.move(hours=7)


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        ({"a": 1, "b": 2}, {"type": "object", "properties": {"a": {"type": "integer"}}}),
        ({}, {"type": "object", "properties": {"a": {}}, "required": ["a"]}),
        ([1, "x"], {"type": "array", "items": {"type": "integer"}}),
        (True, {"type": "integer"}),
        (None, {"anyOf": [{"type": "integer"}, {"type": "string"}]}),
        ("2026-03-02T12:00:00+00:00", {"type": "string", "format": "date-time"}),
        ("red", {"enum": ["green"]}),
    ],
)
def test_the_checker_sees_what_does_not_fit(value: Any, schema: dict[str, Any]) -> None:
    assert list(faults(value, schema, {})) != []


def test_errors_have_the_described_shape(admin: Program) -> None:
    described = document(admin)
    answer = admin.get("/assets/999")
    assert error_of(answer)["code"] == "not_found"
    schema = described["components"]["schemas"]["Error"]
    assert list(faults(answer.json, schema, described)) == []
