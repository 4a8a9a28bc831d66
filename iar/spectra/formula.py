"""Formulas of a frequency that people write into settings: arithmetic and a few functions, and nothing else."""

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

_OPERATORS: Mapping[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {"sqrt": np.sqrt, "exp": np.exp, "log": np.log, "abs": np.abs}


def formula_volts_per_nt(frequency_hz: npt.NDArray[np.float64], *, formula: str) -> npt.NDArray[np.complex128]:
    """Response that a formula of ``f`` (Hz) or ``s = 2 pi i f`` gives, V/nT, shape (frequency,).

    Only what is listed here is read from the text, nothing of it is run as Python: a station's file comes from others.

    Raises
    ------
    ValueError
        If it is no such formula: names the part that is none.
    """
    f = np.asarray(frequency_hz, dtype=np.complex128)
    names = {"f": f, "s": 2j * np.pi * f, "pi": np.complex128(np.pi)}
    try:
        tree = ast.parse(formula.strip(), mode="eval")
        with np.errstate(all="ignore"):
            value = _value(tree.body, names)
    except (SyntaxError, RecursionError, MemoryError):
        raise ValueError(f"{formula!r} is no formula") from None
    return np.broadcast_to(np.asarray(value, dtype=np.complex128), f.shape).copy()


def _value(node: ast.AST, names: Mapping[str, Any]) -> Any:
    """Value of a part of a formula; numbers are complex of 64 bits each, so that none grows without bound."""
    match node:
        case ast.Constant(value=bool()):
            pass
        case ast.Constant(value=int() | float() | complex() as number):
            return np.complex128(number)
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.UnaryOp(op=op, operand=inner) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_value(inner, names))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_value(left, names), _value(right, names))
        case ast.Call(func=ast.Name(id=name), args=[inner], keywords=[]) if name in _FUNCTIONS:
            return _FUNCTIONS[name](_value(inner, names))
        case _:
            pass
    allowed = f"{', '.join(names)}, numbers, + - * / ** and {', '.join(_FUNCTIONS)}"
    raise ValueError(f"{ast.unparse(node)!r} in a formula: expected {allowed}")
