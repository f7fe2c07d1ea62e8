//! What holds of messages inside messages, keyed (HMAC-SHA-256, RFC 2104) and not.

use caller_tag::suffix1::Tag;
use caller_tag::text::{Id, MOST_PIECES, Pieces, ROOM, SealError, Sealer, Way, unkeyed};
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use proptest::sample::Index;
use sha2::Sha256;

/// The characters that the GSM 7-bit default alphabet has at the code that they have in ASCII (TS 23.038 section
/// 6.2.1).
const SAFE: &str = " !\"#%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

fn keyed(key: &[u8]) -> Sealer<impl Fn(&[u8]) -> u64> {
    let key = key.to_owned();
    Sealer {
        mac: move |message: &[u8]| {
            let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a key of any length will do");
            mac.update(message);
            u64::from_be_bytes(mac.finalize().into_bytes()[..8].try_into().expect("eight bytes"))
        },
    }
}

fn tag() -> impl Strategy<Value = Tag> {
    (0..=9_u8).prop_map(|digit| Tag::new(digit).expect("a digit"))
}

fn way() -> impl Strategy<Value = Way> {
    prop_oneof![Just(Way::FromPhone), Just(Way::ToPhone)]
}

fn other(way: Way) -> Way {
    match way {
        Way::FromPhone => Way::ToPhone,
        Way::ToPhone => Way::FromPhone,
    }
}

fn id() -> impl Strategy<Value = Id> {
    any::<[u8; 8]>().prop_map(Id)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_tpdu_comes_back_from_texts_in_any_order(
        way in way(), tag in tag(), id in id(), key in any::<[u8; 16]>(), has_key in any::<bool>(),
        tpdu in prop::collection::vec(any::<u8>(), 1..=232), order in Just([0, 1, 2]).prop_shuffle(), again in 0..3_usize,
    ) {
        let keyed = keyed(&key);
        let sealer = Sealer { mac: |message: &[u8]| if has_key { (keyed.mac)(message) } else { unkeyed(message) } };
        let texts = sealer.seal(way, tag, id, &tpdu).expect("it fits");
        prop_assert_eq!(texts.len(), tpdu.len().div_ceil(ROOM));
        let (mut pieces, mut whole) = (Pieces::default(), None);
        for text in order.into_iter().chain([again]).filter_map(|at| texts.get(at)) {
            prop_assert!(text.len() <= 160 && text.chars().all(|character| SAFE.contains(character)));
            let envelope = sealer.open(way, &format!("  {text}\r\n")).expect("it was sealed");
            prop_assert_eq!((envelope.tag, envelope.id), (tag, id));
            if let Some(now) = pieces.add(&envelope) {
                prop_assert_eq!(whole.replace(now), None, "whole once");
            }
        }
        prop_assert_eq!(whole, Some(tpdu));
    }

    /// What is opened is exactly what is sealed: so what anybody writes is an ordinary text.
    #[test]
    fn what_anybody_writes_is_an_ordinary_text(
        text in any::<String>(), like in "(CT1:)?[A-Za-z0-9+/]{0,156}[=. ]{0,2}", way in way(), key in any::<[u8; 16]>(),
    ) {
        for text in [text, like] {
            prop_assert_eq!(Sealer { mac: unkeyed }.open(way, &text), None);
            prop_assert_eq!(keyed(&key).open(way, &text), None);
        }
    }

    #[test]
    fn a_changed_text_is_an_ordinary_one(
        way in way(), tag in tag(), id in id(), tpdu in prop::collection::vec(any::<u8>(), 1..=ROOM),
        at in any::<Index>(), character in any::<Index>(), key in any::<[u8; 16]>(),
    ) {
        let sealer = keyed(&key);
        let text = sealer.seal(way, tag, id, &tpdu).expect("it fits").remove(0);
        let (at, character) = (at.index(text.len()), SAFE.as_bytes()[character.index(SAFE.len())]);
        let mut changed = text.clone().into_bytes();
        changed[at] = character;
        let changed = String::from_utf8(changed).expect("ASCII");
        prop_assert_eq!(sealer.open(way, &changed).is_some(), changed == text, "{} at {}", char::from(character), at);
        prop_assert_eq!(sealer.open(way, &text[..at]), None);
        prop_assert_eq!(sealer.open(other(way), &text), None);
    }

    #[test]
    fn a_stranger_without_the_key_writes_ordinary_texts(
        way in way(), tag in tag(), id in id(), tpdu in prop::collection::vec(any::<u8>(), 1..=ROOM),
        key in any::<[u8; 16]>(), guess in any::<[u8; 16]>(),
    ) {
        prop_assume!(key != guess);
        for text in [Sealer { mac: unkeyed }.seal(way, tag, id, &tpdu), keyed(&guess).seal(way, tag, id, &tpdu)] {
            prop_assert_eq!(keyed(&key).open(way, &text.expect("it fits")[0]), None);
        }
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let (sealer, tag) = (Sealer { mac: unkeyed }, Tag::new(2).expect("a digit"));
    let seal = |length: usize| sealer.seal(Way::ToPhone, tag, Id([7; 8]), &vec![0; length]).map(|texts| texts.len());
    assert_eq!(seal(0), Err(SealError::Empty));
    assert_eq!((seal(1), seal(ROOM), seal(ROOM + 1)), (Ok(1), Ok(1), Ok(2)));
    assert_eq!(seal(ROOM * MOST_PIECES), Ok(3));
    assert_eq!(seal(ROOM * MOST_PIECES + 1), Err(SealError::TooLong));
}

#[test]
fn pieces_of_another_count_are_left_out() {
    let (sealer, tag) = (Sealer { mac: unkeyed }, Tag::new(2).expect("a digit"));
    let open = |length: usize, at: usize| {
        let texts = sealer.seal(Way::FromPhone, tag, Id([7; 8]), &vec![length as u8; length]).expect("it fits");
        sealer.open(Way::FromPhone, &texts[at]).expect("it was sealed")
    };
    let mut pieces = Pieces::default();
    assert_eq!(pieces.add(&open(150, 0)), None);
    assert_eq!(pieces.add(&open(232, 1)), None);
    assert_eq!(pieces.add(&open(232, 2)), None);
    assert_eq!(pieces.add(&open(150, 1)), Some(vec![150; 150]));
}

/// The two sides may run different versions of this crate: what is signed, and how it is shown, stays as it is. The
/// texts were computed apart from it, with Python's `hmac` and `base64`.
#[test]
fn the_text_is_what_it_has_always_been() {
    let (tag, id) = (Tag::new(7).expect("a digit"), Id([1, 2, 3, 4, 5, 6, 7, 8]));
    let seal = |text: Result<Vec<String>, SealError>| text.expect("it fits").remove(0);
    assert_eq!(
        seal(keyed(b"sixteen byte key").seal(Way::ToPhone, tag, id, b"tpdu")),
        "CT1:JwEBAgMEBQYHCHRwZHUcpMvyw4jN3g"
    );
    assert_eq!(
        seal(Sealer { mac: unkeyed }.seal(Way::FromPhone, tag, id, b"tpdu")),
        "CT1:FwEBAgMEBQYHCHRwZHXTBsBbtLuRtA"
    );
}
