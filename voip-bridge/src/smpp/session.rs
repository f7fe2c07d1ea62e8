//! One session: bound once, then PDUs both ways until one side ends it (SMPP 3.4 sections 2.2 to 2.9).
//!
//! It hands over as many messages as the window has room for, and fewer for a while when the service centre says that
//! it is too much (`ESME_RTHROTTLED`, `ESME_RMSGQFUL`). A `deliver_sm` is answered when what is in it is durable, and
//! so is what a `submit_sm_resp` says before the next PDU is looked at: a receipt may be right behind it. A service
//! centre that says too much is listened to slowly. It ends when the service centre is silent, and when it sends what
//! cannot be read.

use std::collections::HashMap;
use std::io;
use std::time::Duration;

use ril_protocol::sms_pdu::Status;
use rusmpp::pdus::{BindTransceiver, DeliverSm, DeliverSmResp, SubmitSmResp};
use rusmpp::tokio_codec::{CommandCodec, DecodeError};
use rusmpp::types::COctetString;
use rusmpp::values::InterfaceVersion;
use rusmpp::{Command, CommandId, CommandStatus, Pdu};
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf, split};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::bytes::BytesMut;
use tokio_util::codec::{Decoder, Encoder};
use tracing::{debug, warn};

use super::connect::Stream;
use super::{Keeper, Request, Submitted, pdu, reference};
use crate::clock::now;
use crate::rate::Bucket;
use crate::settings::ReceiptIds;
use crate::texts::{Content, Received, Verdict};

/// How long a request may be unanswered.
const ANSWER: Duration = Duration::from_secs(30);
/// How long the answer to a bind, and a write, may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the farewell may take.
const FAREWELL: Duration = Duration::from_secs(2);
/// How long nothing is handed over to a service centre that has too much, at first and at last.
const FIRST_THROTTLE: Duration = Duration::from_secs(1);
const LONGEST_THROTTLE: Duration = Duration::from_secs(60);
/// So many PDUs of a service centre are looked at in a second, and for how long none is when there are more.
const MOST_PDUS: u32 = 500;
const SECOND: Duration = Duration::from_secs(1);
const BREATH: Duration = Duration::from_millis(100);

/// Why a session has ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum Ended {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("it was closed")]
    Closed,
    #[error("it is silent")]
    Silent,
    #[error("it sends what is no PDU")]
    Malformed,
    #[error("it does not let this service bind: {0:?}")]
    Refused(CommandStatus),
    #[error("system_id, password or system_type has characters that SMPP has not, or too many")]
    Names,
}

/// One session.
pub(super) struct Session<'a> {
    keeper: &'a Keeper,
    reader: ReadHalf<Box<dyn Stream>>,
    writer: WriteHalf<Box<dyn Stream>>,
    codec: CommandCodec,
    buffer: BytesMut,
    sequence: u32,
    bound: bool,
    /// What was handed over, by its sequence number.
    under_way: HashMap<u32, UnderWay>,
    /// Until when nothing more is handed over, and for how long the next time.
    throttled: Option<Instant>,
    throttle: Duration,
    /// When the service centre is asked whether it is there, or given up when it has been asked.
    enquire: Instant,
    enquired: bool,
    allowance: Bucket,
    /// Until when it is not listened to.
    breath: Option<Instant>,
}

struct UnderWay {
    request: Request,
    until: Instant,
}

impl<'a> Session<'a> {
    pub(super) fn new(keeper: &'a Keeper, stream: Box<dyn Stream>) -> Self {
        let (reader, writer) = split(stream);
        Self {
            keeper,
            reader,
            writer,
            codec: CommandCodec::new(),
            buffer: BytesMut::with_capacity(4096),
            sequence: 0,
            bound: false,
            under_way: HashMap::new(),
            throttled: None,
            throttle: FIRST_THROTTLE,
            enquire: Instant::now(),
            enquired: false,
            allowance: Bucket::new(MOST_PDUS, SECOND),
            breath: None,
        }
    }

    /// Whether the service centre has let this service in.
    pub(super) fn was_bound(&self) -> bool {
        self.bound
    }

