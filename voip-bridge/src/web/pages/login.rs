//! The way in and out.

use std::sync::Arc;

use axum::Form;
use axum::extract::State;
use axum::http::header::{RETRY_AFTER, SET_COOKIE};
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use tokio::time::Instant;

use super::super::attempts::Verdict;
use super::frame::{Notice, document, shown};
use super::{App, Visitor};
use crate::clock::now;

#[derive(Deserialize)]
pub(super) struct Login {
    token: String,
}

#[derive(Deserialize)]
pub(super) struct Logout {
    form_token: String,
}

pub(super) async fn page() -> Markup {
    form(Notice::None)
}

pub(super) async fn login(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    extensions: Extensions,
    Form(login): Form<Login>,
) -> Response {
    let from = app.attempts.source(&headers, &extensions);
    match app.attempts.judge(Some(login.token.trim()), &app.token, from, Instant::now()) {
        Verdict::Right => {}
        Verdict::Wrong => {
            return (StatusCode::UNAUTHORIZED, form(Notice::Error("That is not the token."))).into_response();
        }
        Verdict::TooMany => {
            let said = form(Notice::Error("Too many wrong tokens. Wait a minute and try again."));
            return (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, "60")], said).into_response();
        }
    }
    match app.sessions.begin(now()) {
        Some(cookie) => ([(SET_COOKIE, cookie)], Redirect::to("/")).into_response(),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

pub(super) async fn logout(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    headers: HeaderMap,
    Form(logout): Form<Logout>,
) -> Response {
    if let Err(why) = visitor.check(&logout.form_token) {
        return why.into_response();
    }
    let to_login = Redirect::to("/login");
    match app.sessions.end(&headers) {
        Some(forget) => ([(SET_COOKIE, forget)], to_login).into_response(),
        None => to_login.into_response(),
    }
}

fn form(notice: Notice<'_>) -> Markup {
    document(
        "Log in",
        &html! {
            main.login {
                h1 { "voip-bridge" }
                (shown(notice))
                form method="post" action="/login" {
                    label for="token" { "Admin token" }
                    input #token type="password" name="token" autocomplete="current-password" required autofocus;
                    button { "Log in" }
                }
            }
        },
    )
}
