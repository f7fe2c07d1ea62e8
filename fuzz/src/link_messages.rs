//! What a stranger, a device or the service sends over the link: what is read would be written so that it is read
//! again.

use caller_tag::link::seal::{FRAME_LIMIT, Hello, Key, split};
use caller_tag::link::{from_device, from_service, to_device, to_service};

/// Takes the input as a stream of frames, as a hello, and as a message from either side.
pub fn link_messages(input: &[u8]) {
    let mut rest = input;
    while let Ok(Some((body, used))) = split(rest) {
        assert!(body.len() + 2 == used && body.len() <= FRAME_LIMIT);
        assert_eq!(split(&rest[..used]), Ok(Some((body, used))), "the rest of the stream matters");
        assert_eq!(split(&rest[..used - 1]), Ok(None), "cut before it was whole");
        hello(body);
        rest = &rest[used..];
    }
    if let Ok(Some(say)) = from_device(input) {
        assert!(from_device(&to_service(say.clone())) == Ok(Some(say)));
    }
    if let Ok(Some(say)) = from_service(input) {
        assert!(from_service(&to_device(say.clone())) == Ok(Some(say)));
    }
}

/// A hello that was not made with this key is never answered.
fn hello(body: &[u8]) {
    let Ok(hello) = Hello::read(body) else { return };
    assert!(body.windows(hello.device.as_str().len()).any(|part| part == hello.device.as_str().as_bytes()));
    let Ok(key) = Key::parse(&"a5".repeat(32)) else { return };
    let mut welcome = Vec::new();
    assert!(hello.welcome(&key, &mut welcome).is_err() && welcome.is_empty());
}
