//! The router, with clients and a modem that do anything: every promise of `world` holds.

use crate::world::{Op, World};

/// The first byte is the number of phones, the second how it begins and ends; operations follow.
///
/// An operation is its kind, phone, code (two bytes), number (one byte; 255 for an extreme), the length of its payload
/// and the payload.
pub fn router_events(input: &[u8]) {
    let [phones, how, rest @ ..] = input else { return };
    let phones = phones % 4 + 1;
    let mut world = if how % 2 == 0 { World::new(phones) } else { World::begun(phones) };
    let mut rest = rest;
    while let Some((op, behind)) = operation(rest) {
        world.step(&op);
        rest = behind;
    }
    world.settle(how & 2 == 0);
}

fn operation(input: &[u8]) -> Option<(Op, &[u8])> {
    let [kind, phone, low, high, number, len, rest @ ..] = input else { return None };
    let (payload, rest) = rest.split_at_checked(usize::from(*len)).unwrap_or((rest, &[]));
    let number = if *number == u8::MAX { i32::MIN } else { i32::from(*number) };
    let code = u16::from_le_bytes([*low, *high]);
    Some((Op { kind: *kind, phone: *phone, code, number, payload: payload.to_vec() }, rest))
}
