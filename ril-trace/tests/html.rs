//! The page that a trace becomes, in a real browser: Chromium, driven over WebDriver.
//!
//! `RIL_TRACE_KEEP=FOLDER` keeps a picture of the page.
#![cfg(feature = "tools")]

#[path = "../../voip-bridge/tests/browser/mod.rs"]
mod browser;

use std::fs;
use std::path::Path;
use std::time::Duration;

use browser::Driver;
use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::{Client, Locator};
use ril_protocol::frame::{Message, Reply, Request, Unsolicited};
use ril_protocol::payload::call::Dial;
use ril_protocol::{Errno, RequestCode, RilVersion, UnsolCode, parcel};
use ril_trace::export::html::{Ladder, MOST_RECORDS};
use ril_trace::format::{Event, Header, Lost, Options, Phone, Reader, Record, Way, Writer};
use ril_trace::show::Filter;
use serde_json::{Value, json};

/// What ends an element, and what would run.
const HOSTILE: &str =
    "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"><!--";

/// A page in a browser.
struct Page {
    client: Client,
}

impl Page {
    async fn open(driver: &Driver, folder: &Path, trace: &[u8], most: usize) -> Self {
        let path = folder.join("trace.html");
        let mut page = Vec::new();
        let mut ladder = Ladder::new(&mut page, "a <b>trace</b>", Filter::default(), most).unwrap();
        let mut reader = Reader::open(trace).unwrap();
        while let Some(item) = reader.next_item().unwrap() {
            ladder.add(&item).unwrap();
        }
        ladder.finish().unwrap();
        fs::write(&path, page).unwrap();
        let client = driver.browser().await;
        client.set_window_size(1500, 900).await.unwrap();
        client.goto(&format!("file://{}", path.display())).await.unwrap();
        Self { client }
    }

    async fn ask(&self, script: &str) -> Value {
        self.client.execute(&format!("return {script}"), vec![]).await.unwrap()
    }

    /// An element, once nothing is to be drawn any more: a row that is drawn anew is another element. What has scrolled
    /// is drawn with the next frame.
    async fn find(&self, locator: Locator<'_>) -> Element {
        let drawn = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))";
        self.client.execute_async(drawn, vec![]).await.unwrap();
        self.client.find(locator).await.unwrap()
    }

    async fn text(&self, css: &str) -> String {
        self.find(Locator::Css(css)).await.text().await.unwrap()
    }

    /// The messages that are drawn, as they are read out.
    async fn drawn(&self) -> Vec<String> {
        let labels =
            self.ask("[...document.querySelectorAll('[role=option][aria-label]')].map(row => row.ariaLabel)").await;
        serde_json::from_value(labels).unwrap()
    }

    async fn click(&self, css: &str) {
        self.find(Locator::Css(css)).await.click().await.unwrap();
    }

    /// Presses a key while the ladder has the focus.
    async fn press(&self, key: &str) {
        self.client.find(Locator::Id("ladder")).await.unwrap().send_keys(key).await.unwrap();
    }

    async fn search(&self, words: &str) {
        let search = self.client.find(Locator::Id("search")).await.unwrap();
        search.clear().await.unwrap();
        search.send_keys(&format!("{words}{}", char::from(Key::Enter))).await.unwrap();
    }

    async fn choose(&self, id: &str, label: &str) {
        self.client.find(Locator::Id(id)).await.unwrap().select_by_label(label).await.unwrap();
    }

    async fn picture(&self, name: &str) {
        if let Some(folder) = std::env::var_os("RIL_TRACE_KEEP") {
            fs::write(Path::new(&folder).join(name), self.client.screenshot().await.unwrap()).unwrap();
        }
    }
}

/// Writes a trace of two phones.
struct Trace {
    writer: Writer<Vec<u8>>,
    at: Duration,
}

impl Trace {
    fn of(phones: [&str; 2]) -> Self {
        let header = Header { phones: phones.map(str::to_owned).to_vec(), ril_version: Some(12), ..Header::default() };
        let mut writer = Writer::new(Vec::new(), &header, Options::default()).unwrap();
        writer.set_clock(Duration::ZERO, 1_795_874_400_000_000_000).unwrap();
        Self { writer, at: Duration::ZERO }
    }

    fn wait(&mut self, milliseconds: u64) {
        self.at += Duration::from_millis(milliseconds);
    }

    fn event(&mut self, event: Event) {
        self.writer.write(&Record::event(self.at, event)).unwrap();
    }

    fn say(&mut self, way: Way, phone: u32, put: impl FnOnce(&mut Vec<u8>)) {
        let mut frame = Vec::new();
        put(&mut frame);
        self.wait(2);
        self.writer.write(&Record::frame(self.at, way, Some(phone), frame.split_off(4))).unwrap();
    }

    fn ask(&mut self, phone: u32, code: RequestCode, serial: i32, payload: &[u8]) {
        self.say(Way::FromPhone, phone, |out| Request { code, serial, payload }.put(out));
    }

