//! One side of a book.
//!
//! Prices are *keys*: ticks for asks, negated ticks for bids, so the best is the lowest on either side. Near the best,
//! a level's size lies in a ring indexed by the key's low bits; moving the window moves no data, only the levels that
//! enter or leave it. Everything behind the window is in an ordered map. The window always holds the best level.

use std::collections::BTreeMap;

use super::ring_bits::RingBits;

#[derive(Debug, Clone)]
pub(super) struct BookSide {
    /// First key of the window.
    base: i64,
    /// Best key; of meaning only while the window has a level.
    best: i64,
    /// Size by slot, 0 for no level.
    qty: Box<[i64]>,
    occupied: RingBits,
    /// Levels in the window; 0 means that the side is empty.
    in_window: usize,
    /// Levels at `base + window` and behind.
    far: BTreeMap<i64, i64>,
}

impl BookSide {
    /// An empty side; `window` is a power of two from 64 on.
    pub(super) fn new(window: usize) -> Self {
        Self {
            base: 0,
            best: 0,
            qty: vec![0; window].into(),
            occupied: RingBits::new(window),
            in_window: 0,
            far: BTreeMap::new(),
        }
    }

    #[inline]
    pub(super) fn best(&self) -> Option<(i64, i64)> {
        (self.in_window > 0).then(|| (self.best, self.qty[self.slot(self.best)]))
    }

    /// The level farthest behind the best.
    pub(super) fn worst(&self) -> Option<(i64, i64)> {
        if let Some((key, qty)) = self.far.last_key_value() {
            return Some((*key, *qty));
        }
        let end = self.base + self.window() - 1;
        let slot = self.occupied.last_until(self.slot(end)).filter(|_| self.in_window > 0)?;
        #[allow(clippy::cast_possible_wrap)]
        Some((end - (self.slot(end).wrapping_sub(slot) & (self.qty.len() - 1)) as i64, self.qty[slot]))
    }

    pub(super) fn len(&self) -> usize {
        self.in_window + self.far.len()
    }

    pub(super) fn get(&self, key: i64) -> i64 {
        if (self.base..self.base + self.window()).contains(&key) {
            self.qty[self.slot(key)]
        } else {
            self.far.get(&key).copied().unwrap_or(0)
        }
    }

    /// All levels, best first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        let mut next = self.best;
        let window = (0..self.in_window).map_while(move |_| {
            let key = self.occupied_from(next)?;
            next = key + 1;
            Some((key, self.qty[self.slot(key)]))
        });
        window.chain(self.far.iter().map(|(key, qty)| (*key, *qty)))
    }

    /// Copies the best levels, each as `made` says, best first; how many there were.
    pub(super) fn copy_best<T>(&self, out: &mut [T], made: impl Fn(i64, i64) -> T) -> usize {
        let near = out.len().min(self.in_window);
        let (near, behind) = out.split_at_mut(near);
        let from = self.slot(self.best);
        let (mut word, mut bits) = self.occupied.word_from(from);
        let mut first = self.best - (from % 64) as i64; // key of the word's first bit
        for place in &mut *near {
            while bits == 0 {
                let Some((next, found)) = self.occupied.word_behind(word) else { return 0 }; // there are so many
                first += 64 * (1 + (next.wrapping_sub(word + 1) & (self.qty.len() / 64 - 1)) as i64);
                (word, bits) = (next, found);
            }
            let bit = bits.trailing_zeros();
            bits &= bits - 1;
            *place = made(first + i64::from(bit), self.qty[word * 64 + bit as usize]);
        }
        let far = behind.iter_mut().zip(&self.far);
        near.len() + far.map(|(place, (key, qty))| *place = made(*key, *qty)).count()
    }

    /// Sets a level's size; 0 removes it, and removing a level that is not there is normal.
    #[inline]
    pub(super) fn set(&mut self, key: i64, qty: i64) {
        let offset = key - self.base;
        if self.in_window == 0 {
            if qty > 0 {
                self.base = self.base_for(key);
                self.fill(key, qty);
            }
        } else if offset >= self.window() {
            self.set_far(key, qty);
        } else if offset < 0 {
            if qty > 0 {
                self.move_window(key);
                self.fill(key, qty);
            }
        } else if qty > 0 {
            self.fill(key, qty);
        } else {
            self.empty(key);
        }
    }

    pub(super) fn clear(&mut self) {
        while let Some(slot) = self.occupied.next_from(0) {
            self.qty[slot] = 0;
            self.occupied.clear(slot);
        }
        self.in_window = 0;
        self.far.clear();
    }

    #[inline]
    #[allow(clippy::cast_possible_wrap)]
    fn window(&self) -> i64 {
        self.qty.len() as i64
    }

    #[inline]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // the low bits are what is wanted
    fn slot(&self, key: i64) -> usize {
        key as usize & (self.qty.len() - 1)
    }

    /// A quarter of the window is room for better prices, the rest is for the depth behind.
    fn base_for(&self, best: i64) -> i64 {
        best - self.window() / 4
    }

    /// First level of the window at or behind `key`, which must be inside it.
    #[inline]
    fn occupied_from(&self, key: i64) -> Option<i64> {
        let from = self.slot(key);
        let slot = self.occupied.next_from(from)?;
        #[allow(clippy::cast_possible_wrap)]
        Some(key + (slot.wrapping_sub(from) & (self.qty.len() - 1)) as i64)
    }

    #[inline]
    fn fill(&mut self, key: i64, qty: i64) {
        let slot = self.slot(key);
        if self.qty[slot] == 0 {
            self.occupied.set(slot);
            if self.in_window == 0 || key < self.best {
                self.best = key;
            }
            self.in_window += 1;
        }
        self.qty[slot] = qty;
    }

    #[inline]
    fn empty(&mut self, key: i64) {
        let slot = self.slot(key);
        if self.qty[slot] == 0 {
            return;
        }
        self.qty[slot] = 0;
        self.occupied.clear(slot);
        self.in_window -= 1;
        if key == self.best {
            self.find_best();
        }
    }

    fn set_far(&mut self, key: i64, qty: i64) {
        if qty > 0 {
            self.far.insert(key, qty);
        } else {
            self.far.remove(&key);
        }
    }

    /// The best level is gone: take the next, and follow it once it is past the middle of the window.
    fn find_best(&mut self) {
        if let Some(best) = self.occupied_from(self.best) {
            self.best = best;
            if best - self.base > self.window() / 2 {
                self.move_window(best);
            }
        } else if let Some((best, _)) = self.far.first_key_value() {
            self.best = *best;
            self.move_window(self.best);
        }
    }

    /// Lays the window around a new best level; levels change between ring and map as it passes over them.
    #[cold]
    fn move_window(&mut self, best: i64) {
        let base = self.base_for(best);
        if base < self.base {
            self.send_away(base + self.window());
        }
        self.base = base;
        let end = base + self.window();
        while let Some(entry) = self.far.first_entry().filter(|entry| *entry.key() < end) {
            let (key, qty) = entry.remove_entry();
            self.fill(key, qty);
        }
    }

    /// Levels from `end` on leave the window for the map.
    fn send_away(&mut self, end: i64) {
        let old_end = self.base + self.window();
        let mut key = end.max(self.base);
        while let Some(found) = self.occupied_from(key) {
            if found >= old_end {
                break; // around the ring: this one lies before `end`
            }
            let slot = self.slot(found);
            self.far.insert(found, self.qty[slot]);
            self.qty[slot] = 0;
            self.occupied.clear(slot);
            self.in_window -= 1;
            key = found + 1;
            if key == old_end {
                break;
            }
        }
    }
}
