//! The house keeps the floors of docs/architecture.md and its sizes; a failure prints the offending line.

#![allow(clippy::unwrap_used)] // a test's helpers may

use std::fs;
use std::path::{Path, PathBuf};

/// A room imports only lower floors; rooms of one floor do not import each other.
const FLOORS: [&[&str]; 6] = [
    &["error", "model", "random"],
    &["clock", "config", "monitoring", "net", "book", "memory"],
    &["market_data", "signals", "risk", "position", "messaging", "ipc", "journal", "matching"],
    &["strategy", "execution", "simulator"],
    &["engine"],
    &["lib", "main", "cli"],
];
const UNSAFE: [&str; 3] = ["ipc", "memory", "strategy"];
const FORBIDDEN_NAMES: [&str; 5] = ["utils", "helpers", "common", "misc", "tools"];

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every source file under a folder; checks the folders on its way.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let depth = folder.strip_prefix(root()).unwrap().components().count();
    assert!(depth <= 4, "{}: lies {} folders deep", folder.display(), depth - 1);
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = paths.partition(|path| path.is_dir());
    assert!(files.len() <= 15, "{}: holds {} files", folder.display(), files.len());
    found.extend(files.into_iter().filter(|path| path.extension().is_some_and(|end| end == "rs")));
    folders.iter().for_each(|folder| sources(folder, found));
}

fn files_of(folders: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    folders
        .iter()
        .map(|name| root().join(name))
        .filter(|path| path.exists())
        .for_each(|path| sources(&path, &mut found));
    found
}

/// The lines that are code, numbered, without what a comment at their end says.
fn code(path: &Path) -> Vec<(usize, String)> {
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default().trim_end().to_owned());
    (1..).zip(lines).filter(|(_, line)| !line.is_empty()).collect()
}

/// The folder or file right under src/ that a file belongs to.
fn room(path: &Path) -> String {
    let inside = path.strip_prefix(root().join("src")).unwrap();
    inside.with_extension("").components().next().unwrap().as_os_str().to_str().unwrap().to_owned()
}

/// The rooms that a line names: `crate::book::Book`.
fn named_rooms(line: &str) -> impl Iterator<Item = &str> {
    line.split("crate::")
        .skip(1)
        .map(|path| path.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or(""))
}

#[test]
fn a_room_imports_only_lower_floors() {
    for path in files_of(&["src"]) {
        let own = room(&path);
        let level = floor(&own);
        let level = level.unwrap_or_else(|| panic!("{}: room {own:?} stands on no floor", path.display()));
        for (number, line) in code(&path) {
            assert!(
                !line.contains("crate::{"),
                "{}:{number}: write one `use crate::room` a line",
                path.display()
            );
            for other in named_rooms(&line).filter(|other| *other != own) {
                let below = floor(other).is_none_or(|floor| floor < level);
                assert!(below, "{}:{number}: {own} must not import {other}: {line}", path.display());
            }
        }
    }
}

#[test]
fn unsafe_code_lives_in_its_rooms_only() {
    for path in files_of(&["src"]).into_iter().filter(|path| !UNSAFE.contains(&room(path).as_str())) {
        for (number, line) in code(&path) {
            let words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
            assert!(words.into_iter().all(|word| word != "unsafe"), "{}:{number}: {line}", path.display());
        }
    }
}

#[test]
fn files_are_short_and_named_after_their_noun() {
    for path in files_of(&["src", "tests", "examples", "benches"]) {
        let lines = code(&path).len();
        assert!(lines <= 400, "{}: {lines} lines of code; split it by noun", path.display());
        let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        assert!(!FORBIDDEN_NAMES.contains(&name), "{}: name it after its noun", path.display());
    }
}
