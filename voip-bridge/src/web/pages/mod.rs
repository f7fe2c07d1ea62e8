//! The pages for people. Each is a whole document with headings, labels and tables that a screen reader can follow;
//! each change is a form that works without scripts, carries the session's form token, and ends in a redirect.

mod calls;
mod frame;
mod login;
mod messages;
mod numbers;
mod voicemail;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};

use super::{App, session};
use crate::clock::now;

/// The largest form of whoever has not logged in.
const LARGEST_LOGIN: usize = 4096;

/// The look of the pages.
const STYLE: &str = include_str!("style.css");

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(numbers::page))
        .route("/numbers/add", post(numbers::add))
        .route("/numbers/assign", post(numbers::assign))
        .route("/numbers/release", post(numbers::release))
        .route("/numbers/remove", post(numbers::remove))
        .route("/calls", get(calls::page))
        .route("/messages", get(messages::page))
        .route("/voicemail", get(voicemail::page))
        .route("/voicemail/{id}/audio", get(voicemail::audio))
        .route("/voicemail/delete", post(voicemail::delete))
        .route("/login", get(login::page).post(login::login).layer(DefaultBodyLimit::max(LARGEST_LOGIN)))
        .route("/logout", post(login::logout))
        .route("/style.css", get(style))
}

async fn style() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "max-age=3600")], STYLE)
}

/// Somebody who has logged in. Without a session a request goes to the login instead of the page.
struct Visitor {
    form_token: String,
}

impl Visitor {
    /// Whether a form was made for this session.
    fn check(&self, form_token: &str) -> Result<(), Forged> {
        if session::same(form_token, &self.form_token) { Ok(()) } else { Err(Forged) }
    }
}

/// A form that was not made for the session with which it came.
struct Forged;

impl IntoResponse for Forged {
    fn into_response(self) -> Response {
        (StatusCode::FORBIDDEN, "this form is not from this session; go back and load the page again\n").into_response()
    }
}

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Redirect;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Redirect> {
        match app.sessions.form_token(&parts.headers, now()) {
            Some(form_token) => Ok(Self { form_token }),
            None => Err(Redirect::to("/login")),
        }
    }
}
