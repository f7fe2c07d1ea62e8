//! The pages in a real browser: Chromium, driven over WebDriver, against the program itself.
//!
//! `VOIP_BRIDGE_SCREENSHOTS=FOLDER` keeps a picture of each page.

mod browser;
mod databases;
mod service;

use browser::Driver;
use caller_tag::E164;
use fantoccini::{Client, Locator};
use serde_json::json;
use service::{Service, TOKEN, configured};
use voip_bridge::pool::{Call, Direction, Pool, Timestamp, Voicemail};
use voip_bridge::store::Store;

/// A browser and what a person does with it.
struct Browser {
    client: Client,
}

impl Browser {
    async fn fill(&self, id: &str, text: &str) {
        self.client.find(Locator::Id(id)).await.unwrap().send_keys(text).await.unwrap();
    }

    async fn choose(&self, id: &str, label: &str) {
        self.client.find(Locator::Id(id)).await.unwrap().select_by_label(label).await.unwrap();
    }

    /// Presses the button that is read out as `name`, and waits until the new page is there.
    async fn press(&self, name: &str) {
        let old = self.client.find(Locator::Css("html")).await.unwrap();
        let button = format!("//button[normalize-space(.)='{name}']");
        self.client.find(Locator::XPath(&button)).await.unwrap().click().await.unwrap();
        // The old page is gone when its elements are.
        while old.tag_name().await.is_ok() {
            tokio::task::yield_now().await;
        }
        self.client.wait().for_element(Locator::Css("main h1")).await.unwrap();
    }

    async fn follow(&self, link: &str) {
        self.client.find(Locator::LinkText(link)).await.unwrap().click().await.unwrap();
        let title = format!("//h1[.='{link}']");
        self.client.wait().for_element(Locator::XPath(&title)).await.unwrap();
        self.check_access().await;
        self.picture(link).await;
    }

    async fn text(&self, css: &str) -> String {
        self.client.find(Locator::Css(css)).await.unwrap().text().await.unwrap()
    }

    /// Whether everything that can be filled in or pressed has a name, and the page a language and one main heading.
    async fn check_access(&self) {
        let nameless = "
            const named = element => element.labels?.length || element.ariaLabel || element.textContent.trim();
            const all = [...document.querySelectorAll('input:not([type=hidden]), select, textarea, button, audio, a')];
            return all.filter(element => !named(element)).map(element => element.outerHTML);";
        assert_eq!(self.client.execute(nameless, vec![]).await.unwrap(), json!([]));
        let whole = "return [document.documentElement.lang, document.querySelectorAll('h1').length, \
            document.querySelectorAll('main').length, document.scripts.length];";
        assert_eq!(self.client.execute(whole, vec![]).await.unwrap(), json!(["en", 1, 1, 0]));
    }

    /// Whether the page fits on a phone: only tables scroll sideways, each by itself.
    async fn check_narrow(&self) {
        self.client.set_window_size(420, 1400).await.unwrap();
        let too_wide = "const page = document.documentElement; return page.scrollWidth - page.clientWidth;";
        assert_eq!(self.client.execute(too_wide, vec![]).await.unwrap(), json!(0));
        self.picture("Narrow").await;
        self.client.set_window_size(1100, 900).await.unwrap();
    }

    async fn picture(&self, name: &str) {
        if let Some(folder) = std::env::var_os("VOIP_BRIDGE_SCREENSHOTS") {
            let picture = self.client.screenshot().await.unwrap();
            std::fs::write(std::path::Path::new(&folder).join(format!("{name}.png")), picture).unwrap();
        }
    }
}

