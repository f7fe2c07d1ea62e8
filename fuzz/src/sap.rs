//! The SIM Access Profile: what a client sends is cut and read as it would be written, and whatever it and the modem
//! say, each request has one answer.

use ril_protocol::Errno;
use ril_protocol::frame::split;
use ril_sap::{FRAME_LIMIT, Header, Kind};
use rild_proxy::sap::{Action, Event, MOST_UNANSWERED, Modem, Now, Sap, Session};
use vendor_shim::host::SapMessage;

/// Takes the input as the stream of a client. The modem answers every second request with the last byte of it as the
/// errno and the request itself as the answer, and tells it as news as well.
pub fn sap(stream: &[u8]) {
    let (mut sap, mut actions) = (Sap::new(FRAME_LIMIT, 0), Vec::new());
    sap.handle(Now::ZERO, Event::Modem(Modem::Up), &mut actions);
    sap.handle(Now::ZERO, Event::ClientUp, &mut actions);
    let (mut rest, mut asked, mut answered) = (stream, 0, 0);
    while let Ok(Some((body, used))) = split(rest, FRAME_LIMIT) {
        assert_eq!(split(&rest[..used - 1], FRAME_LIMIT), Ok(None), "cut before it was whole");
        rest = &rest[used..];
        let header = read_back(body);
        asked += usize::from(header.is_some_and(|header| header.kind() == Kind::Request));
        sap.handle(Now::ZERO, Event::FromClient(body), &mut actions);
        for message in replies(&actions) {
            sap.handle(Now::ZERO, Event::FromModem(&message), &mut actions);
        }
        answered += actions.drain(..).filter(is_answer).count();
        assert!(asked - answered <= MOST_UNANSWERED);
    }
    let later = Now::from_secs(3600);
    sap.handle(later, Event::Tick, &mut actions);
    answered += actions.drain(..).filter(is_answer).count();
    assert_eq!(asked, answered);
    sap.handle(later, Event::ClientDown, &mut actions);
    assert!(sap.view().session == Session::Closed || sap.is_ending(), "the modem is to have its SIM");
}

fn read_back(body: &[u8]) -> Option<Header> {
    let header = Header::read(body).ok()?;
    let mut frame = Vec::new();
    header.put(&mut frame);
    assert!(Header::read(&frame[4..]).is_ok_and(|again| again == header));
    Some(header)
}

fn replies(actions: &[Action]) -> Vec<SapMessage> {
    let reply = |action: &Action| match action {
        Action::ToModem { serial, id, payload } if serial % 2 == 0 => {
            let errno = Errno(payload.last().copied().unwrap_or(0).into());
            let answer = SapMessage::Answer { serial: *serial, errno, payload: payload.clone() };
            Some([answer.clone(), answer, SapMessage::Unsolicited { id: id.0, payload: payload.clone() }])
        }
        _ => None,
    };
    actions.iter().filter_map(reply).flatten().collect()
}

fn is_answer(action: &Action) -> bool {
    match action {
        Action::ToClient(frame) => Header::read(&frame[4..]).is_ok_and(|header| header.kind() == Kind::Response),
        _ => false,
    }
}
