//! Arrays of 64-byte records as NumPy's `.npy` files.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use bytemuck::Pod;
use pyrt_engine::model::{Command, Event};

const MAGIC: &[u8; 6] = b"\x93NUMPY";
/// Data begins at a multiple of this.
const ALIGNMENT: usize = 64;

/// A record that has a dtype.
pub trait Record: Pod {
    /// Its fields, as NumPy writes them.
    const DESCR: &str;
}

impl Record for Event {
    const DESCR: &str = "[('stamp', '<u8'), ('event_time', '<i8'), ('instrument', '<u4'), ('kind', '|u1'), \
('side', '|u1'), ('flags', '<u2'), ('words', '<i8', (5,))]";
}

impl Record for f64 {
    const DESCR: &str = "'<f8'";
}

impl Record for Command {
    const DESCR: &str = "[('time', '<i8'), ('client_order_id', '<u8'), ('price', '<i8'), ('qty', '<i8'), \
('instrument', '<u4'), ('action', '|u1'), ('side', '|u1'), ('type', '|u1'), ('tif', '|u1'), ('flags', '<u2'), \
('_padding', '|V22')]";
}

/// Reads a one-dimensional array of records.
///
/// # Errors
/// In words: what the file is instead.
pub fn read<T: Record>(path: &Path) -> Result<Vec<T>, String> {
    let wrong = |words: &str| format!("{}: {words}", path.display());
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|mut file| file.read_to_end(&mut bytes))
        .map_err(|error| wrong(&error.to_string()))?;
    let (header, data) = split(&bytes).ok_or_else(|| wrong("is no .npy file"))?;
    let header: String = header.split_whitespace().collect();
    let descr: String = T::DESCR.split_whitespace().collect();
    if !header.contains(&format!("'descr':{descr},")) || !header.contains("'fortran_order':False,") {
        return Err(wrong(&format!("is no array of {}, but {header}", T::DESCR)));
    }
    let shape = header.split("'shape':(").nth(1).and_then(|rest| rest.split_once(",)")).map(|(n, _)| n);
    let count: usize = shape.and_then(|n| n.parse().ok()).ok_or_else(|| wrong("must have one dimension"))?;
    if count.checked_mul(size_of::<T>()) != Some(data.len()) {
        return Err(wrong(&format!("says {count} records, and has {} bytes", data.len())));
    }
    let mut records = vec![T::zeroed(); count];
    bytemuck::cast_slice_mut(&mut records).copy_from_slice(data);
    Ok(records)
}

/// Writes an array of records; the file is there whole or not at all.
///
/// # Errors
/// In words.
pub fn write<T: Record>(path: &Path, records: &[T]) -> Result<(), String> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let into = |mut file: File| {
        file.write_all(&header::<T>(records.len()))?;
        file.write_all(bytemuck::cast_slice(records))?;
        file.sync_all()
    };
    File::create(&partial)
        .and_then(into)
        .and_then(|()| std::fs::rename(&partial, path))
        .map_err(|error| format!("{}: {error}", path.display()))
}

fn header<T: Record>(count: usize) -> Vec<u8> {
    let mut text = format!("{{'descr': {}, 'fortran_order': False, 'shape': ({count},), }}", T::DESCR);
    while !(MAGIC.len() + 4 + text.len() + 1).is_multiple_of(ALIGNMENT) {
        text.push(' ');
    }
    text.push('\n');
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX); // a few hundred bytes
    [MAGIC, &[1, 0][..], &length.to_le_bytes(), text.as_bytes()].concat()
}

/// Header text and data of a file of version 1, 2 or 3.
fn split(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (version, rest) = rest.split_first_chunk::<2>()?;
    let (length, rest) = if version[0] == 1 {
        let (length, rest) = rest.split_first_chunk::<2>()?;
        (usize::from(u16::from_le_bytes(*length)), rest)
    } else {
        let (length, rest) = rest.split_first_chunk::<4>()?;
        (usize::try_from(u32::from_le_bytes(*length)).ok()?, rest)
    };
    let (header, data) = rest.split_at_checked(length)?;
    Some((std::str::from_utf8(header).ok()?, data))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.npy");
        let records = [Event { stamp: 7, ..bytemuck::Zeroable::zeroed() }; 3];
        write(&path, &records).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().len() % 64, 0);
        assert_eq!(read::<Event>(&path).unwrap(), records);
        assert!(read::<Command>(&path).unwrap_err().contains("is no array of [('time'"));
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.truncate(bytes.len() - 1);
        std::fs::write(&path, &bytes).unwrap();
        assert!(read::<Event>(&path).unwrap_err().contains("says 3 records, and has 191 bytes"));
        for length in [0, 5, 7, 9, 40] {
            std::fs::write(&path, &bytes[..length]).unwrap();
            assert!(read::<Event>(&path).is_err());
        }
        write::<Event>(&path, &[]).unwrap();
        assert_eq!(read::<Event>(&path).unwrap(), []);
    }
}
