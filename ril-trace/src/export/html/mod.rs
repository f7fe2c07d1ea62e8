//! A trace as a page: a ladder of arrows between phones, router and modem, to look through in any browser.
//!
//! The page needs nothing else and can reach nothing: its policy lets its own style and script through, which it names
//! by their hashes, and no network. The trace stands in it as lines of JSON, where no `<` can end the element; the
//! script makes text of what it finds there and never markup, for names and payloads may be hostile.
//!
//! Reference: W3C Content Security Policy Level 3, 2.3.1 (hashes); HTML, 4.12.1.3 (what a script element may hold).

use std::io::{self, Write};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::format::{Item, What};
use crate::show::{Filter, Show};

const STYLE: &str = include_str!("page.css");
const BODY: &str = include_str!("page.html");
const SCRIPT: &str = include_str!("page.js");

/// The most records that browsers draw well: their elements end at some height.
pub const MOST_RECORDS: usize = 500_000;

/// Writes a page.
#[derive(Debug)]
pub struct Ladder<W> {
    out: W,
    show: Show,
    room: usize,
    left_out: u64,
}

impl<W: Write> Ladder<W> {
    /// Begins a page of this title with the first so many of the records that the filter lets through.
    pub fn new(mut out: W, title: &str, filter: Filter, most: usize) -> io::Result<Self> {
        let [style, script] = [STYLE, SCRIPT].map(|text| BASE64_STANDARD.encode(Sha256::digest(text)));
        write!(
            out,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; base-uri 'none'; form-action 'none'; \
             style-src 'sha256-{style}'; script-src 'sha256-{script}'\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n\
             <title>{}</title>\n<style>{STYLE}</style>\n</head>\n{BODY}<script type=\"application/json\" id=\"trace\">\n",
            escaped(title)
        )?;
        Ok(Self { out, show: Show::whole(filter), room: most, left_out: 0 })
    }

    /// Adds what comes next.
    pub fn add(&mut self, item: &Item) -> io::Result<()> {
        let Some(mut line) = self.show.json(item) else { return Ok(()) };
        if matches!(item, Item::Record(_)) {
            if self.room == 0 {
                self.left_out += 1;
                return Ok(());
            }
            self.room -= 1;
        }
        let text = match item {
            Item::Session(_) | Item::Damage(_) => Some(self.show.said_of(item)),
            Item::Record(entry) => match &entry.record.what {
                What::Event(event) => Some(self.show.event_text(event)),
                What::Unknown => Some("something that this version does not know".to_owned()),
                What::Frame(_) => None,
            },
        };
        if let Some(text) = text {
            line["text"] = json!(text);
        }
        self.line(&line)
    }

    /// Ends the page.
    pub fn finish(mut self) -> io::Result<()> {
        if self.left_out > 0 {
            self.line(&json!({ "left_out": self.left_out }))?;
        }
        write!(self.out, "</script>\n<script>{SCRIPT}</script>\n</body>\n</html>\n")?;
        self.out.flush()
    }

    /// A line of JSON. In JSON a `<` is only ever in a string, where it may be written as its number.
    fn line(&mut self, line: &Value) -> io::Result<()> {
        writeln!(self.out, "{}", line.to_string().replace('<', "\\u003c"))
    }
}

/// Text as HTML has it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{Header, Item};

    #[test]
    fn nothing_of_a_trace_ends_its_element() {
        let mut out = Vec::new();
        let hostile = "</script><script>alert(1)</script><!--";
        let mut page = Ladder::new(&mut out, hostile, Filter::default(), 1).unwrap();
        let header = Header { phones: vec![hostile.to_owned()], ..Header::default() };
        page.add(&Item::Session(Box::new(header))).unwrap();
        page.finish().unwrap();
        let page = String::from_utf8(out).unwrap();
        assert_eq!(page.matches("<script").count(), 2);
        assert_eq!(page.matches("</script").count(), 2);
        assert_eq!(page.matches("<!--").count(), 0);
        assert!(page.contains("\\u003c/script>"));
    }

    #[test]
    fn the_page_names_nothing_outside_of_it() {
        for part in [STYLE, BODY, SCRIPT] {
            for word in ["http:", "https:", "url(", "@import", "src=", "href=", "innerHTML", "</script", "</style"] {
                assert!(!part.contains(word), "{word}");
            }
        }
    }
}
