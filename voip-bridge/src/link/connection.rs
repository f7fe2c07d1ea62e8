//! One connection of a device, from its hello to the end.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use caller_tag::E164;
use caller_tag::link::seal::{Broken, Channel, FRAME_LIMIT, Hello, IDLE, Key, Met, PEER_TIMEOUT, SILENCE, split};
use caller_tag::link::to_device::Say;
use caller_tag::link::{self, NoMessage, Phones, to_service};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use super::strangers::Place;
use super::texts::OnTheWay;
use super::{ALL_PHONES, Here, Inner, MOST_WAITING, bit, elsewhere};
use crate::call::unique;
use crate::clock::now;
use crate::rate::Bucket;
use crate::settings::Secret;

/// Room for what a device says at once.
const READ_BUFFER: usize = 4096;
const SECOND: Duration = Duration::from_secs(1);
/// How long a device that says too much is not listened to.
const BREATH: Duration = Duration::from_millis(100);
/// How often a device's key is looked at: a link does not outlive the key that it was made with by more.
const SAME_KEY: Duration = Duration::from_secs(30);

/// What a conversation is held over.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// Why a connection is over.
#[derive(Debug, thiserror::Error)]
enum End {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("it hung up")]
    HungUp,
    #[error("it does not say or take anything in time")]
    Slow,
    #[error("{0}")]
    Broken(#[from] Broken),
    #[error("it said what is no message: {0}")]
    NoMessage(#[from] NoMessage),
    #[error("there is no device of that name")]
    Stranger,
    #[error("its key cannot be read: {0}")]
    NoKey(String),
    #[error("the device has a newer link")]
    Replaced,
    #[error("the device has another key now")]
    Rekeyed,
    #[error("the service stops")]
    Stopped,
}

/// A device that has shown that it has its key now.
struct Device {
    name: String,
    sim: E164,
    /// The key that it has shown, and where the one is that it must have.
    key: Key,
    secret: Secret,
    run: u64,
    channel: Channel,
    /// What it has said behind its first record.
    input: Vec<u8>,
}

/// Serves a connection to its end.
pub(super) async fn serve<S: Stream>(inner: &Arc<Inner>, mut stream: S, stranger: Place, stop: &CancellationToken) {
    let met = tokio::select! {
        met = timeout(PEER_TIMEOUT, meet(inner, &mut stream)) => met.unwrap_or(Err(End::Slow)),
        () = stop.cancelled() => return,
    };
    drop(stranger);
    match met {
        Ok(device) => Conversation::new(inner, device, stop.clone()).hold(stream).await,
        // The configuration is at fault, and not who has called.
        Err(why @ End::NoKey(_)) => warn!("a device cannot be linked: {why}"),
        Err(why) => debug!("a connection is no link: {why}"),
    }
}

/// Both sides show that they have the key.
async fn meet<S: Stream>(inner: &Inner, stream: &mut S) -> Result<Device, End> {
    let mut input = Vec::with_capacity(FRAME_LIMIT);
    let (met, name, device, key, mut output) = loop {
        if let Some((frame, used)) = split(&input).map_err(|_| Broken::NoHello)? {
            let hello = Hello::read(frame)?;
            let device = inner.devices.get(&hello.device).ok_or(End::Stranger)?;
            let key = key(device.secret.clone()).await?;
            let mut output = Vec::new();
            let met = hello.welcome(&key, &mut output)?;
            let name = hello.device.to_string();
            input.drain(..used);
            break (met, name, device, key, output);
        }
        read(stream, &mut input).await?;
    };
    stream.write_all(&output).await?;
    output.clear();
    let Met { run, mut channel } = met;
    while channel.take(&mut input)?.is_none() {
        read(stream, &mut input).await?;
    }
    Ok(Device { name, sim: device.sim, key, secret: device.secret.clone(), run, channel, input })
}

async fn key(secret: Secret) -> Result<Key, End> {
    let read = tokio::task::spawn_blocking(move || secret.read());
    let text = read.await.map_err(|why| End::NoKey(why.to_string()))?.map_err(|why| End::NoKey(why.to_string()))?;
    Key::parse(&text).map_err(|why| End::NoKey(why.to_string()))
}

async fn read<S: Stream>(stream: &mut S, input: &mut Vec<u8>) -> Result<(), End> {
    if stream.read_buf(input).await? == 0 { Err(End::HungUp) } else { Ok(()) }
}

struct Conversation<'a> {
    inner: &'a Inner,
    stop: CancellationToken,
    device: Device,
    /// How this connection is told from others.
    id: String,
    /// Another connection of the device is there.
    replaced: CancellationToken,
    outgoing: mpsc::Receiver<Say>,
    /// Kept, so that `outgoing` has an end only with this.
    sender: mpsc::Sender<Say>,
    phones: u16,
    texts_wait: Arc<Notify>,
    on_the_way: OnTheWay,
    allowance: Bucket,
    /// Sealed, and not sent yet.
    output: Vec<u8>,
}

