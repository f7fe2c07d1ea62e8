//! What all pages have in common: head, navigation, the notice at the top, and how times and durations are written.

use maud::{DOCTYPE, Markup, html};
use time::OffsetDateTime;

use super::Visitor;
use crate::pool::Timestamp;

/// What a page says before anything else.
#[derive(Clone, Copy)]
pub(super) enum Notice<'a> {
    Done(&'a str),
    Error(&'a str),
    None,
}

/// A whole page for somebody who has logged in.
pub(super) fn page(visitor: &Visitor, title: &str, notice: Notice<'_>, content: &Markup) -> Markup {
    let places = [("/", "Numbers"), ("/calls", "Calls"), ("/messages", "Messages"), ("/voicemail", "Voicemail")];
    document(
        title,
        &html! {
            header {
                p.name { "voip-bridge" }
                nav aria-label="Pages" {
                    @for (path, name) in places {
                        a href=(path) aria-current=[(name == title).then_some("page")] { (name) }
                    }
                }
                form method="post" action="/logout" {
                    (form_token(visitor))
                    button.quiet { "Log out" }
                }
            }
            main {
                h1 { (title) }
                (shown(notice))
                (content)
            }
        },
    )
}

/// A page for anybody.
pub(super) fn document(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " - voip-bridge" }
                link rel="stylesheet" href="/style.css";
            }
            body { (body) }
        }
    }
}

/// The hidden field without which no form is accepted.
pub(super) fn form_token(visitor: &Visitor) -> Markup {
    html! { input type="hidden" name="form_token" value=(visitor.form_token); }
}

pub(super) fn shown(notice: Notice<'_>) -> Markup {
    html! {
        @match notice {
            Notice::Done(what) => p.done role="status" { (what) },
            Notice::Error(what) => p.error role="alert" { (what) },
            Notice::None => {}
        }
    }
}

/// A point in time, UTC.
pub(super) fn time(at: Timestamp) -> Markup {
    // Years that no calendar has are those of a broken database.
    let at = OffsetDateTime::from_unix_timestamp(at.0).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let day = format!("{:04}-{:02}-{:02}", at.year(), u8::from(at.month()), at.day());
    let clock = format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second());
    html! { time datetime=(format!("{day}T{clock}Z")) { (day) " " (clock) } }
}

/// Minutes and seconds, hours before them when there are any.
pub(super) fn duration(seconds: i64) -> String {
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// A caller, or that there is none to show.
pub(super) fn peer(peer: Option<&str>) -> &str {
    peer.unwrap_or("withheld")
}
