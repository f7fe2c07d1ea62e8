//! The recordings, to play and to delete.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::frame::{Notice, duration, form_token, page as whole_page, peer, time};
use super::{App, Visitor};
use crate::store::VoicemailInfo;
use crate::web::{NoStore, SHOWN};

#[derive(Deserialize)]
pub(super) struct Delete {
    form_token: String,
    id: String,
}

pub(super) async fn page(State(app): State<Arc<App>>, visitor: Visitor) -> Result<Markup, NoStore> {
    let all = app.store.voicemails(SHOWN).await?;
    let content = html! {
        @if all.is_empty() {
            p { "No recordings." }
        } @else {
            ul.recordings { @for one in &all { (recording(&visitor, one)) } }
        }
    };
    Ok(whole_page(&visitor, "Voicemail", Notice::None, &content))
}

pub(super) async fn audio(
    State(app): State<Arc<App>>,
    _: Visitor,
    Path(id): Path<String>,
) -> Result<Response, NoStore> {
    Ok(match app.store.voicemail_audio(&id).await? {
        Some(audio) => ([(CONTENT_TYPE, "audio/wav")], audio).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    })
}

pub(super) async fn delete(State(app): State<Arc<App>>, visitor: Visitor, Form(form): Form<Delete>) -> Response {
    if let Err(why) = visitor.check(&form.form_token) {
        return why.into_response();
    }
    match app.store.delete_voicemail(&form.id).await {
        Ok(_) => Redirect::to("/voicemail").into_response(),
        Err(why) => NoStore::from(why).into_response(),
    }
}

fn recording(visitor: &Visitor, one: &VoicemailInfo) -> Markup {
    let from = peer(one.peer.as_deref());
    html! {
        li {
            p {
                strong.number { (from) } " for " span.number { (one.number) }
                br;
                small { (time(one.at)) " UTC, " (duration(i64::from(one.milliseconds) / 1_000)) }
            }
            audio controls preload="none" src=(format!("/voicemail/{}/audio", one.id))
                aria-label=(format!("Recording from {from}")) {}
            form method="post" action="/voicemail/delete" {
                (form_token(visitor))
                input type="hidden" name="id" value=(one.id);
                button.quiet { "Delete" span.hidden { " the recording from " (from) } }
            }
        }
    }
}
