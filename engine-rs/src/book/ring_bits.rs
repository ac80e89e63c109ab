//! A ring of bits with a summary, so that the next set bit is two or three words away.

/// A power of two of bits in a ring. One summary bit says whether a word of 64 has any.
#[derive(Debug, Clone)]
pub(super) struct RingBits {
    words: Box<[u64]>,
    summary: Box<[u64]>,
}

impl RingBits {
    /// `len` cleared bits; a power of two from 64 on.
    pub(super) fn new(len: usize) -> Self {
        let words = len / 64;
        Self { words: vec![0; words].into(), summary: vec![0; words.div_ceil(64)].into() }
    }

    #[inline]
    pub(super) fn set(&mut self, bit: usize) {
        let word = bit / 64;
        self.words[word] |= 1 << (bit % 64);
        self.summary[word / 64] |= 1 << (word % 64);
    }

    #[inline]
    pub(super) fn clear(&mut self, bit: usize) {
        let word = bit / 64;
        self.words[word] &= !(1 << (bit % 64));
        if self.words[word] == 0 {
            self.summary[word / 64] &= !(1 << (word % 64));
        }
    }

    /// The first set bit at or after `bit`, around the end if need be.
    #[inline]
    pub(super) fn next_from(&self, bit: usize) -> Option<usize> {
        let (word, here) = self.word_from(bit);
        if here != 0 {
            return Some(word * 64 + here.trailing_zeros() as usize);
        }
        let (word, bits) = self.word_behind(word)?;
        Some(word * 64 + bits.trailing_zeros() as usize)
    }

    /// The bits of the word that `bit` is in, from it on.
    #[inline]
    pub(super) fn word_from(&self, bit: usize) -> (usize, u64) {
        (bit / 64, self.words[bit / 64] & (u64::MAX << (bit % 64)))
    }

    /// The next word that has any, around the end if need be; it may be the same one, whose first bits come last.
    #[inline]
    pub(super) fn word_behind(&self, word: usize) -> Option<(usize, u64)> {
        let word = self.next_word((word + 1) & (self.words.len() - 1))?;
        Some((word, self.words[word]))
    }

    /// The last set bit at or before `bit`, around the start if need be.
    pub(super) fn last_until(&self, bit: usize) -> Option<usize> {
        let of = |word: usize, bits: u64| word * 64 + 63 - bits.leading_zeros() as usize;
        let word = bit / 64;
        let here = self.words[word] & (u64::MAX >> (63 - bit % 64));
        if here != 0 {
            return Some(of(word, here));
        }
        // What is set in this word lies after `bit`; coming back to it around the ring is right.
        let word = self.last_word((word + self.words.len() - 1) % self.words.len())?;
        Some(of(word, self.words[word]))
    }

    fn last_word(&self, word: usize) -> Option<usize> {
        let of = |group: usize, bits: u64| group * 64 + 63 - bits.leading_zeros() as usize;
        let group = word / 64;
        let here = self.summary[group] & (u64::MAX >> (63 - word % 64));
        if here != 0 {
            return Some(of(group, here));
        }
        let groups = self.summary.len();
        (1..=groups)
            .map(|step| (group + groups - step) % groups)
            .find(|group| self.summary[*group] != 0)
            .map(|group| of(group, self.summary[group]))
    }

    fn next_word(&self, word: usize) -> Option<usize> {
        let group = word / 64;
        let here = self.summary[group] & (u64::MAX << (word % 64));
        if here != 0 {
            return Some(group * 64 + here.trailing_zeros() as usize);
        }
        let groups = self.summary.len();
        (1..=groups)
            .map(|step| (group + step) % groups)
            .find(|group| self.summary[*group] != 0)
            .map(|group| group * 64 + self.summary[group].trailing_zeros() as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_bit_is_found_around_the_end() {
        for len in [64, 128, 4096, 16_384] {
            let mut bits = RingBits::new(len);
            assert_eq!(bits.next_from(0), None);
            bits.set(5);
            bits.set(len - 1);
            assert_eq!(bits.next_from(0), Some(5));
            assert_eq!(bits.next_from(5), Some(5));
            assert_eq!(bits.next_from(6), Some(len - 1));
            bits.clear(len - 1);
            assert_eq!(bits.next_from(6), Some(5));
            bits.clear(5);
            assert_eq!((bits.next_from(len / 2), bits.last_until(len / 2)), (None, None));
            for set in [5, len / 2, len - 1] {
                bits.set(set);
            }
            let last = |bit| bits.last_until(bit);
            assert_eq!((last(4), last(5), last(6)), (Some(len - 1), Some(5), Some(5)));
            assert_eq!(
                (last(len / 2 - 1), last(len / 2), last(len - 1)),
                (Some(5), Some(len / 2), Some(len - 1))
            );
        }
    }
}
