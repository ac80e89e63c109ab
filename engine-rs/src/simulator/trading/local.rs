//! The venue for one client in this process: no sockets, and no time but the source's.

use std::collections::VecDeque;

use super::exchange::{Exchange, ExchangeError, Now, Said, TradingOptions};
use crate::model::Nanos;
use crate::simulator::order_entry::Connection;
use crate::simulator::{Frame, Source};

/// See the head of this file.
pub struct LocalVenue {
    source: Box<dyn Source>,
    exchange: Exchange,
    client: Connection,
    frames: Vec<Frame>,
    said: VecDeque<String>,
}

impl LocalVenue {
    /// Trades what the source lists; the client is connected.
    ///
    /// # Errors
    /// [`ExchangeError`] for a listing that cannot be traded.
    pub fn new(mut source: Box<dyn Source>, options: &TradingOptions) -> Result<LocalVenue, ExchangeError> {
        let mut exchange = Exchange::new(source.listings(), options)?;
        source.begin(Nanos(0));
        exchange.open();
        let client = exchange.connect();
        Ok(LocalVenue { source, exchange, client, frames: Vec::new(), said: VecDeque::new() })
    }

    /// What is traded, and books.
    #[must_use]
    pub fn source(&self) -> &dyn Source {
        self.source.as_ref()
    }

    /// When the next frame, command or answer is due; nothing when all is over.
    #[must_use]
    pub fn next_time(&self) -> Option<Nanos> {
        self.source.next_time().into_iter().chain(self.exchange.next_due()).min()
    }

    /// Lets time reach `now`; the frames of that time.
    pub fn advance(&mut self, now: Nanos) -> impl Iterator<Item = Frame> + use<> {
        self.reach(now);
        std::mem::take(&mut self.frames).into_iter()
    }

    /// A text frame of the client arrives at `now`, which has been reached.
    pub fn on_text(&mut self, text: &str, now: Nanos) {
        self.exchange.on_text(self.client, text, Now { clock: now, market: now });
        self.reach(now);
    }

    /// What is said to the client next.
    pub fn next_said(&mut self) -> Option<String> {
        self.said.pop_front()
    }

    /// The body of a REST snapshot with so many levels a side.
    #[must_use]
    pub fn snapshot(&self, symbol: &str, levels: usize) -> Option<String> {
        self.source.book(symbol).map(|book| book.to_json(levels))
    }

    fn reach(&mut self, now: Nanos) {
        let both = Now { clock: now, market: now };
        self.exchange.advance(self.source.as_mut(), both, usize::MAX, &mut self.frames);
        let said = self.exchange.take_said().into_iter();
        self.said.extend(said.filter_map(|(_, said)| match said {
            Said::Text(text) => Some(text),
            Said::Cut => None, // faults are for sockets
        }));
    }
}
