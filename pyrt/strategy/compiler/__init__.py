"""The compiler of strategies: a class in, machine code without Python out.

It takes the part of Python that moves numbers: int, float and bool, their operators with Python's own meaning (errors
included), ``if``, ``while``, ``for`` over ranges and arrays, functions, tuples, and the structs of the ABI. What it
does not take it refuses at the user's line.

``types``        what a compiled expression can be; how structs lie in memory
``views``        those structs as Python objects, for plain mode
``source``       from function objects to syntax trees, rewritten so that both modes compute the same bits
``refusals``     what cannot be compiled, and what to write instead
``numbers``      operators and conversions
``calls``        intrinsics, built-ins, methods, helpers
``expressions``  everything that has a value
``statements``   everything that has none; one function
``unit``         one strategy: its functions, its faults, its exported handlers
``function``     one function of numbers, such as a model of costs, as a C function
``native``       LLVM: optimization, object code, loading
"""
