//! A venue's own list of what it trades, as far as instruments are made of it.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::model::{Instrument, InstrumentError};

/// Why instruments cannot be had from a venue's list.
#[derive(Debug, Error, PartialEq)]
pub enum ListError {
    /// The body is no list.
    #[error("{venue}'s list of instruments is not readable: {error}")]
    Unreadable {
        /// Whose.
        venue: &'static str,
        /// Why.
        error: String,
    },
    /// The venue answered with an error.
    #[error("{venue} refused its list of instruments: {words}")]
    Refused {
        /// Who.
        venue: &'static str,
        /// In its words.
        words: String,
    },
    /// Names without a symbol at the venue.
    #[error("{venue} has no instrument {}; write BASE-QUOTE as the venue trades it, such as {example}, or add an alias",
        names.join(", "))]
    Unknown {
        /// Who.
        venue: &'static str,
        /// What was looked for.
        names: Vec<String>,
        /// One that it has.
        example: String,
    },
    /// A name or a step that cannot be used.
    #[error(transparent)]
    Instrument(#[from] InstrumentError),
}

/// The listed instruments of configured names, in their order.
///
/// # Errors
/// [`ListError::Unknown`] with all names that the venue does not have; else as `instrument`.
pub(crate) fn pick<T>(
    venue: &'static str,
    names: &[&str],
    listed: &BTreeMap<String, T>,
    instrument: impl Fn(&str, &T) -> Result<Instrument, ListError>,
) -> Result<Vec<Instrument>, ListError> {
    let unknown: Vec<String> =
        names.iter().filter(|name| !listed.contains_key(**name)).map(|name| (*name).to_owned()).collect();
    if !unknown.is_empty() {
        // One of the same base says most.
        let base = unknown[0].split('-').next().unwrap_or_default();
        let near = listed.keys().find(|name| name.split('-').next() == Some(base));
        let example = near.or(listed.keys().next()).cloned().unwrap_or_else(|| "BTC-USD".to_owned());
        return Err(ListError::Unknown { venue, names: unknown, example });
    }
    names.iter().filter_map(|name| Some(instrument(name, listed.get(*name)?))).collect()
}
