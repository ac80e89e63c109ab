//! A shared object: who may have written it, what it is, and only then its code.

use std::fs::File;
use std::io::Read;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
use thiserror::Error;

use super::Description;
use super::abi::{HASH, Handler, Header, MAGIC, MAJOR, MINOR};

/// State and arena together may take this much.
const MEMORY_LIMIT: u64 = 1 << 30;
const DESCRIPTION_LIMIT: u64 = 1 << 26;
/// How many there were in this process.
static LOADS: AtomicU64 = AtomicU64::new(0);

/// The C function of a handler.
pub(super) type Function = unsafe extern "C" fn(*mut super::abi::Context, *const crate::model::Event) -> u32;

/// What the configuration says about an object.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// SHA-256 that the file must have, in hexadecimal; not checked if absent.
    pub sha256: Option<String>,
}

/// Why an object is refused.
#[derive(Debug, Error)]
pub enum LoadError {
    /// It cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Others may have written it.
    #[error(
        "{path}: {what}; strategies run inside the engine, so only you may be able to change them: {mend}"
    )]
    Unsafe {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
        /// The command that mends it.
        mend: String,
    },
    /// It is not the file that the configuration names.
    #[error("{path}: its SHA-256 is {found}, the configuration says {expected}")]
    Hash {
        /// The file.
        path: PathBuf,
        /// Configured.
        expected: String,
        /// Of the file.
        found: String,
    },
    /// The dynamic linker refuses it.
    #[error("{path}: not a shared object of this machine: {reason}")]
    Link {
        /// The file.
        path: PathBuf,
        /// The linker's words.
        reason: String,
    },
    /// It carries no strategy.
    #[error(
        "{path}: carries no strategy ({what}); build one with: pyrt strategy build FILE.py:Class -o NAME.so"
    )]
    NoStrategy {
        /// The file.
        path: PathBuf,
        /// What is missing.
        what: &'static str,
    },
    /// It was built for another ABI.
    #[error(
        "{path}: built for strategy ABI {found_major}.{found_minor} ({found_hash:#018x}), this engine has \
         {MAJOR}.{MINOR} ({HASH:#018x}); build it again with this version's pyrt"
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// Of the object.
        found_major: u16,
        /// Of the object.
        found_minor: u16,
        /// Of the object.
        found_hash: u64,
    },
    /// Its description cannot be read.
    #[error("{path}: its description cannot be used: {reason}")]
    Description {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// An object in memory: its functions live as long as this.
pub(super) struct Object {
    pub description: Description,
    pub handlers: [Option<Function>; 8],
    pub image: Vec<u64>,
    pub params: Vec<u64>,
    _library: Library,
}

impl Object {
    /// Checks a file and loads it.
    pub(super) fn load(path: &Path, options: &LoadOptions) -> Result<Object, LoadError> {
        let file = open(path)?;
        check_owner(path, &file)?;
        if let Some(expected) = &options.sha256 {
            check_hash(path, &file, expected)?;
        }
        // By descriptor: the file that was checked is the file that is loaded, whatever the name points to by now.
        let opened = name_of(&file, LOADS.fetch_add(1, Ordering::Relaxed));
        // SAFETY: loading runs the object's initializers. Only this user or root can have written the file (checked
        // above), so it is trusted as the engine's own binary is; objects of `pyrt strategy build` have none.
        let library = unsafe { Library::open(Some(opened), RTLD_NOW | RTLD_LOCAL) }
            .map_err(|error| LoadError::Link { path: path.to_owned(), reason: error.to_string() })?;
        Object::of_library(path, library)
    }

    fn of_library(path: &Path, library: Library) -> Result<Object, LoadError> {
        let missing = |what| LoadError::NoStrategy { path: path.to_owned(), what };
        // SAFETY: the ABI says that this symbol is the table; its first words are checked before the rest is believed.
        let table = unsafe { library.get::<*const Header>(b"pyrt_strategy\0") }
            .map_err(|_| missing("no table pyrt_strategy"))?
            .into_raw()
            .cast::<Header>();
        // SAFETY: the symbol exists, and a table is at least a header long in every version.
        let header = unsafe { table.read_unaligned() };
        if header.magic != MAGIC || (header.header_bytes as usize) < size_of::<Header>() {
            return Err(missing("the table does not begin as one"));
        }
        if header.abi_major != MAJOR
            || header.abi_minor > MINOR
            || (header.abi_minor == MINOR && header.abi_hash != HASH)
        {
            return Err(LoadError::Version {
                path: path.to_owned(),
                found_major: header.abi_major,
                found_minor: header.abi_minor,
                found_hash: header.abi_hash,
            });
        }
        let refused = |reason: String| LoadError::Description { path: path.to_owned(), reason };
        let memory = header.state_bytes.saturating_add(header.arena_bytes);
        if memory > MEMORY_LIMIT || header.description_bytes > DESCRIPTION_LIMIT || header.param_count > 4096
        {
            return Err(refused(format!("it asks for {memory} bytes of memory")));
        }
        let text = copy(header.description, header.description_bytes as usize);
        let description: Description =
            serde_json::from_slice(&text).map_err(|error| refused(error.to_string()))?;
        if description.parameters.len() as u64 != header.param_count
            || description.state_bytes != header.state_bytes
            || description.arena_bytes != header.arena_bytes
        {
            return Err(refused("it does not agree with the table".to_owned()));
        }
        Ok(Object {
            description,
            handlers: handlers(&header),
            image: words(&copy(header.image, memory as usize)),
            params: words(&copy(header.params, header.param_count as usize * 8)),
            _library: library,
        })
    }
}

/// The file by its descriptor, under a name that no other load has: the dynamic linker gives a loaded library again for
/// its name, and a descriptor's number may by then be another file's. (The same file is the same library, by its inode.)
fn name_of(file: &File, load: u64) -> String {
    let digits =
        (0..u64::BITS - load.leading_zeros()).map(|bit| if load >> bit & 1 == 0 { "./" } else { ".//" });
    format!("/proc/self/fd/{}{}", digits.collect::<String>(), file.as_raw_fd())
}

fn open(path: &Path) -> Result<File, LoadError> {
    let io = |source| LoadError::Io { path: path.to_owned(), source };
    std::fs::OpenOptions::new().read(true).custom_flags(libc::O_CLOEXEC).open(path).map_err(io)
}

fn check_owner(path: &Path, file: &File) -> Result<(), LoadError> {
    let meta = file.metadata().map_err(|source| LoadError::Io { path: path.to_owned(), source })?;
    let refused = |what: String, mend: String| Err(LoadError::Unsafe { path: path.to_owned(), what, mend });
    if !meta.is_file() {
        return refused("it is not a regular file".to_owned(), "name the object itself".to_owned());
    }
    let user = rustix::process::geteuid().as_raw();
    if meta.uid() != user && meta.uid() != 0 {
        return refused(
            format!("it belongs to user {}", meta.uid()),
            format!("chown {user} {}", path.display()),
        );
    }
    if meta.mode() & 0o022 != 0 {
        let mode = meta.mode() & 0o777;
        return refused(
            format!("others can write it (mode {mode:03o})"),
            format!("chmod go-w {}", path.display()),
        );
    }
    Ok(())
}

fn check_hash(path: &Path, file: &File, expected: &str) -> Result<(), LoadError> {
    let mut content = Vec::new();
    let mut reader = file;
    reader.read_to_end(&mut content).map_err(|source| LoadError::Io { path: path.to_owned(), source })?;
    let digest = ring::digest::digest(&ring::digest::SHA256, &content);
    let found: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    if found.eq_ignore_ascii_case(expected.trim()) {
        return Ok(());
    }
    Err(LoadError::Hash { path: path.to_owned(), expected: expected.to_owned(), found })
}

/// Copies bytes that the table points to.
fn copy(address: u64, length: usize) -> Vec<u8> {
    if address == 0 || length == 0 {
        return Vec::new();
    }
    // SAFETY: the table of a loaded, trusted object says that `length` bytes lie there; the library is still open.
    unsafe { std::slice::from_raw_parts(std::ptr::with_exposed_provenance(address as usize), length) }
        .to_vec()
}

fn words(bytes: &[u8]) -> Vec<u64> {
    let mut found = vec![0_u64; bytes.len().div_ceil(8)];
    bytemuck::cast_slice_mut::<u64, u8>(&mut found)[..bytes.len()].copy_from_slice(bytes);
    found
}

fn handlers(header: &Header) -> [Option<Function>; 8] {
    let addresses = [
        header.on_bar,
        header.on_trade,
        header.on_quote,
        header.on_book,
        header.on_order,
        header.on_fill,
        header.on_timer,
        header.on_signal,
    ];
    debug_assert_eq!(addresses.len(), Handler::ALL.len());
    addresses.map(|address| {
        // SAFETY: a word of the table is a function of this type or 0, and `Option` of a function is 0 for `None`.
        unsafe { std::mem::transmute::<usize, Option<Function>>(address as usize) }
    })
}