impl<'a> Conversation<'a> {
    fn new(inner: &'a Inner, device: Device, stop: CancellationToken) -> Self {
        let (sender, outgoing) = mpsc::channel(MOST_WAITING);
        Self {
            inner,
            stop,
            id: elsewhere::name(device.run, &unique()),
            device,
            replaced: CancellationToken::new(),
            outgoing,
            sender,
            phones: ALL_PHONES,
            texts_wait: Arc::new(Notify::new()),
            on_the_way: OnTheWay::default(),
            allowance: Bucket::new(inner.settings.messages_per_second, SECOND),
            output: Vec::new(),
        }
    }

    async fn hold<S: Stream>(mut self, mut stream: S) {
        let sim = self.device.sim;
        self.look_for_a_rival().await;
        self.inner.join(
            sim,
            Here {
                connection: self.id.clone(),
                run: self.device.run,
                phones: self.phones,
                sender: self.sender.clone(),
                texts: self.texts_wait.clone(),
                end: self.replaced.clone(),
            },
        );
        if self.inner.shared
            && let Err(error) = self.inner.store.link_up(&sim, &self.inner.bridge, &self.id, now()).await
        {
            warn!(%error, "other bridges do not know of a link");
        }
        info!(device = self.device.name, "linked");
        self.texts_wait.notify_one();
        let why = self.carry(&mut stream).await;
        self.inner.leave(&sim, &self.id);
        self.on_the_way.give_back(self.inner).await;
        if self.inner.shared
            && let Err(error) = self.inner.store.link_down(&sim, &self.id).await
        {
            warn!(%error, "other bridges do not know of the end of a link");
        }
        info!(device = self.device.name, "not linked any more: {why}");
    }

    /// Says when two devices use one name and key.
    async fn look_for_a_rival(&self) {
        let Device { name, sim, run, .. } = &self.device;
        let (rivals, now) = (&self.inner.rivals, Instant::now());
        // The link may have been elsewhere meanwhile.
        if let Some(last) = elsewhere::last_run(self.inner, sim).await {
            rivals.linked(*sim, last, now);
        }
        if rivals.linked(*sim, *run, now) {
            warn!(device = name, "two devices have this name and key: each ends the other's link");
        }
    }

    /// Carries messages both ways for as long as it goes well.
    async fn carry<S: Stream>(&mut self, stream: &mut S) -> End {
        match self.carry_on(stream).await {
            Ok(never) => match never {},
            Err(end) => end,
        }
    }

