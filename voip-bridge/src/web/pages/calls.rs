//! The calls: those that go on, and the log.

use std::sync::Arc;

use axum::extract::State;
use maud::{Markup, html};

use super::frame::{Notice, duration, page as whole_page, peer, time};
use super::{App, Visitor};
use crate::clock::now;
use crate::numbers::direction;
use crate::pool::{Call, Timestamp};
use crate::web::{NoStore, SHOWN};

pub(super) async fn page(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Markup, NoStore> {
    let live = app.store.live_calls().await?;
    let past = app.store.past_calls(SHOWN).await?;
    let now = now();
    let content = html! {
        section aria-labelledby="live" {
            h2 #live { "Live" }
            @if live.is_empty() { p { "No call at the moment." } } @else { (table("live", &live, now)) }
        }
        section aria-labelledby="log" {
            h2 #log { "Log" }
            @if past.is_empty() { p { "No calls yet." } } @else { (table("log", &past, now)) }
        }
    };
    Ok(whole_page(&visitor, "Calls", Notice::None, &content))
}

fn table(heading: &str, calls: &[Call], now: Timestamp) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-labelledby=(heading) {
            table {
                thead { tr {
                    th scope="col" { "Began (UTC)" }
                    th scope="col" { "Number" }
                    th scope="col" { "Direction" }
                    th scope="col" { "Other party" }
                    th scope="col" { "Duration" }
                    th scope="col" { "State" }
                    th scope="col" { "Bridge" }
                } }
                tbody { @for call in calls {
                    tr {
                        td.number { (time(call.began)) }
                        th.number scope="row" { (call.number) }
                        td { (direction(call.direction)) }
                        td.number { (peer(call.peer.as_deref())) }
                        td.number { (talked(call, now)) }
                        td { (state(call)) }
                        td { (call.bridge) }
                    }
                } }
            }
        }
    }
}

/// How long the two have talked.
fn talked(call: &Call, now: Timestamp) -> String {
    call.answered.map_or_else(String::new, |answered| duration((call.ended.unwrap_or(now).0 - answered.0).max(0)))
}

fn state(call: &Call) -> String {
    match (call.ended, call.answered, call.cause) {
        (None, None, _) => "ringing".to_owned(),
        (None, Some(_), _) => "talking".to_owned(),
        (Some(_), _, Some(cause)) => format!("ended, cause {cause}"),
        (Some(_), _, None) => "ended".to_owned(),
    }
}
