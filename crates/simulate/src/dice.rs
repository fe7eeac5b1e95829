//! Seeded randomness: the same numbers on every machine and with every release of our dependencies.
//!
//! The mixer is SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). Being a bijection of a counter, it also makes unique ids.

/// A stream of random numbers, eight bytes of state.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// Scrambles 64 bits; different inputs give different outputs.
pub(crate) fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// One number that stands for two.
pub(crate) fn blend(a: u64, b: u64) -> u64 {
    mix(mix(a.wrapping_add(STEP)) ^ b.wrapping_mul(STEP))
}

impl Dice {
    /// The dice that always lie at this place of this seed.
    pub(crate) fn at(seed: u64, place: u64) -> Self {
        Self(blend(seed, place))
    }

    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mix(self.0)
    }

    /// A whole number under `n`, which is at least one.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        let high = (u128::from(self.roll()) * n as u128) >> 64;
        high as usize
    }

    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low).max(1) as usize) as i64
    }

    /// In [0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        (self.roll() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn range(&mut self, low: f64, high: f64) -> f64 {
        low + self.unit() * (high - low)
    }

    pub(crate) fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    pub(crate) fn among<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// Standard normal, to the precision of four uniforms.
    fn normal(&mut self) -> f64 {
        let bits = self.roll();
        let sum: f64 = (0..4).map(|i| ((bits >> (16 * i)) & 0xffff) as f64 / 65_536.0).sum();
        (sum - 2.0) * 1.732
    }

    pub(crate) fn lognormal(&mut self, median: f64, sigma: f64) -> f64 {
        median * (sigma * self.normal()).exp()
    }

    pub(crate) fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }

    /// An index under `n` where the first are the likeliest (density falls as 1/x).
    pub(crate) fn skewed(&mut self, n: usize) -> usize {
        let x = ((n + 1) as f64).powf(self.unit());
        (x as usize).clamp(1, n) - 1
    }

    pub(crate) fn shuffle<T>(&mut self, list: &mut [T]) {
        for i in (1..list.len()).rev() {
            list.swap(i, self.below(i + 1));
        }
    }
}