    /// Binds, and carries on until it is over; without an error when this service stops.
    pub(super) async fn run(
        &mut self,
        requests: &mut mpsc::Receiver<Request>,
        bound: impl FnOnce(),
    ) -> Result<(), Ended> {
        let ended = match self.bind().await {
            Ok(()) => {
                self.bound = true;
                bound();
                self.serve(requests).await
            }
            Err(ended) => Err(ended),
        };
        // What nobody has answered for may have arrived.
        for (_, UnderWay { request, .. }) in self.under_way.drain() {
            request.answer.send(Submitted::Unknown).ok();
        }
        ended
    }

    async fn bind(&mut self) -> Result<(), Ended> {
        let Keeper { smpp, password, .. } = self.keeper;
        let bind = BindTransceiver::builder()
            .system_id(text(&smpp.system_id)?)
            .password(text(password)?)
            .system_type(text(&smpp.system_type)?)
            .interface_version(InterfaceVersion::Smpp3_4)
            .build();
        self.send(bind.into()).await?;
        let answer = async {
            loop {
                let command = self.read().await?;
                match command.id() {
                    CommandId::BindTransceiverResp | CommandId::GenericNack => return Ok(command.status()),
                    _ => {}
                }
            }
        };
        match timeout(PATIENCE, answer).await {
            Ok(Ok(CommandStatus::EsmeRok)) => Ok(()),
            Ok(Ok(status)) => Err(Ended::Refused(status)),
            Ok(Err(ended)) => Err(ended),
            Err(_) => Err(Ended::Silent),
        }
    }

    async fn serve(&mut self, requests: &mut mpsc::Receiver<Request>) -> Result<(), Ended> {
        let enquire_after = Duration::from_secs(self.keeper.smpp.enquire_seconds.into());
        self.enquire = Instant::now() + enquire_after;
        let stop = self.keeper.stop.clone();
        loop {
            let stopping = stop.is_cancelled();
            if stopping && self.under_way.is_empty() {
                return self.unbind().await;
            }
            let room = self.under_way.len() < self.keeper.smpp.window && self.throttled.is_none() && !stopping;
            let (throttled, enquire, breath) = (self.throttled, self.enquire, self.breath);
            let late = self.under_way.values().map(|under_way| under_way.until).min();
            tokio::select! {
                command = self.read(), if breath.is_none() => {
                    let (command, now) = (command?, Instant::now());
                    self.enquire = now + enquire_after;
                    self.enquired = false;
                    self.breath = (!self.allowance.take(now)).then_some(now + BREATH);
                    self.handle(command).await?;
                }
                request = requests.recv(), if room => match request {
                    Some(request) => self.submit(request).await?,
                    None => return Ok(()),
                },
                () = until(throttled) => self.throttled = None,
                () = until(breath) => self.breath = None,
                () = until(late) => self.give_up(),
                () = sleep_until(enquire) => {
                    if self.enquired {
                        return Err(Ended::Silent);
                    }
                    self.enquired = true;
                    self.enquire = Instant::now() + PATIENCE;
                    self.send(Pdu::EnquireLink).await?;
                }
                () = stop.cancelled(), if !stopping => {}
            }
        }
    }

    /// Says goodbye, and waits a little for the other side to say so, too.
    async fn unbind(&mut self) -> Result<(), Ended> {
        self.send(Pdu::Unbind).await?;
        let farewell = async {
            while let Ok(command) = self.read().await {
                if command.id() == CommandId::UnbindResp {
                    break;
                }
            }
        };
        timeout(FAREWELL, farewell).await.ok();
        Ok(())
    }

    async fn submit(&mut self, request: Request) -> Result<(), Ended> {
        if request.deadline <= Instant::now() {
            request.answer.send(Submitted::Later).ok();
            return Ok(());
        }
        let pdu = Pdu::SubmitSm((*request.submit).clone());
        let sequence = self.next();
        // Before it is written: half a PDU may be a whole one at the other end.
        self.under_way.insert(sequence, UnderWay { request, until: Instant::now() + ANSWER });
        self.write(Command::new(CommandStatus::EsmeRok, sequence, pdu)).await
    }

