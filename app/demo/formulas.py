"""Works out the few formulas the demo workbooks use, so that a reader that cannot sees values too.

Known are numbers, texts, ``+ - * /``, comparisons, brackets, ``IF`` and names of other cells.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable

Value = float | str

_SUMS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_TESTS: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
}


def evaluate(formula: str, look_up: Callable[[str], Value]) -> Value:
    """The value of a formula without its ``=``; ``look_up`` gives the value behind a name.

    Anything that is not known raises ``ValueError``.
    """
    return _value(ast.parse(formula, mode="eval").body, look_up)


def _value(node: ast.expr, look_up: Callable[[str], Value]) -> Value:
    match node:
        case ast.Constant(value=int() | float() | str() as value):
            return value
        case ast.Name(id=name):
            return look_up(name)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_number(operand, look_up)
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _SUMS:
            return _SUMS[type(sign)](_number(left, look_up), _number(right, look_up))
        case ast.Call(func=ast.Name(id="IF"), args=[test, yes, no]):
            return _value(yes if _holds(test, look_up) else no, look_up)
    raise ValueError(f"not a formula known here: {ast.unparse(node)}")


def _holds(node: ast.expr, look_up: Callable[[str], Value]) -> bool:
    match node:
        case ast.Compare(left=left, ops=[test], comparators=[right]) if type(test) in _TESTS:
            return _TESTS[type(test)](_number(left, look_up), _number(right, look_up))
    raise ValueError(f"not a test known here: {ast.unparse(node)}")


def _number(node: ast.expr, look_up: Callable[[str], Value]) -> float:
    value = _value(node, look_up)
    if isinstance(value, str):
        raise ValueError(f"{ast.unparse(node)} is not a number")
    return value
