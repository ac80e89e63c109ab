//! Corpus, mutations, the loop.

use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::time::Instant;
use std::{env, hash};

use pyrt_engine::random::SplitMix64;

/// Inputs of all targets together, unless `PYRT_FUZZ` says more.
const FEW: u64 = 60_000;
/// Of all targets' shares.
const WHOLE: u64 = 1_000;
/// Inputs that led somewhere new and are mutated further.
const MOST_KEPT: usize = 512;
/// No input is longer.
const MOST_BYTES: usize = 1 << 16;

/// What JSON of venues is made of.
const WORDS: [&[u8]; 36] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\"",
    b"\\",
    b"\\u0041",
    b"\\\"",
    b"null",
    b"true",
    b"false",
    b"0",
    b"-0",
    b"-1",
    b"1e5",
    b"1E-3",
    b"0.00000001",
    b"99999999999999999999",
    b"9007199254740993",
    b"1e400",
    b"NaN",
    b"\"0\"",
    b"\"\"",
    b"[]",
    b"{}",
    b"[[\"1\",\"2\"]]",
    b"\xff\xfe",
    b"\x00",
    b" ",
    b"\n",
    b"\"type\":",
    b"\"data\":",
    b"\"e\":\"trade\"",
    b"2021-04-17T16:48:53.365913Z",
];

/// Where a failing input goes, and where every input began.
fn corpus_of(target: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/corpus/{target}.txt"))
}

/// The lines of a target's corpus; one that begins with `hex:` is bytes.
pub fn corpus(target: &str) -> Vec<Vec<u8>> {
    let text = fs::read(corpus_of(target)).unwrap_or_default();
    text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(decoded).collect()
}

fn decoded(line: &[u8]) -> Vec<u8> {
    let Some(digits) = line.strip_prefix(b"hex:") else { return line.to_vec() };
    let digit = |byte: u8| (byte as char).to_digit(16).unwrap() as u8;
    digits.chunks_exact(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

fn keep_failing(target: &str, input: &[u8]) {
    let plain = str::from_utf8(input).is_ok_and(|text| !text.contains('\n') && !text.starts_with("hex:"));
    let line = if plain && !input.is_empty() {
        input.to_vec()
    } else {
        let digits: String = input.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("hex:{digits}").into_bytes()
    };
    let mut file = OpenOptions::new().append(true).create(true).open(corpus_of(target)).unwrap();
    file.write_all(&[&line[..], b"\n"].concat()).unwrap();
}

/// How many inputs a target of this share, in thousandths of all, gets.
fn inputs(share: u64) -> u64 {
    let all = env::var("PYRT_FUZZ").ok().map_or(FEW, |text| text.parse().unwrap());
    (all * share).div_ceil(WHOLE)
}

/// Replays the seeds as they are, and then mutations of them and of what was new. `run` gives a sign of what an input led
/// to: inputs with a sign that was not seen before are kept for a while.
#[allow(clippy::print_stdout)] // the counts are what a run is for
pub fn fuzz<S: hash::Hash + Eq>(
    target: &str,
    share: u64,
    mut seeds: Vec<Vec<u8>>,
    mut run: impl FnMut(&[u8]) -> S,
) {
    let begun = Instant::now();
    let mut seen = HashSet::new();
    let mut one = |input: &[u8]| {
        let outcome = catch_unwind(AssertUnwindSafe(|| run(input)));
        outcome.unwrap_or_else(|panic| {
            keep_failing(target, input);
            eprintln!("{target}: {:?}", String::from_utf8_lossy(input));
            resume_unwind(panic)
        })
    };
    assert!(!seeds.is_empty(), "{target}: no corpus");
    for seed in &seeds {
        seen.insert(one(seed));
    }
    let (first, count) = (seeds.len(), inputs(share));
    let mut random =
        SplitMix64::new(target.bytes().fold(1_u64, |seed, byte| seed.wrapping_mul(31) + u64::from(byte)));
    let mut input = Vec::new();
    for _ in 0..count {
        let from = index(&mut random, seeds.len());
        input.clone_from(&seeds[from]);
        for _ in 0..=random.halving() {
            let other = &seeds[index(&mut random, seeds.len())];
            mutate(&mut input, other, &mut random);
        }
        input.truncate(MOST_BYTES);
        if seen.insert(one(&input)) && seeds.len() < first + MOST_KEPT {
            seeds.push(input.clone());
        }
    }
    println!("{target}: {count} inputs, {} outcomes, {:.1} s", seen.len(), begun.elapsed().as_secs_f64());
}

fn index(random: &mut SplitMix64, bound: usize) -> usize {
    usize::try_from(random.below(bound as u64)).unwrap()
}

/// One change of any kind.
fn mutate(input: &mut Vec<u8>, other: &[u8], random: &mut SplitMix64) {
    let at = index(random, input.len() + 1);
    let rest = input.len() - at;
    match random.below(10) {
        0 if rest > 0 => input[at] ^= 1 << random.below(8),
        1 if rest > 0 => input[at] = random.next_u64() as u8,
        2 if rest > 0 => _ = input.remove(at),
        3 => input.insert(at, b"0123456789.-+eE\"[]{}:,"[index(random, 22)]),
        4 => splice(input, at, 0, WORDS[index(random, WORDS.len())]),
        5 if rest > 0 => {
            let length = 1 + index(random, rest.min(12));
            splice(input, at, length, WORDS[index(random, WORDS.len())]);
        }
        6 => input.truncate(at),
        7 => {
            // A part again, as lists and doubled keys have it.
            let length = index(random, rest.min(40) + 1);
            let part = input[at..at + length].to_vec();
            splice(input, at, 0, &part);
        }
        8 if !other.is_empty() => {
            let from = index(random, other.len());
            let length = 1 + index(random, (other.len() - from).min(60));
            let over = index(random, rest.min(60) + 1);
            splice(input, at, over, &other[from..from + length]);
        }
        _ => number(input, at, random),
    }
}

fn splice(input: &mut Vec<u8>, at: usize, length: usize, part: &[u8]) {
    input.splice(at..at + length, part.iter().copied());
}

/// Another number in place of the next one; in bytes, another word at a boundary.
fn number(input: &mut Vec<u8>, at: usize, random: &mut SplitMix64) {
    let Some(start) = input[at..].iter().position(u8::is_ascii_digit).map(|place| at + place) else {
        let word = at / 8 * 8;
        if input.len() >= word + 8 {
            let bits = random.below(64);
            input[word..word + 8].copy_from_slice(&(random.next_u64() >> bits).to_le_bytes());
        }
        return;
    };
    let length = input[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let bits = random.below(64);
    let digits = (random.next_u64() >> bits).to_string();
    splice(input, start, length, digits.as_bytes());
}
