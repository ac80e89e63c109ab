//! How an engine shows that it has seen a fault; test binaries take it in with `#[path]`.

use pyrt_engine::model::Reason;
use pyrt_engine::simulator::{Mischief, Place};

/// Counters that may move, each with the reason that health gives; none: it gives none.
pub fn signs_of(place: Place, what: Mischief) -> Vec<(&'static str, Reason)> {
    let sign = match (what, place) {
        // Its books have no numbers: a level that should have gone or come is seen by the checksum, or crosses.
        (Mischief::Gap | Mischief::Reorder, Place::Kraken | Place::KrakenV1) => {
            return vec![("checksums_wrong", Reason::Checksum), ("crossed", Reason::Crossed)];
        }
        (Mischief::Checksum, _) => ("checksums_wrong", Reason::Checksum),
        (Mischief::Gap | Mischief::Reorder, _) => ("gaps", Reason::Gap),
        (Mischief::Duplicate, _) => ("duplicates", Reason::Duplicate),
        (Mischief::Crossed, _) => ("crossed", Reason::Crossed),
        (Mischief::Huge | Mischief::InvalidUtf8, _) => ("malformed", Reason::Malformed),
        (Mischief::Slow | Mischief::Stall, _) => ("silences", Reason::Silent),
        (Mischief::Torn | Mischief::Disconnect, _) => ("disconnects", Reason::Disconnected),
        // Nothing is wrong: a new connection comes before the old one ends.
        (Mischief::Shutdown, _) => ("connects", Reason::None),
        (Mischief::Busy | Mischief::Ban, _) => ("rate_limited", Reason::RateLimited),
        (Mischief::ClockJump, _) => ("clock_jumps", Reason::ClockJump),
    };
    vec![sign]
}

/// The same where a venue tells order by order: every message of Coinbase's has a number; an order that Kraken did not tell
/// of is missed by the next message about it, or by the checksum.
#[allow(dead_code)] // not every binary tells order by order
pub fn signs_of_orders(place: Place, what: Mischief) -> Vec<(&'static str, Reason)> {
    let mut signs = signs_of(place, what);
    if place == Place::Kraken && matches!(what, Mischief::Gap | Mischief::Reorder) {
        signs.push(("gaps", Reason::Gap));
    }
    signs
}
