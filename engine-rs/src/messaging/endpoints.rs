//! Where an engine's two sockets are: `ipc://` files in a directory that only the owner may enter.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// The two sockets of an engine, as ZeroMQ addresses. The engine binds both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// Engine PUB → clients' SUB.
    pub events: String,
    /// Clients' PUB → engine SUB.
    pub commands: String,
}

/// Why the sockets' directory cannot be used.
#[derive(Debug, Error)]
pub enum EndpointError {
    /// Somebody else could open sockets in it.
    #[error(
        "{path}: must belong to this user with mode 0700, has owner {owner} and mode {mode:o}; remove it or chmod 700"
    )]
    Open {
        /// The directory.
        path: PathBuf,
        /// Its owner.
        owner: u32,
        /// Its mode.
        mode: u32,
    },
    /// The file system refused.
    #[error("{path}: {error}")]
    Io {
        /// The directory.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

/// The directory of sockets: `PYRT_RUNTIME_DIR`, else `$XDG_RUNTIME_DIR/pyrt`, else `/tmp/pyrt-<uid>`.
/// `pyrt/live/client.py` looks in the same places in the same order.
#[must_use]
pub fn runtime_directory(variable: impl Fn(&str) -> Option<String>, uid: u32) -> PathBuf {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    if let Some(directory) = set("PYRT_RUNTIME_DIR") {
        return PathBuf::from(directory);
    }
    match set("XDG_RUNTIME_DIR") {
        Some(directory) => Path::new(&directory).join("pyrt"),
        None => PathBuf::from(format!("/tmp/pyrt-{uid}")),
    }
}

impl Endpoints {
    /// The addresses of engine `name` under `directory`.
    #[must_use]
    pub fn new(directory: &Path, name: &str) -> Endpoints {
        let address = |what: &str| format!("ipc://{}/{name}.{what}", directory.display());
        Endpoints { events: address("events"), commands: address("commands") }
    }

    /// Makes the directory with mode 0700, or checks that it is private.
    ///
    /// # Errors
    /// If it belongs to somebody else, is open to others, or cannot be made.
    pub fn prepare(directory: &Path, uid: u32) -> Result<(), EndpointError> {
        let io = |error| EndpointError::Io { path: directory.to_owned(), error };
        match fs::DirBuilder::new().mode(0o700).recursive(true).create(directory) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(io(error)),
        }
        let found = fs::symlink_metadata(directory).map_err(io)?;
        let mode = found.permissions().mode() & 0o777;
        if found.uid() != uid || mode & 0o077 != 0 || !found.is_dir() {
            return Err(EndpointError::Open { path: directory.to_owned(), owner: found.uid(), mode });
        }
        Ok(())
    }

    /// Removes the socket files.
    pub fn remove(&self) {
        for address in [&self.events, &self.commands] {
            if let Some(path) = address.strip_prefix("ipc://") {
                let _ = fs::remove_file(path); // gone already is as good
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_is_found_in_order() {
        let vars = |pairs: &'static [(&str, &str)]| {
            move |name: &str| pairs.iter().find(|p| p.0 == name).map(|p| p.1.to_owned())
        };
        let both = vars(&[("PYRT_RUNTIME_DIR", "/a"), ("XDG_RUNTIME_DIR", "/b")]);
        assert_eq!(runtime_directory(both, 7), Path::new("/a"));
        assert_eq!(runtime_directory(vars(&[("XDG_RUNTIME_DIR", "/b")]), 7), Path::new("/b/pyrt"));
        assert_eq!(runtime_directory(vars(&[("PYRT_RUNTIME_DIR", "")]), 7), Path::new("/tmp/pyrt-7"));
    }

    #[test]
    fn a_directory_that_others_can_enter_is_refused() {
        let uid = rustix::process::getuid().as_raw();
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("a").join("sockets");
        Endpoints::prepare(&directory, uid).unwrap();
        Endpoints::prepare(&directory, uid).unwrap();
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o750)).unwrap();
        let error = Endpoints::prepare(&directory, uid).unwrap_err();
        assert!(error.to_string().contains("750"), "{error}");
        assert!(Endpoints::prepare(&directory, uid + 1).is_err());
    }
}
