//! The names of messages at a service centre, which are written in one way in its answers and perhaps in another in its
//! receipts.
//!
//! SMPP 3.4 leaves open what a `message_id` looks like (section 5.2.23), and says decimal for the text of a receipt
//! (appendix B). So there are service centres that answer in hexadecimal and send receipts in decimal, and the other
//! way round; which, the operator knows ([`ReceiptIds`]). It does not guess: `10` may be two messages. A name that is
//! no number, or none of the kind that was agreed on, stays as it is.

use crate::settings::ReceiptIds;

/// What a message is kept under that was answered for with this id. TLVs of receipts repeat it, too (section 5.3.2.12).
pub(super) fn of_answer(ids: ReceiptIds, id: &str) -> String {
    match ids {
        ReceiptIds::Same => id.to_owned(),
        ReceiptIds::Decimal => number(id, 16),
        ReceiptIds::Hexadecimal => number(id, 10),
    }
}

/// What the message is kept under that the text of a receipt names.
pub(super) fn of_text(ids: ReceiptIds, id: &str) -> String {
    match ids {
        ReceiptIds::Same => id.to_owned(),
        ReceiptIds::Decimal => number(id, 10),
        ReceiptIds::Hexadecimal => number(id, 16),
    }
}

/// Under what a message would be kept that was answered for in the other base, by what to configure then: to tell the
/// operator.
pub(super) fn otherwise(id: &str) -> Vec<(ReceiptIds, String)> {
    let mut names = Vec::new();
    if let Ok(value) = id.parse::<u128>() {
        let hexadecimal = [format!("{value:x}"), format!("{value:X}"), format!("{value:08x}"), format!("{value:08X}")];
        names.extend(hexadecimal.map(|name| (ReceiptIds::Decimal, name)));
    }
    if let Ok(value) = u128::from_str_radix(id, 16) {
        let decimal = [format!("{value}"), format!("{value:010}")];
        names.extend(decimal.map(|name| (ReceiptIds::Hexadecimal, name)));
    }
    names
}

/// The number that is written there, without zeros in front.
fn number(id: &str, base: u32) -> String {
    let digits = id.chars().all(|digit| digit.is_digit(base));
    let value = u128::from_str_radix(id, base).ok().filter(|_| digits);
    value.map_or_else(|| id.to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_and_its_receipt_meet() {
        for (ids, answer, receipt) in [
            (ReceiptIds::Same, "01AB", "01AB"),
            (ReceiptIds::Decimal, "01AB", "0000000427"),
            (ReceiptIds::Decimal, "1ab", "427"),
            (ReceiptIds::Hexadecimal, "0000000427", "1aB"),
            // What is no number of the kind is what it is.
            (ReceiptIds::Decimal, "perl-1", "perl-1"),
            (ReceiptIds::Hexadecimal, "+427", "+427"),
            (ReceiptIds::Decimal, "", ""),
        ] {
            assert_eq!(of_answer(ids, answer), of_text(ids, receipt), "{ids:?} {answer} {receipt}");
        }
        assert_ne!(of_answer(ReceiptIds::Same, "1ab"), of_text(ReceiptIds::Same, "1AB"));
        assert_ne!(of_answer(ReceiptIds::Decimal, "427"), of_text(ReceiptIds::Decimal, "427"));
        let longest = "f".repeat(64);
        assert_eq!(of_answer(ReceiptIds::Decimal, &longest), longest);
    }

    #[test]
    fn what_would_meet_in_the_other_base_is_found() {
        let ids = |id, name: &str| {
            otherwise(id).into_iter().filter(|(_, known)| known == name).map(|(ids, _)| ids).collect::<Vec<_>>()
        };
        assert_eq!(ids("427", "1ab"), [ReceiptIds::Decimal]);
        assert_eq!(ids("0000000427", "000001AB"), [ReceiptIds::Decimal]);
        assert_eq!(ids("1AB", "0000000427"), [ReceiptIds::Hexadecimal]);
        assert_eq!(ids("perl-1", "perl-1"), []);
    }
}