    fn answer(&mut self, phone: u32, serial: i32, errno: Errno, payload: &[u8]) {
        self.say(Way::ToPhone, phone, |out| Message::Reply(Reply::new(serial, errno, payload)).put(out));
    }

    fn file(mut self) -> Vec<u8> {
        self.writer.finish().unwrap();
        self.writer.into_inner()
    }
}

fn text(text: &str) -> Vec<u8> {
    parcel::encode(&Some(text.to_owned()), RilVersion::COMMON)
}

/// Fourteen records, the session not counted.
fn conversation() -> Vec<u8> {
    let mut trace = Trace::of(["personal", "work"]);
    trace.event(Event::PhoneUp(Phone { place: 1 }));
    trace.event(Event::PhoneUp(Phone { place: 0 }));
    trace.ask(0, RequestCode::GET_IMEI, 1, &[]);
    trace.ask(1, RequestCode::GET_IMEI, 1, &[]);
    trace.answer(0, 1, Errno::SUCCESS, &text("350000000000009"));
    trace.answer(1, 1, Errno::SUCCESS, &text("350000000000017"));
    trace.wait(12_500);
    let dial = Dial { address: Some("5550100".to_owned()), ..Dial::default() };
    let dial = parcel::encode(&dial, RilVersion::COMMON);
    trace.ask(0, RequestCode::DIAL, 2, &dial);
    trace.say(Way::ToModem, 0, |out| Request { code: RequestCode::DIAL, serial: 40, payload: &dial }.put(out));
    trace.say(Way::FromModem, 0, |out| Reply::new(40, Errno::SUCCESS, &[]).put(out));
    trace.answer(0, 2, Errno::SUCCESS, &[]);
    trace.ask(1, RequestCode::DIAL, 2, &dial);
    trace.answer(1, 2, Errno::GENERIC_FAILURE, &[]);
    let time = [&text("26/11/28,14:00:00+04,0")[..], &9_007_199_254_740_993_i64.to_ne_bytes()].concat();
    trace.say(Way::ToPhone, 1, |out| Unsolicited::new(UnsolCode::NITZ_TIME_RECEIVED, &time).put(out));
    trace.event(Event::Lost(Lost { records: 3, bytes: 99 }));
    trace.file()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_looks_through_a_trace() {
    let folder = tempfile::tempdir().unwrap();
    let driver = Driver::start();
    let page = Page::open(&driver, folder.path(), &conversation(), MOST_RECORDS).await;
    let columns = "[...document.querySelectorAll('#heads span')].map(head => head.textContent)";
    assert_eq!(page.ask(columns).await, json!(["personal", "work", "router", "modem"]), "as they are configured");

    assert_eq!(page.text("#status").await, "15 records");
    assert_eq!(page.text("#title").await, "a <b>trace</b>");
    let drawn = page.drawn().await;
    assert_eq!(drawn.len(), 11);
    assert_eq!(drawn[0], "personal to router: GET_IMEI #1");
    assert_eq!(drawn[3], "router to work: GET_IMEI #1 ok after 4.0 ms");
    assert_eq!(page.text(".gap").await, "12.5 s of silence");
    page.choose("gaps", "none").await;
    assert_eq!(page.ask("document.querySelectorAll('.gap').length").await, json!(0));
    page.choose("gaps", "1 s").await;

    // A click shows what a message says; its reply is one key away.
    page.find(Locator::XPath("//*[@aria-label='personal to router: DIAL #2']")).await.click().await.unwrap();
    let details = page.text("#details").await;
    for words in ["DIAL", "personal → router", "2026-11-28T14:00:12", "address\n5550100", "clir\nDEFAULT", "uus\nnull"]
    {
        assert!(details.contains(words), "{words}: {details}");
    }
    let bytes = &details[details.find("Frame, ").unwrap()..];
    assert!(bytes.contains("00000  0a 00 00 00 02 00 00 00 07 00 00 00 35 00 35 00  ............5.5."), "{bytes}");
    page.picture("ladder.png").await;
    page.click("#match").await;
    assert_eq!(page.text("[aria-selected=true] .what").await, "DIAL #2 ok after 6.0 ms");
    page.press("m").await;
    assert_eq!(page.text("[aria-selected=true] .what").await, "DIAL #2");
    page.press("j").await;
    assert_eq!(page.text("#details h2 ~ p").await, "router → modem");
    page.press(&char::from(Key::Up).to_string()).await;
    page.press("n").await;
    assert_eq!(page.text("[aria-selected=true] .what").await, "DIAL #2 GENERIC_FAILURE after 2.0 ms");
    page.press(&char::from(Key::Escape).to_string()).await;
    assert_eq!(page.ask("document.getElementById('details').hidden").await, json!(true));

    // Filters add up; numbers that JavaScript has no room for are shown as they are.
    page.search("350000000000017").await;
    assert_eq!(page.drawn().await, ["router to work: GET_IMEI #1 ok after 4.0 ms"]);
    page.search("0x35003500350030").await;
    assert_eq!(page.drawn().await.len(), 3, "the number that was dialled");
    page.search("").await;
    page.choose("phone", "work").await;
    assert!(page.drawn().await.iter().all(|label| label.contains("work")));
    page.choose("message", "NITZ_TIME_RECEIVED (1)").await;
    page.click("[role=option][aria-label]").await;
    assert!(page.text("#details").await.contains("received\n9007199254740993"));
    page.choose("phone", "all").await;
    page.choose("message", "all").await;
    page.press("e").await;
    assert_eq!(page.text("#status").await, "2 of 15 records");
    assert_eq!(page.drawn().await, ["router to work: DIAL #2 GENERIC_FAILURE after 2.0 ms"]);
    assert_eq!(page.text(".event .note").await, "3 records are missing here, 99 bytes");
    page.press("e").await;

    page.click("#theme").await;
    let ground = "getComputedStyle(document.body).backgroundColor";
    let one = page.ask(ground).await;
    page.picture("dark.png").await;
    page.click("#theme").await;
    assert_ne!(page.ask(ground).await, one);
    let nameless = "[...document.querySelectorAll('input, select, button, main, aside')]
        .filter(e => !(e.labels?.length || e.ariaLabel || e.textContent.trim())).length";
    assert_eq!(page.ask(nameless).await, json!(0));
    page.client.set_window_size(480, 900).await.unwrap();
    let too_wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
    assert_eq!(page.ask(too_wide).await, json!(0));
    page.client.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_a_trace_says_is_more_than_text() {
    let folder = tempfile::tempdir().unwrap();
    let driver = Driver::start();
    let mut trace = Trace::of([HOSTILE, "router"]);
    trace.event(Event::PhoneUp(Phone { place: 0 }));
    trace.ask(0, RequestCode::SEND_USSD, 1, &text(HOSTILE));
    trace.ask(1, RequestCode::SEND_USSD, 1, &text("\u{2028}\u{0}__proto__"));
    let page = Page::open(&driver, folder.path(), &trace.file(), MOST_RECORDS).await;

    assert_eq!(page.ask("document.title").await, json!("a <b>trace</b>"));
    assert_eq!(page.ask("[document.scripts.length, document.images.length]").await, json!([2, 0]));
    let heads = page.ask("[...document.querySelectorAll('#heads span')].map(head => head.textContent)").await;
    assert_eq!(heads, json!([HOSTILE, "router", "router"]));
    page.search("onerror").await;
    page.click("[role=option][aria-label]").await;
    assert!(page.text("#details").await.contains(HOSTILE));
    assert_eq!(page.ask("document.title").await, json!("a <b>trace</b>"));

    // Even what got in could reach nothing and run nothing.
    let blocked = "
        const done = arguments[arguments.length - 1], said = [];
        document.addEventListener('securitypolicyviolation', event => {
            said.push(event.effectiveDirective);
            if (said.length === 3) done(said.sort());
        });
        fetch('http://127.0.0.1:9/').catch(() => {});
        document.body.append(Object.assign(new Image(), { src: 'http://127.0.0.1:9/' }));
        document.body.append(Object.assign(document.createElement('script'), { textContent: 'document.title = 1' }));";
    let said = page.client.execute_async(blocked, vec![]).await.unwrap();
    assert_eq!(said, json!(["connect-src", "img-src", "script-src-elem"]));
    page.client.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_messages_are_looked_through_as_easily() {
    let folder = tempfile::tempdir().unwrap();
    let driver = Driver::start();
    let mut trace = Trace::of(["personal", "work"]);
    for serial in 0..50_000 {
        trace.ask(0, RequestCode::GET_IMEI, serial, &[]);
        trace.answer(0, serial, Errno::SUCCESS, &text(&format!("imei {serial}")));
    }
    let file = trace.file();
    let page = Page::open(&driver, folder.path(), &file, MOST_RECORDS).await;
    assert_eq!(page.text("#status").await, "100,001 records");
    assert!(page.drawn().await.len() < 100, "what is not seen is not there");
    page.press(&char::from(Key::End).to_string()).await;
    assert_eq!(page.text("[aria-selected=true] .what").await, "GET_IMEI #49999 ok after 2.0 ms");
    page.search("\"imei 31234\"").await;
    assert_eq!(page.text("#status").await, "1 of 100,001 records");
    page.click("[role=option][aria-label]").await;
    page.click("#match").await;
    assert_eq!(page.text("[aria-selected=true] .what").await, "GET_IMEI #31234");
    assert_eq!(page.text("#status").await, "100,001 records", "the request was filtered out: the filters go");
    page.client.close().await.unwrap();

    let page = Page::open(&driver, folder.path(), &file, 10).await;
    assert_eq!(page.text("#status").await, "11 records; 99,990 more are not in this page");
    page.client.close().await.unwrap();
}
