//! The generated code of `proto/*.proto` is checked in; generating it anew changes nothing.
//! `PYRT_REGENERATE=1 cargo test --test messages_generated` writes it.

use std::fs;
use std::path::Path;

#[test]
fn generating_anew_changes_nothing() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let kept = root.join("src/messaging/generated");
    let made = tempfile::tempdir().unwrap();
    let files =
        protox::compile(["messages.proto", "trading.proto", "commands.proto"], [root.join("../proto")])
            .unwrap();
    prost_build::Config::new().out_dir(made.path()).compile_fds(files).unwrap();
    for (module, file) in [("_", "contract.rs"), ("pyrt", "pyrt.rs")] {
        let new = fs::read_to_string(made.path().join(format!("{module}.rs"))).unwrap();
        if std::env::var_os("PYRT_REGENERATE").is_some() {
            fs::create_dir_all(&kept).unwrap();
            fs::write(kept.join(file), &new).unwrap();
        }
        let old = fs::read_to_string(kept.join(file)).unwrap_or_default();
        assert!(old == new, "{file} differs; run: PYRT_REGENERATE=1 cargo test --test messages_generated");
    }
}