    async fn carry_on<S: Stream>(&mut self, stream: &mut S) -> Result<std::convert::Infallible, End> {
        let mut input = std::mem::take(&mut self.device.input);
        input.reserve(READ_BUFFER);
        let (mut said, mut heard, mut seen) = (Instant::now(), Instant::now(), Instant::now());
        let mut known = Instant::now();
        loop {
            while let Some(message) = self.device.channel.take(&mut input)? {
                heard = Instant::now();
                self.hear(&message).await?;
            }
            if !self.output.is_empty() {
                timeout(PEER_TIMEOUT, stream.write_all(&self.output)).await.map_err(|_| End::Slow)??;
                self.output.clear();
                said = Instant::now();
            }
            tokio::select! {
                () = self.stop.cancelled() => return Err(End::Stopped),
                () = self.replaced.cancelled() => return Err(End::Replaced),
                arrived = read(stream, &mut input) => arrived?,
                Some(say) = self.outgoing.recv() => self.say(say)?,
                () = self.texts_wait.notified() => {
                    for say in self.on_the_way.next(self.inner, &self.device.sim).await {
                        self.say(say)?;
                    }
                }
                () = sleep_until(said + IDLE) => self.device.channel.seal(&[], &mut self.output)?,
                () = sleep_until(heard + SILENCE) => return Err(End::Slow),
                () = sleep_until(known + SAME_KEY) => {
                    known = Instant::now();
                    self.look_at_key().await?;
                }
                () = sleep_until(seen + elsewhere::SEEN), if self.inner.shared => {
                    seen = Instant::now();
                    self.seen().await?;
                }
            }
        }
    }

    /// Whether the key is still the device's: who takes it away wants the link to end, too.
    async fn look_at_key(&self) -> Result<(), End> {
        if key(self.device.secret.clone()).await? == self.device.key { Ok(()) } else { Err(End::Rekeyed) }
    }

    fn say(&mut self, say: Say) -> Result<(), End> {
        Ok(self.device.channel.seal(&link::to_device(say), &mut self.output)?)
    }

    async fn hear(&mut self, message: &[u8]) -> Result<(), End> {
        if message.is_empty() {
            return Ok(());
        }
        while !self.allowance.take(Instant::now()) {
            sleep(BREATH).await;
        }
        let Some(say) = link::from_device(message)? else { return Ok(()) };
        let Device { sim, run, .. } = self.device;
        let answer = match say {
            to_service::Say::CallIntent(intent) => Some(self.inner.announce(&sim, run, &intent).await),
            to_service::Say::CallOver(over) => {
                self.inner.forget(&sim, run, over.id).await;
                None
            }
            to_service::Say::HintTaken(hint) => {
                self.inner.hint_taken(&sim, hint.id).await;
                None
            }
            to_service::Say::Phones(phones) => {
                self.set_phones(&phones).await?;
                None
            }
            to_service::Say::Text(text) => self.inner.submit(&sim, &text).await,
            to_service::Say::TextTaken(text) => {
                self.settle(&text.id, None).await;
                None
            }
            to_service::Say::TextRefused(text) => {
                self.settle(&text.id, Some(text.cause)).await;
                None
            }
        };
        answer.map_or(Ok(()), |answer| self.say(answer))
    }

    /// A text is the device's, or is not taken; there may be another one for its phone.
    async fn settle(&mut self, id: &[u8], refused: Option<u32>) {
        if self.on_the_way.settle(self.inner, id, refused).await {
            self.texts_wait.notify_one();
        }
    }

    async fn set_phones(&mut self, phones: &Phones) -> Result<(), End> {
        let tags = phones.available.iter().filter_map(|tag| u8::try_from(*tag).ok());
        self.phones = tags.fold(0, |phones, tag| phones | bit(tag));
        self.inner.set_phones(&self.device.sim, &self.id, self.phones);
        debug!(phones = self.phones.count_ones(), device = self.device.name, "phones can be reached");
        if self.inner.shared { self.seen().await } else { Ok(()) }
    }

    /// Tells other bridges that the link stands; it may be that it has moved to one of them.
    async fn seen(&mut self) -> Result<(), End> {
        match self.inner.store.link_seen(&self.device.sim, &self.id, self.phones, now()).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(End::Replaced),
            Err(error) => {
                warn!(%error, "other bridges do not know that a link stands");
                Ok(())
            }
        }
    }
}
