//! A trace as a Mermaid sequence diagram: a line down for each end, an arrow for each frame.
//!
//! A diagram of more than a few hundred arrows is of no use to anybody, so it ends after so many as are asked for, and
//! says so. Payloads are left out; they would make it unreadable, and it is what people paste into reports.

use crate::format::{Event, Header, Item, What};
use crate::meaning::Follower;
use crate::show::{Filter, Show, ends, meaning_text, other_side, phone_name};

/// As many arrows as a person follows.
pub const MOST_ARROWS: usize = 200;

/// Makes a diagram.
#[derive(Debug)]
pub struct Diagram {
    header: Header,
    follower: Follower,
    /// Says what is in the diagram.
    which: Show,
    text: String,
    room: usize,
    left_out: u64,
}

impl Diagram {
    /// Of the records that the filter lets through, the first so many.
    pub fn new(filter: Filter, most: usize) -> Self {
        let text = "sequenceDiagram\n".to_owned();
        let (header, follower) = (Header::default(), Follower::default());
        Self { header, follower, which: Show::new(filter), text, room: most, left_out: 0 }
    }

    /// Adds what comes next.
    pub fn add(&mut self, item: &Item) {
        let wanted = self.which.json(item).is_some();
        let line = match item {
            Item::Session(header) => {
                self.header = Header::clone(header);
                self.follower = Follower::new(header);
                return;
            }
            Item::Damage(_) => format!("note over {}: a part of the trace is damaged", other_side(&self.header)),
            Item::Record(entry) => {
                let meaning = self.follower.follow(&entry.record);
                match (&entry.record.what, meaning) {
                    (What::Frame(frame), Some(meaning)) => {
                        let [from, to] = ends(&self.header, frame).map(|end| name(&end));
                        format!("{from}->>{to}: {}", text(&meaning_text(&meaning)))
                    }
                    (What::Event(event), _) => match note(&self.header, event) {
                        Some(line) => line,
                        None => return,
                    },
                    _ => return,
                }
            }
        };
        if !wanted {
            return;
        }
        if self.room == 0 {
            self.left_out += 1;
            return;
        }
        self.room -= 1;
        self.text.push_str("    ");
        self.text.push_str(&line);
        self.text.push('\n');
    }

    /// The whole diagram.
    pub fn finish(mut self) -> String {
        if self.left_out > 0 {
            let (over, left_out) = (other_side(&self.header), self.left_out);
            self.text.push_str(&format!("    note over {over}: {left_out} more are left out\n"));
        }
        self.text
    }
}

fn note(header: &Header, event: &Event) -> Option<String> {
    let of = |place: u32, what: &str| Some(format!("note over {}: {what}", name(&phone_name(header, place))));
    match event {
        Event::PhoneUp(phone) => of(phone.place, "comes"),
        Event::PhoneDown(phone) => of(phone.place, "leaves"),
        Event::Foreground(phone) => of(phone.place, "gets the screen"),
        Event::ModemUp(_) => Some("note over modem: comes".to_owned()),
        Event::ModemDown(_) => Some("note over modem: leaves".to_owned()),
        Event::Lost(lost) => Some(format!("note over {}: {} records are missing", other_side(header), lost.records)),
        _ => None,
    }
}

/// The name of an end as Mermaid takes one; `end` is a word of its own language.
fn name(end: &str) -> String {
    let name: String = end.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if name.is_empty() || name.eq_ignore_ascii_case("end") { format!("_{name}") } else { name }
}

/// A message as Mermaid takes one: `;` and `#` mean something to it.
fn text(message: &str) -> String {
    let of = |c: char| match c {
        '#' => "#35;".to_owned(),
        c if c == ';' || c.is_control() => " ".to_owned(),
        c => c.to_string(),
    };
    message.chars().map(of).collect()
}
