"""Everything that has no value: assignments, choices, loops, returns; and the body of one function."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from llvmlite import ir

from ..abi import Status
from . import expressions, numbers
from .frame import Frame, Promotion
from .refusals import NODES
from .types import BOOL, F64, I64, NONE, WORD, Array, Static, Struct, Tuple, Type, Value, llvm_type

__all__ = ["RESULT", "compile_body"]

RESULT = "return"
"""Key of the result's type among the types of variables; no variable can have this name."""

LOOP_LIMIT = 10_000_000
_I32 = ir.IntType(32)


def compile_body(frame: Frame, arguments: list[Value]) -> Type:
    """Compile a function's body for arguments of these types; return the type of its result."""
    node = frame.function.node
    names = [a.arg for a in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]]
    for name, value in zip(names, arguments, strict=True):
        known = F64 if name in frame.function.coerced_names and value.type in (I64, BOOL) else value.type
        widened = frame.types.get(name, known)
        if widened != value.type and widened == F64:
            frame.function.coerced_names.add(name)
            value = Value(F64, frame.convert(value, F64))  # noqa: PLW2901
        frame.assign(name, value, None, node)
    compile_block(frame, node.body)
    if not frame.ended:
        _leave(frame, None, node)
    with frame.builder.goto_block(frame.entry):
        frame.builder.branch(frame.out.basic_blocks[1])
    return frame.types.get(RESULT, NONE)  # a function that only raises has none


def compile_block(frame: Frame, body: list[ast.stmt]) -> None:
    """Compile statements until one leaves the block."""
    for statement in body:
        if frame.ended:
            return
        handler = _HANDLERS.get(type(statement))
        if handler is None:
            frame.refuse(statement, NODES.get(type(statement), f"{type(statement).__name__} cannot be compiled"))
        handler(frame, statement)


# ---- assignments


def _assign(frame: Frame, node: ast.Assign) -> None:
    first = node.targets[0]
    if len(node.targets) == 1 and isinstance(first, ast.Tuple) and isinstance(node.value, ast.Tuple):
        if len(first.elts) != len(node.value.elts):
            frame.refuse(node, f"{len(node.value.elts)} values for {len(first.elts)} names")
        values = [expressions.compile_expression(frame, item) for item in node.value.elts]
        for target, value, item in zip(first.elts, values, node.value.elts, strict=True):
            store(frame, target, value, item)
        return
    value = expressions.compile_expression(frame, node.value)
    for target in node.targets:
        store(frame, target, value, node.value)


def store(frame: Frame, target: ast.expr, value: Value, node: ast.expr | None) -> None:
    """Assign a value to a name, an attribute, an element, or several of them."""
    if value.type is NONE or isinstance(value.type, Static):
        frame.refuse(target, f"this is {value.type.name}, and only numbers can be kept")
    if isinstance(target, ast.Name):
        frame.assign(target.id, value, node, target)
    elif isinstance(target, ast.Tuple):
        if not isinstance(value.type, Tuple) or len(value.type.items) != len(target.elts):
            frame.refuse(target, f"{value.type.name} cannot be unpacked into {len(target.elts)} names")
        for position, (part, type_) in enumerate(zip(target.elts, value.type.items, strict=True)):
            store(frame, part, Value(type_, frame.builder.extract_value(value.ir, position)), None)
    elif isinstance(target, ast.Attribute):
        base = expressions.compile_expression(frame, target.value)
        _store_field(frame, target, base, value)
    elif isinstance(target, ast.Subscript):
        base = expressions.compile_expression(frame, target.value)
        _store_element(frame, target, base, expressions.element_address(frame, base, target), value)
    else:
        frame.refuse(target, NODES.get(type(target), "this cannot be assigned to"))


def _store_field(frame: Frame, target: ast.Attribute, base: Value, value: Value) -> None:
    name = target.attr
    if not isinstance(base.type, Struct) or not (base.type.layout.writable or frame.function.trusted):
        frame.refuse(target, f"{ast.unparse(target)} belongs to the host; keep your own numbers in self")
    layout = base.type.layout
    field = layout.fields.get(name)
    if field is None:
        frame.refuse(target, expressions.unknown_attribute(layout, name))
    if field.code == "param":
        frame.refuse(
            target, f"self.{name} is a parameter and does not change; copy it in start(): self.my_{name} = self.{name}"
        )
    if field.code in ("struct", "array"):
        what = "an indicator; feed it with" if field.code == "struct" else "an array; set its elements:"
        how = f"self.{name}.update(x)" if field.code == "struct" else f"self.{name}[i] = x"
        frame.refuse(target, f"self.{name} is {what} {how}")
    frame.store(base.ir, field, value, target, f"self.{name}")


def _store_element(frame: Frame, target: ast.Subscript, base: Value, place: Any, value: Value) -> None:
    if not isinstance(base.type, Array):
        frame.refuse(target, f"{ast.unparse(target)} belongs to the host; keep your own numbers in self")
    frame.number(value, target)
    if base.type.element == I64 and value.type == F64:
        frame.refuse(
            target, "the array holds integers, and this is float: write int(...), or make it of floats in start()"
        )
    frame.builder.store(frame.convert(value, base.type.element), place)


