//! Books order by order: a recording against the venue's own book, the venue's own checksum, and venues of our own whose
//! messages get lost, doubled, swapped and damaged.

mod coinbase;
mod hall;
mod kraken;
mod tape;

use pyrt_engine::model::InstrumentId;

const ID: InstrumentId = InstrumentId(0);
