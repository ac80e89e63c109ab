"""LLVM: a module becomes object code for any CPU of this kind, and object code becomes callable."""

from __future__ import annotations

import platform
from typing import Any

from pyrt.errors import MissingPiece

__all__ = ["Loaded", "baseline", "load_object", "object_code"]

_BASELINES = {
    "x86_64": ("x86_64-unknown-linux-gnu", "x86-64-v2"),
    "aarch64": ("aarch64-unknown-linux-gnu", "generic"),
}

_BY_TABLE = '!llvm.module.flags = !{!0}\n!0 = !{i32 7, !"RtLibUseGOT", i32 1}'
"""A module that says: functions that LLVM itself calls, as memset, are called by way of a table of addresses."""


def baseline() -> tuple[str, str]:
    """Return LLVM's triple and the CPU that code is made for: the oldest that is still met, so one object fits all.

    Raises
    ------
    MissingPiece
        On a machine that is neither x86-64 nor aarch64.
    """
    machine = platform.machine()
    if machine not in _BASELINES:
        raise MissingPiece(f"strategies cannot be compiled for {machine}: run them with jit=False")
    return _BASELINES[machine]


def _target_machine() -> Any:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    triple, cpu = baseline()
    return llvm.Target.from_triple(triple).create_target_machine(cpu=cpu, opt=2, reloc="pic", codemodel="small")


def object_code(text: str) -> bytes:
    """Optimize a module (LLVM's text) and return its position-independent object code.

    No fast-math flags are set and no fused multiply-add is formed, so every operation rounds as written.
    """
    import llvmlite.binding as llvm

    machine = _target_machine()
    module = llvm.parse_assembly(text)
    module.triple = baseline()[0]
    module.data_layout = str(machine.target_data)
    module.link_in(llvm.parse_assembly(_BY_TABLE))
    module.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    options.inlining_threshold = 1000  # what stands behind ctx is small once inlined and stays large if it is not
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    for function in module.functions:  # the others so, too: room for the table is counted with the code's (load_object)
        if function.is_declaration and not function.name.startswith("llvm."):
            function.add_function_attribute("nonlazybind")
    code: bytes = machine.emit_object(module)
    return code


class Loaded:
    """Object code in memory, kept alive by this object."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    def address(self, symbol: str) -> int:
        """Return the address of an exported function."""
        return int(self._engine.get_function_address(symbol))


def load_object(code: bytes) -> Loaded:
    """Bring object code into this process.

    In one piece: code reaches its constants by 32 bits, and where they lie further away LLVM ends the process.
    """
    import llvmlite.binding as llvm

    machine = _target_machine()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine, use_lmm=True)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return Loaded(engine)
