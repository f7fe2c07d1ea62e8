//! The way in and out.

use std::sync::Arc;

use axum::Form;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::frame::{Notice, document, shown};
use super::{App, Visitor, session};
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

pub(super) async fn login(State(app): State<Arc<App>>, Form(login): Form<Login>) -> Response {
    if !session::same(login.token.trim(), &app.token) {
        return (StatusCode::UNAUTHORIZED, form(Notice::Error("That is not the token."))).into_response();
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
