//! What holds for the router whatever happens, in whatever order.

mod world;

use proptest::prelude::*;
use world::{Op, World};

/// Bytes that are empty, a few small words, or anything.
fn payload() -> impl Strategy<Value = Vec<u8>> {
    let words = prop::collection::vec(prop_oneof![4 => 0..4_i32, 1 => any::<i32>()], 0..6);
    prop_oneof![
        2 => Just(Vec::new()),
        4 => words.prop_map(|words| words.iter().flat_map(|word| word.to_ne_bytes()).collect()),
        1 => prop::collection::vec(any::<u8>(), 0..40),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    let number = prop_oneof![8 => 0..64_i32, 1 => any::<i32>()];
    (any::<u8>(), any::<u8>(), any::<u16>(), number, payload()).prop_map(|(kind, phone, code, number, payload)| Op {
        kind,
        phone,
        code,
        number,
        payload,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn every_question_has_one_answer_and_nobody_hears_anothers(
        phones in 1..5_u8,
        begun in any::<bool>(),
        ops in prop::collection::vec(op(), 0..200),
        by_time in any::<bool>(),
    ) {
        let mut world = if begun { World::begun(phones) } else { World::new(phones) };
        for op in &ops {
            world.step(op);
        }
        world.settle(by_time);
    }
}
