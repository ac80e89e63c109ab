//! A subscription signed for Coinbase Exchange: `level2` and `full` are for those who have a key.

use std::fmt;

use data_encoding::BASE64;
use ring::hmac;
use thiserror::Error;

use crate::model::Nanos;

/// What the venue wants to be signed, after the time.
const SIGNED: &str = "GET/users/self/verify";

/// Why a key cannot be used. Nothing of it is shown.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ExchangeKeyError {
    /// The secret is not base64.
    #[error("the secret must be base64, as the venue gives it")]
    Secret,
    /// Key or passphrase cannot be written into a message.
    #[error("key and passphrase must be printable and without quotes")]
    Text,
}

/// A key of the venue's with its secret and its passphrase.
pub struct ExchangeKey {
    key: String,
    passphrase: String,
    secret: hmac::Key,
}

impl ExchangeKey {
    /// As the venue gives them.
    ///
    /// # Errors
    /// [`ExchangeKeyError`]
    pub fn new(key: &str, secret: &str, passphrase: &str) -> Result<ExchangeKey, ExchangeKeyError> {
        let plain = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
        if key.is_empty() || !key.bytes().chain(passphrase.bytes()).all(plain) {
            return Err(ExchangeKeyError::Text);
        }
        let secret = BASE64.decode(secret.trim().as_bytes()).map_err(|_| ExchangeKeyError::Secret)?;
        let secret = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        Ok(ExchangeKey { key: key.to_owned(), passphrase: passphrase.to_owned(), secret })
    }

    /// A message to the venue with its signature in it, made at this time.
    #[must_use]
    pub fn sign(&self, message: &str, now: Nanos) -> String {
        let seconds = now.0.div_euclid(1_000_000_000);
        let signature = hmac::sign(&self.secret, format!("{seconds}{SIGNED}").as_bytes());
        let signature = BASE64.encode(signature.as_ref());
        let body = message.strip_suffix('}').unwrap_or(message);
        let Self { key, passphrase, .. } = self;
        format!(
            r#"{body},"signature":"{signature}","key":"{key}","passphrase":"{passphrase}","timestamp":"{seconds}"}}"#
        )
    }
}

/// Neither in logs nor in errors.
impl fmt::Debug for ExchangeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExchangeKey").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_signed_as_documented() {
        // HMAC-SHA256 with the key "secret", by Python's hmac module.
        let key = ExchangeKey::new("key", "c2VjcmV0", "phrase").unwrap();
        assert_eq!(
            key.sign(r#"{"type":"subscribe"}"#, Nanos(1_700_000_000_999_999_999)),
            concat!(
                r#"{"type":"subscribe","signature":"lhmJXK08fk9SI1ZwFXKFRrPtzfbNOwC+D1xMJJ/1KZg=","#,
                r#""key":"key","passphrase":"phrase","timestamp":"1700000000"}"#
            )
        );
        assert_eq!(format!("{key:?}"), "ExchangeKey { .. }");
        assert_eq!(ExchangeKey::new("key", "not base64!", "").unwrap_err(), ExchangeKeyError::Secret);
        assert_eq!(ExchangeKey::new("k\"", "", "").unwrap_err(), ExchangeKeyError::Text);
    }
}
