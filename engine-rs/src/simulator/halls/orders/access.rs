//! Who may hear what is not for everybody: the key of the demo account, as each venue wants to see it used.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use ring::rand::{SecureRandom, SystemRandom};
use ring::{digest, hmac};
use serde_json::{Value as Json, json};

use crate::model::Nanos;
use crate::simulator::DEMO_ACCOUNT;

/// The key, and its secret, which clients of these venues have in base64.
const KEY: &str = DEMO_ACCOUNT.api_key;
const SECRET: &[u8] = DEMO_ACCOUNT.secret.as_bytes();
/// How long a token of Kraken's may wait for its first use, s.
const TOKEN_SECONDS: i64 = 900;

/// What comes with a POST: its headers by name, and its body.
pub struct Form<'a> {
    pub header: &'a dyn Fn(&str) -> Option<String>,
    pub body: &'a str,
}

/// Whether a subscription at Coinbase is signed with the key.
pub fn is_signed(request: &Json) -> bool {
    let text = |key: &str| request[key].as_str().unwrap_or_default();
    let words = format!("{}GET/users/self/verify", text("timestamp"));
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET);
    let signature = BASE64.decode(text("signature").as_bytes()).unwrap_or_default();
    text("key") == KEY && hmac::verify(&key, words.as_bytes(), &signature).is_ok()
}

/// Kraken's tokens.
#[derive(Default)]
pub struct Tokens {
    /// When each was given.
    given: BTreeMap<String, Nanos>,
    last_number: u64,
}

impl Tokens {
    /// The answer to a request for one.
    pub fn answer(&mut self, path: &str, form: &Form<'_>, now: Nanos) -> String {
        match self.give(path, form, now) {
            Ok(token) => json!({ "error": [], "result": { "token": token, "expires": TOKEN_SECONDS } }),
            Err(words) => json!({ "error": [words] }),
        }
        .to_string()
    }

    fn give(&mut self, path: &str, form: &Form<'_>, now: Nanos) -> Result<String, &'static str> {
        if (form.header)("API-Key").as_deref() != Some(KEY) {
            return Err("EAPI:Invalid key");
        }
        let number = form.body.split('&').find_map(|pair| pair.strip_prefix("nonce=")).unwrap_or_default();
        let inner = digest::digest(&digest::SHA256, format!("{number}{}", form.body).as_bytes());
        let words = [path.as_bytes(), inner.as_ref()].concat();
        let signature = (form.header)("API-Sign").unwrap_or_default();
        let signature = BASE64.decode(signature.as_bytes()).map_err(|_| "EAPI:Invalid signature")?;
        hmac::verify(&hmac::Key::new(hmac::HMAC_SHA512, SECRET), &words, &signature)
            .map_err(|_| "EAPI:Invalid signature")?;
        let number = number.parse().ok().filter(|number| *number > self.last_number);
        self.last_number = number.ok_or("EAPI:Invalid nonce")?;
        let mut bytes = [0; 32];
        SystemRandom::new().fill(&mut bytes).map_err(|_| "EGeneral:Internal error")?;
        let token = BASE64.encode(&bytes);
        self.given.retain(|_, at| now.0 - at.0 <= TOKEN_SECONDS * 1_000_000_000);
        self.given.insert(token.clone(), now);
        Ok(token)
    }

    /// Whether a token was given, and is not too old.
    pub fn knows(&self, token: &str, now: Nanos) -> bool {
        self.given.get(token).is_some_and(|at| now.0 - at.0 <= TOKEN_SECONDS * 1_000_000_000)
    }
}
