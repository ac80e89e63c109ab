//! Arrays of records as NumPy's `.npy` files.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use crate::model::{Command, Event};
use bytemuck::Pod;

/// Behind magic and version.
const LENGTH_AT: usize = 8;
/// NumPy's own are hundreds of bytes long.
const LONGEST_HEADER: usize = 1 << 20;
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
('_padding', '|V6'), ('trigger', '<i8'), ('trail', '<i8'), ('expiry', '<i8'), ('display', '<i8'), ('_unused', '|V48')]";
}

/// Reads a one-dimensional array of records.
///
/// # Errors
/// In words: what the file is instead.
pub fn read<T: Record>(path: &Path) -> Result<Vec<T>, String> {
    read_whole(path).map(|(_, records)| records)
}

/// The bytes of a file's head, and its records: the whole file, in two parts.
///
/// # Errors
/// As [`read`].
pub fn read_whole<T: Record>(path: &Path) -> Result<(Vec<u8>, Vec<T>), String> {
    let wrong = |words: &str| format!("{}: {words}", path.display());
    let failed = |error: io::Error| wrong(&error.to_string());
    let mut file = File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    let head = read_head(&mut file).map_err(failed)?.ok_or_else(|| wrong("is no .npy file"))?;
    let text =
        std::str::from_utf8(&head[LENGTH_AT + width(&head)..]).map_err(|_| wrong("is no .npy file"))?;
    let header: String = text.split_whitespace().collect();
    let descr: String = T::DESCR.split_whitespace().collect();
    if !header.contains(&format!("'descr':{descr},")) || !header.contains("'fortran_order':False,") {
        return Err(wrong(&format!("is no array of {}, but {header}", T::DESCR)));
    }
    let shape = header.split("'shape':(").nth(1).and_then(|rest| rest.split_once(",)")).map(|(n, _)| n);
    let count: usize = shape.and_then(|n| n.parse().ok()).ok_or_else(|| wrong("must have one dimension"))?;
    let bytes = length.saturating_sub(head.len() as u64);
    if count.checked_mul(size_of::<T>()).map(|all| all as u64) != Some(bytes) {
        return Err(wrong(&format!("says {count} records, and has {bytes} bytes")));
    }
    let mut records = vec![T::zeroed(); count];
    file.read_exact(bytemuck::cast_slice_mut(&mut records)).map_err(failed)?;
    Ok((head, records))
}

/// Bytes of the header's length, by the version.
fn width(head: &[u8]) -> usize {
    if head.get(MAGIC.len()) == Some(&1) { 2 } else { 4 }
}

/// Everything before the data, of a file of version 1, 2 or 3; nothing if it is none.
fn read_head(file: &mut File) -> io::Result<Option<Vec<u8>>> {
    let mut head = vec![0; LENGTH_AT];
    let read = |file: &mut File, bytes: &mut [u8]| match file.read_exact(bytes) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        read => read.map(|()| true),
    };
    if !read(file, &mut head)? || !head.starts_with(MAGIC) {
        return Ok(None);
    }
    let mut length = [0; 4];
    let wide = width(&head);
    if !read(file, &mut length[..wide])? {
        return Ok(None);
    }
    let start = head.len() + wide;
    head.extend_from_slice(&length[..wide]);
    let end = start + usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX).min(LONGEST_HEADER);
    head.resize(end, 0);
    Ok(read(file, &mut head[start..])?.then_some(head))
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
