//! SMPP 3.4 to a short message service centre: a bound transceiver that sends and receives.
//!
//! One task for each configured connection. It connects, binds, and stays bound ([`session`]); when that ends it
//! connects again after a pause that grows. A message is submitted once: what was handed to the service centre and not
//! answered for is said to be unknown, and what was not handed over says that, so that it may be tried again. The codec
//! is rusmpp's; what goes in and out of its PDUs is in [`pdu`].
//!
//! It refuses nothing of its own accord but commands that an ESME has no use for, and speaks no other version.

mod connect;
pub(crate) mod pdu;
mod reference;
mod session;

use std::sync::Once;
use std::time::Duration;

use rusmpp::pdus::SubmitSm;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::settings::{NoSecret, Smpp};
use crate::texts::Texts;

/// Between attempts to connect, at first.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
/// And at last.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How long a message waits to be handed over: with the wait for its answer less than it is its taker's.
const PATIENCE: Duration = Duration::from_secs(20);
/// Messages that wait to be handed over.
const WAITING: usize = 64;

/// The way to one service centre. Clones are the same.
#[derive(Clone)]
pub(crate) struct Link(mpsc::Sender<Request>);

/// A message to be submitted.
struct Request {
    submit: Box<SubmitSm>,
    /// Its id in the queue.
    message: String,
    /// Whether a receipt was asked for.
    receipt: bool,
    deadline: Instant,
    answer: oneshot::Sender<Submitted>,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Submitted {
    /// The service centre has it, and nothing more will be heard.
    Done,
    /// The service centre has it, and will send a receipt; that is written down.
    Sent,
    /// The service centre does not have it, but may take it later.
    Later,
    /// The service centre does not take it, and why (TP-ST).
    Never(u8),
    /// It was handed over, and there is no answer.
    Unknown,
}

impl Link {
    /// Keeps a connection until `stop`.
    ///
    /// # Errors
    /// [`NoSecret`] when there is no password.
    pub(crate) fn open(smpp: &Smpp, texts: &Texts, stop: &CancellationToken) -> Result<Self, NoSecret> {
        let (sender, requests) = mpsc::channel(WAITING);
        let keeper = Keeper {
            password: smpp.password.read()?,
            smpp: smpp.clone(),
            texts: texts.clone(),
            stop: stop.clone(),
            told: Once::new(),
        };
        tokio::spawn(keeper.keep(requests));
        Ok(Self(sender))
    }

    /// Submits a message, which is known in the queue by its id, and waits for the answer.
    pub(crate) async fn submit(&self, submit: SubmitSm, message: &str, receipt: bool) -> Submitted {
        let (answer, answered) = oneshot::channel();
        let deadline = Instant::now() + PATIENCE;
        let request = Request { submit: Box::new(submit), message: message.to_owned(), receipt, deadline, answer };
        if self.0.try_send(request).is_err() {
            return Submitted::Later;
        }
        // A session answers for all that it has handed over: what it drops it has not.
        answered.await.unwrap_or(Submitted::Later)
    }
}

/// Keeps one connection.
struct Keeper {
    smpp: Smpp,
    password: String,
    texts: Texts,
    stop: CancellationToken,
    /// The operator was told of receipts in another base.
    told: Once,
}

impl Keeper {
    async fn keep(self, mut requests: mpsc::Receiver<Request>) {
        let name = &self.smpp.name;
        let mut pause = SHORTEST_PAUSE;
        loop {
            let connected = tokio::select! {
                connected = connect::connect(&self.smpp) => connected,
                () = refuse(&mut requests) => return,
                () = self.stop.cancelled() => return,
            };
            match connected {
                Ok(stream) => {
                    let (mut session, begun) = (session::Session::new(&self, stream), Instant::now());
                    match session.run(&mut requests, || info!(name, "bound to the service centre")).await {
                        Ok(()) => return,
                        Err(ended) => {
                            warn!(name, %ended, "the session with the service centre is over");
                            // Who lets this service in and throws it out at once is not asked at once again.
                            if session.was_bound() && begun.elapsed() >= LONGEST_PAUSE {
                                pause = SHORTEST_PAUSE;
                            }
                        }
                    }
                }
                Err(error) => warn!(name, %error, "the service centre cannot be reached"),
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = refuse(&mut requests) => return,
                () = self.stop.cancelled() => return,
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// Tells whoever asks that it cannot be now; returns when nobody can ask any more.
async fn refuse(requests: &mut mpsc::Receiver<Request>) {
    while let Some(request) = requests.recv().await {
        request.answer.send(Submitted::Later).ok();
    }
}
