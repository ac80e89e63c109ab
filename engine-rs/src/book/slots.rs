//! Open addressing: finds the places of things by a hash; what the things are, the caller knows.

/// A free slot.
const FREE: u32 = u32::MAX;

/// Places in slots, at most half of which are used, so that a search ends soon.
#[derive(Debug, Clone)]
pub(super) struct Slots {
    slots: Vec<u32>,
    used: usize,
}

impl Slots {
    /// Room for so many things before memory is asked for.
    pub(super) fn new(things: usize) -> Self {
        Self { slots: vec![FREE; (2 * things.max(32)).next_power_of_two()], used: 0 }
    }

    /// The place of a hash that is the one wanted.
    #[inline]
    pub(super) fn find(&self, hash: u64, wanted: impl Fn(u32) -> bool) -> Option<u32> {
        let mut slot = self.home(hash);
        loop {
            match self.slots[slot] {
                FREE => return None,
                place if wanted(place) => return Some(place),
                _ => slot = self.next(slot),
            }
        }
    }

    /// Keeps a place that is not here; `hash_of` says the hash of any that is.
    #[inline]
    pub(super) fn insert(&mut self, hash: u64, place: u32, hash_of: impl Fn(u32) -> u64) {
        if 2 * (self.used + 1) > self.slots.len() {
            self.grow(hash_of);
        }
        self.put(hash, place);
        self.used += 1;
    }

    /// Forgets a place that is here. What was displaced by it moves up, so that nothing is searched behind a gap.
    #[inline]
    pub(super) fn remove(&mut self, hash: u64, place: u32, hash_of: impl Fn(u32) -> u64) {
        let mask = self.slots.len() - 1;
        let mut gap = self.home(hash);
        while self.slots[gap] != place {
            gap = self.next(gap);
        }
        let mut slot = gap;
        loop {
            slot = self.next(slot);
            let other = self.slots[slot];
            if other == FREE {
                break;
            }
            let home = self.home(hash_of(other));
            if slot.wrapping_sub(home) & mask >= slot.wrapping_sub(gap) & mask {
                self.slots[gap] = other;
                gap = slot;
            }
        }
        self.slots[gap] = FREE;
        self.used -= 1;
    }

    pub(super) fn clear(&mut self) {
        self.slots.fill(FREE);
        self.used = 0;
    }

    #[inline]
    fn home(&self, hash: u64) -> usize {
        #[allow(clippy::cast_possible_truncation)] // the low bits are what is wanted
        let low = hash as usize;
        low & (self.slots.len() - 1)
    }

    #[inline]
    fn next(&self, slot: usize) -> usize {
        (slot + 1) & (self.slots.len() - 1)
    }

    #[inline]
    fn put(&mut self, hash: u64, place: u32) {
        let mut slot = self.home(hash);
        while self.slots[slot] != FREE {
            slot = self.next(slot);
        }
        self.slots[slot] = place;
    }

    #[cold]
    fn grow(&mut self, hash_of: impl Fn(u32) -> u64) {
        let larger = vec![FREE; 4 * self.slots.len()];
        for place in std::mem::replace(&mut self.slots, larger) {
            if place != FREE {
                self.put(hash_of(place), place);
            }
        }
    }
}

/// Spreads what counts up, and what differs in high bits alone.
#[inline]
pub(super) fn spread(number: u64) -> u64 {
    let mixed = (number ^ (number >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed ^ (mixed >> 32)
}
