//! Numbers and ranges of numbers in a text: `+15550100001`, `+15550100000-+15550100099`.
//!
//! They stand apart by white space or commas; what follows `#` on a line is a comment. At most [`MOST`] numbers are
//! taken at once, so that a slip of the finger does not fill the database.

use caller_tag::{E164, NotE164};

/// The most numbers that one text may name.
const MOST: usize = 10_000;

/// Why a text does not name numbers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotNumbers {
    /// Nothing is there.
    #[error("no number is given")]
    Empty,
    /// The ends of a range differ in length, or the last one comes first.
    #[error("line {line}: the ends of a range must be of equal length, the lower one first")]
    BadRange {
        /// Counted from 1.
        line: usize,
    },
    /// Something is not a full international number.
    #[error("line {line}: {why}")]
    NotANumber {
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        why: NotE164,
    },
    /// More than `MOST`.
    #[error("more than {MOST} numbers at once")]
    TooMany,
}

/// Every number that `text` names, in its order.
///
/// # Errors
/// [`NotNumbers`] with the line of the first mistake.
pub fn parse_numbers(text: &str) -> Result<Vec<E164>, NotNumbers> {
    let mut numbers = Vec::new();
    for (text, line) in text.lines().zip(1..) {
        let text = text.split('#').next().unwrap_or_default();
        for entry in text.split(|between: char| between.is_whitespace() || between == ',') {
            if !entry.is_empty() {
                add(entry, line, &mut numbers)?;
            }
        }
    }
    if numbers.is_empty() { Err(NotNumbers::Empty) } else { Ok(numbers) }
}

fn add(entry: &str, line: usize, numbers: &mut Vec<E164>) -> Result<(), NotNumbers> {
    let parse = |text: &str| E164::parse(text).map_err(|why| NotNumbers::NotANumber { line, why });
    let (first, last) = entry.split_once('-').unwrap_or((entry, entry));
    let (first, last) = (parse(first)?, parse(last)?);
    let bad = NotNumbers::BadRange { line };
    // Fifteen digits fit.
    let (Ok(low), Ok(high)) = (first.digits().parse::<u64>(), last.digits().parse::<u64>()) else { return Err(bad) };
    if first.digits().len() != last.digits().len() || low > high {
        return Err(bad);
    }
    let count = usize::try_from(high - low).unwrap_or(usize::MAX);
    if count >= MOST || numbers.len() + count >= MOST {
        return Err(NotNumbers::TooMany);
    }
    for number in low..=high {
        numbers.push(parse(&number.to_string())?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Vec<String> {
        parse_numbers(text).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn numbers_and_ranges_of_a_file() {
        let text = "# ours\n+15550100001, +15550100003 # two\n\n15550100008-15550100010\n";
        assert_eq!(named(text), ["+15550100001", "+15550100003", "+15550100008", "+15550100009", "+15550100010"]);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let wrong = |text: &str| parse_numbers(text).unwrap_err();
        assert_eq!(wrong(" # nothing\n"), NotNumbers::Empty);
        assert_eq!(wrong("\n+1555"), NotNumbers::NotANumber { line: 2, why: NotE164::Impossible });
        assert_eq!(wrong("+15550100001-"), NotNumbers::NotANumber { line: 1, why: NotE164::NotDigits });
        assert_eq!(wrong("+15550100002-+15550100001"), NotNumbers::BadRange { line: 1 });
        assert_eq!(wrong("+15550100000-+15550110000"), NotNumbers::TooMany);
        assert_eq!(wrong("+15550100000-+15550104999 +15550110000-+15550115000"), NotNumbers::TooMany);
        assert_eq!(parse_numbers("+15550100000-+15550109999").map(|all| all.len()), Ok(MOST));
    }
}
