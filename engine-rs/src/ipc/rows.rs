//! An instrument and a book as the words of a table's row.

use super::IpcError;
use super::layout::{Region, put_text, take_text};
use crate::model::{Grid, GridError, Instrument, InstrumentId, InstrumentKind, Nanos, Reason, State};

/// The record's layout as NumPy's `dtype.descr` writes it.
pub(super) const EVENT_LAYOUT: &str = r#"[["stamp","<u8"],["event_time","<i8"],["instrument","<u4"],["kind","|u1"],["side","|u1"],["flags","<u2"],["words","<i8",[5]]]"#;

pub(super) const INSTRUMENT_BYTES: u32 = 256;

/// The text fields of an instrument's row: first word, words.
const NAME: (usize, usize) = (7, 6);
const SYMBOL: (usize, usize) = (13, 4);
const VENUE: (usize, usize) = (17, 2);
const QUOTE: (usize, usize) = (19, 2);
const SETTLEMENT: (usize, usize) = (21, 2);

/// The layout of an instrument's row.
pub(super) fn instrument_layout() -> String {
    concat!(
        r#"[["id","<u4"],["kind","|u1"],["tick_exponent","|u1"],["lot_exponent","|u1"],["_reserved0","|u1"],"#,
        r#"["tick_mantissa","<i8"],["lot_mantissa","<i8"],["multiplier","<f8"],["min_qty","<f8"],"#,
        r#"["min_notional","<f8"],["expiry","<i8"],["name","|S48"],["symbol","|S32"],["venue","|S16"],"#,
        r#"["quote","|S16"],["settlement","|S16"],["_reserved1","|u1",[72]]]"#
    )
    .to_owned()
}

/// An instrument's row.
///
/// # Errors
/// [`IpcError::Text`] for a name that does not fit its field.
pub(super) fn encode_instrument(id: InstrumentId, instrument: &Instrument) -> Result<[u64; 32], IpcError> {
    let mut words = [0; 32];
    words[0] = u64::from(id.0)
        | (instrument.kind as u64) << 32
        | u64::from(instrument.tick.exponent()) << 40
        | u64::from(instrument.lot.exponent()) << 48;
    words[1] = instrument.tick.mantissa().cast_unsigned();
    words[2] = instrument.lot.mantissa().cast_unsigned();
    words[3] = instrument.multiplier.to_bits();
    words[4] = instrument.min_qty.to_bits();
    words[5] = instrument.min_notional.to_bits();
    for (field, place, text) in [
        ("name", NAME, instrument.name.as_str()),
        ("symbol", SYMBOL, &instrument.symbol),
        ("venue", VENUE, instrument.venue()),
        ("quote", QUOTE, instrument.quote()),
        ("settlement", SETTLEMENT, instrument.settlement()),
    ] {
        let limit = place.1 * size_of::<u64>();
        if !(1..=limit).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            let (instrument, value) = (instrument.name.clone(), text.to_owned());
            return Err(IpcError::Text { instrument, field, value, limit });
        }
        put_text(&mut words[place.0..place.0 + place.1], text);
    }
    Ok(words)
}

/// The instrument of a row.
///
/// # Errors
/// [`IpcError::Damaged`] if it holds no kind or step that there is.
pub(super) fn decode_instrument(words: &[u64]) -> Result<(InstrumentId, Instrument), IpcError> {
    let text = |(start, length): (usize, usize)| take_text(&words[start..start + length], length * 8);
    let byte = |index: u32| (words[0] >> (8 * index)) as u8;
    let grid = |mantissa: u64, exponent| Grid::new(mantissa.cast_signed(), exponent);
    let steps = || -> Result<_, GridError> { Ok((grid(words[1], byte(5))?, grid(words[2], byte(6))?)) };
    let kinds = [
        InstrumentKind::Spot,
        InstrumentKind::Perpetual,
        InstrumentKind::Inverse,
        InstrumentKind::Future,
        InstrumentKind::Option,
        InstrumentKind::Equity,
    ];
    let kind = kinds.into_iter().find(|kind| *kind as u8 == byte(4));
    let (Some(kind), Ok((tick, lot))) = (kind, steps()) else {
        return Err(IpcError::Damaged { what: "a row of instruments has no kind or step that there is" });
    };
    let instrument = Instrument {
        name: text(NAME),
        symbol: text(SYMBOL),
        kind,
        tick,
        lot,
        multiplier: f64::from_bits(words[3]),
        min_qty: f64::from_bits(words[4]),
        min_notional: f64::from_bits(words[5]),
    };
    Ok((InstrumentId(words[0] as u32), instrument))
}

/// Words of a book's row before its levels.
const BOOK_HEAD: usize = 8;

/// Size of a book's row of `depth` levels a side, whole cache lines.
pub(super) fn book_bytes(depth: u32) -> u32 {
    (64 + 32 * depth).next_multiple_of(64)
}

