//! What a strategy file with a model does, event by event: a state machine without clock, sockets or account.
//!
//! `proto/STRATEGY_FILE.md` is the specification, `pyrt/strategy/file_runtime.py` the reference;
//! `tests/golden/strategy_file.toml` holds both to the same decisions.

use thiserror::Error;

use super::abi::{Action, REDUCE_ONLY, REQUEST_BYTES, Request};
use super::file::{Body, Rules, StrategyFile};
use crate::market_data::{BarBuilder, EndedBar};
use crate::model::{OrderStatus, Side};
use crate::monitoring::latency::{Stage, mark};
use crate::signals::{FeatureError, FeatureSet, ModelError, OnnxModel, OnnxRuntime};

/// What gives a row of features its score.
pub trait Scorer {
    /// Answers one row.
    ///
    /// # Errors
    /// If it has no answer: the strategy stops.
    fn score(&mut self, row: &[f64]) -> Result<f64, ModelError>;
}

impl Scorer for OnnxModel {
    fn score(&mut self, row: &[f64]) -> Result<f64, ModelError> {
        self.predict(row)
    }
}

/// What the strategy sees of its host, as it is before the event that it is told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// Time of delivery (receive_time), ns UTC.
    pub now: i64,
    /// Of the instrument, exactly 0 when flat.
    pub position: f64,
    /// In the quote currency, at the present mark.
    pub equity: f64,
    /// The best one, NaN while there is no valid book.
    pub bid: f64,
    /// The best one, NaN while there is no valid book.
    pub ask: f64,
}

/// How often something was looked at, or was not possible.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Ended bars.
    pub bars: u64,
    /// Bars with a feature that is NaN, warm-up included: no signal.
    pub no_row: u64,
    /// Orders not made because there was no valid quote.
    pub no_quote: u64,
    /// Orders not made because equity gave no quantity.
    pub no_size: u64,
}

/// Why a strategy file cannot run.
#[derive(Debug, Error)]
pub enum FileError {
    /// It names a compiled strategy.
    #[error("{name}: runs a compiled strategy; it has no model to ask")]
    Code {
        /// The file's.
        name: String,
    },
    /// A feature that there is not.
    #[error(transparent)]
    Feature(#[from] FeatureError),
    /// The model is missing, damaged, or answers otherwise than it did.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The model has other features.
    #[error(
        "{model}: takes {takes}, and [ml_model] features has {has}; they must be the same, in the same order"
    )]
    Features {
        /// The model's path.
        model: String,
        /// Its own.
        takes: String,
        /// The file's.
        has: String,
    },
    /// The model was trained on another definition.
    #[error(
        "{model}: was trained on version {trained} of {feature}, this engine computes version {computed}; train it again"
    )]
    Version {
        /// The model's path.
        model: String,
        /// The feature's name.
        feature: String,
        /// The model's.
        trained: String,
        /// This engine's.
        computed: &'static str,
    },
}

/// The running strategy. Its requests are those of compiled strategies.
#[derive(Debug)]
pub struct FileStrategy<M> {
    rules: Rules,
    model: M,
    features: FeatureSet,
    builder: BarBuilder,
    counts: Counts,
    warming_up: bool,
    order: Option<i64>,
    canceling: bool,
    next_order: i64,
    fault: Option<String>,
    requests: Vec<Request>,
}

impl FileStrategy<OnnxModel> {
    /// Loads the file's model, and checks that it is of the file's features.
    ///
    /// # Errors
    /// [`FileError`]: no model, or another one.
    pub fn load(file: &StrategyFile, runtime: &OnnxRuntime) -> Result<Self, FileError> {
        let Body::Rules(rules) = &file.body else { return Err(FileError::Code { name: file.name.clone() }) };
        let this = FileStrategy::new(file, OnnxModel::load(runtime, &rules.model)?)?;
        let model = rules.model.display().to_string();
        let card = &this.model.card().features;
        if !card.iter().map(|feature| &feature.name).eq(&rules.features) {
            let takes = card.iter().map(|feature| feature.name.as_str()).collect::<Vec<_>>().join(", ");
            return Err(FileError::Features { model, takes, has: rules.features.join(", ") });
        }
        for (trained, (feature, computed)) in card.iter().zip(this.features.definitions()) {
            if trained.version != computed {
                let (feature, trained) = (feature.to_owned(), trained.version.clone());
                return Err(FileError::Version { model, feature, trained, computed });
            }
        }
        Ok(this)
    }
}

