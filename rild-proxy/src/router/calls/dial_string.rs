//! What is dialled, as a modem takes it: a number, and behind the first pause what is for the call.
//!
//! The number in front of the first pause is what is judged: whether it is an emergency number, and whether it may
//! change a setting. Some modems pass over a pause, so that a setting with pauses in it is one, too. Of what V.250 and
//! 3GPP have in a dial string beside numbers and pauses (`!`, `@`, `>`, `T`, `P`, `W`, `I`, `G`, `;`), an unprivileged
//! phone says nothing: see the alphabet of numbers in ril-protocol.
//!
//! Reference: ITU-T V.250, 6.3.1; 3GPP TS 27.007, 6.2 and 6.3; TS 22.030, 6.5 for settings.

use ril_protocol::frame::Request;
use ril_protocol::parcel::{self, Reader};
use ril_protocol::payload::Text;
use ril_protocol::secrets::Secret;
use ril_protocol::{RequestCode, RilVersion};

use super::Voice;
use crate::router::session::{changes_shared_setting, is_carriers_code};

/// The modem waits or asks from here on; the digits behind it are for the call itself. AOSP dials without them and
/// sends them as tones when the call is connected.
const PAUSES: [char; 7] = [',', ';', 'p', 'P', 'w', 'W', 'T'];

/// Digits of an emergency number that neither the SIM nor the configuration has: a network may tell a phone of such
/// (3GPP TS 24.008, 10.5.3.13).
const EMERGENCY_DIGITS: std::ops::RangeInclusive<usize> = 2..=6;

/// The number in front of the first pause.
pub(in crate::router) fn number(dialled: &str) -> &str {
    dialled.split(PAUSES).next().unwrap_or_default()
}

/// All of it, as a modem sees it that passes over pauses.
pub(in crate::router) fn without_pauses(dialled: &str) -> String {
    dialled.replace(PAUSES, "")
}

/// Whether dialling this may change a setting that all phones share, in a network of CDMA or of 3GPP.
pub(super) fn may_change_shared_setting(dialled: &str, is_cdma: bool) -> bool {
    let changes = |text: &str| changes_shared_setting(text) || is_carriers_code(text, is_cdma);
    changes(number(dialled)) || changes(&without_pauses(dialled))
}

/// What a request that may dial an emergency number dials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::router) enum Dialling {
    /// This emergency number.
    Emergency(String),
    /// A number like any other, by a request for emergency numbers.
    Ordinary,
    /// No number at all, by such a request.
    Nothing,
}

impl Voice {
    /// What a request dials; `None` if it is for whoever judges ordinary requests.
    ///
    /// DIAL dials an emergency number if that is what stands in front of the first pause. The vendor's own request
    /// dials nothing else, and a privileged phone knows what it does. That of another phone is an emergency call if the
    /// number is one, or is as short as one; else it is dialled like any other number.
    pub(in crate::router) fn dialling(
        &self,
        request: &Request<'_>,
        is_privileged: bool,
        version: RilVersion,
    ) -> Option<Dialling> {
        let own_way = self.numbers.is_emergency_request(request.code);
        if request.code != RequestCode::DIAL && !own_way {
            return None;
        }
        let address = parcel::decode::<Text>(request.payload, version).ok().flatten();
        if own_way && is_privileged {
            // What is wrong with the rest is no reason to refuse the call.
            let address = address.unwrap_or_default();
            let is_number = !address.is_empty() && is_whole(&address);
            return Some(if is_number { Dialling::Emergency(address) } else { Dialling::Nothing });
        }
        let Some(address) = address else { return own_way.then_some(Dialling::Nothing) };
        let front = number(&address);
        if self.numbers.is_emergency(front) || own_way && is_short(front) {
            return Some(Dialling::Emergency(front.to_owned()));
        }
        let is_number =
            address.contains(|c: char| c.is_ascii_digit()) && Secret::Number.alphabet().spells(address.encode_utf16());
        own_way.then_some(if is_number { Dialling::Ordinary } else { Dialling::Nothing })
    }
}

/// The arguments of DIAL with this number in the place of theirs.
pub(super) fn with_number(dial: &[u8], number: &str, version: RilVersion) -> Vec<u8> {
    let mut reader = Reader::new(dial, version);
    match reader.string() {
        Ok(Some(address)) if address != number => {
            [&parcel::encode(&Some(number.to_owned()), version), reader.rest()].concat()
        }
        _ => dial.to_vec(),
    }
}

fn is_short(number: &str) -> bool {
    EMERGENCY_DIGITS.contains(&number.len()) && number.bytes().all(|c| c.is_ascii_digit())
}

/// Whether nothing ends it, or the command that it is written into.
fn is_whole(text: &str) -> bool {
    !text.contains(['\0', '\n', '\r'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_ends_with_the_first_pause() {
        for (dialled, front) in
            [("5550100", "5550100"), ("5550100,1,2", "5550100"), ("1w2p3", "1"), (";1", ""), ("", "")]
        {
            assert_eq!(number(dialled), front);
        }
        assert_eq!(without_pauses("5,5;0p1w2"), "55012");
    }

    #[test]
    fn another_number_leaves_the_rest_as_it_is() {
        let version = RilVersion::COMMON;
        let text = |number: &str| parcel::encode(&Some(number.to_owned()), version);
        let dial = |number: &str| [&text(number)[..], &[1, 0, 0, 0, 0, 0, 0, 0]].concat();
        assert_eq!(with_number(&dial("112;1"), "112", version), dial("112"));
        assert_eq!(with_number(&dial("112"), "112", version), dial("112"));
        assert_eq!(with_number(&[7, 0, 0, 0], "", version), [7, 0, 0, 0]);
    }
}
