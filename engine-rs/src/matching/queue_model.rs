//! How far an order is from the front of its queue, and what cancels do for it.

/// What moves an order ahead in its queue beside trades.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QueueModel {
    /// Cancels ahead of us help only when they must have been ahead.
    #[default]
    RiskAverse,
    /// `f(back) / (f(back) + f(front))` of what is canceled was behind us, with `f(x) = x^n`.
    Power,
    /// `f(back) / f(back + front)` of it.
    Power2,
    /// `1 - f(front / (front + back))` of it.
    Power3,
    /// As `Power`, with `f(x) = log(1 + x)` of the quantity.
    Log,
    /// As `Power2`, with that.
    Log2,
}

impl QueueModel {
    /// The words of the `[simulation]` table.
    pub(super) const WORDS: [(&str, QueueModel); 6] = [
        ("risk_averse", QueueModel::RiskAverse),
        ("power_prob", QueueModel::Power),
        ("power_prob2", QueueModel::Power2),
        ("power_prob3", QueueModel::Power3),
        ("log_prob", QueueModel::Log),
        ("log_prob2", QueueModel::Log2),
    ];
}

/// A model with what it needs to know of the instrument.
#[derive(Clone, Copy, Debug)]
pub(super) struct QueueRule {
    pub(super) model: QueueModel,
    /// n of x^n.
    pub(super) power: f64,
    /// One lot as a quantity.
    pub(super) lot: f64,
}

/// Where an order stands while it rests.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Standing {
    /// Lots before it.
    ahead: i64,
    /// Lots at its price since its level last changed } of the models
    traded: i64,
    /// Lots before it, parts of one too               } that estimate
    front: f64,
}

#[allow(clippy::cast_precision_loss)] // lots are below 2^51; beyond is what nobody knows
impl Standing {
    /// An order joins a queue behind so many lots.
    pub(super) fn behind(lots: i64) -> Self {
        Self { ahead: lots, traded: 0, front: lots as f64 }
    }

    /// Lots before it.
    pub(super) fn ahead(&self, rule: &QueueRule) -> f64 {
        if rule.model == QueueModel::RiskAverse { self.ahead as f64 } else { self.front.max(0.0) }
    }

    /// What a trade of `lots` has for the order; `reach` of them are not those of our other orders.
    pub(super) fn reached_by(&mut self, rule: &QueueRule, lots: i64, reach: i64) -> i64 {
        if rule.model == QueueModel::RiskAverse {
            let amount = (reach - self.ahead).max(0);
            self.ahead = (self.ahead - reach).max(0);
            return amount;
        }
        self.front -= reach as f64;
        self.traded += lots;
        #[allow(clippy::cast_possible_truncation)] // of lots
        let amount = if self.front < 0.0 { (-self.front).round() as i64 } else { 0 };
        if amount > 0 {
            self.front = 0.0;
        }
        amount.min(reach)
    }

    /// The order's level of `before` lots has `size` now.
    pub(super) fn level_changes(&mut self, rule: &QueueRule, before: i64, size: i64) {
        if rule.model == QueueModel::RiskAverse {
            self.ahead = self.ahead.min(size);
            return;
        }
        let left = before as f64 - size as f64 - self.traded as f64;
        let front = self.front;
        let mut estimate = front;
        if left > 0.0 {
            let back = before as f64 - front;
            let p = part_behind(rule, front, back);
            let over = back - p * left;
            estimate = front - (1.0 - p) * left + if over < 0.0 { over } else { 0.0 };
        }
        self.front = if estimate < size as f64 { estimate } else { size as f64 };
        self.traded = 0;
    }

    /// What is displayed lies behind the order.
    pub(super) fn nobody_ahead(&mut self) {
        self.ahead = 0;
        self.traded = 0;
        self.front = if self.front < 0.0 { self.front } else { 0.0 };
    }
}

/// The part of what left a level that left behind us. `powf` and `ln` are one call of libm each: C calls the same.
fn part_behind(rule: &QueueRule, front: f64, back: f64) -> f64 {
    let n = rule.power;
    let log = |x: f64| (1.0 + x * rule.lot).ln();
    let p = match rule.model {
        QueueModel::RiskAverse | QueueModel::Power => back.powf(n) / (back.powf(n) + front.powf(n)),
        QueueModel::Power2 => back.powf(n) / (back + front).powf(n),
        QueueModel::Power3 => 1.0 - (front / (front + back)).powf(n),
        QueueModel::Log => log(back) / (log(back) + log(front)),
        QueueModel::Log2 => log(back) / log(back + front),
    };
    if p.is_finite() { p } else { 1.0 }
}
