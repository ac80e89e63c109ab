//! Randomness that is a parameter: `SplitMix64`, small, fast, and the same in every language that needs it.
//!
//! Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.

/// A stream of random numbers that its seed decides.
#[derive(Clone, Debug)]
pub struct SplitMix64(u64);

impl SplitMix64 {
    /// The stream of `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number in `0..bound`, 0 if `bound` is 0. The bias is below `bound / 2^64`.
    #[inline]
    pub fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.next_u64()) * u128::from(bound);
        u64::try_from(wide >> 64).unwrap_or_default()
    }

    /// A draw of a normal distribution to a whole number, none below zero: Box and Muller's cosine of two draws.
    #[must_use]
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)] // of 53 bits; of a few hours in ns
    pub fn normal(&mut self, mean: f64, deviation: f64) -> i64 {
        const BEYOND: f64 = (1_u64 << 53) as f64;
        let u = ((self.next_u64() >> 11) + 1) as f64 / BEYOND;
        let v = (self.next_u64() >> 11) as f64 / BEYOND;
        let z = (-2.0 * u.ln()).sqrt() * (2.0 * std::f64::consts::PI * v).cos();
        (mean + deviation * z + 0.5).floor().max(0.0) as i64
    }

    /// True once in `n` draws.
    #[inline]
    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// 0, 1, 2 …: each next half as likely, at most 63.
    #[inline]
    pub fn halving(&mut self) -> u32 {
        (self.next_u64() | 1 << 63).trailing_zeros()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_stream_of_seed_1234567() {
        let mut random = SplitMix64::new(1_234_567);
        let drawn: Vec<u64> = (0..3).map(|_| random.next_u64()).collect();
        assert_eq!(drawn, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn normal_draws_have_their_mean_and_deviation() {
        let mut random = SplitMix64::new(3);
        let drawn: Vec<f64> = (0..100_000).map(|_| random.normal(5000.0, 1000.0) as f64).collect();
        let mean = drawn.iter().sum::<f64>() / 1e5;
        let deviation = (drawn.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 1e5).sqrt();
        assert!((mean - 5000.0).abs() < 15.0 && (deviation - 1000.0).abs() < 12.0, "{mean} {deviation}");
        assert!((0..1000).all(|_| random.normal(1.0, 5.0) >= 0));
    }

    #[test]
    fn bounds_hold() {
        let mut random = SplitMix64::new(1);
        assert!((0..1000).all(|_| random.below(7) < 7));
        assert_eq!(random.below(0), 0);
        assert!((0..1000).all(|_| random.halving() <= 63));
    }
}
