//! `pyrt-engine`: the thin face of the library.

fn main() {}
