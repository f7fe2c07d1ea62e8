//! How long things take: a few milliseconds for demos and tests, or as long as people are used to.

use std::time::Duration;

/// The delays of the simulated modem and network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// From radio on to registered.
    pub register: Duration,
    /// From dialling to ringing at the far end.
    pub alert: Duration,
    /// From dialling to the network's refusal. oFono never ends its Dial when the call is gone before it has looked.
    pub refuse: Duration,
    /// From ringing at the far end to its answer.
    pub answer: Duration,
    /// Until the network gives up on a far end that does not answer.
    pub no_answer: Duration,
    /// Between two rings of an incoming call.
    pub ring: Duration,
    /// Until the network takes a short message.
    pub submit: Duration,
    /// From there until the far end has it.
    pub deliver: Duration,
    /// How long a received short message waits for its acknowledgement before it is sent again.
    pub acknowledge: Duration,
    /// Until a data call is up.
    pub data: Duration,
    /// Until the network answers a USSD string.
    pub ussd: Duration,
    /// Until the card says its next command.
    pub toolkit: Duration,
    /// How long the user is asked about a call that the card wants.
    pub toolkit_call: Duration,
    /// A search for networks.
    pub search: Duration,
    /// How long the modem is away when it restarts by itself.
    pub restart: Duration,
}

impl Pace {
    /// Milliseconds: for demos, tests and CI.
    pub const QUICK: Self = Self {
        register: ms(5),
        alert: ms(5),
        refuse: ms(100),
        answer: ms(10),
        no_answer: ms(3_000),
        ring: ms(500),
        submit: ms(2),
        deliver: ms(5),
        acknowledge: ms(2_000),
        data: ms(3),
        ussd: ms(3),
        toolkit: ms(2),
        toolkit_call: ms(3_000),
        search: ms(10),
        restart: ms(50),
    };

    /// Seconds: as in the field.
    pub const REALISTIC: Self = Self {
        register: ms(3_000),
        alert: ms(2_500),
        refuse: ms(3_000),
        answer: ms(5_000),
        no_answer: ms(45_000),
        ring: ms(4_000),
        submit: ms(1_800),
        deliver: ms(2_500),
        acknowledge: ms(15_000),
        data: ms(900),
        ussd: ms(1_500),
        toolkit: ms(300),
        toolkit_call: ms(30_000),
        search: ms(25_000),
        restart: ms(8_000),
    };
}

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}
