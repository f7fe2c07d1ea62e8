//! What a rild has said of itself since it was connected to: its version and the state of its radio.
//!
//! A vendor library may say `RIL_CONNECTED` itself, and libril passes it on like any other message: with whatever
//! version the library gives, and without the state of the radio, which libril says to whoever connects and does not
//! say again then. To the router it is the beginning of all that the modem side knows. So the rest of a greeting is
//! added here as the rild has said it: the version that its messages have, and the state that its radio has.
//!
//! Reference: `libril/ril.cpp` (`onNewCommandConnect`, `RIL_onUnsolicitedResponse`).

use ril_protocol::frame::{Message, Unsolicited};
use ril_protocol::parcel::word_at;
use ril_protocol::{RilVersion, UnsolCode};

/// As payloads.
#[derive(Debug, Default)]
pub(super) struct Greeting {
    version: Option<Vec<u8>>,
    radio: Option<Vec<u8>>,
}

impl Greeting {
    /// The version that the rild has said first; the common one until then.
    pub(super) fn version(&self) -> RilVersion {
        self.version.as_deref().and_then(|payload| word_at(payload, 0)).map_or(RilVersion::COMMON, RilVersion)
    }

    /// Appends what the router is to hear when the rild says this, which is `frame` as a whole.
    pub(super) fn pass_on(&mut self, message: Option<&Message<'_>>, frame: &[u8], out: &mut Vec<u8>) {
        match message {
            Some(Message::Unsolicited(news)) if news.code == UnsolCode::RIL_CONNECTED => {
                let Some(version) = &self.version else {
                    self.version = Some(news.payload.to_vec());
                    return out.extend_from_slice(frame);
                };
                Unsolicited { payload: version, ..*news }.put(out);
                if let Some(radio) = &self.radio {
                    Unsolicited::new(UnsolCode::RESPONSE_RADIO_STATE_CHANGED, radio).put(out);
                }
            }
            Some(Message::Unsolicited(news)) if news.code == UnsolCode::RESPONSE_RADIO_STATE_CHANGED => {
                self.radio = Some(news.payload.to_vec());
                out.extend_from_slice(frame);
            }
            _ => out.extend_from_slice(frame),
        }
    }
}

#[cfg(test)]
mod tests {
    use ril_protocol::frame::split;

    use super::*;

    const CONNECTED: UnsolCode = UnsolCode::RIL_CONNECTED;
    const RADIO: UnsolCode = UnsolCode::RESPONSE_RADIO_STATE_CHANGED;

    /// What the router hears when the rild says these one after the other.
    fn heard(said: &[(UnsolCode, &[u8])]) -> Vec<(UnsolCode, Vec<u8>)> {
        let (mut greeting, mut out) = (Greeting::default(), Vec::new());
        for (code, payload) in said {
            let mut frame = Vec::new();
            Unsolicited::new(*code, payload).put(&mut frame);
            greeting.pass_on(Message::parse(&frame[4..]).as_ref(), &frame, &mut out);
        }
        let mut heard = Vec::new();
        while let Some((body, used)) = split(&out, 1000).unwrap() {
            let Some(Message::Unsolicited(news)) = Message::parse(body) else { panic!("news") };
            heard.push((news.code, news.payload.to_vec()));
            out.drain(..used);
        }
        heard
    }

    #[test]
    fn what_is_said_once_passes_as_it_is() {
        let said: [(UnsolCode, &[u8]); 4] =
            [(CONNECTED, b"12  "), (RADIO, b"off "), (UnsolCode::ON_USSD, b""), (RADIO, b"on  ")];
        assert_eq!(heard(&said), said.map(|(code, payload)| (code, payload.to_vec())));
    }

    #[test]
    fn a_rild_that_begins_anew_has_the_version_and_the_radio_that_it_had() {
        let said: [(UnsolCode, &[u8]); 5] =
            [(CONNECTED, b"12  "), (RADIO, b"off "), (RADIO, b"on  "), (CONNECTED, b"999 "), (CONNECTED, b"")];
        let again = [(CONNECTED, b"12  ".to_vec()), (RADIO, b"on  ".to_vec())];
        assert_eq!(heard(&said)[3..], [again.clone(), again].concat());
    }
}