impl<M: Scorer> FileStrategy<M> {
    /// A strategy at its start.
    ///
    /// # Errors
    /// [`FileError`]: it runs a compiled strategy, or names features that there are not.
    pub fn new(file: &StrategyFile, model: M) -> Result<Self, FileError> {
        let Body::Rules(rules) = &file.body else { return Err(FileError::Code { name: file.name.clone() }) };
        Ok(Self {
            features: FeatureSet::new(&rules.features, rules.lookback_period)?,
            rules: rules.clone(),
            model,
            builder: BarBuilder::new(file.period),
            counts: Counts::default(),
            warming_up: false,
            order: None,
            canceling: false,
            next_order: 1,
            fault: None,
            requests: Vec::with_capacity(64),
        })
    }

    /// Whether history is fed: signals are made, orders are not.
    pub fn set_warming_up(&mut self, warming_up: bool) {
        self.warming_up = warming_up;
    }

    /// Whether enough bars have come for every feature.
    #[must_use]
    pub fn warm(&self) -> bool {
        self.features.warm()
    }

    /// The features, and the last bar's row.
    #[must_use]
    pub fn features(&self) -> &FeatureSet {
        &self.features
    }

    /// The bars: late trades, and when the open one ends.
    #[must_use]
    pub fn builder(&self) -> &BarBuilder {
        &self.builder
    }

    /// How often something was looked at, or was not possible.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Id of the live order.
    #[must_use]
    pub fn order(&self) -> Option<i64> {
        self.order
    }

    /// Why it has stopped; from then on it asks for nothing.
    #[must_use]
    pub fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// Changes a parameter between two events; a live order keeps its price and time-out.
    ///
    /// # Errors
    /// In words: there is none of that name, it shapes the features, or the value is out of range.
    pub fn set_parameter(&mut self, name: &str, value: f64) -> Result<(), String> {
        self.rules = self.rules.changed(name, value)?;
        Ok(())
    }

    /// Whether these values would be taken together.
    ///
    /// # Errors
    /// As [`FileStrategy::set_parameter`], for the first that would not.
    pub fn check_parameters(&self, values: &[(String, f64)]) -> Result<(), String> {
        let start = Ok(self.rules.clone());
        values.iter().fold(start, |rules, (name, value)| rules?.changed(name, *value)).map(drop)
    }

    /// What it asked for when it was last told something.
    #[must_use]
    pub fn requests(&self) -> &[Request] {
        &self.requests
    }

    /// Goes on with the orders of an earlier run: the live one, and the id that the next one gets.
    pub fn resume(&mut self, order: Option<i64>, next_order: i64) {
        (self.order, self.next_order) = (order, next_order);
    }

    /// Id that the next order gets.
    #[must_use]
    pub fn next_order_id(&self) -> i64 {
        self.next_order
    }