def _augmented(frame: Frame, node: ast.AugAssign) -> None:
    target = node.target
    if isinstance(target, ast.Name):
        old = frame.read(target.id, target)
        frame.assign(target.id, _applied(frame, node, old), None, node)
    elif isinstance(target, ast.Attribute):
        base = expressions.compile_expression(frame, target.value)
        if not isinstance(base.type, Struct) or target.attr not in base.type.layout.fields:
            old = expressions.compile_expression(
                frame, ast.copy_location(ast.Attribute(target.value, target.attr, ast.Load()), target)
            )
        else:
            old = frame.load(base.ir, base.type.layout.fields[target.attr], base.type.layout)
        _store_field(frame, target, base, _applied(frame, node, old))
    else:
        base = expressions.compile_expression(frame, target.value)
        place = expressions.element_address(frame, base, target)
        element = base.type.element if isinstance(base.type, Array) else F64
        old = Value(element, frame.builder.load(place, typ=llvm_type(element)))
        _store_element(frame, target, base, place, _applied(frame, node, old))


def _applied(frame: Frame, node: ast.AugAssign, old: Value) -> Value:
    return numbers.binary(frame, node.op, old, expressions.compile_expression(frame, node.value), node)


def _annotated(frame: Frame, node: ast.AnnAssign) -> None:
    if node.value is None:
        return
    value = expressions.compile_expression(frame, node.value)
    declared = node.annotation.id if isinstance(node.annotation, ast.Name) else ""
    if isinstance(node.target, ast.Name):
        if declared == "float":
            value = Value(F64, frame.convert(frame.number(value, node), F64, node.value))
        elif declared == "int":
            value = Value(I64, frame.integer(value, node, node.target.id))
    store(frame, node.target, value, node.value)


# ---- flow


def _if(frame: Frame, node: ast.If) -> None:
    builder = frame.builder
    truth = frame.truth(expressions.compile_expression(frame, node.test), node.test)
    yes, no = frame.block("then"), frame.block("else")
    builder.cbranch(truth, yes, no)
    before, ends = set(frame.assigned), []
    for block, body in ((yes, node.body), (no, node.orelse)):
        builder.position_at_end(block)
        frame.assigned = set(before)
        compile_block(frame, body)
        if not frame.ended:
            ends.append((builder.block, frame.assigned))
    if not ends:
        return
    after = frame.block("after")
    for block, _ in ends:
        builder.position_at_end(block)
        builder.branch(after)
    builder.position_at_end(after)
    frame.assigned = set.intersection(*(assigned for _, assigned in ends))


def _while(frame: Frame, node: ast.While) -> None:
    if node.orelse:
        frame.refuse(node.orelse[0], "a loop's else is not compiled; set a flag before break")
    builder = frame.builder
    head, body, after = frame.block("while"), frame.block("do"), frame.block("done")
    turns = frame.slot(I64)
    builder.store(ir.Constant(WORD, 0), turns)
    builder.branch(head)
    builder.position_at_end(head)
    forever = isinstance(node.test, ast.Constant) and bool(node.test.value)
    if forever:
        builder.branch(body)
    else:
        truth = frame.truth(expressions.compile_expression(frame, node.test), node.test)
        builder.cbranch(truth, body, after)
    before = set(frame.assigned)
    builder.position_at_end(body)
    count = builder.add(builder.load(turns, typ=WORD), ir.Constant(WORD, 1))
    builder.store(count, turns)
    endless = builder.icmp_signed(">", count, ir.Constant(WORD, LOOP_LIMIT))
    frame.fault_if(endless, node, Status.LOOP, f"more than {LOOP_LIMIT:,} turns of a while loop in one call")
    breaks = _loop_body(frame, node.body, head, after)
    builder.position_at_end(after)
    frame.assigned = before
    if forever:
        if breaks:
            frame.assigned = set.intersection(*breaks)
        else:
            builder.unreachable()


def _loop_body(frame: Frame, body: list[ast.stmt], again: Any, after: Any) -> list[set[str]]:
    breaks: list[set[str]] = []
    frame.loops.append((again, after, breaks))
    compile_block(frame, body)
    frame.loops.pop()
    if not frame.ended:
        frame.builder.branch(again)
    return breaks


def _for(frame: Frame, node: ast.For) -> None:
    if node.orelse:
        frame.refuse(node.orelse[0], "a loop's else is not compiled; set a flag before break")
    if not isinstance(node.target, ast.Name):
        frame.refuse(node.target, "name one loop variable, such as i")
    call = node.iter
    if (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and frame.function.resolve(call.func) == (True, range)
    ):
        start, stop, step = _range(frame, call)
        _count(frame, node, (start, stop, step), lambda index: Value(I64, index))
        return
    values = expressions.compile_expression(frame, call)
    if not isinstance(values.type, Array):
        frame.refuse(call, f"a loop runs over range(...) or an array of self, not over {values.type.name}")
    element = values.type.element
    pointer, length = frame.builder.extract_value(values.ir, 0), frame.builder.extract_value(values.ir, 1)

    def value_at(index: Any) -> Value:
        place = frame.address(pointer, frame.builder.shl(index, ir.Constant(WORD, 3)))
        return Value(element, frame.builder.load(place, typ=llvm_type(element)))

    _count(frame, node, (ir.Constant(WORD, 0), length, 1), value_at)