    /// Says of what has been unanswered for too long that nobody knows.
    fn give_up(&mut self) {
        let now = Instant::now();
        for (_, UnderWay { request, .. }) in self.under_way.extract_if(|_, under_way| under_way.until <= now) {
            debug!("the service centre has not answered for a message");
            request.answer.send(Submitted::Unknown).ok();
        }
    }

    async fn handle(&mut self, command: Command) -> Result<(), Ended> {
        let (status, sequence) = (command.status(), command.sequence_number());
        match (command.id(), command.pdu()) {
            (CommandId::SubmitSmResp, pdu) => {
                let id = match pdu {
                    Some(Pdu::SubmitSmResp(answer)) => id(answer),
                    _ => String::new(),
                };
                self.submitted(sequence, status, &id).await;
                Ok(())
            }
            (CommandId::GenericNack, _) => {
                self.submitted(sequence, CommandStatus::EsmeRsyserr, "").await;
                Ok(())
            }
            (CommandId::DeliverSm, Some(Pdu::DeliverSm(deliver))) => {
                let status = self.keeper.deliver(deliver).await;
                let answer = Pdu::DeliverSmResp(DeliverSmResp::default());
                self.write(Command::new(status, sequence, answer)).await
            }
            (CommandId::EnquireLink, _) => {
                self.write(Command::new(CommandStatus::EsmeRok, sequence, Pdu::EnquireLinkResp)).await
            }
            (CommandId::Unbind, _) => {
                self.write(Command::new(CommandStatus::EsmeRok, sequence, Pdu::UnbindResp)).await?;
                Err(Ended::Closed)
            }
            (CommandId::EnquireLinkResp | CommandId::UnbindResp | CommandId::AlertNotification, _) => Ok(()),
            // SMPP 3.4 section 4.3.
            (_, _) => self.write(Command::new(CommandStatus::EsmeRinvcmdid, sequence, Pdu::GenericNack)).await,
        }
    }

    /// What the service centre says of a message that it was handed.
    async fn submitted(&mut self, sequence: u32, status: CommandStatus, id: &str) {
        let Some(UnderWay { request, .. }) = self.under_way.remove(&sequence) else { return };
        let submitted = match status {
            CommandStatus::EsmeRok if request.receipt && !id.is_empty() => {
                let reference = self.keeper.named(&reference::of_answer(self.keeper.smpp.receipt_ids, id));
                match self.keeper.texts.sent(&request.message, &reference, now()).await {
                    Ok(()) => Submitted::Sent,
                    Err(error) => {
                        warn!(%error, "the receipt of a message will not be known");
                        Submitted::Done
                    }
                }
            }
            CommandStatus::EsmeRok => Submitted::Done,
            CommandStatus::EsmeRthrottled | CommandStatus::EsmeRmsgqful => {
                self.throttled = Some(Instant::now() + self.throttle);
                self.throttle = (self.throttle * 2).min(LONGEST_THROTTLE);
                Submitted::Later
            }
            CommandStatus::EsmeRsyserr | CommandStatus::EsmeRxTAppn => Submitted::Later,
            CommandStatus::EsmeRinvdstadr => Submitted::Never(Status::NOT_OBTAINABLE.0),
            _ => Submitted::Never(Status::CONNECTION_REJECTED.0),
        };
        if status == CommandStatus::EsmeRok {
            self.throttle = FIRST_THROTTLE;
        }
        request.answer.send(submitted).ok();
    }

    fn next(&mut self) -> u32 {
        // SMPP 3.4 section 3.2: 1 to 0x7fffffff.
        self.sequence = self.sequence % 0x7fff_ffff + 1;
        self.sequence
    }

    async fn send(&mut self, pdu: Pdu) -> Result<(), Ended> {
        let sequence = self.next();
        self.write(Command::new(CommandStatus::EsmeRok, sequence, pdu)).await
    }

