//! The pool: every number and whose it is, and the forms to add, assign, release and remove.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use caller_tag::E164;
use maud::{Markup, html};
use serde::Deserialize;

use super::frame::{Notice, form_token, page as whole_page};
use super::{App, Forged, Visitor};
use crate::numbers::{AssignRequest, UnavailableKind, country_advice, parse_numbers};
use crate::pool::{StoreError, Unavailable};
use crate::store::{AssignError, PoolNumber, ReleaseError, RemoveError};
use crate::web::NoStore;

/// What a redirect says has been done.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum What {
    Added,
    Assigned,
    Released,
    Removed,
}

#[derive(Deserialize)]
pub(super) struct Done {
    done: Option<What>,
}

#[derive(Deserialize)]
pub(super) struct Add {
    form_token: String,
    numbers: String,
}

#[derive(Deserialize)]
pub(super) struct Assign {
    form_token: String,
    number: String,
    sim: String,
    phone: String,
    tag: String,
    access: String,
    unavailable: UnavailableKind,
    forward_to: String,
}

#[derive(Deserialize)]
pub(super) struct One {
    form_token: String,
    number: String,
}

/// Why a form was not followed.
enum Refused {
    NoStore(NoStore),
    Forged(Forged),
    Reason(StatusCode, String),
}

pub(super) async fn page(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(done): Query<Done>,
) -> Result<Markup, NoStore> {
    let notice = match done.done {
        Some(What::Added) => Notice::Done("The numbers are in the pool."),
        Some(What::Assigned) => Notice::Done("The number is assigned."),
        Some(What::Released) => Notice::Done("The number is free."),
        Some(What::Removed) => Notice::Done("The number is no longer in the pool."),
        None => Notice::None,
    };
    Ok(show(&app, &visitor, notice, &app.store.numbers().await?))
}

pub(super) async fn add(State(app): State<Arc<App>>, visitor: Visitor, Form(add): Form<Add>) -> Response {
    let result = async {
        visitor.check(&add.form_token)?;
        let numbers = parse_numbers(&add.numbers).map_err(unprocessable)?;
        app.store.add_numbers(&numbers).await?;
        Ok("/?done=added")
    };
    answer(&app, &visitor, result.await).await
}

pub(super) async fn assign(State(app): State<Arc<App>>, visitor: Visitor, Form(form): Form<Assign>) -> Response {
    let result = async {
        visitor.check(&form.form_token)?;
        let written = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let tag = written(&form.tag).map(|tag| tag.parse().map_err(|_| unprocessable(AssignError::NotATag)));
        let request = AssignRequest {
            sim: form.sim.trim().to_owned(),
            phone: form.phone.trim().to_owned(),
            tag: tag.transpose()?,
            access: written(&form.access),
            unavailable: form.unavailable,
            forward_to: written(&form.forward_to),
        };
        let assign = request.check(&form.number).map_err(unprocessable)?;
        match app.store.assign(&assign).await {
            Ok(_) => Ok("/?done=assigned"),
            Err(AssignError::Store(why)) => Err(why.into()),
            Err(why) => Err(Refused::Reason(StatusCode::CONFLICT, why.to_string())),
        }
    };
    answer(&app, &visitor, result.await).await
}

pub(super) async fn release(State(app): State<Arc<App>>, visitor: Visitor, Form(one): Form<One>) -> Response {
    let result = async {
        visitor.check(&one.form_token)?;
        match app.store.release(&E164::parse(&one.number).map_err(unprocessable)?).await {
            Ok(_) => Ok("/?done=released"),
            Err(ReleaseError::Store(why)) => Err(why.into()),
            Err(why @ ReleaseError::NotAssigned) => Err(Refused::Reason(StatusCode::CONFLICT, why.to_string())),
        }
    };
    answer(&app, &visitor, result.await).await
}

pub(super) async fn remove(State(app): State<Arc<App>>, visitor: Visitor, Form(one): Form<One>) -> Response {
    let result = async {
        visitor.check(&one.form_token)?;
        match app.store.remove_number(&E164::parse(&one.number).map_err(unprocessable)?).await {
            Ok(()) => Ok("/?done=removed"),
            Err(RemoveError::Store(why)) => Err(why.into()),
            Err(why) => Err(Refused::Reason(StatusCode::CONFLICT, why.to_string())),
        }
    };
    answer(&app, &visitor, result.await).await
}

/// After a change the page is loaded anew, so that a reload does not send the form again.
async fn answer(app: &App, visitor: &Visitor, result: Result<&str, Refused>) -> Response {
    match result {
        Ok(to) => Redirect::to(to).into_response(),
        Err(Refused::NoStore(why)) => why.into_response(),
        Err(Refused::Forged(why)) => why.into_response(),
        Err(Refused::Reason(status, why)) => match app.store.numbers().await {
            Ok(numbers) => {
                let why = format!("Nothing was changed: {why}.");
                (status, show(app, visitor, Notice::Error(&why), &numbers)).into_response()
            }
            Err(why) => NoStore::from(why).into_response(),
        },
    }
}

fn unprocessable<E: std::error::Error>(why: E) -> Refused {
    Refused::Reason(StatusCode::UNPROCESSABLE_ENTITY, why.to_string())
}

impl From<StoreError> for Refused {
    fn from(why: StoreError) -> Self {
        Self::NoStore(why.into())
    }
}

