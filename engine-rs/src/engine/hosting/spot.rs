//! What of a request Binance spot's order entry has a word for; anything else is refused before it is asked for.

use crate::strategy::abi::{Action, POST_ONLY, Request};

const GTC: u8 = 0;
const FOK: u8 = 2;
/// Of what a strategy says that it asks for (its description): what this venue has.
const TAKEN: [&str; 4] = ["stop", "stop_limit", "display", "modify"];

/// What of a request the venue does not take.
pub(super) fn refusal(request: &Request) -> Option<&'static str> {
    let post_only = request.flags & POST_ONLY != 0;
    match Action::from_code(request.action)? {
        Action::TrailingStop => Some("trailing stops"),
        Action::Market | Action::Limit | Action::Stop | Action::StopLimit if request.tif > FOK => {
            Some("orders with an expiry (GTD, day)")
        }
        Action::Stop | Action::StopLimit if post_only => Some("post-only stops"),
        Action::Stop if request.tif == FOK => Some("fill-or-kill stops"),
        Action::Limit | Action::StopLimit if request.display != 0.0 && request.tif != GTC => {
            Some("icebergs that are not GTC")
        }
        _ => None,
    }
}

/// What of all that a strategy may ask for the venue does not take.
pub(super) fn missing(asks: &[String]) -> Vec<&str> {
    asks.iter().map(String::as_str).filter(|what| !TAKEN.contains(what)).collect()
}
