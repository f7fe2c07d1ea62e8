//! Texts that nobody should hand to a library.
//!
//! Many libraries write texts into AT commands, some of them between quotation marks and some not: a text with a line
//! end, a quotation mark or a semicolon in it may be a command of its own, which switches the radio off or tries a PIN.
//! So the texts of an unprivileged phone are what texts of their kind are made of, and nothing else. Privileged phones
//! may do what such commands can do; but a C library sees a text up to its first NUL, and a line end is a command's, so
//! that what is behind them is never what was judged here. Emergency calls do not come this way.
//!
//! Nor do they come this way whose texts cannot be read: AOSP's rild takes a length below zero for an absent text, and
//! reads on.
//!
//! Texts are looked at where they lie in the payload, for this happens to every request.

use ril_protocol::RequestCode;
use ril_protocol::dialect::Shape;
use ril_protocol::parcel::{DecodeError, Reader};
use ril_protocol::secrets::{Secret, Units, first_text, request_texts, unknown_strings};

use super::Router;

/// What no phone's text may have.
const ENDS: [u16; 3] = [0, b'\n' as u16, b'\r' as u16];

impl Router {
    /// Whether the texts of a request are such as this phone may send.
    pub(super) fn are_texts_allowed(&self, is_privileged: bool, code: RequestCode, payload: &[u8]) -> bool {
        let reader = Reader::new(payload, self.version());
        if is_privileged {
            return self.look_at_texts(code, reader, |_, mut units| !units.any(|unit| ENDS.contains(&unit)))
                != Ok(false);
        }
        self.look_at_texts(code, reader, |kind, units| kind.alphabet().spells(units)) == Ok(true)
    }

    fn look_at_texts(
        &self,
        code: RequestCode,
        mut reader: Reader<'_>,
        look: impl FnMut(Secret, Units<'_>) -> bool,
    ) -> Result<bool, DecodeError> {
        if let Some(row) = code.row() {
            return request_texts(row, &mut reader, look);
        }
        // What the dialect does not know either is for privileged phones, and has no shape.
        match self.dialect.request_shapes(code) {
            Some((Shape::Text, _)) => first_text(&mut reader, Secret::Unknown, look),
            Some((Shape::Dial, _)) => first_text(&mut reader, Secret::Number, look),
            Some((Shape::Strings, _)) => unknown_strings(&mut reader, look),
            Some((Shape::Nothing | Shape::Ints | Shape::Raw, _)) | None => Ok(true),
        }
    }
}
