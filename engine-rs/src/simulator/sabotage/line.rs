//! One connection of a client: how its messages are written, and the one that is held back.

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;

use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;

/// From a message's text to its binary form, if it has one.
type Form = Box<dyn Fn(&str) -> Option<Vec<u8>>>;

/// Of one connection.
#[derive(Default)]
pub struct Line {
    /// A message that is to come after the next one.
    pub(super) held: Option<String>,
    /// Nothing is sent on it any more, for long: what is said to its client is not kept.
    pub mute: Rc<Cell<bool>>,
    /// When it ends.
    pub(super) ends: Option<Instant>,
    form: Option<Form>,
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("held", &self.held).field("ends", &self.ends).finish_non_exhaustive()
    }
}

impl Line {
    /// A line whose messages leave in a binary form, those that have one.
    pub fn binary(form: impl Fn(&str) -> Option<Vec<u8>> + 'static) -> Self {
        Line { form: Some(Box::new(form)), ..Line::default() }
    }

    fn form_of(&self, text: &str) -> Option<Vec<u8>> {
        self.form.as_ref().and_then(|form| form(text))
    }

    /// What is sent for a text.
    pub(super) fn message(&self, text: String) -> Message {
        self.form_of(&text).map_or_else(|| Message::text(text), Message::binary)
    }

    /// Its frame as a server writes it, the payload so many times.
    pub(super) fn frame(&self, text: &str, times: usize) -> Vec<u8> {
        match self.form_of(text) {
            Some(bytes) => framed(0x82, &bytes.repeat(times)),
            None => text_frame(text.repeat(times).as_bytes()),
        }
    }
}

/// A server's frame of text, whether it is any or not.
pub(super) fn text_frame(payload: &[u8]) -> Vec<u8> {
    framed(0x81, payload)
}

/// A server's frame of one message: `0x81` begins one of text, `0x82` a binary one.
fn framed(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        #[allow(clippy::cast_possible_truncation)] // below 126
        short @ 0..126 => bytes.push(short as u8),
        #[allow(clippy::cast_possible_truncation)] // below 65536
        middle @ 126..65_536 => {
            bytes.push(126);
            bytes.extend((middle as u16).to_be_bytes());
        }
        long => {
            bytes.push(127);
            bytes.extend((long as u64).to_be_bytes());
        }
    }
    bytes.extend(payload);
    bytes
}
