//! What pseudonyms are drawn with: permutations of digits, and letters, under a key.
//!
//! Whoever has the key can try originals until one gives the pseudonym; without it nobody can, however few originals
//! there are. Two originals of one kind and length never have the same pseudonym where it is a permutation.
//!
//! Reference: RFC 2104 (HMAC); NIST SP 800-38G for permutations of digits by Feistel networks, whose construction this
//! follows with HMAC in the place of AES and addition by digits.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The fewest bytes that a key of the user may have.
pub const SHORTEST_KEY: usize = 16;

/// As many rounds as NIST asks of FF1.
const ROUNDS: u8 = 10;

/// Most digits that are permuted together; each round draws sixteen bits for each of half of them.
const MOST_DIGITS: usize = 32;

/// A key.
#[derive(Clone)]
pub struct Key(Hmac<Sha256>);

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum NoKey {
    /// It is too short.
    #[error("a key has at least {SHORTEST_KEY} bytes")]
    TooShort,
    /// The system gives no random numbers.
    #[error("no random numbers: {0}")]
    Random(getrandom::Error),
}

/// Does not show it.
impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

impl Key {
    /// A key that nobody has and that is gone when this is.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn random() -> Result<Self, NoKey> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(NoKey::Random)?;
        Self::new(&bytes)
    }

    /// The user's key.
    ///
    /// # Errors
    /// It is too short.
    pub fn new(bytes: &[u8]) -> Result<Self, NoKey> {
        if bytes.len() < SHORTEST_KEY {
            return Err(NoKey::TooShort);
        }
        Hmac::new_from_slice(bytes).map(Self).map_err(|_| NoKey::TooShort)
    }

    /// A code of some parts, each of which may be anything.
    fn code(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// A number for some parts.
    pub(super) fn number(&self, about: &str, parts: &[&[u8]]) -> u32 {
        let [a, b, c, d, ..] = self.code(&[&[about.as_bytes()], parts].concat());
        u32::from_le_bytes([a, b, c, d])
    }

    /// Numbers without end for a text.
    pub(super) fn numbers<'a>(&'a self, about: &'a str, text: &'a [u8]) -> impl Iterator<Item = u16> + 'a {
        (0_u64..).flat_map(move |count| {
            let code = self.code(&[about.as_bytes(), text, &count.to_le_bytes()]);
            std::array::from_fn::<_, 16, _>(|at| u16::from_le_bytes([code[at * 2], code[at * 2 + 1]]))
        })
    }

    /// Other digits below `radix` in the place of these; others for other digits, and others under another `about`.
    pub(super) fn permute(&self, about: &[&[u8]], radix: u8, digits: &mut [u8]) {
        for digits in digits.chunks_mut(MOST_DIGITS) {
            let size = [radix, u8::try_from(digits.len()).unwrap_or(u8::MAX)];
            let (left, right) = digits.split_at_mut(digits.len() / 2);
            for round in 0..ROUNDS {
                let (from, to) = if round % 2 == 0 { (&*right, &mut *left) } else { (&*left, &mut *right) };
                let code = self.code(&[about, &[&size, &[round], from]].concat());
                for (digit, drawn) in to.iter_mut().zip(code.chunks_exact(2)) {
                    let drawn = u16::from_le_bytes([drawn[0], drawn[1]]) % u16::from(radix);
                    *digit = u8::try_from((u16::from(*digit) + drawn) % u16::from(radix)).unwrap_or(0);
                }
            }
        }
    }

    /// As [`permute`](Self::permute), among the digits of which something holds that holds of these.
    pub(super) fn permute_among(&self, about: &[&[u8]], radix: u8, digits: &mut [u8], holds: impl Fn(&[u8]) -> bool) {
        if !holds(digits) {
            return self.permute(about, radix, digits);
        }
        // A permutation comes back to where it began, so this ends.
        loop {
            self.permute(about, radix, digits);
            if holds(digits) {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_permutation_is_one() {
        let key = Key::new(b"sixteen bytes...").unwrap();
        for length in 1..4 {
            let all = 10_usize.pow(length);
            let other = |number: usize| {
                let mut digits: Vec<u8> = (0..length).map(|at| (number / 10_usize.pow(at) % 10) as u8).collect();
                key.permute(&[b"test"], 10, &mut digits);
                digits
            };
            assert_eq!((0..all).map(other).collect::<HashSet<_>>().len(), all);
        }
    }

    #[test]
    fn a_part_of_the_digits_is_permuted_within_itself() {
        let key = Key::new(b"sixteen bytes...").unwrap();
        let among = |number: u8| {
            let mut digits = [number / 16, number % 16];
            key.permute_among(&[b"test"], 16, &mut digits, |digits| digits[0] > 2);
            digits
        };
        let others: HashSet<_> = (0x30..=0xff).map(among).collect();
        assert!(others.len() == 0xd0 && others.iter().all(|digits| digits[0] > 2));
    }

    #[test]
    fn another_key_gives_other_pseudonyms_and_too_short_a_key_none() {
        let digits = |key: &Key| {
            let mut digits = [1; 10];
            key.permute(&[b"test"], 10, &mut digits);
            digits
        };
        let [one, two] = [(); 2].map(|()| Key::random().unwrap());
        assert_ne!(digits(&one), digits(&two));
        assert_eq!(digits(&one), digits(&one));
        assert!(Key::new(b"fifteen bytes..").is_err());
    }
}
