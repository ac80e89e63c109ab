//! Everything that reads what others wrote, against inputs that nobody would write: no panic, and no reader that says what
//! a slower one does not.
//!
//! Inputs are mutations of a kept corpus (`tests/corpus`, a file a target, an input a line) and of what has led somewhere
//! new; the seed is fixed, so a run can be done again. `make test` replays the corpus and tries a few thousand inputs;
//! `make fuzz` tries `PYRT_FUZZ` of them. An input that fails is added to the corpus.
//!
//! | file | noun |
//! |---|---|
//! | `driver.rs` | corpus, mutations, the loop |
//! | `parsers.rs` | each venue's fast reader against its `serde_json` path; decimals against big numbers |
//! | `sbe.rs` | Binance's binary streams against a reader by the letter of the schema |
//! | `feeds.rs` | whole feeds: records and books stay sane whatever comes |
//! | `files.rs` | recordings, journals, text, arrays and tables |
//! | `segment.rs` | the reader of shared memory |

#![allow(clippy::unwrap_used)] // a test's own functions may

mod driver;
mod feeds;
mod files;
mod parsers;
mod sbe;
mod segment;
