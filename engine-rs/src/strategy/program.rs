//! What a host runs, whatever it was written in: a compiled strategy, or a strategy file with its model. Both see the
//! same slots, answer with the same requests, and fail with the same faults.

use std::borrow::Cow;

use super::abi::{Handler, Level, OrderView, Request, Slot, Status};
use super::compiled::empty_slot;
use super::{CompiledStrategy, Description, Fault, FileStrategy, StrategyFile};
use crate::market_data::EndedBar;
use crate::model::{Bar, Event, Nanos, OrderStatus, State};
use crate::signals::{FeatureSet, OnnxModel};

use super::file_runtime::View;

/// See the head of this file.
pub enum Program {
    /// Machine code.
    Compiled(Box<CompiledStrategy>),
    /// Rules and a model.
    File(Box<FileProgram>),
}

/// A strategy file with what it sees.
pub struct FileProgram {
    runtime: FileStrategy<OnnxModel>,
    description: Description,
    slot: Slot,
    equity: f64,
    fault: Option<Fault>,
}

impl From<CompiledStrategy> for Program {
    fn from(compiled: CompiledStrategy) -> Program {
        Program::Compiled(Box::new(compiled))
    }
}

impl FileProgram {
    /// Of a file whose model is loaded.
    #[must_use]
    pub fn new(file: &StrategyFile, runtime: FileStrategy<OnnxModel>) -> FileProgram {
        let description = Description {
            name: file.name.clone(),
            parameters: Vec::new(),
            instruments: vec![file.instrument.clone()],
            bars: vec![format!("{}s", file.period / 1_000_000_000)],
            history: 1,
            depth: 0,
            handlers: Vec::new(),
            asks: Vec::new(),
            state_bytes: 0,
            arena_bytes: 0,
            sites: Vec::new(),
            source_hash: String::new(),
            pyrt: String::new(),
        };
        FileProgram { runtime, description, slot: empty_slot(), equity: 0.0, fault: None }
    }

    /// What the rules may look at. The quote of a book that is not valid is none.
    fn view(&self, now: Nanos) -> View {
        let Slot { position, bid, ask, state, .. } = self.slot;
        let valid = state == 0 || state == State::Synced as u32;
        let (bid, ask) = if valid { (bid, ask) } else { (f64::NAN, f64::NAN) };
        View { now: now.0, position, equity: self.equity, bid, ask }
    }

    fn handle(&mut self, handler: Handler, now: Nanos, event: &Event) -> Result<&[Request], &Fault> {
        let view = self.view(now);
        if self.fault.is_none() {
            match handler {
                Handler::Bar => {
                    if let Some(bar) = event.as_bar() {
                        let Bar { event_time: time, open, high, low, close, volume, .. } = *bar;
                        let ended = EndedBar { time, open, high, low, close, volume };
                        self.runtime.on_bar(&ended, &view);
                    }
                }
                Handler::Timer => {
                    self.runtime.on_timer(event.words[1].cast_signed());
                }
                Handler::Order => {
                    if let Some(update) = event.as_order_update() {
                        let id = i64::from(update.client_order_id as u32);
                        let status = OrderStatus::from_code((update.flags >> 12) as u8).unwrap_or_default();
                        self.runtime.on_order(id, status);
                    }
                    return Ok(&[]);
                }
                Handler::Trade | Handler::Quote | Handler::Book | Handler::Fill | Handler::Signal => {
                    return Ok(&[]);
                }
            }
            if let Some(text) = self.runtime.fault() {
                let (strategy, place) = (self.description.name.clone(), String::new());
                self.fault = Some(Fault { strategy, status: Status::Raised, place, text: text.to_owned() });
            }
        }
        match &self.fault {
            Some(fault) => Err(fault),
            None => Ok(self.runtime.requests()),
        }
    }
}

impl Program {
    /// What it says about itself.
    #[must_use]
    pub fn description(&self) -> &Description {
        match self {
            Program::Compiled(compiled) => compiled.description(),
            Program::File(file) => &file.description,
        }
    }

    /// A strategy file's features.
    #[must_use]
    pub fn features(&self) -> Option<&FeatureSet> {
        match self {
            Program::Compiled(_) => None,
            Program::File(file) => Some(file.runtime.features()),
        }
    }

