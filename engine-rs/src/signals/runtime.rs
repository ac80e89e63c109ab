//! The ONNX Runtime library is not linked: a machine that trades without models needs none. It is found and loaded at start.

use std::env;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::ModelError;

const VARIABLE: &str = "ORT_DYLIB_PATH";
/// Longer than a cold disk needs, short enough for a start-up that fails.
const PATIENCE: Duration = Duration::from_secs(10);
/// Prints the wheel's folder without importing the package, and without looking into the current folder (`-P`).
const ASK_PYTHON: &str = "import importlib.util as u; s = u.find_spec('onnxruntime'); \
                          print(*(s.submodule_search_locations if s else ()), sep='\\n')";

/// The loaded library. A process has one; models are loaded through it.
#[derive(Clone, Debug)]
pub struct OnnxRuntime {
    path: PathBuf,
}

impl OnnxRuntime {
    /// Finds the library and loads it: the configured path, else `ORT_DYLIB_PATH`, else the wheel of the `python3` on
    /// the `PATH`, else what `ldconfig` knows. A path that is given must be there: nothing else is taken instead of it.
    ///
    /// Asks other programs, for at most ten seconds each: call it at start only.
    ///
    /// # Errors
    /// If there is none, or it cannot be loaded, or it is older than 1.27.
    pub fn load(configured: Option<&Path>) -> Result<Self, ModelError> {
        let path = find(configured, env::var_os(VARIABLE).map(PathBuf::from), "python3")?;
        let refused = |reason: String| ModelError::Runtime { path: path.clone(), reason };
        let environment = ort::init_from(&path).map_err(|error| refused(error.to_string()))?;
        // False if a runtime is loaded already; that one then serves this caller too.
        environment.with_telemetry(false).commit();
        Ok(Self { path })
    }

    /// The library's file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn find(configured: Option<&Path>, variable: Option<PathBuf>, python: &str) -> Result<PathBuf, ModelError> {
    let named = configured.map(Path::to_path_buf).or(variable.filter(|path| !path.as_os_str().is_empty()));
    if let Some(path) = named {
        let absent =
            || ModelError::Runtime { path: path.clone(), reason: "there is no such file".to_owned() };
        return if path.is_file() { path.canonicalize().map_err(|_| absent()) } else { Err(absent()) };
    }
    in_wheel(python).or_else(in_system).ok_or_else(|| ModelError::NoRuntime {
        looked: format!("no path configured, {VARIABLE} not set, no wheel of {python}, nothing in ldconfig"),
    })
}

fn in_wheel(python: &str) -> Option<PathBuf> {
    let folders = output_of(Command::new(python).args(["-P", "-c", ASK_PYTHON]))?;
    folders.lines().find_map(|folder| library_in(&Path::new(folder).join("capi")))
}

/// `libonnxruntime.so.1.32.0`, and not its providers beside it.
fn library_in(folder: &Path) -> Option<PathBuf> {
    let files = fs::read_dir(folder).ok()?.filter_map(Result::ok).map(|entry| entry.path());
    let is_library = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with("libonnxruntime.so") || name == "libonnxruntime.dylib"
    };
    files.filter(is_library).max()
}

fn in_system() -> Option<PathBuf> {
    let known =
        ["ldconfig", "/sbin/ldconfig"].iter().find_map(|tool| output_of(Command::new(tool).arg("-p")))?;
    let line = known.lines().find(|line| line.trim_start().starts_with("libonnxruntime.so"))?;
    line.split_once("=> ").map(|(_, path)| PathBuf::from(path.trim()))
}

/// What a program prints, if it succeeds in time; it is ended if it does not.
fn output_of(command: &mut Command) -> Option<String> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
    let mut stdout = child.stdout.take()?;
    let reader = thread::spawn(move || {
        let mut text = String::new();
        stdout.read_to_string(&mut text).map(|_| text).ok()
    });
    let deadline = Instant::now() + PATIENCE;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return reader.join().ok()?.filter(|_| status.success()),
            Ok(None) if Instant::now() < deadline => thread::sleep(Duration::from_millis(5)),
            _ => {
                // It may have ended meanwhile; either way nothing is left behind.
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_is_given_is_not_replaced_by_another() {
        let error = find(Some(Path::new("/nowhere/libonnxruntime.so")), None, "python3").unwrap_err();
        assert!(error.to_string().starts_with("/nowhere/libonnxruntime.so: "), "{error}");
        assert!(find(None, Some(PathBuf::from("/nowhere/either.so")), "python3").is_err());
    }

    #[test]
    fn a_python_without_the_wheel_is_no_error_by_itself() {
        assert_eq!(in_wheel("/nowhere/python3"), None);
        assert_eq!(in_wheel("false"), None);
    }

    #[test]
    fn a_wheel_holds_one_library_and_its_providers() {
        let folder = env::temp_dir().join(format!("pyrt-wheel-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        for name in ["libonnxruntime.so.1.32.0", "libonnxruntime_providers_shared.so", "__init__.py"] {
            fs::write(folder.join(name), "").unwrap();
        }
        assert_eq!(library_in(&folder), Some(folder.join("libonnxruntime.so.1.32.0")));
        fs::remove_dir_all(&folder).unwrap();
    }
}
