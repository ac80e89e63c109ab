//! Messages as they go over the wire.

/// A server's text frame.
pub(super) fn framed(payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x81];
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