/// The layout of a book's row.
pub(super) fn book_layout(depth: u32) -> String {
    let padding = book_bytes(depth) - (64 + 32 * depth);
    let padding = if padding == 0 { String::new() } else { format!(r#",["_reserved2","|u1",[{padding}]]"#) };
    format!(
        concat!(
            r#"[["stamp","<u8"],["instrument","<u4"],["state","|u1"],["bid_levels","|u1"],["ask_levels","|u1"],"#,
            r#"["_reserved0","|u1"],["event_time","<i8"],["receive_time","<i8"],["last_id","<u8"],["reason","<u8"],"#,
            r#"["since","<i8"],["_reserved1","<u8"],["bids","<f8",[{depth},2]],["asks","<f8",[{depth},2]]{padding}]"#
        ),
        depth = depth,
        padding = padding
    )
}

/// Levels a side of a region of books, if its layout is one of this version.
pub(super) fn depth_of(region: &Region) -> Option<usize> {
    let most = region.record_bytes.checked_sub(64)? / 32; // an odd depth is padded by one level
    let fits = |depth: &u32| region.layout == book_layout(*depth);
    [most, most.saturating_sub(1)].iter().find(|depth| fits(depth)).map(|depth| *depth as usize)
}

/// A book to publish: the best levels, best first, as doubles. More levels than the row holds are left out.
#[derive(Clone, Copy, Debug)]
pub struct BookRow<'a> {
    /// Synced, or why not; nothing if nothing is known yet.
    pub state: Option<State>,
    /// Why the state is what it is.
    pub reason: Reason,
    /// When the state changed.
    pub since: Nanos,
    /// The venue's time of the last change.
    pub event_time: Nanos,
    /// When its frame arrived.
    pub receive_time: Nanos,
    /// The venue's last update id.
    pub last_id: u64,
    /// (price, quantity), highest price first.
    pub bids: &'a [(f64, f64)],
    /// (price, quantity), lowest price first.
    pub asks: &'a [(f64, f64)],
}

impl BookRow<'_> {
    /// The row of an instrument of which nothing is known yet.
    pub(super) const UNKNOWN: BookRow<'static> = BookRow {
        state: None,
        reason: Reason::None,
        since: Nanos(0),
        event_time: Nanos(0),
        receive_time: Nanos(0),
        last_id: 0,
        bids: &[],
        asks: &[],
    };

    /// Writes the row's words except its stamp. `words` is as long as a row of `depth` levels.
    pub(super) fn encode(&self, id: InstrumentId, depth: usize, words: &mut [u64]) {
        let levels = |side: &[(f64, f64)]| side.len().min(depth) as u64;
        words[1] = u64::from(id.0)
            | self.state.map_or(0, |state| state as u64) << 32
            | levels(self.bids) << 40
            | levels(self.asks) << 48;
        words[2] = self.event_time.0.cast_unsigned();
        words[3] = self.receive_time.0.cast_unsigned();
        words[4] = self.last_id;
        words[5] = self.reason as u64;
        words[6] = self.since.0.cast_unsigned();
        let sides = words[BOOK_HEAD..].chunks_exact_mut(2 * depth);
        for (place, side) in sides.zip([self.bids, self.asks]) {
            let padded = side.iter().copied().chain(std::iter::repeat((f64::NAN, 0.0)));
            for (level, (price, qty)) in place.chunks_exact_mut(2).zip(padded) {
                level[0] = price.to_bits();
                level[1] = qty.to_bits();
            }
        }
    }
}

/// A book as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Book {
    /// Even; each write adds 2.
    pub stamp: u64,
    /// Whose.
    pub instrument: InstrumentId,
    /// The code of a state record, 0: nothing yet.
    pub state: u8,
    /// The code of a reason.
    pub reason: u64,
    /// When the state changed.
    pub since: Nanos,
    /// The venue's time of the last change.
    pub event_time: Nanos,
    /// When its frame arrived.
    pub receive_time: Nanos,
    /// The venue's last update id.
    pub last_id: u64,
    /// (price, quantity), highest price first.
    pub bids: Vec<(f64, f64)>,
    /// (price, quantity), lowest price first.
    pub asks: Vec<(f64, f64)>,
}

impl Book {
    /// Reads a row's words, which hold `depth` levels a side.
    pub(super) fn decode(words: &[u64], depth: usize) -> Self {
        let byte = |index: u32| (words[1] >> (8 * index)) as u8;
        let side = |first: usize, levels: u8| {
            let levels = words[first..].chunks_exact(2).take(depth.min(usize::from(levels)));
            levels.map(|level| (f64::from_bits(level[0]), f64::from_bits(level[1]))).collect()
        };
        Self {
            stamp: words[0],
            instrument: InstrumentId(words[1] as u32),
            state: byte(4),
            reason: words[5],
            since: Nanos(words[6].cast_signed()),
            event_time: Nanos(words[2].cast_signed()),
            receive_time: Nanos(words[3].cast_signed()),
            last_id: words[4],
            bids: side(BOOK_HEAD, byte(5)),
            asks: side(BOOK_HEAD + 2 * depth, byte(6)),
        }
    }
}
