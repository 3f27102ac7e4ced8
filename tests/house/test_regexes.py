"""Q03: no pattern of ours can be made to take long by what a user types or uploads.

Every pattern that meets text from outside is fed 100 KB of the inputs that its own shape suggests:
each repetition is preceded by what leads to it, repeated, and followed by what makes it fail.
"""

from __future__ import annotations

import ast
import importlib
import re
import signal
from collections.abc import Callable, Iterator
from re import _constants as sre  # type: ignore[attr-defined] # the parsed form has no public door
from re import _parser as parser  # type: ignore[attr-defined] # likewise
from types import FrameType
from typing import Any, AnyStr

import pytest
from sources import modules

SIZE = 100_000
# A hang guard, not a measurement: linear patterns need some milliseconds of processor time, and a
# quadratic one needs minutes.
LIMIT_S = 1.0
METHODS = ("search", "match", "fullmatch", "sub", "findall", "finditer", "split", "subn")
PLAIN = ["a", "A1", " ", "\t", "\n", " \n", "-", "--", "<", "<a", "</", "[", "](", "(", "{", '"']
PLAIN += [
    "'",
    "\\",
    "/",
    "*",
    "_",
    "`",
    "#",
    "|",
    ":",
    ".",
    "0",
    "0,",
    "=",
    "é",
    "字",
    "\r\n",
    "a ",
]
# They read only the demo library's own documents, which come with the program.
OUR_OWN_TEXT = ("app/demo/",)


def written() -> Iterator[tuple[str, re.Pattern[Any], set[str]]]:
    """(where, pattern, methods it is used with) for every pattern in the source."""
    for path, tree in modules().items():
        if path.startswith(OUR_OWN_TEXT):
            continue
        for call in (node for node in ast.walk(tree) if is_pattern_call(node)):
            where = f"{path}:{call.lineno}"
            name = name_of(tree, call)
            pattern = literal(call)
            if called(call) != "compile":
                assert pattern, f"{where}: a pattern made at run time cannot be tested"
                yield where, pattern, {called(call)}
            else:
                assert name, f"{where}: give the pattern a name at the top of its module"
                pattern = pattern or getattr(importlib.import_module(dotted(path)), name)
                yield f"{where} {name}", pattern, uses(name)


def literal(call: Any) -> re.Pattern[Any] | None:
    """The pattern, when it is written out in the call."""
    source = call.args[0]
    return re.compile(source.value, flags_of(call)) if isinstance(source, ast.Constant) else None


def is_pattern_call(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
        and node.func.attr in {*METHODS, "compile"}
    )


def called(call: Any) -> str:
    return str(call.func.attr)


def flags_of(call: Any) -> int:
    """Flags written as ``flags=re.X | re.Y`` or in the usual place of the method."""
    names = [n.attr for a in [*call.args[1:], *call.keywords] for n in ast.walk(a) if is_flag(n)]
    flags = 0
    for name in names:
        flags |= getattr(re, name)
    return flags


def is_flag(node: Any) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(
        getattr(re, node.attr, None), re.RegexFlag
    )


def name_of(tree: ast.Module, call: ast.AST) -> str | None:
    """The module-level name that the call's result is bound to."""
    for statement in tree.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is call:
            target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
            return target.id if isinstance(target, ast.Name) else None
    return None


def dotted(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def uses(name: str) -> set[str]:
    """The methods called on a pattern of this name, anywhere; all of them when it is handed on."""
    found = {
        node.attr
        for tree in modules().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name | ast.Attribute)
        and (node.value.id if isinstance(node.value, ast.Name) else node.value.attr) == name
    }
    return found & set(METHODS) or {"search"}