/// One second of a tone: 8000 samples of 16 bits.
fn tone() -> Vec<u8> {
    let samples = (0..8_000).flat_map(|at: i32| (((at % 16) * 1_000 - 8_000) as i16).to_le_bytes());
    let mut wav = Vec::from(*b"RIFF");
    wav.extend(16_036_u32.to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend(16_u32.to_le_bytes());
    for field in [1_u16, 1] {
        wav.extend(field.to_le_bytes());
    }
    for field in [8_000_u32, 16_000] {
        wav.extend(field.to_le_bytes());
    }
    for field in [2_u16, 16] {
        wav.extend(field.to_le_bytes());
    }
    wav.extend(b"data");
    wav.extend(16_000_u32.to_le_bytes());
    wav.extend(samples);
    wav
}

async fn some_calls(store: &Store) {
    let call = Call {
        id: "live".into(),
        bridge: "bridge".into(),
        number: E164::parse("+15550100001").unwrap(),
        direction: Direction::In,
        peer: Some("+15550199999".into()),
        began: Timestamp(1_790_000_000),
        answered: Some(Timestamp(1_790_000_005)),
        ended: None,
        cause: None,
    };
    store.log_calls(std::slice::from_ref(&call)).await.unwrap();
    let past = Call { id: "past".into(), peer: None, ended: Some(Timestamp(1_790_000_068)), cause: Some(16), ..call };
    store.log_calls(std::slice::from_ref(&past)).await.unwrap();
    let voicemail = Voicemail {
        id: "recording".into(),
        number: past.number,
        peer: Some("+15550199999".into()),
        at: Timestamp(1_790_000_100),
        milliseconds: 1_000,
        audio: tone(),
    };
    store.store_voicemail(&voicemail).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_does_all_of_it_in_a_browser() {
    let (folder, config) = configured("");
    let service = Service::start(&config);
    let driver = Driver::start();
    let browser = Browser { client: driver.browser().await };

    browser.client.goto(&format!("http://{}/calls", service.address)).await.unwrap();
    browser.check_access().await;
    browser.picture("Login").await;
    browser.fill("token", "not the token").await;
    browser.press("Log in").await;
    assert_eq!(browser.text("[role=alert]").await, "That is not the token.");
    browser.fill("token", TOKEN).await;
    browser.press("Log in").await;
    assert_eq!(browser.text("h1").await, "Numbers");

    browser.fill("numbers", "+15550100001-+15550100003\n+4915123456789").await;
    browser.press("Add").await;
    assert_eq!(browser.text("[role=status]").await, "The numbers are in the pool.");
    assert_eq!(browser.text(".summary").await, "0 assigned, 4 free");
    browser.choose("number", "+15550100001").await;
    browser.fill("sim", "+4915900000000").await;
    browser.fill("phone", "work").await;
    browser.press("Assign").await;
    assert_eq!(browser.text("[role=status]").await, "The number is assigned.");
    let row = browser.text("tbody tr:first-child").await;
    assert!(row.starts_with("+15550100001 work 0 +4915900000000 voicemail"), "{row}");
    assert!(browser.text("main").await.contains("Germany (49), fixed: hardly any number can carry a tag."));

    browser.fill("sim", "+4915900000000").await;
    browser.fill("phone", "home").await;
    browser.choose("tag", "7").await;
    browser.choose("unavailable", "forward").await;
    browser.fill("forward_to", "sip:desk@example.com").await;
    browser.fill("access", "+15550100099").await;
    browser.press("Assign").await;
    browser.check_access().await;
    browser.picture("Numbers").await;
    browser.check_narrow().await;
    browser.fill("sim", "+4915900000000").await;
    browser.fill("phone", "home").await;
    browser.press("Assign").await;
    assert_eq!(browser.text("[role=alert]").await, "Nothing was changed: the phone has a number already.");

    // As a call would: another connection to the same database.
    some_calls(&Store::open(&databases::sqlite(folder.path())).await.unwrap()).await;
    browser.follow("Calls").await;
    assert!(browser.text("section:nth-of-type(1) tbody").await.contains("talking bridge"));
    let log = browser.text("section:nth-of-type(2) tbody").await;
    assert!(log.ends_with("+15550100001 in withheld 1:03 ended, cause 16 bridge"), "{log}");

    browser.follow("Voicemail").await;
    let play = "
        const done = arguments[arguments.length - 1];
        const audio = document.querySelector('audio');
        audio.onended = () => done(['ended', audio.duration, audio.currentTime]);
        audio.onerror = () => done(['error', audio.error.message, 0]);
        audio.muted = true;
        audio.play().catch(why => done(['refused', String(why), 0]));";
    assert_eq!(browser.client.execute_async(play, vec![]).await.unwrap(), json!(["ended", 1, 1]));
    browser.press("Delete the recording from +15550199999").await;
    assert!(browser.text("main").await.contains("No recordings."));

    browser.follow("Numbers").await;
    browser.press("Release +15550100001").await;
    assert_eq!(browser.text("[role=status]").await, "The number is free.");
    browser.press("Remove +15550100001").await;
    assert_eq!(browser.text(".summary").await, "1 assigned, 2 free");
    browser.press("Log out").await;
    browser.client.goto(&format!("http://{}/", service.address)).await.unwrap();
    assert!(browser.client.current_url().await.unwrap().path() == "/login");
    browser.client.close().await.unwrap();
    assert_eq!(service.stop(), Some(0));
}
