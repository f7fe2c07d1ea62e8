//! A cursor over octets that knows its offset and names the field it was reading when the octets ran out.

use super::error::{DecodeError, DecodeReason, Field};

pub(super) struct Reader<'a> {
    octets: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(octets: &'a [u8]) -> Self {
        Reader { octets, at: 0 }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn is_empty(&self) -> bool {
        self.at == self.octets.len()
    }

    pub(super) fn octet(&mut self, field: Field) -> Result<u8, DecodeError> {
        let [octet] = self.array(field)?;
        Ok(octet)
    }

    pub(super) fn array<const N: usize>(&mut self, field: Field) -> Result<[u8; N], DecodeError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(field, N)?);
        Ok(array)
    }

    pub(super) fn take(&mut self, field: Field, count: usize) -> Result<&'a [u8], DecodeError> {
        let rest = self.peek_rest();
        match rest.split_at_checked(count) {
            Some((taken, _)) => {
                self.at += count;
                Ok(taken)
            }
            None => {
                let reason = DecodeReason::Truncated { missing: count - rest.len() };
                Err(DecodeError { field, at: self.octets.len(), reason })
            }
        }
    }

    pub(super) fn rest(&mut self) -> &'a [u8] {
        let rest = self.peek_rest();
        self.at = self.octets.len();
        rest
    }

    /// Refuses octets behind the last field.
    pub(super) fn finish(self, field: Field) -> Result<(), DecodeError> {
        match self.peek_rest().len() {
            0 => Ok(()),
            count => Err(DecodeError { field, at: self.at, reason: DecodeReason::Trailing { count } }),
        }
    }

    fn peek_rest(&self) -> &'a [u8] {
        self.octets.get(self.at..).unwrap_or_default()
    }
}
