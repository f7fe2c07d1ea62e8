//! The RP layer around a TPDU (3GPP TS 24.011 sections 7.3 and 8.2), as SIP carries it to a phone (TS 24.341).
//!
//! This service stands in for the phone: it reads what the network sends to one, and answers as one.

use ril_protocol::sms_pdu::MAX_TPDU;

/// RP-DATA from the network.
const DATA: u8 = 0b001;
/// RP-ACK to the network.
const ACK: u8 = 0b010;
/// The bits of the message type; the others are spare.
const TYPE: u8 = 0b111;

/// An RP-DATA from the network.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Data {
    /// By which the answer names it.
    pub(crate) reference: u8,
    /// The TPDU in it.
    pub(crate) tpdu: Vec<u8>,
}

/// Reads an RP-DATA from the network; `None` when it is none.
pub(crate) fn data(octets: &[u8]) -> Option<Data> {
    let ([kind, reference], rest) = octets.split_first_chunk::<2>()?;
    let (_originator, rest) = field(rest)?;
    let (_destination, rest) = field(rest)?;
    let (tpdu, rest) = field(rest)?;
    let whole = kind & TYPE == DATA && rest.is_empty() && !tpdu.is_empty() && tpdu.len() <= MAX_TPDU;
    whole.then(|| Data { reference: *reference, tpdu: tpdu.to_vec() })
}

/// The answer that an RP-DATA is taken.
pub(crate) fn ack(reference: u8) -> Vec<u8> {
    vec![ACK, reference]
}

/// Octets behind their length, and what is behind them.
fn field(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = octets.split_first()?;
    rest.split_at_checked(usize::from(*length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn data_from_the_network_is_read() {
        let octets = [0x01, 0x2a, 0x03, 0x91, 0x51, 0x55, 0x00, 0x02, 0x04, 0x0b];
        let data = data(&octets).expect("RP-DATA");
        assert_eq!((data.reference, data.tpdu.as_slice()), (0x2a, &[0x04, 0x0b][..]));
        assert_eq!(ack(0x2a), [0x02, 0x2a]);
    }

    #[test]
    fn everything_else_is_none() {
        let right = [0x01, 0x2a, 0x00, 0x00, 0x02, 0x04, 0x0b];
        assert!(data(&right).is_some());
        for length in 0..right.len() {
            assert!(data(&right[..length]).is_none(), "{length}");
        }
        assert!(data(&[right.as_slice(), &[0]].concat()).is_none());
        assert!(data(&[0x00, 0x2a, 0x00, 0x00, 0x02, 0x04, 0x0b]).is_none(), "from a phone");
        assert!(data(&[0x01, 0x2a, 0x00, 0x00, 0x00]).is_none(), "empty");
    }

    proptest! {
        #[test]
        fn no_octets_hurt(octets in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = data(&octets);
        }
    }
}
