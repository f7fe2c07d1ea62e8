//! The operator's side over HTTP: an API in JSON for programs, and pages for people, made here and complete without
//! JavaScript.
//!
//! Nobody gets anything without the token: programs send it as a bearer token (RFC 6750), people once at the login, for
//! a session of which the cookie holds only a name. Whatever changes something needs the session's own form token, too,
//! so that no other site can press our buttons; what comes from one is not even looked at (`origin`). Wrong tokens are
//! limited (`attempts`), and so are connections (`connections`). It speaks no TLS: it listens on loopback, or behind a
//! proxy that does.

mod api;
mod attempts;
mod connections;
mod origin;
mod pages;
mod session;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;
use tracing::warn;

use crate::pool::StoreError;
use crate::store::Store;
use attempts::Attempts;
pub use connections::serve;
use session::Sessions;

/// How many calls of the log, and how many recordings, are shown.
const SHOWN: u32 = 100;

/// How long a request may take until it is answered, its body included.
const PATIENCE: Duration = Duration::from_secs(30);

/// What every answer forbids the browser: scripts, frames, other sites, and keeping what it was shown.
const HEADERS: [(HeaderName, &str); 7] = [
    (CACHE_CONTROL, "no-store"),
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; media-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'",
    ),
    // Not `no-referrer`: with that our own forms would come from nowhere.
    (REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
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
    let only_here = !behind_tls;
    let guarded = from_fn(move |request, next| guarded(request, next, only_here));
    Router::new().nest("/api", api::routes(&app)).merge(pages::routes()).layer(guarded).with_state(app)
}

async fn guarded(request: Request, next: Next, only_here: bool) -> Response {
    let mut response = if origin::is_fine(request.method(), request.headers(), only_here) {
        let answer = timeout(PATIENCE, next.run(request)).await;
        answer.unwrap_or_else(|_| StatusCode::REQUEST_TIMEOUT.into_response())
    } else {
        (StatusCode::FORBIDDEN, "this does not come from a page of this service\n").into_response()
    };
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
