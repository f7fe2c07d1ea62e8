//! Once warm, a message on its way through the router costs no allocation.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::Duration;

use ril_protocol::frame::{Reply, Request, Unsolicited};
use ril_protocol::{Errno, RequestCode, UnsolCode, parcel};
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
}

impl Running {
    fn new() -> Self {
        let phone = |n: u8| Phone { name: format!("phone{n}"), tag: Some(n), ..Default::default() };
        let router = Router::new(&Config { phone: vec![phone(1), phone(2)], ..Default::default() });
        let mut running = Self { router, actions: Actions::default(), frame: Vec::new(), asked: Vec::new(), heard: 0 };
        running.unsolicited(UnsolCode::RIL_CONNECTED, &parcel::encode(&vec![12], Default::default()));
        for phone in 0..2 {
            running.handle(Event::PhoneUp(PhoneId(phone)));
        }
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
                Action::GiveUp(_) | Action::Store(_) | Action::Note(_) => {}
            }
        }
        self.actions.clear();
    }

    /// Both phones ask much at once, are answered, are refused something and hear something.
    fn rounds(&mut self) {
        for serial in 0..64 {
            self.request(0, serial, RequestCode::SIGNAL_STRENGTH, &[]);
            self.request(1, serial, RequestCode::GET_CELL_INFO_LIST, &[7; 100]);
        }
        for _ in 0..128 {
            self.reply(&[5; 400]);
        }
        self.request(1, 1, RequestCode::ENTER_SIM_PIN, &[0; 40]);
        self.request(1, 2, RequestCode(4711), &[0; 40]);
        self.unsolicited(UnsolCode::RESPONSE_VOICE_NETWORK_STATE_CHANGED, &[]);
        self.unsolicited(UnsolCode::VOICE_RADIO_TECH_CHANGED, &[1, 0, 0, 0, 14, 0, 0, 0]);
        self.unsolicited(UnsolCode::SIGNAL_STRENGTH, &[9; 52]);
    }
}

#[test]
fn warm_the_router_allocates_nothing() {
    let mut running = Running::new();
    running.rounds();
    let (heard, allocations) = (running.heard, ALLOCATIONS.get());
    for _ in 0..100 {
        running.rounds();
    }
    assert_eq!(ALLOCATIONS.get() - allocations, 0);
    assert_eq!(running.heard - heard, 100 * (128 + 2 + 6), "every message arrived");
}