    /// State and arena, or a strategy file's words.
    #[must_use]
    pub fn memory(&self) -> Cow<'_, [u64]> {
        match self {
            Program::Compiled(compiled) => Cow::Borrowed(compiled.memory()),
            Program::File(file) => Cow::Owned(file.runtime.words()),
        }
    }

    /// Words of its parameters, in the order of its description; a strategy file has none.
    #[must_use]
    pub fn parameter_words(&self) -> &[u64] {
        match self {
            Program::Compiled(compiled) => compiled.parameter_words(),
            Program::File(_) => &[],
        }
    }

    /// One of its instruments, to be kept up to date before each call.
    #[inline]
    pub fn slot_mut(&mut self, slot: usize) -> Option<&mut Slot> {
        match self {
            Program::Compiled(compiled) => compiled.slot_mut(slot),
            Program::File(file) => (slot == 0).then_some(&mut file.slot),
        }
    }

    /// One of its instruments, as it sees it.
    #[must_use]
    pub fn slot(&self, slot: usize) -> Option<&Slot> {
        match self {
            Program::Compiled(compiled) => compiled.slot(slot),
            Program::File(file) => (slot == 0).then_some(&file.slot),
        }
    }

    /// Money, to be kept up to date before each call.
    pub fn set_account(&mut self, cash: f64, equity: f64) {
        match self {
            Program::Compiled(compiled) => compiled.set_account(cash, equity),
            Program::File(file) => file.equity = equity,
        }
    }

    /// Whether history is fed with orders off.
    pub fn set_warming_up(&mut self, warming_up: bool) {
        match self {
            Program::Compiled(compiled) => compiled.set_warming_up(warming_up),
            Program::File(file) => file.runtime.set_warming_up(warming_up),
        }
    }

    /// Shows its own live orders.
    pub fn set_orders(&mut self, orders: impl IntoIterator<Item = OrderView>) {
        if let Program::Compiled(compiled) = self {
            compiled.set_orders(orders);
        }
    }

    /// Shows the book's best levels, as many as it asked for.
    pub fn set_book(
        &mut self,
        slot: usize,
        bids: impl IntoIterator<Item = Level>,
        asks: impl IntoIterator<Item = Level>,
    ) {
        if let Program::Compiled(compiled) = self {
            compiled.set_book(slot, bids, asks);
        }
    }

    /// Appends a bar that has ended, before its handler is called.
    pub fn push_bar(&mut self, slot: usize, period: usize, bar: &Event) {
        if let Program::Compiled(compiled) = self {
            compiled.push_bar(slot, period, bar);
        }
    }

    /// Changes live parameters between two events: all of them or none.
    ///
    /// # Errors
    /// In words, for the first that is refused.
    pub fn set_parameters(&mut self, values: &[(String, f64)]) -> Result<(), String> {
        self.check_parameters(values)?;
        values.iter().try_for_each(|(name, value)| match self {
            Program::Compiled(compiled) => {
                compiled.set_parameter(name, *value).map_err(|error| error.to_string())
            }
            Program::File(file) => file.runtime.set_parameter(name, *value),
        })
    }

    /// Whether all of these values would be taken.
    ///
    /// # Errors
    /// In words, for the first that would not.
    pub fn check_parameters(&self, values: &[(String, f64)]) -> Result<(), String> {
        match self {
            Program::Compiled(compiled) => {
                compiled.check_parameters(values).map_err(|error| error.to_string())
            }
            Program::File(file) => file.runtime.check_parameters(values),
        }
    }

    /// Calls a handler and returns what the strategy asks for, checked.
    ///
    /// # Errors
    /// A [`Fault`] if it failed or asked for nonsense; from then on always that one.
    #[inline]
    pub fn handle(
        &mut self,
        handler: Handler,
        now: Nanos,
        slot: usize,
        event: &Event,
    ) -> Result<&[Request], &Fault> {
        match self {
            Program::Compiled(compiled) => compiled.handle(handler, now, slot, event),
            Program::File(file) => file.handle(handler, now, event),
        }
    }
}
