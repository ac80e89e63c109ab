//! The deterministic trading core: market records, the venue's reports, time and commands in; orders, cancels, records
//! and messages out. It has no clock, no socket and no randomness: the same inputs give the same bytes.
//!
//! | file | noun |
//! |---|---|
//! | `outlet.rs` | where its results go, and what a decision is |
//! | `hosted.rs` | one strategy: its desk, its timers, whether it may trade |
//! | `market.rs` | what risk must know of an instrument's market |
//! | `moment.rs` | what strategies live through, for those who write it down |
//! | `warm_up.rs` | history to strategies, before anything is traded |
//! | `strategies.rs` | records and time to handlers, handlers to requests |
//! | `sending.rs` | requests to approved orders, cancels, refusals |
//! | `changing.rs` | new numbers of orders |
//! | `reports.rs` | what the venue says of orders, to positions and handlers |
//! | `commands.rs` | what an operator wants |
//! | `snapshot.rs` | what a session leaves to the next one |
//! | `snapshot_json.rs` | the same as a journal has it |
//! | `account.rs` | worth, and what is told of positions |

mod account;
mod changing;
mod commands;
mod hosted;
mod market;
mod moment;
mod outlet;
mod reports;
mod sending;
mod snapshot;
mod snapshot_json;
mod strategies;
mod warm_up;

use std::collections::VecDeque;

use thiserror::Error;

use crate::execution::OrderManager;
use crate::messaging::{Outgoing, StrategyId};
use crate::model::{ClientOrderId, Event, Instrument, InstrumentId, Money, Nanos};
use crate::position::Account;
use crate::risk::{Limits, NotValued, PreTrade, Ratio};
use crate::strategy::abi::Request;
use crate::strategy::{MAX_REQUESTS, Program};

use super::hosting::{HostError, Wishes};
use hosted::Hosted;
pub use hosted::Standing;
use market::Market;
pub use moment::Moment;
pub use outlet::{Decision, Outlet, Unsent};
pub use snapshot::{Ledger, Left, Snapshot};
pub use warm_up::Fed;

/// Orders that live at once.
const MOST_ORDERS: usize = 4096;

