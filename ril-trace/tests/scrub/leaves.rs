//! All values of a payload that may hold secrets, in their order.

use ril_protocol::secrets::{Censor, Secret};

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Leaf {
    Text(String),
    Int(i32),
    Bytes(Vec<u8>),
}

/// Collects them and changes nothing.
#[derive(Default)]
pub(crate) struct Leaves(pub(crate) Vec<(Secret, Leaf)>);

impl Censor for Leaves {
    fn text(&mut self, secret: Secret, text: &mut String) {
        self.0.push((secret, Leaf::Text(text.clone())));
    }

    fn int(&mut self, secret: Secret, value: &mut i32) {
        self.0.push((secret, Leaf::Int(*value)));
    }

    fn bytes(&mut self, secret: Secret, bytes: &mut Vec<u8>) {
        self.0.push((secret, Leaf::Bytes(bytes.clone())));
    }
}
