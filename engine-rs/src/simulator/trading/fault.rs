//! Answers that get lost on purpose.

use std::str::FromStr;

use thiserror::Error;

/// Text that is no fault.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{0:?}: must be place=drop-reply:EVERY, EVERY a whole number from 1")]
pub struct FaultError(String);

/// Every so many orders one is accepted, its reply withheld and its connection cut: the client cannot know how it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Of so many orders the last.
    pub every: u64,
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Fault, FaultError> {
        let every = text.strip_prefix("place=drop-reply:").and_then(|every| every.parse().ok());
        every
            .filter(|every| *every > 0)
            .map(|every| Fault { every })
            .ok_or_else(|| FaultError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_read() {
        assert_eq!("place=drop-reply:3".parse(), Ok(Fault { every: 3 }));
        for text in ["", "place=drop-reply:0", "place=drop-reply", "cancel=drop-reply:1"] {
            assert!(text.parse::<Fault>().is_err(), "{text}");
        }
    }
}
