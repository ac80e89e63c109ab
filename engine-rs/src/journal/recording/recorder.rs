//! The decision thread's end of a recording: it copies and never waits. What finds no room is counted, and the count is
//! in the recording.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use rtrb::{Consumer, Producer, PushError, RingBuffer};
use tracing::{error, info};

use super::writer::{Block, BlockWriter};
use crate::journal::{EntryKind, JournalError};
use crate::model::Nanos;

/// Bytes of a full block: enough to compress well, little enough to be lost with a process.
const BLOCK_BYTES: usize = 256 << 10;
/// Blocks that may wait for the disk.
const BLOCKS: usize = 32;
/// The writing thread looks at least so often.
const GLANCE: Duration = Duration::from_millis(100);

/// How a session is recorded.
#[derive(Clone, Debug)]
pub struct RecorderOptions {
    /// The first file; others have their number before the extension.
    pub path: PathBuf,
    /// Of the engine's start.
    pub session_id: u64,
    /// Now.
    pub created: Nanos,
    /// A file that has so many bytes is closed, and the next one begun.
    pub file_bytes: u64,
    /// A block that began so long ago (ns) goes to the file, full or not.
    pub flush: i64,
    /// What every file begins with.
    pub head: Vec<(EntryKind, Vec<u8>)>,
}

/// What has been recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    /// Entries taken.
    pub entries: u64,
    /// Entries for which there was no room, or no disk.
    pub lost: u64,
}

/// See the head of this file.
#[derive(Debug)]
pub struct Recorder {
    block: Block,
    spare: Consumer<Block>,
    full: Option<Producer<Block>>,
    flush: i64,
    taken: u64,
    lost: u64,
    /// Of these, those that the recording does not tell of yet.
    untold: u64,
    /// The disk has refused: nothing more is written.
    broken: Arc<AtomicBool>,
    /// Entries that were in the blocks that it refused.
    refused: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl Recorder {
    /// Makes the first file, and the thread that writes.
    ///
    /// # Errors
    /// If either cannot be made.
    pub fn create(options: RecorderOptions) -> Result<Recorder, JournalError> {
        let path = options.path.clone();
        let (mut recorder, blocks, give) = Recorder::without_writer(options.flush);
        let keeper = Keeper::begin(options, blocks, give)?;
        (recorder.broken, recorder.refused) = (Arc::clone(&keeper.broken), Arc::clone(&keeper.refused));
        let thread = std::thread::Builder::new().name("pyrt-recorder".to_owned()).spawn(move || keeper.run());
        let failed = |source| JournalError::Io { path, what: "start the thread for it", source };
        recorder.thread = Some(thread.map_err(failed)?);
        Ok(recorder)
    }

    /// One that nobody writes for yet, where its blocks come from, and where they go back to.
    fn without_writer(flush: i64) -> (Recorder, Consumer<Block>, Producer<Block>) {
        let (mut give, spare) = RingBuffer::new(BLOCKS);
        let (full, blocks) = RingBuffer::new(BLOCKS);
        let block = || Block::with_capacity(BLOCK_BYTES + BLOCK_BYTES / 4);
        for _ in 1..BLOCKS {
            let _ = give.push(block());
        }
        let recorder = Recorder {
            block: block(),
            spare,
            full: Some(full),
            flush,
            taken: 0,
            lost: 0,
            untold: 0,
            broken: Arc::default(),
            refused: Arc::default(),
            thread: None,
        };
        (recorder, blocks, give)
    }

    /// Takes an entry. It allocates nothing unless the entry is larger than a block.
    pub fn take(&mut self, kind: EntryKind, stream: u16, time: Nanos, parts: &[&[u8]]) {
        if self.block.len() >= BLOCK_BYTES || (self.is_old(time) && self.spare.slots() > BLOCKS / 2) {
            self.hand_over();
        }
        if self.untold > 0 && self.has_room() {
            let told = self.untold.to_le_bytes();
            if self.block.push(EntryKind::Lost, stream, time, &[&told]) {
                self.untold = 0;
            }
        }
        if !self.has_room() || !self.block.push(kind, stream, time, parts) {
            self.lost += 1;
            self.untold += 1;
            return;
        }
        self.taken += 1;
    }

    /// Whether what is in the block has waited long. While the disk is behind, it waits on: blocks that are half empty
    /// would use up the room of full ones.
    fn is_old(&self, time: Nanos) -> bool {
        !self.block.is_empty() && time.0.saturating_sub(self.block.first().0) >= self.flush
    }

    /// A block that cannot be handed over may grow a little.
    fn has_room(&self) -> bool {
        !self.broken.load(Ordering::Relaxed) && self.block.len() < 2 * BLOCK_BYTES
    }

    /// Gives the block away if there is another one to go on with.
    fn hand_over(&mut self) {
        let (Some(full), Ok(spare)) = (&mut self.full, self.spare.pop()) else { return };
        let block = std::mem::replace(&mut self.block, spare);
        if let Err(PushError::Full(block)) = full.push(block) {
            self.block = block; // never: there are fewer blocks than places
        }
        if let Some(thread) = &self.thread {
            thread.thread().unpark();
        }
    }

    /// Writes what is left, closes the file, and says what was recorded.
    pub fn close(mut self) -> Recording {
        self.end()
    }

    fn end(&mut self) -> Recording {
        if let Some(mut full) = self.full.take() {
            let block = std::mem::take(&mut self.block);
            if let Err(PushError::Full(_)) = full.push(block) {
                self.lost += 1; // never, as above
            }
        }
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join(); // a panic there has been printed by its own thread
        }
        let refused = self.refused.load(Ordering::Relaxed);
        Recording { entries: self.taken.saturating_sub(refused), lost: self.lost + refused }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.end();
    }
}

