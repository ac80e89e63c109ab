//! Raw frames from one form of recording to another: lines of text, plain or gzip, and compressed blocks.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use pyrt_engine::engine::recorded::{self, is_container, streams};
use pyrt_engine::engine::stream_named;
use pyrt_engine::journal::EntryKind;
use pyrt_engine::journal::recording::{Block, BlockWriter};
use pyrt_engine::market_data::{Content, Line, Recording, spelled};
use pyrt_engine::model::Nanos;
use serde_json::{Value, json};

/// Bytes of a block.
const BLOCK_BYTES: usize = 256 << 10;

/// Whether a name is one of frames.
pub fn are_wanted(output: &Path) -> bool {
    let name = output.to_string_lossy();
    [".tsv", ".tsv.gz", ".pyrt"].iter().any(|end| name.ends_with(end))
}

/// Writes what came in of one venue; what was done, for the caller.
pub fn convert(
    files: &[PathBuf],
    output: &Path,
    venue: Option<&str>,
    window: (Option<Nanos>, Option<Nanos>),
) -> Result<Value, String> {
    let stream = stream_of(files, venue)?;
    let open = |path: &Path| recorded::open(path, stream, window);
    let mut recording = Recording::open_with(files, &open).map_err(|error| error.to_string())?;
    let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", output.display());
    let mut to: Box<dyn Frames> = if output.extension().is_some_and(|end| end == "pyrt") {
        Box::new(Blocks::create(output, stream)?)
    } else {
        let file = BufWriter::new(File::create(output).map_err(|error| wrong(&error))?);
        let zipped = output.extension().is_some_and(|end| end == "gz");
        if zipped {
            Box::new(Text(GzEncoder::new(file, Compression::default())))
        } else {
            Box::new(Text(file))
        }
    };
    let (mut frames, mut answers) = (0_u64, 0_u64);
    while let Some(line) = recording.next().map_err(|error| error.to_string())? {
        let inside = window.0.is_none_or(|from| line.receive_time >= from)
            && window.1.is_none_or(|until| line.receive_time < until);
        if !inside {
            continue; // text has no index
        }
        let is_frame = matches!(line.content, Content::Frame(_));
        frames += u64::from(is_frame);
        answers += u64::from(!is_frame);
        to.push(&line).map_err(|error| wrong(&error))?;
    }
    to.finish().map_err(|error| wrong(&error))?;
    let holes: Vec<String> = recording.holes().collect();
    Ok(json!({ "frames": frames, "answers": answers, "output": output, "holes": holes }))
}

/// The stream that is meant: the one named, or the only one that there is.
fn stream_of(files: &[PathBuf], venue: Option<&str>) -> Result<u16, String> {
    if let Some(name) = venue {
        return stream_named(name)
            .ok_or_else(|| format!("--venue {name}: there is no such section of venues"));
    }
    let mut found = std::collections::BTreeSet::new();
    for path in files {
        let wrong = |error: std::io::Error| format!("{}: {error}", path.display());
        if is_container(path).map_err(wrong)? {
            found.extend(streams(path).map_err(wrong)?);
        }
    }
    match found.len() {
        0 | 1 => Ok(found.first().copied().unwrap_or_default()),
        _ => Err("the recording is of several venues; say whose frames with --venue".to_owned()),
    }
}

/// Where frames go.
trait Frames {
    fn push(&mut self, line: &Line<'_>) -> Result<(), String>;
    fn finish(self: Box<Self>) -> Result<(), String>;
}

struct Text<W: Write>(W);

impl<W: Write> Frames for Text<W> {
    fn push(&mut self, line: &Line<'_>) -> Result<(), String> {
        let mut bytes = format!("{}\t", line.receive_time.0).into_bytes();
        let start = bytes.len();
        match line.content {
            Content::Frame(frame) => match spelled(frame) {
                Some(text) => bytes.extend(text.bytes()),
                None => bytes.extend_from_slice(frame),
            },
            Content::Answer { path, body } => {
                if let Some(path) = path {
                    bytes.extend_from_slice(format!("{{\"url\": {}, \"body\": ", json!(path)).as_bytes());
                }
                bytes.extend_from_slice(body);
                bytes.extend_from_slice(if path.is_some() { b"}" } else { b"" });
            }
        }
        // JSON that was written over several lines is joined.
        bytes[start..].iter_mut().filter(|byte| matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
        bytes.push(b'\n');
        self.0.write_all(&bytes).map_err(|error| error.to_string())
    }

    fn finish(mut self: Box<Self>) -> Result<(), String> {
        self.0.flush().map_err(|error| error.to_string())
    }
}

struct Blocks {
    writer: BlockWriter,
    block: Block,
    stream: u16,
}

impl Blocks {
    fn create(path: &Path, stream: u16) -> Result<Blocks, String> {
        let writer = BlockWriter::create(path, 0, Nanos(0)).map_err(|error| error.to_string())?;
        Ok(Blocks { writer, block: Block::with_capacity(BLOCK_BYTES), stream })
    }

    fn write(&mut self) -> Result<(), String> {
        self.writer.write(&self.block).map_err(|error| error.to_string())?;
        self.block.clear();
        Ok(())
    }
}

impl Frames for Blocks {
    fn push(&mut self, line: &Line<'_>) -> Result<(), String> {
        if self.block.len() >= BLOCK_BYTES {
            self.write()?;
        }
        let Blocks { block, stream, .. } = self;
        let mut add = |kind, parts: &[&[u8]]| block.push(kind, *stream, line.receive_time, parts);
        let added = match line.content {
            Content::Frame(frame) => add(EntryKind::FrameIn, &[frame]),
            Content::Answer { path, body } => {
                let asked = path.unwrap_or_default().as_bytes();
                let length = u32::try_from(asked.len()).map_err(|error| error.to_string())?;
                add(EntryKind::Answer, &[&length.to_le_bytes(), asked, body])
            }
        };
        if added { Ok(()) } else { Err(format!("line {}: too long for a block", line.number)) }
    }

    fn finish(mut self: Box<Self>) -> Result<(), String> {
        self.write()?;
        self.writer.finish().map_err(|error| error.to_string())
    }
}
