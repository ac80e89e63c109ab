//! A strategy with its memory: handlers called inline, requests checked, faults that stop it.

use std::path::Path;

use thiserror::Error;

use super::abi::{
    Action, Context, Handler, Level, MAJOR, MINOR, OrderView, REQUEST_BYTES, Request, Series, Slot, Status,
};
use super::description::{Description, ParameterKind, ParameterType};
use super::loader::{LoadError, LoadOptions, Object};
use crate::market_data::period_ns;
use crate::model::{Event, Nanos};

/// Requests that one call may make.
pub const MAX_REQUESTS: usize = 256;

/// Why a strategy was stopped. The caller cancels its orders; the strategy is not called again.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("strategy {strategy} stopped: {status:?}{place}: {text}")]
pub struct Fault {
    /// Its name.
    pub strategy: String,
    /// Why.
    pub status: Status,
    /// `, line 12 in Cross.on_trade`, empty if it is not known.
    pub place: String,
    /// What failed.
    pub text: String,
}

/// Why a parameter is refused.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum ParameterError {
    /// There is none of that name.
    #[error("no parameter {name:?}; there are: {known}")]
    Unknown {
        /// As given.
        name: String,
        /// What there is.
        known: String,
    },
    /// The state was made with it.
    #[error(
        "parameter {name:?} shapes the state and cannot change while the strategy runs; build it again with -p {name}=VALUE"
    )]
    Structural {
        /// The parameter.
        name: String,
    },
    /// Not of its type.
    #[error("parameter {name:?} takes {wanted:?}, got {value}")]
    Type {
        /// The parameter.
        name: String,
        /// Its type.
        wanted: ParameterType,
        /// As given.
        value: f64,
    },
}

/// A compiled strategy: an object, a state of its own, and what it sees.
pub struct CompiledStrategy {
    object: Object,
    context: Box<Context>,
    memory: Vec<u64>,
    params: Vec<u64>,
    slots: Vec<Slot>,
    requests: Vec<Request>,
    orders: Vec<OrderView>,
    books: Vec<[Vec<Level>; 2]>,
    series: Vec<Vec<Series>>,
    bars: Vec<Vec<Vec<Event>>>,
    fault: Option<Fault>,
}

impl CompiledStrategy {
    /// Loads an object and gives it memory of its own; nothing is allocated later.
    ///
    /// `slots` is the number of instruments it is given; if it names its instruments, it must be their number.
    ///
    /// # Errors
    /// [`LoadError`] if the file may have been changed by others, is not the one configured, or is of another ABI.
    pub fn load(path: &Path, slots: usize, options: &LoadOptions) -> Result<CompiledStrategy, LoadError> {
        CompiledStrategy::load_for(path, options, |_| slots)
    }

    /// The same, where the number of instruments depends on what the object says about itself.
    ///
    /// # Errors
    /// As [`CompiledStrategy::load`].
    pub fn load_for(
        path: &Path,
        options: &LoadOptions,
        slots: impl FnOnce(&Description) -> usize,
    ) -> Result<CompiledStrategy, LoadError> {
        let object = Object::load(path, options)?;
        let (wanted, slots) = (object.description.instruments.len(), slots(&object.description));
        if slots == 0 || (wanted != 0 && wanted != slots) {
            let reason = format!("it trades {wanted} instruments, and is given {slots}");
            return Err(LoadError::Description { path: path.to_owned(), reason });
        }
        Ok(CompiledStrategy::of_object(object, slots))
    }

    fn of_object(object: Object, slots: usize) -> CompiledStrategy {
        let about = &object.description;
        let (depth, periods) = (about.depth as usize, about.bars.len().max(1));
        let capacity = (about.history.max(1) as usize).next_power_of_two();
        let mut this = CompiledStrategy {
            memory: object.image.clone(),
            params: object.params.clone(),
            context: Box::new(Context {
                size: u32::try_from(size_of::<Context>()).unwrap_or(u32::MAX),
                abi: u32::from(MAJOR) << 16 | u32::from(MINOR),
                next_order_id: 1,
                ..bytemuck::Zeroable::zeroed()
            }),
            slots: vec![empty_slot(); slots],
            requests: vec![bytemuck::Zeroable::zeroed(); MAX_REQUESTS],
            orders: Vec::with_capacity(1024),
            books: vec![[Vec::with_capacity(depth), Vec::with_capacity(depth)]; slots],
            series: vec![
                vec![
                    Series {
                        capacity: capacity as u32,
                        limit: about.history,
                        ..bytemuck::Zeroable::zeroed()
                    };
                    periods
                ];
                slots
            ],
            bars: vec![vec![vec![bytemuck::Zeroable::zeroed(); capacity]; periods]; slots],
            fault: None,
            object,
        };
        for book in &mut this.books {
            // A clone keeps the length of a Vec, not its capacity.
            book.iter_mut().for_each(|side| side.reserve_exact(depth));
        }
        for slot in 0..slots {
            for period in 0..periods {
                this.series[slot][period].bars = address(this.bars[slot][period].as_mut_ptr());
                let text = this.object.description.bars.get(period);
                this.series[slot][period].period = text.and_then(|text| period_ns(text)).unwrap_or_default();
            }
            this.slots[slot].series = address(this.series[slot].as_mut_ptr());
            this.slots[slot].series_count = u32::try_from(periods).unwrap_or(u32::MAX);
        }
        this
    }