/// The thread that writes.
struct Keeper {
    options: RecorderOptions,
    number: u32,
    writer: Option<BlockWriter>,
    /// Brings the file before to the disk, which may take seconds.
    closing: Option<JoinHandle<Result<(), JournalError>>>,
    blocks: Consumer<Block>,
    spare: Producer<Block>,
    broken: Arc<AtomicBool>,
    refused: Arc<AtomicU64>,
}

impl Keeper {
    fn begin(
        options: RecorderOptions,
        blocks: Consumer<Block>,
        spare: Producer<Block>,
    ) -> Result<Keeper, JournalError> {
        let (broken, refused) = (Arc::default(), Arc::default());
        let mut keeper =
            Keeper { options, number: 0, writer: None, closing: None, blocks, spare, broken, refused };
        keeper.turn()?;
        Ok(keeper)
    }

    /// Closes the file, if there is one, and begins the next.
    fn turn(&mut self) -> Result<(), JournalError> {
        self.close()?;
        self.number += 1;
        let RecorderOptions { path, session_id, created, head, .. } = &self.options;
        let path = numbered(path, self.number);
        let mut writer = BlockWriter::create(&path, *session_id, *created)?;
        let mut block = Block::default();
        for (kind, payload) in head {
            block.push(*kind, 0, *created, &[payload]);
        }
        writer.write(&block)?;
        info!(path = %path.display(), "recording");
        self.writer = Some(writer);
        Ok(())
    }

    /// Closes the file; the blocks that follow do not wait for the disk.
    fn close(&mut self) -> Result<(), JournalError> {
        let before = self.closed();
        if let Some(writer) = self.writer.take() {
            let failed = |source| JournalError::Io {
                path: self.options.path.clone(),
                what: "start the thread that closes it",
                source,
            };
            let thread = std::thread::Builder::new().name("pyrt-closing".to_owned());
            self.closing = Some(thread.spawn(move || writer.finish()).map_err(failed)?);
        }
        before
    }

    /// Waits until the file before is closed.
    fn closed(&mut self) -> Result<(), JournalError> {
        // A panic there has been printed by its own thread.
        self.closing.take().map_or(Ok(()), |closing| closing.join().unwrap_or(Ok(())))
    }

    fn run(mut self) {
        loop {
            let last = self.blocks.is_abandoned();
            while let Ok(mut block) = self.blocks.pop() {
                self.write(&block);
                block.clear();
                let _ = self.spare.push(block); // the other end is gone: nobody needs it
            }
            if last {
                break;
            }
            std::thread::park_timeout(GLANCE);
        }
        for ended in [self.close(), self.closed()] {
            if let Err(error) = ended {
                error!(%error, "the recording has no index");
            }
        }
    }

    fn write(&mut self, block: &Block) {
        if self.broken.load(Ordering::Relaxed) {
            return self.refuse(block);
        }
        let full = self.writer.as_ref().is_some_and(|writer| writer.len() >= self.options.file_bytes);
        let turned = if full { self.turn() } else { Ok(()) };
        let written = turned.and_then(|()| self.writer.iter_mut().try_for_each(|writer| writer.write(block)));
        if let Err(error) = written {
            error!(%error, "nothing more is recorded");
            self.broken.store(true, Ordering::Relaxed);
            self.writer = None;
            self.refuse(block);
        }
    }

    fn refuse(&self, block: &Block) {
        self.refused.fetch_add(u64::from(block.entries()), Ordering::Relaxed);
    }
}

/// The name of a session's file: the first one's own, then `NAME.2.pyrt` and so on.
fn numbered(first: &Path, number: u32) -> PathBuf {
    match number {
        1 => first.to_owned(),
        _ => first.with_extension(format!("{number}.pyrt")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_is_behind_gets_full_blocks() {
        let (mut recorder, _blocks, _give) = Recorder::without_writer(1_000);
        let payload = [7; 1_000];
        let mut bytes = 0;
        for n in 0.. {
            recorder.take(EntryKind::FrameIn, 0, Nanos(n * 2_000), &[&payload]); // each is old when the next one comes
            if recorder.lost > 0 {
                break;
            }
            bytes += payload.len();
        }
        assert!(bytes > BLOCKS / 2 * BLOCK_BYTES, "{bytes}");
    }
}
