//! Whose a recording is, by its frames. Some are of two channels alike, such as the status with which every connection to
//! Kraken begins, and Coinbase's quotes: they decide only where nothing else does.

use super::{Venue, coinbase, kraken};

/// What is known so far.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::market_data) struct Guess {
    venue: Option<Venue>,
    sure: bool,
}

impl Guess {
    pub(in crate::market_data) fn venue(self) -> Option<Venue> {
        self.venue
    }

    /// Takes a frame in; whether more would change nothing.
    pub(in crate::market_data) fn frame(&mut self, frame: &[u8]) -> bool {
        if self.sure {
            return true;
        }
        let Some(venue) = Venue::of_frame(frame) else { return false };
        self.sure = match venue {
            Venue::Coinbase => coinbase::is_of_levels(frame),
            Venue::Kraken => kraken::is_of_levels(frame),
            _ => true,
        };
        if self.sure || self.venue.is_none() {
            self.venue = Some(venue);
        }
        self.sure
    }

    /// The same of the path or address of a REST answer.
    pub(in crate::market_data) fn answer(&mut self, path: Option<&str>) -> bool {
        if self.venue.is_none() {
            self.venue = path.and_then(Venue::of_path);
            self.sure = self.venue.is_some();
        }
        self.sure
    }
}