    /// What it says about itself.
    #[must_use]
    pub fn description(&self) -> &Description {
        &self.object.description
    }

    /// Whoever runs it says what it trades, if it does not say so itself.
    ///
    /// # Errors
    /// In words, if it was built for another instrument, or for several.
    pub fn trade(&mut self, instrument: &str) -> Result<(), String> {
        let named = &mut self.object.description.instruments;
        if named.is_empty() {
            named.push(instrument.to_owned());
        }
        match named.as_slice() {
            [one] if one == instrument => Ok(()),
            others => Err(format!("the strategy was built for {}, not for {instrument}", others.join(", "))),
        }
    }

    /// Whether it has this handler.
    #[must_use]
    pub fn handles(&self, handler: Handler) -> bool {
        self.object.handlers[handler as usize].is_some()
    }

    /// Why it was stopped, if it was.
    #[must_use]
    pub fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    /// State and arena, for a snapshot.
    #[must_use]
    pub fn memory(&self) -> &[u64] {
        &self.memory
    }

    /// Words of its parameters, in the order of its description.
    #[must_use]
    pub fn parameter_words(&self) -> &[u64] {
        &self.params
    }

    /// Puts a snapshot's state back; of another length it is refused.
    #[must_use]
    pub fn restore(&mut self, memory: &[u64], next_order_id: i64) -> bool {
        let fits = memory.len() == self.memory.len();
        if fits {
            self.memory.copy_from_slice(memory);
            self.context.next_order_id = next_order_id;
        }
        fits
    }

    /// Id that its next order gets.
    #[must_use]
    pub fn next_order_id(&self) -> i64 {
        self.context.next_order_id
    }

    /// One of its instruments, to be kept up to date before each call.
    #[inline]
    pub fn slot_mut(&mut self, slot: usize) -> Option<&mut Slot> {
        self.slots.get_mut(slot)
    }

    /// One of its instruments, as it sees it.
    #[must_use]
    pub fn slot(&self, slot: usize) -> Option<&Slot> {
        self.slots.get(slot)
    }

    /// Money, to be kept up to date before each call.
    pub fn set_account(&mut self, cash: f64, equity: f64) {
        (self.context.cash, self.context.equity) = (cash, equity);
    }

    /// Whether history is fed with orders off.
    pub fn set_warming_up(&mut self, warming_up: bool) {
        self.context.flags = u32::from(warming_up);
    }

    /// Shows its own live orders; more than 1024 are cut.
    pub fn set_orders(&mut self, orders: impl IntoIterator<Item = OrderView>) {
        self.orders.clear();
        let room = self.orders.capacity();
        self.orders.extend(orders.into_iter().take(room));
    }

    /// Shows the book's best levels, as many as it asked for.
    pub fn set_book(
        &mut self,
        slot: usize,
        bids: impl IntoIterator<Item = Level>,
        asks: impl IntoIterator<Item = Level>,
    ) {
        let depth = self.object.description.depth as usize;
        let (Some(row), Some([own_bids, own_asks])) = (self.slots.get_mut(slot), self.books.get_mut(slot))
        else {
            return;
        };
        own_bids.clear();
        own_asks.clear();
        own_bids.extend(bids.into_iter().take(depth));
        own_asks.extend(asks.into_iter().take(depth));
        (row.bids, row.bid_count) = (address(own_bids.as_mut_ptr()), own_bids.len() as u32);
        (row.asks, row.ask_count) = (address(own_asks.as_mut_ptr()), own_asks.len() as u32);
    }

    /// Appends a bar that has ended, before its handler is called.
    pub fn push_bar(&mut self, slot: usize, period: usize, bar: &Event) {
        let Some(series) = self.series.get_mut(slot).and_then(|all| all.get_mut(period)) else { return };
        let at = (series.count & (i64::from(series.capacity) - 1)) as usize;
        self.bars[slot][period][at] = *bar;
        series.count += 1;
    }

    /// Changes a live parameter between two events.
    ///
    /// # Errors
    /// [`ParameterError`]: unknown, structural, or not of its type.
    pub fn set_parameter(&mut self, name: &str, value: f64) -> Result<(), ParameterError> {
        let (at, word) = self.parameter_word(name, value)?;
        self.params[at] = word;
        Ok(())
    }

    /// Whether all of these values would be taken.
    ///
    /// # Errors
    /// The [`ParameterError`] of the first that would not.
    pub fn check_parameters(&self, values: &[(String, f64)]) -> Result<(), ParameterError> {
        values.iter().try_for_each(|(name, value)| self.parameter_word(name, *value).map(|_| ()))
    }

