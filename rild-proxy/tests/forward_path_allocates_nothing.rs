//! Once warm, a message on its way through the router costs no allocation, nor does an answer from memory.

#![allow(unsafe_code, reason = "an allocator that counts is one that is written by hand")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::Duration;

use ril_protocol::frame::{Reply, Request, Unsolicited};
use ril_protocol::payload::sim::{SimIo, SimIoResponse};
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, parcel};
use rild_proxy::config::{Config, Phone};
use rild_proxy::router::{Action, Actions, Event, PhoneId, Router};

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, counting for each thread.
struct Counting;

// SAFETY: every call goes to the system's allocator as it came; counting touches no memory of the caller's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`, and `place` came from `System`.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

const NOW: Duration = Duration::from_secs(1);

struct Running {
    router: Router,
    actions: Actions,
    frame: Vec<u8>,
    /// Serials of the requests that the modem was sent.
    asked: Vec<i32>,
    /// Frames that phones were sent.
    heard: usize,
    /// The arguments of a SIM_IO whose answer is known.
    read: Vec<u8>,
    phones: usize,
}

impl Running {
    fn new(phones: usize) -> Self {
        let phone = |n| Phone { name: format!("phone{n}"), ..Default::default() };
        let router = Router::new(&Config { phone: (0..phones).map(phone).collect(), ..Default::default() });
        let read = SimIo { command: 0xb0, file_id: 0x6f46, path: Some("3F007F20".to_owned()), ..Default::default() };
        let read = parcel::encode(&read, RilVersion::COMMON);
        let (actions, frame, asked) = (Actions::default(), Vec::new(), Vec::new());
        let mut running = Self { router, actions, frame, asked, heard: 0, read: read.clone(), phones };
        running.unsolicited(UnsolCode::RIL_CONNECTED, &parcel::encode(&vec![12], Default::default()));
        for phone in 0..phones {
            running.handle(Event::PhoneUp(PhoneId(phone)));
        }
        running.request(0, 1, RequestCode::SIM_IO, &read);
        let content = SimIoResponse { sw1: 0x90, sw2: 0, response: Some("00".to_owned()) };
        running.reply(&parcel::encode(&content, RilVersion::COMMON));
        running
    }

    fn request(&mut self, phone: usize, serial: i32, code: RequestCode, payload: &[u8]) {
        let mut frame = std::mem::take(&mut self.frame);
        frame.clear();
        Request { code, serial, payload }.put(&mut frame);
        self.handle(Event::FromPhone(PhoneId(phone), &frame[4..]));
        self.frame = frame;
    }

    fn unsolicited(&mut self, code: UnsolCode, payload: &[u8]) {
        let mut frame = std::mem::take(&mut self.frame);
        frame.clear();
        Unsolicited::new(code, payload).put(&mut frame);
        self.handle(Event::FromModem(&frame[4..]));
        self.frame = frame;
    }

    /// The modem answers the request that it was sent last.
    fn reply(&mut self, payload: &[u8]) {
        let Some(serial) = self.asked.pop() else { return };
        let mut frame = std::mem::take(&mut self.frame);
        frame.clear();
        Reply::new(serial, Errno::SUCCESS, payload).put(&mut frame);
        self.handle(Event::FromModem(&frame[4..]));
        self.frame = frame;
    }

    fn handle(&mut self, event: Event<'_>) {
        self.router.handle(NOW, event, &mut self.actions);
        for action in self.actions.iter() {
            match action {
                Action::ToModem(_, frame) => {
                    self.asked.extend(Request::parse(&frame[4..]).map(|request| request.serial));
                }
                Action::ToPhone(..) => self.heard += 1,
                Action::GiveUp(_) | Action::Store(_) | Action::ToService(_) | Action::Note(_) => {}
            }
        }
        self.actions.clear();
    }

    /// All phones ask much at once, are answered, are refused something and hear something. How many frames that makes.
    fn rounds(&mut self) -> usize {
        let read = std::mem::take(&mut self.read);
        for phone in 0..self.phones {
            for serial in 0..64 {
                self.request(phone, serial, RequestCode::GET_ACTIVITY_INFO, &[]);
                self.request(phone, serial, RequestCode::GET_CELL_INFO_LIST, &[7; 100]);
                self.request(phone, serial, RequestCode::SIM_IO, &read);
            }
            self.request(phone, 64, RequestCode::SIGNAL_STRENGTH, &[]);
        }
        self.read = read;
        while !self.asked.is_empty() {
            self.reply(&[5; 400]);
        }
        // The first phone is privileged.
        for phone in 1..self.phones {
            self.request(phone, 1, RequestCode::ENTER_SIM_PIN, &[0; 40]);
            self.request(phone, 2, RequestCode(4711), &[0; 40]);
        }
        self.unsolicited(UnsolCode::RESPONSE_VOICE_NETWORK_STATE_CHANGED, &[]);
        self.unsolicited(UnsolCode::VOICE_RADIO_TECH_CHANGED, &[1, 0, 0, 0, 14, 0, 0, 0]);
        self.unsolicited(UnsolCode::SIGNAL_STRENGTH, &[9; 52]);
        self.phones * (3 * 64 + 1) + (self.phones - 1) * 2 + self.phones * 3
    }
}

#[test]
fn warm_the_router_allocates_nothing() {
    for phones in [2, 64] {
        let mut running = Running::new(phones);
        running.rounds();
        let (heard, allocations) = (running.heard, ALLOCATIONS.get());
        let expected: usize = (0..20).map(|_| running.rounds()).sum();
        assert_eq!(ALLOCATIONS.get() - allocations, 0, "{phones} phones");
        assert_eq!(running.heard - heard, expected, "every message arrived at {phones} phones");
    }
}