def _range(frame: Frame, call: ast.Call) -> tuple[Any, Any, int]:
    if call.keywords or not 1 <= len(call.args) <= 3:
        frame.refuse(call, "range takes one to three arguments")
    step = 1
    if len(call.args) == 3:
        try:
            step = ast.literal_eval(call.args[2])
        except ValueError:
            step = 0
        if type(step) is not int or step == 0:
            frame.refuse(call, "the step of range must be a number written out, not 0; use a while loop for others")
    bounds = [
        frame.integer(expressions.compile_expression(frame, arg), arg, "a bound of range") for arg in call.args[:2]
    ]
    return (ir.Constant(WORD, 0), bounds[0], step) if len(bounds) == 1 else (bounds[0], bounds[1], step)


def _count(frame: Frame, node: ast.For, bounds: tuple[Any, Any, int], value_at: Callable[[Any], Value]) -> None:
    builder, (start, stop, step) = frame.builder, bounds
    head, body, again, after = (frame.block(name) for name in ("for", "do", "again", "done"))
    counter = frame.slot(I64)
    builder.store(start, counter)
    builder.branch(head)
    builder.position_at_end(head)
    index = builder.load(counter, typ=WORD)
    builder.cbranch(builder.icmp_signed("<" if step > 0 else ">", index, stop), body, after)
    before = set(frame.assigned)
    builder.position_at_end(body)
    assert isinstance(node.target, ast.Name)
    frame.assign(node.target.id, value_at(index), None, node)
    _loop_body(frame, node.body, again, after)
    builder.position_at_end(again)
    builder.store(builder.add(builder.load(counter, typ=WORD), ir.Constant(WORD, step)), counter)
    builder.branch(head)
    builder.position_at_end(after)
    frame.assigned = before


def _break(frame: Frame, node: ast.Break) -> None:
    _, after, breaks = frame.loops[-1]
    breaks.append(set(frame.assigned))
    frame.builder.branch(after)


def _continue(frame: Frame, node: ast.Continue) -> None:
    frame.builder.branch(frame.loops[-1][0])


def _return(frame: Frame, node: ast.Return) -> None:
    if node.value is None or (isinstance(node.value, ast.Constant) and node.value.value is None):
        _leave(frame, None, node)
        return
    _leave(frame, expressions.compile_expression(frame, node.value), node, node.value)


def _leave(frame: Frame, value: Value | None, node: ast.AST, expression: ast.expr | None = None) -> None:
    type_ = value.type if value else NONE
    if isinstance(type_, Static):
        frame.refuse(node, f"{type_.name} cannot be returned")
    known = frame.types.setdefault(RESULT, type_)
    joined = frame.join(known, type_)
    if joined is None:
        frame.refuse(node, f"{frame.function.name}() returns {known.name} on one way and {type_.name} on another")
    if joined != known:
        frame.types[RESULT] = joined
        raise Promotion
    if value is not None and type_ is not NONE:
        frame.builder.store(frame.convert(value, joined, expression), frame.result)
    frame.builder.ret(ir.Constant(_I32, 0))


def _assert(frame: Frame, node: ast.Assert) -> None:
    truth = frame.truth(expressions.compile_expression(frame, node.test), node.test)
    frame.fault_if(frame.builder.not_(truth), node, Status.ASSERTION, f"assert {ast.unparse(node.test)}")


def _raise(frame: Frame, node: ast.Raise) -> None:
    if node.exc is None:
        frame.refuse(node, "there is nothing to raise again; name the error: raise ValueError('why')")
    call = node.exc if isinstance(node.exc, ast.Call) else ast.Call(node.exc, [], [])
    known, kind = frame.function.resolve(call.func)
    if not known or not (isinstance(kind, type) and issubclass(kind, BaseException)):
        frame.refuse(node, "name the error: raise ValueError('why')")
    said = ", ".join(str(arg.value) for arg in call.args if isinstance(arg, ast.Constant))
    status = getattr(kind, "code", Status.RAISED)
    frame.fault(node, status, f"{kind.__name__}: {said}" if said else kind.__name__)


def _expression(frame: Frame, node: ast.Expr) -> None:
    if not isinstance(node.value, ast.Constant):
        expressions.compile_expression(frame, node.value)


def _pass(frame: Frame, node: ast.Pass) -> None:
    pass


_HANDLERS: dict[type[ast.stmt], Callable[[Frame, Any], None]] = {
    ast.Assign: _assign,
    ast.AugAssign: _augmented,
    ast.AnnAssign: _annotated,
    ast.If: _if,
    ast.While: _while,
    ast.For: _for,
    ast.Break: _break,
    ast.Continue: _continue,
    ast.Return: _return,
    ast.Assert: _assert,
    ast.Raise: _raise,
    ast.Expr: _expression,
    ast.Pass: _pass,
}
