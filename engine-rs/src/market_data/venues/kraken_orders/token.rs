//! The venue's token: asked for by a signed POST, and written into what is said on the channel.

use std::borrow::Cow;
use std::fmt;

use data_encoding::BASE64;
use ring::{digest, hmac};
use serde::Deserialize;
use thiserror::Error;

use crate::model::Nanos;

/// Where tokens are asked for.
pub const TOKEN_PATH: &str = "/0/private/GetWebSocketsToken";
/// A token is good for 15 minutes before it is used; an older one than this is not written any more (ns).
pub const TOKEN_AGE: i64 = 600 * 1_000_000_000;
/// A message that no token has been written into yet.
const NO_TOKEN: &str = r#""token":"""#;

/// Why a key cannot be used. Nothing of it is shown.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum KrakenKeyError {
    /// The secret is not base64.
    #[error("the secret must be base64, as the venue gives it (\"Private key\")")]
    Secret,
    /// The key cannot be written into a header.
    #[error("the key must be printable and without spaces")]
    Text,
}

/// A key of the venue's that may have tokens.
pub struct KrakenKey {
    key: String,
    secret: hmac::Key,
}

/// What goes with the POST.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedForm {
    /// Names and values.
    pub headers: [(&'static str, String); 2],
    /// As a form.
    pub body: String,
}

impl KrakenKey {
    /// As the venue gives them.
    ///
    /// # Errors
    /// [`KrakenKeyError`]
    pub fn new(key: &str, secret: &str) -> Result<KrakenKey, KrakenKeyError> {
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(KrakenKeyError::Text);
        }
        let secret = BASE64.decode(secret.trim().as_bytes()).map_err(|_| KrakenKeyError::Secret)?;
        Ok(KrakenKey { key: key.to_owned(), secret: hmac::Key::new(hmac::HMAC_SHA512, &secret) })
    }

    /// The request for a token. Its number must be above that of any request before with this key: it is the time.
    #[must_use]
    pub fn ask(&self, now: Nanos) -> SignedForm {
        let number = now.0.to_string();
        let body = format!("nonce={number}");
        let signature = self.sign(TOKEN_PATH, &number, &body);
        SignedForm { headers: [("API-Key", self.key.clone()), ("API-Sign", signature)], body }
    }

    /// HMAC-SHA512 of the path and of the SHA256 of number and form.
    fn sign(&self, path: &str, number: &str, body: &str) -> String {
        let inner = digest::digest(&digest::SHA256, format!("{number}{body}").as_bytes());
        let mut context = hmac::Context::with_key(&self.secret);
        context.update(path.as_bytes());
        context.update(inner.as_ref());
        BASE64.encode(context.sign().as_ref())
    }
}

/// Neither in logs nor in errors.
impl fmt::Debug for KrakenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KrakenKey").finish_non_exhaustive()
    }
}

/// The token in an answer.
///
/// # Errors
/// With the venue's words, if it gives none.
pub fn read_token(body: &[u8]) -> Result<String, String> {
    #[derive(Deserialize)]
    struct Answer {
        #[serde(default)]
        error: Vec<String>,
        result: Option<Given>,
    }
    #[derive(Deserialize)]
    struct Given {
        token: String,
    }
    let answer: Answer = serde_json::from_slice(body).map_err(|_| "the answer cannot be read".to_owned())?;
    let plain =
        |token: &String| token.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"\\".contains(&byte));
    match answer.result.map(|given| given.token).filter(plain) {
        Some(token) if answer.error.is_empty() => Ok(token),
        _ if answer.error.is_empty() => Err("the answer has no token".to_owned()),
        _ => Err(answer.error.join(", ")),
    }
}

/// A message with the token in it; as it is, if it has no place for one.
#[must_use]
pub fn with_token<'a>(message: &'a str, token: &str) -> Cow<'a, str> {
    let Some((head, tail)) = message.split_once(NO_TOKEN) else { return Cow::Borrowed(message) };
    Cow::Owned(format!(r#"{head}"token":"{token}"{tail}"#))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the venue's documentation.
    #[test]
    fn a_form_is_signed_as_documented() {
        let secret =
            "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==";
        let key = KrakenKey::new("key", secret).unwrap();
        let form = "nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25";
        assert_eq!(
            key.sign("/0/private/AddOrder", "1616492376594", form),
            "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ=="
        );
        assert_eq!(format!("{key:?}"), "KrakenKey { .. }");
        assert_eq!(KrakenKey::new("key", "not base64!").unwrap_err(), KrakenKeyError::Secret);
        assert_eq!(KrakenKey::new("two words", secret).unwrap_err(), KrakenKeyError::Text);
    }

    #[test]
    fn an_answer_has_a_token_or_says_why_not() {
        let read = |text: &str| read_token(text.as_bytes());
        let token =
            r#"{"error":[],"result":{"token":"1Dwc4lzSwNWOAwkMdqhssNNFhs1ed606d1WcF3XfEMw","expires":900}}"#;
        assert_eq!(read(token), Ok("1Dwc4lzSwNWOAwkMdqhssNNFhs1ed606d1WcF3XfEMw".to_owned()));
        assert_eq!(read(r#"{"error":["EAPI:Invalid key"]}"#), Err("EAPI:Invalid key".to_owned()));
        for wrong in ["", "{}", r#"{"error":[],"result":{"token":"a\"b"}}"#] {
            assert!(read(wrong).is_err_and(|words| words.starts_with("the answer")), "{wrong}");
        }
    }
}
