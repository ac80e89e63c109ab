//! Who speaks to a venue: what is sent to it is signed with the operator's key, if there is one. A key is named by variables
//! of the environment, and never shown.

use std::borrow::Cow;

use tracing::warn;

use crate::config::{Keys, Venue, VenueKey};
use crate::market_data::venues::binance::KEY_HEADER;
use crate::market_data::venues::coinbase::ExchangeKey;
use crate::market_data::venues::coinbase_advanced::CloudKey;
use crate::market_data::venues::kraken_orders::{KrakenKey, TOKEN_AGE, TOKEN_PATH, read_token, with_token};
use crate::model::Nanos;
use crate::net::{Pass, Post};

use super::EngineError;

/// A key of one venue's.
#[derive(Debug)]
pub enum Signer {
    /// Of Coinbase Exchange.
    Exchange(ExchangeKey),
    /// Of the Coinbase developer platform.
    Cloud(CloudKey),
}

/// What a variable of the environment holds that a venue's section names.
fn value_of(venue: &Venue, variable: &str) -> Result<String, EngineError> {
    std::env::var(variable).map_err(|error| broken(venue, format!("variable {variable}: {error}")))
}

/// What a venue's connection is opened with beside its address: Binance's binary streams want a key.
///
/// # Errors
/// If the variable is not set, or holds nothing that a header may.
pub(super) fn headers(venue: &Venue) -> Result<Vec<(&'static str, String)>, EngineError> {
    let Some(keys) = venue.keys.as_ref().filter(|_| venue.binary) else { return Ok(Vec::new()) };
    let key = value_of(venue, &keys.key)?;
    if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(broken(venue, format!("variable {}: holds no API key", keys.key)));
    }
    Ok(vec![(KEY_HEADER, key)])
}

impl Signer {
    /// The key that a venue's section names; nothing if it names none, or signs nothing.
    ///
    /// # Errors
    /// If a variable is not set, or holds no key.
    pub(super) fn of(venue: &Venue) -> Result<Option<Signer>, EngineError> {
        let Some(Named { name, secret, passphrase }) = named(venue)? else { return Ok(None) };
        match venue.key {
            VenueKey::Kraken => Ok(None), // it is shown a pass
            VenueKey::Coinbase => {
                let made = ExchangeKey::new(&name, &secret, &passphrase);
                made.map(|key| Some(Signer::Exchange(key))).map_err(|error| broken(venue, error))
            }
            _ => {
                let made = CloudKey::new(&name, &secret);
                made.map(|key| Some(Signer::Cloud(key))).map_err(|error| broken(venue, error))
            }
        }
    }

    /// A message with a signature of this time.
    pub(super) fn sign(&self, message: String, now: Nanos) -> String {
        match self {
            Signer::Exchange(key) => key.sign(&message, now),
            Signer::Cloud(key) => match key.sign(&message, now) {
                Ok(signed) => signed,
                Err(error) => {
                    warn!(%error, "a message leaves without a signature");
                    message
                }
            },
        }
    }
}

/// A key with its secret and its passphrase.
struct Named {
    name: String,
    secret: String,
    passphrase: String,
}

/// What the variables hold that a venue's section names.
fn named(venue: &Venue) -> Result<Option<Named>, EngineError> {
    let with_secret = venue.keys.as_ref().filter(|keys| !keys.secret.is_empty());
    let Some(Keys { key, secret, passphrase }) = with_secret else { return Ok(None) };
    let value = |variable: &str| value_of(venue, variable);
    let passphrase = if passphrase.is_empty() { String::new() } else { value(passphrase)? };
    Ok(Some(Named { name: value(key)?, secret: value(secret)?, passphrase }))
}

fn broken(venue: &Venue, error: impl std::fmt::Display) -> EngineError {
    EngineError::Venue(format!("venues.{}: {error}", venue.key.name()))
}

/// The passes of a venue that wants one for the stream of its books.
///
/// # Errors
/// As [`Signer::of`].
pub(super) fn pass_of(venue: &Venue) -> Result<Option<Box<dyn Pass>>, EngineError> {
    if venue.books != "level3" {
        return Ok(None);
    }
    let Some(Named { name, secret, .. }) = named(venue)? else { return Ok(None) };
    let made = KrakenKey::new(&name, &secret);
    made.map(|key| Some(Box::new(key) as Box<dyn Pass>)).map_err(|error| broken(venue, error))
}

impl Pass for KrakenKey {
    fn ask(&self, now: Nanos) -> Post {
        let form = KrakenKey::ask(self, now);
        Post { path: TOKEN_PATH, headers: form.headers.into(), body: form.body }
    }

    fn read(&self, answer: &[u8]) -> Result<String, String> {
        read_token(answer)
    }

    fn write<'a>(&self, text: &'a str, pass: &str) -> Cow<'a, str> {
        with_token(text, pass)
    }

    fn age(&self) -> i64 {
        TOKEN_AGE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Overrides};

    #[test]
    fn the_key_of_binary_streams_goes_with_the_connection() {
        let headers_of = |settings: &[&str]| {
            let settings = settings.iter().map(|text| (*text).to_owned()).collect();
            let config = Config::load(None, &Overrides { environment: vec![], settings }).unwrap();
            let venue = config.venue(VenueKey::Binance);
            assert!(Signer::of(venue).unwrap().is_none(), "nothing is signed");
            headers(venue)
        };
        let named = "venues.binance.key_variable=CARGO_PKG_NAME";
        assert_eq!(headers_of(&[named]).unwrap(), [], "text needs none");
        let sbe = "venues.binance.encoding=sbe";
        assert_eq!(headers_of(&[named, sbe]).unwrap(), [(KEY_HEADER, "pyrt-engine".to_owned())]);
        let nobody = "venues.binance.key_variable=PYRT_TEST_OF_A_KEY_THAT_NOBODY_HAS";
        let error = headers_of(&[nobody, sbe]).unwrap_err().to_string();
        assert!(error.contains("PYRT_TEST_OF_A_KEY_THAT_NOBODY_HAS"), "{error}");
    }

    #[test]
    fn a_key_that_is_not_there_is_named_by_its_variable() {
        let signer_of = |settings: &[&str]| {
            let settings = settings.iter().map(|text| (*text).to_owned()).collect();
            let config = Config::load(None, &Overrides { environment: vec![], settings }).unwrap();
            Signer::of(config.venue(VenueKey::CoinbaseAdvanced)).map(|signer| signer.is_some())
        };
        assert!(!signer_of(&[]).unwrap(), "nobody named one");
        let missing = "venues.coinbase_advanced.key_variable=PYRT_TEST_OF_A_KEY_THAT_NOBODY_HAS";
        let error =
            signer_of(&[missing, "venues.coinbase_advanced.secret_variable=PATH"]).unwrap_err().to_string();
        assert!(error.contains("PYRT_TEST_OF_A_KEY_THAT_NOBODY_HAS"), "{error}");
        let path =
            ["venues.coinbase_advanced.key_variable=PATH", "venues.coinbase_advanced.secret_variable=PATH"];
        let error = signer_of(&path).unwrap_err().to_string();
        let shown = std::env::var("PATH").unwrap();
        assert!(error.contains("private key") && !error.contains(&shown), "{error}");
    }
}