    async fn write(&mut self, command: Command) -> Result<(), Ended> {
        let mut octets = BytesMut::new();
        self.codec.encode(command, &mut octets).map_err(|_| Ended::Malformed)?;
        timeout(PATIENCE, self.writer.write_all(&octets)).await.map_err(|_| Ended::Silent)??;
        Ok(())
    }

    /// The next PDU. Cancel safe.
    async fn read(&mut self) -> Result<Command, Ended> {
        loop {
            match self.codec.decode(&mut self.buffer) {
                Ok(Some(command)) => return Ok(command),
                Ok(None) => {}
                Err(DecodeError::Io(error)) => return Err(error.into()),
                Err(_) => return Err(Ended::Malformed),
            }
            if self.reader.read_buf(&mut self.buffer).await? == 0 {
                return Err(Ended::Closed);
            }
        }
    }
}

impl Keeper {
    /// Keeps what a `deliver_sm` brings; gives the status of its answer.
    async fn deliver(&self, deliver: &DeliverSm) -> CommandStatus {
        let verdict = match pdu::receipt(deliver) {
            Some(pdu::Receipt { id, status: Some(status) }) => {
                let ends = [pdu::sender(deliver), pdu::recipient(deliver)];
                self.receipt(&id, &ends.into_iter().flatten().collect::<Vec<_>>(), status).await
            }
            // On the way still.
            Some(pdu::Receipt { status: None, .. }) => Verdict::Accepted,
            None => {
                let (Some(from), Some(to), Ok(content)) =
                    (pdu::sender(deliver), pdu::recipient(deliver), pdu::content(deliver, now()))
                else {
                    return CommandStatus::EsmeRxPAppn;
                };
                // SMPP gives a message no name: one that comes again is another.
                let id = rand::random::<[u8; 16]>();
                self.receive(&from, &to, &id, content).await
            }
        };
        match verdict {
            Verdict::Accepted => CommandStatus::EsmeRok,
            Verdict::Busy => CommandStatus::EsmeRxTAppn,
            Verdict::Unknown => CommandStatus::EsmeRinvdstadr,
            Verdict::TooLong => CommandStatus::EsmeRinvmsglen,
            Verdict::Refused | Verdict::Malformed => CommandStatus::EsmeRxPAppn,
        }
    }

    /// Keeps what became of a message between these `ends`.
    async fn receipt(&self, id: &pdu::Id, ends: &[String], status: u8) -> Verdict {
        let ids = self.smpp.receipt_ids;
        let name = match id {
            pdu::Id::Tlv(id) => reference::of_answer(ids, id),
            pdu::Id::Text(id) => reference::of_text(ids, id),
        };
        let verdict = self.texts.receipt(&self.named(&name), ends, status, now()).await;
        if let (Verdict::Busy, pdu::Id::Text(id), ReceiptIds::Same) = (verdict, id, ids) {
            self.advise(id).await;
        }
        verdict
    }

    /// Tells the operator when a receipt of nobody's message is one in the other base.
    async fn advise(&self, id: &str) {
        for (ids, name) in reference::otherwise(id) {
            if !self.told.is_completed() && self.texts.knows(&self.named(&name)).await {
                let name = &self.smpp.name;
                self.told.call_once(|| {
                    warn!(name, receipt_ids = ?ids, "receipts seem to name messages in another base than answers do");
                });
            }
        }
    }

    /// The name of a message, which others may have at other service centres.
    fn named(&self, id: &str) -> String {
        format!("{}:{id}", self.smpp.name)
    }

    async fn receive(&self, from: &str, to: &str, id: &[u8], content: Content) -> Verdict {
        let Self { smpp, texts, .. } = self;
        let received = Received { peer: &smpp.name, to: texts.plan().read(to), from: Some(from), id: &[id], content };
        texts.receive(received, now()).await
    }
}

fn text<const MIN: usize, const MAX: usize>(text: &str) -> Result<COctetString<MIN, MAX>, Ended> {
    text.parse().map_err(|_| Ended::Names)
}

fn id(answer: &SubmitSmResp) -> String {
    answer.message_id().as_str().trim_end_matches('\0').to_owned()
}

async fn until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}