/// Why a core cannot be made.
#[derive(Debug, Error)]
pub enum CoreError {
    /// A strategy asks for what there is not.
    #[error("strategy {name:?}: {error}")]
    Strategy {
        /// Its name.
        name: String,
        /// Why.
        error: HostError,
    },
    /// What limits and ledgers cannot value.
    #[error(transparent)]
    NotValued(#[from] NotValued),
    /// One account has one currency.
    #[error("instruments in {0} and in {1}: an account has one quote currency")]
    Currencies(String, String),
}

/// Terms of a session.
#[derive(Clone, Debug)]
pub struct Terms {
    /// At the start, in quote currency.
    pub cash: Money,
    /// Worth of the quote currency in USD; without it nothing can be approved, unless it is USD.
    pub usd: Option<Ratio>,
    /// Number of this start, second part of the order ids.
    pub run: u16,
    /// What the operator allows.
    pub limits: Limits,
}

/// A strategy to be hosted.
pub struct Hosting {
    /// Its name in the configuration.
    pub name: String,
    /// Loaded, its parameters set.
    pub strategy: Program,
    /// Names of its instruments in the order of its slots; empty: what its description says.
    pub instruments: Vec<String>,
    /// It may send orders from the start.
    pub enabled: bool,
}

/// See the head of this room.
pub struct Core {
    hosted: Vec<Hosted>,
    instruments: Vec<Instrument>,
    markets: Vec<Market>,
    risk: PreTrade,
    orders: OrderManager,
    terms: Terms,
    peak: Option<Money>,
    now: Nanos,
    /// What strategies were warmed up with.
    fed: Option<Fed>,
    /// The kill switch is pulled, by an operator or because the journal cannot be written.
    pulled: bool,
    /// The engine ends.
    ending: bool,
    /// The engine died and goes on: what is in doubt must be known before anything new leaves.
    reconciling: bool,
    /// The venue takes orders, and what becomes of them is heard.
    ready: bool,
    parameters_version: u64,
    host_orders: u32,
    swept: Nanos,
    /// Orders that are to be canceled as soon as that is possible.
    wanted: Vec<ClientOrderId>,
    /// Orders of an earlier session, and whose they are.
    adopted: Vec<(ClientOrderId, usize)>,
    /// Gained by strategies that are no longer there.
    gone: Account,
    /// Refusals that their strategies have not heard of.
    unheard: VecDeque<(usize, Event)>,
    requests: Vec<Request>,
    wishes: Wishes,
    records: Vec<Event>,
}

impl Core {
    /// Nothing held, nothing sent, the venue not ready. The row of an instrument is its place in `instruments`.
    ///
    /// # Errors
    /// [`CoreError`].
    pub fn new(instruments: &[Instrument], hostings: Vec<Hosting>, terms: Terms) -> Result<Core, CoreError> {
        let quotes: Vec<&str> = instruments.iter().map(Instrument::quote).collect();
        if let Some(other) = quotes.iter().find(|quote| **quote != quotes[0]) {
            return Err(CoreError::Currencies(quotes[0].to_owned(), (*other).to_owned()));
        }
        let mut risk = PreTrade::new(terms.limits.clone());
        let mut orders = OrderManager::new(MOST_ORDERS);
        for (id, instrument) in (0..).map(InstrumentId).zip(instruments) {
            risk.exposures_mut().add(id, instrument, terms.usd)?;
            orders.add_instrument(id, instrument.clone());
        }
        let mut hosted = Vec::with_capacity(hostings.len());
        for (number, hosting) in (0..).zip(hostings) {
            let name = hosting.name.clone();
            let made = Hosted::new(number, hosting, instruments, terms.cash);
            hosted.push(made.map_err(|error| CoreError::Strategy { name, error })?);
        }
        Ok(Core {
            hosted,
            instruments: instruments.to_vec(),
            markets: vec![Market::default(); instruments.len()],
            risk,
            orders,
            terms,
            peak: None,
            now: Nanos(i64::MIN),
            fed: None,
            pulled: false,
            ending: false,
            reconciling: false,
            ready: false,
            parameters_version: 0,
            host_orders: 0,
            swept: Nanos(i64::MIN),
            wanted: Vec::with_capacity(64),
            adopted: Vec::new(),
            gone: Account::default(),
            unheard: VecDeque::with_capacity(64),
            requests: Vec::with_capacity(MAX_REQUESTS),
            wishes: Wishes::default(),
            records: Vec::with_capacity(64),
        })
    }

    /// Its orders.
    #[must_use]
    pub fn orders(&self) -> &OrderManager {
        &self.orders
    }

    /// How a strategy stands.
    #[must_use]
    pub fn standing(&self, strategy: usize) -> Option<&Standing> {
        self.hosted.get(strategy).map(|hosted| &hosted.standing)
    }

    /// A strategy itself.
    #[must_use]
    pub fn program(&self, strategy: usize) -> Option<&Program> {
        self.hosted.get(strategy).map(|hosted| &hosted.desk.strategy)
    }

    /// Names of the strategies, by number.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.hosted.iter().map(|hosted| hosted.name.as_str())
    }

    /// Whether it is among the instruments that can be traded.
    #[must_use]
    pub fn has(&self, instrument: InstrumentId) -> bool {
        (instrument.0 as usize) < self.instruments.len()
    }

    /// An instrument's name.
    #[must_use]
    pub fn name_of(&self, instrument: InstrumentId) -> &str {
        self.instruments.get(instrument.0 as usize).map_or("", |instrument| instrument.name.as_str())
    }

    /// The engine's state to those who listen.
    fn status(&self, strategy: Option<usize>, state: &'static str, reason: String, out: &mut dyn Outlet) {
        let strategy = strategy.map(|number| StrategyId(self.hosted[number].number));
        out.say(Outgoing::Status { strategy, time: self.now, state, reason });
    }
}
