//! One-permutation MinHash with densification.
//!
//! One permutation: Li, Owen, Zhang, "One Permutation Hashing", NIPS 2012. Empty bins borrow from others as in
//! Shrivastava, "Optimal Densification for Fast and Accurate Minwise Hashing", ICML 2017: a bin's attempts are drawn
//! from a hash of the bin and the attempt, so that two sets agree in a bin with the probability of their Jaccard
//! similarity whatever the number of empty bins.

use super::{secret::Mixer, tokens::Token};

/// Tokens of a shingle of the skeleton.
const SKELETON_SHINGLE: usize = 4;
/// Tokens of a shingle of the middle.
const MIDDLE_SHINGLE: usize = 3;
/// Fewer tokens have no bands.
const BAND_TOKENS: usize = 8;

const EMPTY: u64 = u64::MAX;

/// Eight bins over the 4-token shingles of a skeleton; none under eight tokens.
pub(crate) fn skeleton_bins(skeleton: &[Token], mixer: &Mixer) -> Option<[u64; 8]> {
    if skeleton.len() < BAND_TOKENS {
        return None;
    }
    let mut bins = [EMPTY; 8];
    let pair = |i: usize| mixer.pair(skeleton[i].hash, skeleton[i + 1].hash);
    let (mut a, mut b) = (pair(0), pair(1));
    for i in 0..=skeleton.len() - SKELETON_SHINGLE {
        let c = pair(i + 2);
        put(&mut bins, mixer.shingle(a, c));
        (a, b) = (b, c);
    }
    densify(&mut bins);
    Some(bins)
}

/// Four bins over the 3-token shingles of the middle of a text; none under three tokens.
pub(crate) fn middle_bins(tokens: &[Token], mixer: &Mixer) -> Option<[u64; 4]> {
    let tokens = middle(tokens);
    if tokens.len() < MIDDLE_SHINGLE {
        return None;
    }
    let mut bins = [EMPTY; 4];
    for shingle in tokens.windows(MIDDLE_SHINGLE) {
        put(&mut bins, mixer.shingle(mixer.pair(shingle[0].hash, shingle[1].hash), shingle[2].hash));
    }
    densify(&mut bins);
    Some(bins)
}

/// What is left when the ends, where a template sits, are taken off.
fn middle(tokens: &[Token]) -> &[Token] {
    let inner = |off: usize, least: usize| {
        let left = tokens.len().checked_sub(2 * off).filter(|left| *left >= least)?;
        Some(&tokens[off..off + left])
    };
    inner(12, 8).or_else(|| inner(4, 6)).unwrap_or(tokens)
}

#[inline]
fn put<const N: usize>(bins: &mut [u64; N], hash: u64) {
    let bin = (hash >> 32) as usize % N;
    bins[bin] = bins[bin].min(hash);
}

/// Fills empty bins; at least one is not empty.
fn densify<const N: usize>(bins: &mut [u64; N]) {
    let found = *bins;
    for (bin, value) in bins.iter_mut().enumerate() {
        let mut attempt = 0;
        while *value == EMPTY {
            *value = found[donor(bin as u64, attempt) as usize % N];
            attempt += 1;
        }
    }
}

/// The bin asked at an attempt; SplitMix64's output function over both numbers.
fn donor(bin: u64, attempt: u64) -> u64 {
    let mut z = (bin << 32 | attempt).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ z >> 31) >> 32
}
