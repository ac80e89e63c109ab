//! Who may trade: an API key with its public key or shared secret, and requests that come in time.

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use ring::hmac;
use ring::signature::{ED25519, UnparsedPublicKey};

use super::failure::{BAD_KEY, BAD_SIGNATURE, EARLY, Failure, LATE};
use super::request::Request;
use crate::model::Nanos;

const DEFAULT_WINDOW_MS: f64 = 5_000.0;
const LONGEST_WINDOW_MS: f64 = 60_000.0;
/// A request may be ahead of the venue's clock by less than this.
const AHEAD: i64 = 1_000_000_000;

/// What signatures are checked with.
#[derive(Clone, Debug)]
pub enum Secret {
    /// The public key of an Ed25519 pair: sessions need it.
    Ed25519([u8; 32]),
    /// A secret shared with the client: it signs every request.
    Hmac(Vec<u8>),
    /// One of these.
    Any(Vec<Secret>),
}

impl Secret {
    fn verifies(&self, signature: &str, payload: &[u8]) -> bool {
        match self {
            Secret::Ed25519(key) => BASE64.decode(signature.as_bytes()).is_ok_and(|signature| {
                UnparsedPublicKey::new(&ED25519, key).verify(payload, &signature).is_ok()
            }),
            Secret::Hmac(secret) => HEXLOWER_PERMISSIVE.decode(signature.as_bytes()).is_ok_and(|signature| {
                hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, secret), payload, &signature).is_ok()
            }),
            Secret::Any(secrets) => secrets.iter().any(|secret| secret.verifies(signature, payload)),
        }
    }
}

/// The one account of a simulated venue.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its name to the venue.
    pub api_key: String,
    /// How its signatures are checked.
    pub secret: Secret,
}

impl Account {
    /// The request carries a valid signature of this account.
    pub(super) fn verify(&self, request: &Request) -> Result<(), Failure> {
        if request.needed("apiKey")? != self.api_key {
            return Err(BAD_KEY);
        }
        let (signature, payload) = (request.needed("signature")?, request.payload());
        let valid = self.secret.verifies(signature, payload.as_bytes());
        if valid { Ok(()) } else { Err(BAD_SIGNATURE) }
    }
}

/// The request was made neither too long ago nor in the future.
#[allow(clippy::cast_possible_truncation)] // at most 6e10
pub(super) fn in_time(request: &Request, now: Nanos) -> Result<(), Failure> {
    let time: i64 = request.number("timestamp")?.ok_or(Failure::missing("timestamp"))?;
    let unit = if time < 100_000_000_000_000 { 1_000_000 } else { 1_000 };
    let time = time.checked_mul(unit).ok_or(Failure::missing("timestamp"))?;
    let window: f64 = request.number("recvWindow")?.unwrap_or(DEFAULT_WINDOW_MS);
    if !(0.0..=LONGEST_WINDOW_MS).contains(&window) {
        return Err(Failure::missing("recvWindow"));
    }
    if time >= now.0.saturating_add(AHEAD) {
        return Err(EARLY);
    }
    if now.0.saturating_sub(time) > (window * 1e6) as i64 { Err(LATE) } else { Ok(()) }
}
