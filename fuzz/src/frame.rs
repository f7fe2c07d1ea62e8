//! Frames: cutting never depends on how the stream arrives, and what is parsed is what would be written.

use ril_protocol::frame::{Message, REQUEST_LIMIT, Request, split};

/// Takes the input as a byte stream, in both directions.
pub fn frame(stream: &[u8]) {
    let mut rest = stream;
    while let Ok(Some((body, used))) = split(rest, REQUEST_LIMIT) {
        assert!(body.len() + 4 == used && body.len() <= REQUEST_LIMIT);
        assert_eq!(split(&rest[..used], REQUEST_LIMIT), Ok(Some((body, used))), "the rest of the stream matters");
        assert_eq!(split(&rest[..used - 1], REQUEST_LIMIT), Ok(None), "cut before it was whole");
        request(body, &rest[..used]);
        message(body);
        rest = &rest[used..];
    }
}

fn request(body: &[u8], whole: &[u8]) {
    let Some(request) = Request::parse(body) else { return assert!(body.len() < 8) };
    let mut written = Vec::new();
    request.put(&mut written);
    assert_eq!(written, whole);
}

fn message(body: &[u8]) {
    let Some(message) = Message::parse(body) else { return };
    let mut written = Vec::new();
    message.put(&mut written);
    assert_eq!(Message::parse(&written[4..]), Some(message));
}