    /// Its state as words: counts, orders, the last row of features; any NaN is the same one.
    #[must_use]
    pub fn words(&self) -> Vec<u64> {
        let Counts { bars, no_row, no_quote, no_size } = self.counts;
        let orders = [self.order.unwrap_or_default(), self.next_order].map(i64::cast_unsigned);
        let bits = |value: &f64| if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() };
        let row = self.features.row().iter().map(bits);
        [bars, no_row, no_quote, no_size].into_iter().chain(orders).chain(row).collect()
    }

    /// Takes a trade of the instrument: `time` is its event_time.
    #[inline]
    pub fn on_trade(&mut self, time: i64, price: f64, qty: f64, view: &View) -> &[Request] {
        self.advance(time, view);
        if self.fault.is_none() {
            self.builder.trade(time, price, qty);
        }
        &self.requests
    }

    /// Lets the venue's time reach `time`: another record's event_time, or a timer's.
    #[inline]
    pub fn on_time(&mut self, time: i64, view: &View) -> &[Request] {
        self.advance(time, view);
        &self.requests
    }

    /// Takes a bar that was made elsewhere.
    pub fn on_bar(&mut self, bar: &EndedBar, view: &View) -> &[Request] {
        self.requests.clear();
        self.decide(bar, view);
        &self.requests
    }

    /// Takes a timer that this strategy asked for: the order of that id is too old.
    pub fn on_timer(&mut self, tag: i64) -> &[Request] {
        self.requests.clear();
        if self.fault.is_none() && self.order == Some(tag) && !self.canceling {
            self.canceling = true;
            self.requests.push(Request { order_id: tag, ..request(Action::Cancel) });
        }
        &self.requests
    }

    /// Takes an order update; a final status ends the order.
    pub fn on_order(&mut self, order_id: i64, status: OrderStatus) {
        if self.order == Some(order_id) && status.is_final() {
            (self.order, self.canceling) = (None, false);
        }
    }

    #[inline]
    fn advance(&mut self, time: i64, view: &View) {
        self.requests.clear();
        while self.fault.is_none() {
            match self.builder.ended(time) {
                Ok(None) => break,
                Ok(Some(bar)) => self.decide(&bar, view),
                Err(error) => self.stop(error.to_string()),
            }
        }
    }

    fn decide(&mut self, bar: &EndedBar, view: &View) {
        if self.fault.is_some() {
            return;
        }
        self.counts.bars += 1;
        let missing = self.features.update(bar.close, bar.volume).iter().any(|value| value.is_nan());
        if missing || !self.features.warm() {
            self.counts.no_row += 1;
            return;
        }
        mark(Stage::Features);
        let answer = self.model.score(self.features.row());
        mark(Stage::Model);
        let score = match answer {
            Ok(score) if score.is_finite() => score,
            Ok(score) => return self.stop(format!("the model's answer is {score}; it is not a signal")),
            Err(error) => return self.stop(error.to_string()),
        };
        let (enter, leave) = (score >= self.rules.entry_threshold, score <= self.rules.exit_threshold);
        let value = f64::from(u8::from(enter)) - f64::from(u8::from(leave));
        self.requests.push(Request { value, confidence: score, ..request(Action::Signal) });
        if self.warming_up || self.order.is_some() {
            return;
        }
        if enter && view.position == 0.0 {
            self.send(Side::Buy, view);
        } else if leave && view.position > 0.0 {
            self.send(Side::Sell, view);
        }
    }

    fn stop(&mut self, why: String) {
        self.fault = Some(why);
        if let Some(order_id) = self.order.filter(|_| !self.canceling) {
            self.requests.push(Request { order_id, ..request(Action::Cancel) });
        }
    }

    /// Makes the order and the timer of its end.
    fn send(&mut self, side: Side, view: &View) {
        let View { bid, ask, .. } = *view;
        if !(0.0 < bid && bid <= ask && ask < f64::INFINITY) {
            self.counts.no_quote += 1;
            return;
        }
        let buy = side == Side::Buy;
        let offset = self.rules.limit_offset_bps / 10_000.0;
        let mid = (bid + ask) / 2.0;
        let passive = if buy { mid * (1.0 - offset) } else { mid * (1.0 + offset) };
        let reference = if self.rules.limit { passive } else { ask };
        let qty = if buy { self.rules.position_size_pct * view.equity / reference } else { view.position };
        if !(0.0 < qty && qty < f64::INFINITY) {
            self.counts.no_size += 1;
            return;
        }
        let order_id = self.next_order;
        self.next_order += 1;
        self.order = Some(order_id);
        let (action, price) = if self.rules.limit { (Action::Limit, passive) } else { (Action::Market, 0.0) };
        let flags = if buy { 0 } else { REDUCE_ONLY };
        self.requests.push(Request { side: side as u8, flags, order_id, qty, price, ..request(action) });
        let expiry = view.now + self.rules.timeout_ns;
        self.requests.push(Request { tag: order_id, expiry, ..request(Action::Timer) });
    }
}

fn request(action: Action) -> Request {
    Request { size: REQUEST_BYTES, action: action as u8, ..bytemuck::Zeroable::zeroed() }
}
