//! Which numbers are emergency numbers.
//!
//! A handset with a SIM treats 112, 911 and the numbers in the SIM's EF_ECC as emergency numbers, one without also 000,
//! 08, 110, 118, 119 and 999 (3GPP TS 22.101, 10.1.1). The router knows the first two; taking a call for an emergency
//! that is none only means that policy does not apply to it.

/// Whether dialling this reaches an emergency service. Separators and a leading CLIR code (`*31#`, `#31#`) are skipped.
pub(in crate::router) fn is_emergency(address: &str) -> bool {
    let digits = address.trim_start_matches("*31#").trim_start_matches("#31#");
    let mut digits = digits.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')' | '/'));
    let number: [Option<char>; 4] = std::array::from_fn(|_| digits.next());
    matches!(number, [Some('1'), Some('1'), Some('2'), None] | [Some('9'), Some('1'), Some('1'), None])
}

#[cfg(test)]
mod tests {
    use super::is_emergency;

    #[test]
    fn only_the_whole_number_counts() {
        for number in ["112", "911", "9-1-1", "#31#112", "*31#911", " 112 "] {
            assert!(is_emergency(number), "{number}");
        }
        for number in ["", "1", "11", "1120", "9112", "+112", "91", "19911", "#31#"] {
            assert!(!is_emergency(number), "{number}");
        }
    }
}
