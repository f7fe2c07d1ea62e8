//! The API: JSON, for whoever sends the token as a bearer token. Errors are `{"error": "..."}`.

use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, put};
use axum::{Json, Router};
use caller_tag::{E164, NotE164};
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use super::attempts::Verdict;
use super::{App, NoStore, SHOWN};
use crate::numbers::{
    AssignRequest, AssignmentView, CallView, MessageCountView, MessageView, NotARequest, NotNumbers, NumberView,
    VoicemailView, parse_numbers,
};
use crate::pool::StoreError;
use crate::store::{AssignError, ReleaseError, RemoveError};

/// What goes wrong with a request.
struct Refusal(StatusCode, String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AddRequest {
    numbers: Vec<String>,
}

pub(super) fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    Router::new()
        .route("/numbers", get(numbers).post(add))
        .route("/numbers/{number}", delete(remove))
        .route("/numbers/{number}/assignment", put(assign).delete(release))
        .route("/calls", get(calls))
        .route("/messages", get(messages))
        .route("/voicemails", get(voicemails))
        .route("/voicemails/{id}", delete(delete_voicemail))
        .route("/voicemails/{id}/audio", get(audio))
        .fallback(async || Refusal(StatusCode::NOT_FOUND, "there is nothing of this name".to_owned()))
        .layer(from_fn_with_state(app.clone(), with_token))
}

async fn with_token(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let shown = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token =
        shown.and_then(|shown| shown.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let from = app.attempts.source(request.headers(), request.extensions());
    match app.attempts.judge(token.map(|(_, token)| token.trim()), &app.token, from, Instant::now()) {
        Verdict::Right => next.run(request).await,
        Verdict::Wrong => {
            let refusal = Refusal(StatusCode::UNAUTHORIZED, "a bearer token is needed".to_owned());
            ([(WWW_AUTHENTICATE, "Bearer")], refusal).into_response()
        }
        Verdict::TooMany => {
            let refusal = Refusal(StatusCode::TOO_MANY_REQUESTS, "too many wrong tokens; wait a minute".to_owned());
            ([(RETRY_AFTER, "60")], refusal).into_response()
        }
    }
}

async fn numbers(State(app): State<Arc<App>>) -> Result<Response, Refusal> {
    let numbers: Vec<NumberView> = app.store.numbers().await?.iter().map(NumberView::from).collect();
    Ok(Json(json!({ "numbers": numbers })).into_response())
}

async fn add(
    State(app): State<Arc<App>>,
    request: Result<Json<AddRequest>, JsonRejection>,
) -> Result<Response, Refusal> {
    let numbers = parse_numbers(&request?.numbers.join("\n"))?;
    let added = app.store.add_numbers(&numbers).await?;
    Ok(Json(json!({ "added": added, "known": numbers.len() as u64 - added })).into_response())
}

async fn remove(State(app): State<Arc<App>>, Path(number): Path<String>) -> Result<StatusCode, Refusal> {
    app.store.remove_number(&E164::parse(&number)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn assign(
    State(app): State<Arc<App>>,
    Path(number): Path<String>,
    request: Result<Json<AssignRequest>, JsonRejection>,
) -> Result<Response, Refusal> {
    let made = app.store.assign(&request?.check(&number)?).await?;
    Ok((StatusCode::CREATED, Json(AssignmentView::from(&made))).into_response())
}

async fn release(State(app): State<Arc<App>>, Path(number): Path<String>) -> Result<Response, Refusal> {
    let released = app.store.release(&E164::parse(&number)?).await?;
    Ok(Json(AssignmentView::from(&released)).into_response())
}

async fn calls(State(app): State<Arc<App>>) -> Result<Response, Refusal> {
    let live: Vec<CallView> = app.store.live_calls().await?.iter().map(CallView::from).collect();
    let past: Vec<CallView> = app.store.past_calls(SHOWN).await?.iter().map(CallView::from).collect();
    Ok(Json(json!({ "live": live, "past": past })).into_response())
}

async fn messages(State(app): State<Arc<App>>) -> Result<Response, Refusal> {
    let counts: Vec<MessageCountView> = app.store.message_counts().await?.iter().map(Into::into).collect();
    let newest: Vec<MessageView> = app.store.messages(SHOWN).await?.iter().map(Into::into).collect();
    Ok(Json(json!({ "counts": counts, "messages": newest })).into_response())
}

async fn voicemails(State(app): State<Arc<App>>) -> Result<Response, Refusal> {
    let all: Vec<VoicemailView> = app.store.voicemails(SHOWN).await?.iter().map(VoicemailView::from).collect();
    Ok(Json(json!({ "voicemails": all })).into_response())
}

async fn audio(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Response, Refusal> {
    match app.store.voicemail_audio(&id).await? {
        Some(audio) => Ok(([(CONTENT_TYPE, "audio/wav")], audio).into_response()),
        None => Err(no_voicemail()),
    }
}

async fn delete_voicemail(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<StatusCode, Refusal> {
    if app.store.delete_voicemail(&id).await? { Ok(StatusCode::NO_CONTENT) } else { Err(no_voicemail()) }
}

fn no_voicemail() -> Refusal {
    Refusal(StatusCode::NOT_FOUND, "there is no such recording".to_owned())
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

impl From<StoreError> for Refusal {
    fn from(why: StoreError) -> Self {
        let NoStore = why.into();
        Self(StatusCode::SERVICE_UNAVAILABLE, "the database is unavailable".to_owned())
    }
}

impl From<JsonRejection> for Refusal {
    fn from(why: JsonRejection) -> Self {
        Self(why.status(), why.body_text())
    }
}

impl From<NotE164> for Refusal {
    fn from(why: NotE164) -> Self {
        Self(StatusCode::UNPROCESSABLE_ENTITY, format!("number: {why}"))
    }
}

impl From<NotNumbers> for Refusal {
    fn from(why: NotNumbers) -> Self {
        Self(StatusCode::UNPROCESSABLE_ENTITY, format!("numbers: {why}"))
    }
}

impl From<NotARequest> for Refusal {
    fn from(why: NotARequest) -> Self {
        Self(StatusCode::UNPROCESSABLE_ENTITY, why.to_string())
    }
}

impl From<AssignError> for Refusal {
    fn from(why: AssignError) -> Self {
        match why {
            AssignError::Store(why) => why.into(),
            AssignError::Unknown => Self(StatusCode::NOT_FOUND, why.to_string()),
            AssignError::NotATag => Self(StatusCode::UNPROCESSABLE_ENTITY, why.to_string()),
            _ => Self(StatusCode::CONFLICT, why.to_string()),
        }
    }
}

impl From<ReleaseError> for Refusal {
    fn from(why: ReleaseError) -> Self {
        match why {
            ReleaseError::Store(why) => why.into(),
            ReleaseError::NotAssigned => Self(StatusCode::CONFLICT, why.to_string()),
        }
    }
}

impl From<RemoveError> for Refusal {
    fn from(why: RemoveError) -> Self {
        match why {
            RemoveError::Store(why) => why.into(),
            RemoveError::Unknown => Self(StatusCode::NOT_FOUND, why.to_string()),
            RemoveError::Assigned => Self(StatusCode::CONFLICT, why.to_string()),
        }
    }
}
