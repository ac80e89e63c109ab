//! Market data from outside: recorded frames in, records and books out.

mod faults;
mod parsing;
mod reader;
mod recordings;
mod states;
