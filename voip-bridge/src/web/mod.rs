//! The operator's side over HTTP: an API in JSON for programs, and pages for people, made here and complete without
//! JavaScript.
//!
//! Nobody gets anything without the token: programs send it as a bearer token (RFC 6750), people once at the login, for
//! a session of which the cookie holds only a name. Whatever changes something needs the session's own form token, too,
//! so that no other site can press our buttons. Wrong tokens are limited (`attempts`). It speaks no TLS: it listens on
//! loopback, or behind a proxy that does.

mod api;
mod attempts;
mod pages;
mod session;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use tracing::warn;

use crate::pool::StoreError;
use crate::store::Store;
use attempts::Attempts;
use session::Sessions;

/// How many calls of the log, and how many recordings, are shown.
const SHOWN: u32 = 100;

/// What every answer forbids the browser: scripts, frames, other sites, and keeping what it was shown.
const HEADERS: [(HeaderName, &str); 5] = [
    (CACHE_CONTROL, "no-store"),
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; media-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'",
    ),
    (REFERRER_POLICY, "no-referrer"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
];

/// What every handler needs.
struct App {
    store: Store,
    token: String,
    attempts: Attempts,
    sessions: Sessions,
    /// How many digits stand behind the numbers of callers.
    suffix: usize,
}

/// The whole site. `behind_tls` says that browsers reach it by way of a proxy that speaks TLS, `suffix` how many digits
/// stand behind the numbers of callers.
pub fn app(store: Store, token: String, behind_tls: bool, suffix: usize) -> Router {
    let (attempts, sessions) = (Attempts::new(behind_tls), Sessions::new(behind_tls));
    let app = Arc::new(App { store, token, attempts, sessions, suffix });
    Router::new().nest("/api", api::routes(&app)).merge(pages::routes()).layer(from_fn(with_headers)).with_state(app)
}

async fn with_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// The store has no answer. What it says is for the log: the reader can do nothing with it.
struct NoStore;

impl From<StoreError> for NoStore {
    fn from(why: StoreError) -> Self {
        warn!("the store has no answer: {why}");
        Self
    }
}

impl IntoResponse for NoStore {
    fn into_response(self) -> Response {
        (StatusCode::SERVICE_UNAVAILABLE, "the database is unavailable\n").into_response()
    }
}
