"""Everything that has a value: names, attributes, operators, comparisons, choices."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from llvmlite import ir

from ..abi import Status
from . import calls, numbers
from .frame import Frame
from .refusals import NODES
from .types import BOOL, F64, I64, NONE, WORD, Array, Layout, Rows, Static, Struct, Tuple, Value, llvm_type

__all__ = ["compile_expression", "constant", "element_address"]

_I8 = ir.IntType(8)
_End = tuple[Value, Any, ast.expr, Callable[[], Any]]


def compile_expression(frame: Frame, node: ast.expr) -> Value:
    """Compile an expression."""
    handler = _HANDLERS.get(type(node))
    if handler is None:
        frame.refuse(node, NODES.get(type(node), f"{type(node).__name__} cannot be compiled"))
    value: Value = handler(frame, node)
    if value.type in (I64, BOOL) and node in frame.function.coerced and not frame.function.trusted:
        return Value(F64, frame.convert(value, F64))  # for other types of arguments it was: plain mode has one source
    return value


def constant(frame: Frame, value: Any, node: ast.AST) -> Value:
    """Compile an object that is known now: a number becomes a constant, anything else stays what it is."""
    if isinstance(value, (bool, np.bool_)):
        return Value(BOOL, ir.Constant(ir.IntType(1), int(value)))
    if isinstance(value, (int, np.integer)):
        if not -(2**63) <= int(value) < 2**63:
            frame.refuse(node, f"{value} does not fit into 64 bits; write it as a float: {float(value)!r}")
        return Value(I64, ir.Constant(WORD, int(value)))
    if isinstance(value, (float, np.floating)):
        return Value(F64, ir.Constant(ir.DoubleType(), float(value)))
    name = f"the text {value!r}" if isinstance(value, str) else f"{getattr(value, '__name__', repr(value))}"
    return Value(Static(name), value)


def _constant_node(frame: Frame, node: ast.Constant) -> Value:
    if node.value is None:
        frame.refuse(node, NODES[ast.Is])
    if isinstance(node.value, (str, bytes)):
        frame.refuse(node, f"text cannot be compiled; {calls.TEXT}")
    if isinstance(node.value, complex) or node.value is Ellipsis:
        frame.refuse(node, f"{node.value!r} cannot be compiled; numbers are int, float and bool")
    return constant(frame, node.value, node)


def _name(frame: Frame, node: ast.Name) -> Value:
    if node.id in frame.function.locals:
        return frame.read(node.id, node)
    known, value = frame.function.lookup(node.id)
    if not known:
        frame.refuse(node, f"{node.id} is not defined")
    return constant(frame, value, node)


def _attribute(frame: Frame, node: ast.Attribute) -> Value:
    base = compile_expression(frame, node.value)
    if isinstance(base.type, Static):
        if not hasattr(base.ir, node.attr):
            frame.refuse(node, f"{base.type.name} has no attribute {node.attr}")
        return constant(frame, getattr(base.ir, node.attr), node)
    if not isinstance(base.type, Struct):
        frame.refuse(node, f"{base.type.name} has no attribute {node.attr}")
    layout = base.type.layout
    if not frame.function.trusted and node.attr in layout.properties:
        return calls.call_function(frame, frame.unit.load(layout.properties[node.attr]), [base], {}, node)
    field = layout.fields.get(node.attr)
    if field is not None and (frame.function.trusted or layout.public is None or node.attr in layout.public):
        return frame.load(base.ir, field, layout)
    if node.attr in layout.constants:
        return constant(frame, layout.constants[node.attr], node)
    if node.attr in layout.methods:
        frame.refuse(node, f"{node.attr} is a method; call it: {ast.unparse(node)}(...)")
    return frame.refuse(node, unknown_attribute(layout, node.attr))


def unknown_attribute(layout: Layout, name: str) -> str:
    """Say that a struct has no such attribute, and what it has."""
    if layout.writable:
        return f"self.{name} is not set in start(); set it there: self.{name} = 0.0 (or self.{name}: int = 0)"
    visible = [n for n in layout.fields if layout.public is None or n in layout.public]
    return f"{layout.name} has no attribute {name}; it has {', '.join([*visible, *layout.properties, *layout.methods])}"


def _subscript(frame: Frame, node: ast.Subscript) -> Value:
    base = compile_expression(frame, node.value)
    if isinstance(base.type, Tuple):
        index = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if type(index) is not int or not 0 <= index < len(base.type.items):
            frame.refuse(
                node, f"a tuple of {len(base.type.items)} takes a literal index, 0 to {len(base.type.items) - 1}"
            )
        return Value(base.type.items[index], frame.builder.extract_value(base.ir, index))
    place = element_address(frame, base, node)
    if isinstance(base.type, Rows):
        return Value(Struct(base.type.layout), place)
    assert isinstance(base.type, Array)
    return Value(base.type.element, frame.builder.load(place, typ=llvm_type(base.type.element)))


def element_address(frame: Frame, base: Value, node: ast.Subscript) -> Any:
    """Return the address of an element; counts from the end if negative, as Python does."""
    builder = frame.builder
    if not isinstance(base.type, (Array, Rows)):
        hint = "; take it into the state in start(): self.name = np.array(...)" if isinstance(base.type, Static) else ""
        frame.refuse(node, f"{base.type.name} cannot be indexed{hint}")
    if isinstance(node.slice, ast.Tuple):
        frame.refuse(node, "arrays have one dimension; write i * columns + j")
    index = frame.integer(compile_expression(frame, node.slice), node, "an index")
    pointer, length = builder.extract_value(base.ir, 0), builder.extract_value(base.ir, 1)
    if isinstance(base.type, Array):
        negative = builder.icmp_signed("<", index, ir.Constant(WORD, 0))
        index = builder.select(negative, builder.add(index, length), index)
        size = 8
    else:
        size = base.type.layout.size
    outside = builder.icmp_unsigned(">=", index, length)
    frame.fault_if(outside, node, Status.INDEX, "index out of range")
    return frame.builder.gep(pointer, [builder.mul(index, ir.Constant(WORD, size))], inbounds=True, source_etype=_I8)


def _binary(frame: Frame, node: ast.BinOp) -> Value:
    if isinstance(node.op, ast.MatMult):
        frame.refuse(node, NODES[ast.MatMult])
    a = compile_expression(frame, node.left)
    return numbers.binary(frame, node.op, a, compile_expression(frame, node.right), node)


def _unary(frame: Frame, node: ast.UnaryOp) -> Value:
    return numbers.unary(frame, node.op, compile_expression(frame, node.operand), node)


def _compare(frame: Frame, node: ast.Compare) -> Value:
    for op in node.ops:
        if type(op) in NODES:
            frame.refuse(node, NODES[type(op)])
    builder, left = frame.builder, compile_expression(frame, node.left)
    ends: list[Any] = []
    done = frame.block("compared") if len(node.ops) > 1 else None
    for position, (op, expression) in enumerate(zip(node.ops, node.comparators, strict=True)):
        right = compile_expression(frame, expression)
        result = numbers.compare(frame, op, left, right, node)
        if done is None:
            return Value(BOOL, result)
        ends.append((result, builder.block))
        if position + 1 < len(node.ops):
            following = frame.block("next")
            builder.cbranch(result, following, done)
            builder.position_at_end(following)
        else:
            builder.branch(done)
        left = right
    builder.position_at_end(done)
    phi = builder.phi(ir.IntType(1))
    for value, block in ends:
        phi.add_incoming(value, block)
    return Value(BOOL, phi)


def _bool_op(frame: Frame, node: ast.BoolOp) -> Value:
    # `a or b` is the first operand that decides, not its truth.
    builder, merged = frame.builder, frame.block("joined")
    ends: list[_End] = []
    for position, expression in enumerate(node.values):
        before = set(frame.assigned)
        value = frame.number(compile_expression(frame, expression), expression)
        truth, block = frame.truth(value, expression), builder.block
        if position:
            frame.assigned = before  # a := in an operand that may not run
        if position + 1 == len(node.values):
            ends.append((value, block, expression, lambda: builder.branch(merged)))
            break
        following = frame.block("operand")
        targets = (merged, following) if isinstance(node.op, ast.Or) else (following, merged)
        ends.append((value, block, expression, partial(builder.cbranch, truth, *targets)))
        builder.position_at_end(following)
    return _merge(frame, node, ends, merged)


def _if_expression(frame: Frame, node: ast.IfExp) -> Value:
    builder = frame.builder
    yes, no, merged = frame.block("yes"), frame.block("no"), frame.block("joined")
    builder.cbranch(frame.truth(compile_expression(frame, node.test), node.test), yes, no)
    ends = []
    for block, expression in ((yes, node.body), (no, node.orelse)):
        builder.position_at_end(block)
        value = compile_expression(frame, expression)
        ends.append((value, builder.block, expression, lambda: builder.branch(merged)))
    return _merge(frame, node, ends, merged)


def _merge(frame: Frame, node: ast.AST, ends: list[_End], merged: Any) -> Value:
    """Join values from several blocks in one; each end leaves its block after its value is widened there."""
    builder, joined = frame.builder, ends[0][0].type
    for value, *_ in ends:
        both = frame.join(joined, value.type)
        if both is None or both is NONE or isinstance(both, Static):
            frame.refuse(node, f"the choice is between {joined.name} and {value.type.name}; both must be numbers")
        joined = both
    incoming = []
    for value, block, expression, leave in ends:
        builder.position_at_end(block)
        incoming.append((frame.convert(value, joined, expression), block))
        leave()
    builder.position_at_end(merged)
    phi = builder.phi(llvm_type(joined))
    for value_ir, block in incoming:
        phi.add_incoming(value_ir, block)
    return Value(joined, phi)


def _tuple(frame: Frame, node: ast.Tuple) -> Value:
    items = [compile_expression(frame, item) for item in node.elts]
    for item, expression in zip(items, node.elts, strict=True):
        if item.type is NONE or isinstance(item.type, Static):
            frame.refuse(expression, f"{item.type.name} cannot stand in a tuple")
    type_ = Tuple(tuple(item.type for item in items))
    made = ir.Constant(llvm_type(type_), ir.Undefined)
    for position, item in enumerate(items):
        made = frame.builder.insert_value(made, item.ir, position)
    return Value(type_, made)


def _named(frame: Frame, node: ast.NamedExpr) -> Value:
    value = compile_expression(frame, node.value)
    frame.assign(node.target.id, value, node.value, node)
    return frame.read(node.target.id, node)


def _call(frame: Frame, node: ast.Call) -> Value:
    return calls.compile_call(frame, node)


_HANDLERS: dict[type[ast.expr], Callable[[Frame, Any], Value]] = {
    ast.Constant: _constant_node,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.Compare: _compare,
    ast.BoolOp: _bool_op,
    ast.IfExp: _if_expression,
    ast.Tuple: _tuple,
    ast.NamedExpr: _named,
    ast.Call: _call,
}