impl From<Forged> for Refused {
    fn from(why: Forged) -> Self {
        Self::Forged(why)
    }
}

fn show(app: &App, visitor: &Visitor, notice: Notice<'_>, numbers: &[PoolNumber]) -> Markup {
    let free: Vec<&E164> =
        numbers.iter().filter(|entry| entry.assignment.is_none()).map(|entry| &entry.number).collect();
    let content = html! {
        section aria-labelledby="pool" {
            h2 #pool { "Pool" }
            p.summary { (numbers.len() - free.len()) " assigned, " (free.len()) " free" }
            (table(visitor, numbers))
        }
        div.columns {
            section aria-labelledby="assign" {
                h2 #assign { "Assign a number" }
                (assign_form(visitor, &free))
            }
            section aria-labelledby="add" {
                h2 #add { "Add numbers" }
                (add_form(visitor))
            }
        }
        (tags_advice(numbers, app.suffix))
    };
    whole_page(visitor, "Numbers", notice, &content)
}

fn table(visitor: &Visitor, numbers: &[PoolNumber]) -> Markup {
    html! {
        @if numbers.is_empty() {
            p { "The pool is empty. Add the numbers that your provider has given you." }
        } @else {
            div.scroll tabindex="0" role="region" aria-labelledby="pool" {
                table {
                    thead { tr {
                        th scope="col" { "Number" }
                        th scope="col" { "Phone" }
                        th scope="col" { "Tag" }
                        th scope="col" { "SIM" }
                        th scope="col" { "Unavailable" }
                        th scope="col" { span.hidden { "Change" } }
                    } }
                    tbody { @for entry in numbers { (row(visitor, entry)) } }
                }
            }
        }
    }
}

fn row(visitor: &Visitor, entry: &PoolNumber) -> Markup {
    let button = |action: &str, name: &str| {
        html! {
            form method="post" action=(action) {
                (form_token(visitor))
                input type="hidden" name="number" value=(entry.number);
                button.quiet { (name) span.hidden { " " (entry.number) } }
            }
        }
    };
    html! {
        tr {
            th.number scope="row" { (entry.number) }
            @if let Some(to) = &entry.assignment {
                td { (to.phone) }
                td { span.tag { (to.tag) } }
                td.number {
                    (to.sim)
                    @if to.access != to.number { br; small { "dials " (to.access) } }
                }
                td {
                    @match &to.unavailable {
                        Unavailable::Voicemail => "voicemail",
                        Unavailable::Forward(uri) => { "to " (uri) },
                        Unavailable::Reject => "rejected",
                    }
                }
                td.change { (button("/numbers/release", "Release")) }
            } @else {
                td.free colspan="4" { "free" }
                td.change { (button("/numbers/remove", "Remove")) }
            }
        }
    }
}

fn assign_form(visitor: &Visitor, free: &[&E164]) -> Markup {
    html! {
        @if free.is_empty() {
            p { "No number is free." }
        } @else {
            form.fields method="post" action="/numbers/assign" {
                (form_token(visitor))
                label for="number" { "Number" }
                select #number name="number" { @for number in free { option { (number) } } }
                label for="sim" { "SIM" }
                input #sim name="sim" inputmode="tel" placeholder="+15550100000" required;
                label for="phone" { "Phone" }
                input #phone name="phone" pattern="[a-z0-9_\\-]{1,32}" aria-describedby="phone-hint" required;
                small #phone-hint { "Its name on the device: a-z, 0-9, _ and -" }
                label for="tag" { "Tag" }
                select #tag name="tag" {
                    option value="" { "lowest free" }
                    @for tag in 0..=9 { option { (tag) } }
                }
                label for="unavailable" { "When unavailable" }
                select #unavailable name="unavailable" {
                    option value="voicemail" { "voicemail" }
                    option value="forward" { "forward" }
                    option value="reject" { "reject" }
                }
                label for="forward_to" { "Forward to" }
                input #forward_to name="forward_to" placeholder="sip:desk@example.com" aria-describedby="forward-hint";
                small #forward-hint { "Only with \u{201c}forward\u{201d}" }
                label for="access" { "Access number" }
                input #access name="access" inputmode="tel" aria-describedby="access-hint";
                small #access-hint { "What the phone dials for its outgoing calls, if not its own number" }
                button { "Assign" }
            }
        }
    }
}

fn add_form(visitor: &Visitor) -> Markup {
    html! {
        form.fields method="post" action="/numbers/add" {
            (form_token(visitor))
            label for="numbers" { "Numbers" }
            textarea #numbers name="numbers" rows="5" aria-describedby="numbers-hint" required {}
            small #numbers-hint { "One per line, or ranges: +15550100000-+15550100099" }
            button { "Add" }
        }
    }
}

/// What the countries of the SIMs in use mean for tags.
fn tags_advice(numbers: &[PoolNumber], suffix: usize) -> Markup {
    let mut advice: Vec<String> = numbers
        .iter()
        .filter_map(|entry| entry.assignment.as_ref())
        .flat_map(|assignment| country_advice(&assignment.sim, suffix))
        .collect();
    advice.sort();
    advice.dedup();
    html! {
        @if !advice.is_empty() {
            section aria-labelledby="advice" {
                h2 #advice { "Callers without a tag" }
                ul { @for line in advice { li { (line) } } }
            }
        }
    }
}