def attacks(pattern: re.Pattern[AnyStr]) -> Iterator[str]:
    """Inputs of about SIZE characters, made from the pattern's own shape."""
    source = pattern.pattern
    text = source.decode("latin-1") if isinstance(source, bytes) else source
    shapes = {("", piece) for piece in PLAIN}
    for lead, body in repeats(parser.parse(text, pattern.flags & ~re.DEBUG), ""):
        shapes |= {
            (lead, body),
            ("", lead + body),
            ("", lead),
            ("", body),
            (lead, " "),
            (lead, "a"),
        }
    for lead, piece in sorted(shapes):
        if piece:
            yield (lead + piece * (SIZE // len(piece) + 1))[:SIZE] + "\x00"


def repeats(parsed: Any, lead: str) -> Iterator[tuple[str, str]]:
    """(text that leads to it, text of one round) of every repetition in a parsed pattern."""
    for code, argument in parsed:
        if code in {sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT}:
            body = argument[2]
            yield lead, sample(body)
            yield from repeats(body, lead)
        elif code is sre.SUBPATTERN:
            yield from repeats(argument[3], lead)
        elif code is sre.BRANCH:
            for branch in argument[1]:
                yield from repeats(branch, lead)
        elif code in {sre.ASSERT, sre.ASSERT_NOT}:
            yield from repeats(argument[1], lead)
        lead += sample([(code, argument)])


def sample(parsed: Any) -> str:
    """A short text that the parsed piece matches, or nearly so."""
    return "".join(SAMPLES.get(code, nothing)(argument) for code, argument in parsed)


def nothing(_argument: Any) -> str:
    return ""


def one_of(items: Any) -> str:
    """A character from a set; for a negated set one that is not named in it."""
    kinds = [kind for kind, _ in items]
    if sre.NEGATE in kinds:
        named = {value for kind, value in items if kind is sre.LITERAL}
        return next(letter for letter in "a \n0-<é" if ord(letter) not in named)
    kind, value = items[0]
    if kind is sre.LITERAL:
        return chr(value)
    return chr(value[0]) if kind is sre.RANGE else of_kind(value)


def of_kind(category: Any) -> str:
    return {sre.CATEGORY_SPACE: " ", sre.CATEGORY_DIGIT: "0", sre.CATEGORY_NOT_WORD: "-"}.get(
        category, "a"
    )


SAMPLES: dict[Any, Callable[[Any], str]] = {
    sre.LITERAL: chr,
    sre.NOT_LITERAL: lambda value: "a" if value != ord("a") else "b",
    sre.ANY: lambda _: "a",
    sre.IN: one_of,
    sre.MAX_REPEAT: lambda argument: sample(argument[2]) * max(argument[0], 1),
    sre.MIN_REPEAT: lambda argument: sample(argument[2]) * max(argument[0], 1),
    sre.SUBPATTERN: lambda argument: sample(argument[3]),
    sre.BRANCH: lambda argument: sample(argument[1][0]),
}


class TooSlow(Exception):
    """The processor time for one input is used up."""


def stop(_number: int, _frame: FrameType | None) -> None:
    raise TooSlow


def is_quick(pattern: re.Pattern[Any], methods: set[str], text: str) -> bool:
    """Whether the pattern gets through the text within the limit, in every way it is used."""
    value: Any = text.encode("latin-1", "replace") if isinstance(pattern.pattern, bytes) else text
    previous = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT_S)
    try:
        if "match" in methods:
            pattern.match(value)
        if "fullmatch" in methods:
            pattern.fullmatch(value)
        if methods - {"match", "fullmatch"}:
            for _ in pattern.finditer(value):
                pass
    except TooSlow:
        return False
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, previous)
    return True


def slow_inputs(pattern: re.Pattern[Any], methods: set[str]) -> list[str]:
    """The first 40 characters of every input that takes too long; stops at the third."""
    found: list[str] = []
    for text in attacks(pattern):
        if not is_quick(pattern, methods, text):
            found.append(text[:40])
            if len(found) == 3:
                break
    return found


def test_Q03_every_pattern_is_linear() -> None:
    slow = {
        where: found
        for where, pattern, methods in written()
        if (found := slow_inputs(pattern, methods))
    }
    assert slow == {}


@pytest.mark.parametrize("pattern", [r"(a+)+b", r"\s+$", r"<a.*?>", r"(\w|\d)*!", r"x*y"])
def test_Q03_the_rule_finds_patterns_that_are_not(pattern: str) -> None:
    assert slow_inputs(re.compile(pattern), {"search"})


@pytest.mark.parametrize("pattern", [r"\w+", r"[^<>]{1,50}>", r"^a+$", r"\d{4}-\d{2}"])
def test_Q03_the_rule_passes_patterns_that_are(pattern: str) -> None:
    assert slow_inputs(re.compile(pattern), {"search"}) == []