    #[allow(clippy::cast_possible_truncation, clippy::float_cmp)] // integers are checked to be whole and small
    fn parameter_word(&self, name: &str, value: f64) -> Result<(usize, u64), ParameterError> {
        let all = &self.object.description.parameters;
        let Some(at) = all.iter().position(|p| p.name == name) else {
            let known = all.iter().map(|p| p.name.as_str()).collect::<Vec<_>>().join(", ");
            return Err(ParameterError::Unknown { name: name.to_owned(), known });
        };
        if all[at].kind == ParameterKind::Structural {
            return Err(ParameterError::Structural { name: name.to_owned() });
        }
        let whole = value.trunc() == value && value.abs() < 9e15;
        let word = match all[at].value_type {
            ParameterType::Float if value.is_finite() => value.to_bits(),
            ParameterType::Int if whole => (value as i64).cast_unsigned(),
            ParameterType::Bool if value == 0.0 || value == 1.0 => value as u64,
            wanted => return Err(ParameterError::Type { name: name.to_owned(), wanted, value }),
        };
        Ok((at, word))
    }

    /// Calls a handler and returns what the strategy asks for, checked. Without that handler: nothing.
    ///
    /// # Errors
    /// A [`Fault`] if the handler failed or asked for nonsense; from then on always that one.
    #[inline]
    pub fn handle(
        &mut self,
        handler: Handler,
        now: Nanos,
        slot: usize,
        event: &Event,
    ) -> Result<&[Request], &Fault> {
        let Some(function) = self.object.handlers[handler as usize] else { return Ok(&[]) };
        if self.fault.is_none() {
            let status = self.call(function, now, slot, event);
            let count = self.context.request_count as usize;
            if status != Status::Ok as u32 {
                self.fault = Some(self.failed(status));
            } else if let Some(fault) = self.refused(count) {
                self.fault = Some(fault);
            } else {
                return Ok(&self.requests[..count]);
            }
        }
        self.fault.as_ref().map_or(Ok(&[]), Err)
    }

    #[inline]
    fn call(&mut self, function: super::loader::Function, now: Nanos, slot: usize, event: &Event) -> u32 {
        let context = &mut *self.context;
        context.now = now.0;
        context.slot = slot as u32;
        context.request_count = 0;
        context.error_site = 0;
        context.request_capacity = MAX_REQUESTS as u32;
        context.state = address(self.memory.as_mut_ptr());
        context.params = address(self.params.as_mut_ptr());
        context.slots = address(self.slots.as_mut_ptr());
        context.slot_count = self.slots.len() as u32;
        context.requests = address(self.requests.as_mut_ptr());
        context.orders = address(self.orders.as_mut_ptr());
        context.order_count = self.orders.len() as u32;
        // SAFETY: the function is of the object that `self` keeps open, and of the ABI's type (the loader has checked
        // version and hash). Every address in the context was taken just now from memory that `self` owns and that
        // has the length beside it; nothing else touches it during the call. The code allocates nothing, does not
        // unwind, and returns.
        unsafe { function(context, event) }
    }

    #[cold]
    fn failed(&self, code: u32) -> Fault {
        let site =
            self.object.description.sites.get(self.context.error_site as usize).filter(|site| site.0 != 0);
        let place = site.map_or_else(String::new, |site| format!(", line {} in {}", site.0, site.1));
        let text = site.map_or_else(|| format!("status {code}"), |site| site.2.clone());
        Fault { strategy: self.object.description.name.clone(), status: Status::from_code(code), place, text }
    }

    /// The fault of the first request that cannot be meant.
    #[inline]
    fn refused(&self, count: usize) -> Option<Fault> {
        if count > MAX_REQUESTS {
            return Some(self.nonsense(Status::BufferFull, &format!("{count} requests")));
        }
        self.requests[..count].iter().find_map(|request| {
            if request.slot as usize >= self.slots.len() {
                return Some(self.nonsense(Status::UnknownSlot, &format!("slot {}", request.slot)));
            }
            let numbers =
                [request.qty, request.price, request.trigger, request.display, request.trail, request.value];
            let sane = request.size == REQUEST_BYTES
                && Action::from_code(request.action).is_some()
                && request.side <= 2
                && request.tif <= 4
                && request.sizing <= 3
                && request.qty >= 0.0
                && numbers.iter().all(|number| number.is_finite())
                && request.confidence.is_finite();
            (!sane).then(|| self.nonsense(Status::BadRequest, &format!("{request:?}")))
        })
    }

    #[cold]
    fn nonsense(&self, status: Status, text: &str) -> Fault {
        let strategy = self.object.description.name.clone();
        Fault { strategy, status, place: String::new(), text: text.to_owned() }
    }
}

fn address<T>(pointer: *mut T) -> u64 {
    pointer.expose_provenance() as u64
}

pub(super) fn empty_slot() -> Slot {
    Slot {
        avg_price: f64::NAN,
        bid: f64::NAN,
        ask: f64::NAN,
        last_price: f64::NAN,
        last_qty: f64::NAN,
        multiplier: 1.0,
        ..bytemuck::Zeroable::zeroed()
    }
}
