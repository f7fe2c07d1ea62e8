//! The text messages: how many there are in which state, and the newest, without their text.

use std::sync::Arc;

use axum::extract::State;
use maud::{Markup, html};

use super::frame::{Notice, page as whole_page, time};
use super::{App, Visitor};
use crate::numbers::{direction, state};
use crate::store::{MessageCount, MessageInfo};
use crate::web::{NoStore, SHOWN};

pub(super) async fn page(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Markup, NoStore> {
    let counts = app.store.message_counts().await?;
    let newest = app.store.messages(SHOWN).await?;
    let content = html! {
        section aria-labelledby="counts" {
            h2 #counts { "Counts" }
            @if counts.is_empty() { p { "No messages." } } @else { (table_of_counts(&counts)) }
        }
        section aria-labelledby="newest" {
            h2 #newest { "Newest" }
            @if newest.is_empty() { p { "No messages." } } @else { (table(&newest)) }
        }
    };
    Ok(whole_page(&visitor, "Messages", Notice::None, &content))
}

fn table_of_counts(counts: &[MessageCount]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-labelledby="counts" {
            table {
                thead { tr {
                    th scope="col" { "Direction" }
                    th scope="col" { "State" }
                    th scope="col" { "Messages" }
                } }
                tbody { @for count in counts {
                    tr {
                        td { (direction(count.direction)) }
                        th scope="row" { (state(count.state)) }
                        td.number { (count.messages) }
                    }
                } }
            }
        }
    }
}

fn table(messages: &[MessageInfo]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-labelledby="newest" {
            table {
                thead { tr {
                    th scope="col" { "Accepted (UTC)" }
                    th scope="col" { "Number" }
                    th scope="col" { "Direction" }
                    th scope="col" { "Other party" }
                    th scope="col" { "Attempts" }
                    th scope="col" { "State" }
                } }
                tbody { @for message in messages {
                    tr {
                        td.number { (time(message.queued)) }
                        th.number scope="row" { (message.number) }
                        td { (direction(message.direction)) }
                        td.number { (message.peer) }
                        td.number { (message.attempts) }
                        td {
                            (state(message.state))
                            @if let Some(status) = message.status { ", " (format!("0x{status:02x}")) }
                        }
                    }
                } }
            }
        }
    }
}
