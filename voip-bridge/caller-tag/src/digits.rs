//! At most fifteen decimal digits, held in place (ITU-T E.164 section 6.1 sets the fifteen).

/// The most digits that an international number may have, its country calling code included.
pub(crate) const MAX_DIGITS: usize = 15;

/// A string of 0 to 15 ASCII digits that needs no heap.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Digits {
    /// Unused places stay zero, so that equality may look at all of them.
    bytes: [u8; MAX_DIGITS],
    len: u8,
}

impl Digits {
    /// The digits of `parts` in a row; `None` when there are more than fifteen or something is not a digit.
    pub(crate) fn concat(parts: &[&str]) -> Option<Self> {
        let mut digits = Self::default();
        for byte in parts.iter().flat_map(|part| part.bytes()) {
            if !byte.is_ascii_digit() {
                return None;
            }
            *digits.bytes.get_mut(usize::from(digits.len))? = byte;
            digits.len += 1;
        }
        Some(digits)
    }

    pub(crate) fn as_str(&self) -> &str {
        // Only `concat` fills the bytes, and only with ASCII digits.
        self.bytes.get(..usize::from(self.len)).and_then(|used| std::str::from_utf8(used).ok()).unwrap_or_default()
    }
}
