//! The API and what guards it and the pages, request by request.

mod databases;
mod service;

use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use axum::http::{Method, Request, Response, StatusCode};
use caller_tag::E164;
use serde_json::{Value, json};
use service::TOKEN;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tower::ServiceExt;
use voip_bridge::pool::{Call, Direction, Pool, Timestamp, Voicemail};
use voip_bridge::store::{Ended, Message, Store};
use voip_bridge::web;

struct Site {
    app: Router,
    store: Store,
    _folder: TempDir,
}

impl Site {
    async fn open() -> Self {
        let folder = TempDir::new().unwrap();
        let store = Store::open(&databases::sqlite(folder.path())).await.unwrap();
        Self { app: web::app(store.clone(), TOKEN.to_owned(), false, 1), store, _folder: folder }
    }

    async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.app.clone().oneshot(request).await.unwrap()
    }

    /// An API request with the token; status and JSON.
    async fn api(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let body = body.map_or(Body::empty(), |body| Body::from(body.to_string()));
        let request = Request::builder()
            .method(method)
            .uri(format!("/api{path}"))
            .header(AUTHORIZATION, format!("Bearer {TOKEN}"))
            .header(CONTENT_TYPE, "application/json")
            .body(body)
            .unwrap();
        let response = self.send(request).await;
        let status = response.status();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    /// A form, as a browser with this cookie sends it.
    async fn form(&self, path: &str, cookie: &str, fields: &str) -> Response<Body> {
        let request = Request::post(path)
            .header(COOKIE, cookie)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(fields.to_owned()))
            .unwrap();
        self.send(request).await
    }

    /// Logs in; the cookie and the form token of the session.
    async fn log_in(&self) -> (String, String) {
        let response = self.form("/login", "", &format!("token={}", TOKEN.replace(' ', "+"))).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        let cookie = response.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
        let page = self.send(Request::get("/").header(COOKIE, &cookie).body(Body::empty()).unwrap()).await;
        let page = text(page).await;
        let token = page.split("name=\"form_token\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        (cookie, token.to_owned())
    }
}

async fn text(response: Response<Body>) -> String {
    String::from_utf8(to_bytes(response.into_body(), usize::MAX).await.unwrap().into()).unwrap()
}

fn number(text: &str) -> E164 {
    E164::parse(text).unwrap()
}

#[tokio::test]
async fn nobody_gets_in_without_the_token() {
    let site = Site::open().await;
    for path in ["/api/numbers", "/api/calls", "/api/voicemails", "/api/voicemails/x/audio", "/api/nothing"] {
        for shown in ["", "Bearer ", "Bearer wrong", "Basic YTpi", TOKEN] {
            let response =
                site.send(Request::get(path).header(AUTHORIZATION, shown).body(Body::empty()).unwrap()).await;
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{path} {shown}");
            assert_eq!(text(response).await, r#"{"error":"a bearer token is needed"}"#);
        }
    }
    for path in ["/", "/calls", "/voicemail", "/voicemail/x/audio"] {
        let request = Request::get(path).header(COOKIE, "voip_bridge_session=0").body(Body::empty()).unwrap();
        let response = site.send(request).await;
        assert_eq!(
            (response.status(), &response.headers()[LOCATION]),
            (StatusCode::SEE_OTHER, &"/login".parse().unwrap())
        );
    }
    assert_eq!(site.form("/login", "", "token=wrong").await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_number_comes_and_goes() {
    let site = Site::open().await;
    let add = json!({ "numbers": ["+15550100001-+15550100003"] });
    assert_eq!(
        site.api(Method::POST, "/numbers", Some(add.clone())).await,
        (StatusCode::OK, json!({ "added": 3, "known": 0 }))
    );
    assert_eq!(site.api(Method::POST, "/numbers", Some(add)).await.1, json!({ "added": 0, "known": 3 }));
    let assign =
        json!({ "sim": "+15550200000", "phone": "work", "unavailable": "forward", "forward_to": "sip:a@example.com" });
    let (status, made) = site.api(Method::PUT, "/numbers/+15550100002/assignment", Some(assign.clone())).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!((&made["tag"], &made["forward_to"]), (&json!(0), &json!("sip:a@example.com")));
    let (_, all) = site.api(Method::GET, "/numbers", None).await;
    assert_eq!(all["numbers"][1], json!({ "number": "+15550100002", "assignment": made }));
    assert_eq!(all["numbers"][0]["assignment"], Value::Null);

    let taken = site.api(Method::PUT, "/numbers/+15550100001/assignment", Some(assign)).await;
    assert_eq!(taken, (StatusCode::CONFLICT, json!({ "error": "the phone has a number already" })));
    let assigned = site.api(Method::DELETE, "/numbers/+15550100002", None).await;
    assert_eq!(assigned.0, StatusCode::CONFLICT);
    assert_eq!(site.api(Method::DELETE, "/numbers/+15550100002/assignment", None).await, (StatusCode::OK, made));
    assert_eq!(site.api(Method::DELETE, "/numbers/+15550100002", None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(site.api(Method::DELETE, "/numbers/+15550100002", None).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn bad_requests_are_told_what_is_wrong() {
    let site = Site::open().await;
    let refused = async |method, path, body| {
        let (status, answer) = site.api(method, path, Some(body)).await;
        (status.as_u16(), answer["error"].as_str().unwrap().to_owned())
    };
    let (status, why) = refused(Method::POST, "/numbers", json!({ "numbers": ["+1555x"] })).await;
    assert_eq!((status, why.as_str()), (422, "numbers: line 1: not a string of digits"));
    let (status, why) = refused(Method::POST, "/numbers", json!({ "nombres": [] })).await;
    assert!(status == 422 && why.contains("unknown field `nombres`"), "{why}");
    let (status, why) =
        refused(Method::PUT, "/numbers/1/assignment", json!({ "sim": "+15550200000", "phone": "a" })).await;
    assert_eq!((status, why.as_str()), (422, "number: no country has such a number"));
    let path = "/numbers/+15550100001/assignment";
    let (status, why) = refused(Method::PUT, path, json!({ "sim": "+15550200000", "phone": "a" })).await;
    assert_eq!((status, why.as_str()), (404, "the number is not in the pool"));
    let tag = json!({ "sim": "+15550200000", "phone": "a", "tag": 10 });
    assert_eq!(refused(Method::PUT, path, tag).await, (422, "a tag is one digit, 0 to 9".into()));
    assert_eq!(refused(Method::GET, "/nothing", json!(null)).await.0, 404);
}

#[tokio::test]
async fn calls_and_recordings_are_shown() {
    let site = Site::open().await;
    let call = Call {
        id: "1".into(),
        bridge: "one".into(),
        number: number("+15550100001"),
        direction: Direction::In,
        peer: None,
        began: Timestamp(100),
        answered: Some(Timestamp(105)),
        ended: None,
        cause: None,
    };
    site.store.log_calls(std::slice::from_ref(&call)).await.unwrap();
    let ended = Call { id: "2".into(), ended: Some(Timestamp(110)), cause: Some(16), ..call };
    site.store.log_calls(std::slice::from_ref(&ended)).await.unwrap();
    let (_, calls) = site.api(Method::GET, "/calls", None).await;
    assert_eq!((&calls["live"][0]["id"], &calls["past"][0]["cause"]), (&json!("1"), &json!(16)));
    let voicemail = Voicemail {
        id: "v".into(),
        number: number("+15550100001"),
        peer: Some("+15550199999".into()),
        at: Timestamp(120),
        milliseconds: 900,
        audio: b"RIFF".to_vec(),
    };
    site.store.store_voicemail(&voicemail).await.unwrap();
    let (_, all) = site.api(Method::GET, "/voicemails", None).await;
    assert_eq!(all["voicemails"][0]["peer"], json!("+15550199999"));
    let request = Request::get("/api/voicemails/v/audio").header(AUTHORIZATION, format!("bearer {TOKEN}"));
    let response = site.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(response.headers()[CONTENT_TYPE], "audio/wav");
    assert_eq!(text(response).await, "RIFF");
    assert_eq!(site.api(Method::DELETE, "/voicemails/v", None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(site.api(Method::DELETE, "/voicemails/v", None).await.0, StatusCode::NOT_FOUND);
    assert_eq!(site.api(Method::GET, "/voicemails/v/audio", None).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn messages_are_counted_and_shown_without_their_text() {
    let site = Site::open().await;
    let message = Message {
        id: "m".into(),
        number: number("+15550100001"),
        direction: Direction::In,
        peer: "MyBank".into(),
        body: b"your code is 1234".to_vec(),
        queued: Timestamp(100),
        expires: Timestamp(900),
        attempts: 0,
        given: false,
    };
    let other = Message { id: "n".into(), direction: Direction::Out, queued: Timestamp(200), ..message.clone() };
    site.store.queue_messages(&[message, other]).await.unwrap();
    site.store.close_message("n", Ended::Failed(0x46), Timestamp(300)).await.unwrap();
    let (status, all) = site.api(Method::GET, "/messages", None).await;
    assert_eq!(status, StatusCode::OK);
    let counts = json!([
        { "direction": "in", "state": "waiting", "messages": 1 },
        { "direction": "out", "state": "failed", "messages": 1 },
    ]);
    assert_eq!(all["counts"], counts);
    let failed = json!({
        "id": "n", "number": "+15550100001", "direction": "out", "peer": "MyBank", "queued": 200, "attempts": 0,
        "state": "failed", "status": 0x46,
    });
    assert_eq!((&all["messages"][0], &all["messages"][1]["id"]), (&failed, &json!("m")));
    let (cookie, _) = site.log_in().await;
    let page = site.send(Request::get("/messages").header(COOKIE, cookie).body(Body::empty()).unwrap()).await;
    let page = text(page).await;
    assert!(page.contains("MyBank") && page.contains("failed, 0x46"), "{page}");
    assert!(!page.contains("1234") && !all.to_string().contains("1234"));
}

#[tokio::test]
async fn guesses_are_limited_on_page_and_api_together() {
    let site = Site::open().await;
    let guess = async |api: bool, token: &str| {
        if api {
            let request = Request::get("/api/numbers").header(AUTHORIZATION, format!("Bearer {token}"));
            site.send(request.body(Body::empty()).unwrap()).await
        } else {
            site.form("/login", "", &format!("token={}", token.replace(' ', "+"))).await
        }
    };
    for index in 0..10 {
        assert_eq!(guess(index % 2 == 0, "wrong").await.status(), StatusCode::UNAUTHORIZED);
    }
    for api in [true, false] {
        let response = guess(api, TOKEN).await;
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert!(response.headers().contains_key("retry-after"));
    }
    // Whoever is in already is not disturbed by it.
    let other = Site::open().await;
    let (cookie, _) = other.log_in().await;
    for _ in 0..20 {
        other.form("/login", "", "token=wrong").await;
    }
    let page = other.send(Request::get("/calls").header(COOKIE, cookie).body(Body::empty()).unwrap()).await;
    assert_eq!(page.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_form_of_another_site_changes_nothing() {
    let site = Site::open().await;
    let (cookie, token) = site.log_in().await;
    let (_, other_token) = site.log_in().await;
    let fields = "numbers=%2B15550100001";
    for forged in [String::new(), "x".into(), other_token] {
        let response = site.form("/numbers/add", &cookie, &format!("{fields}&form_token={forged}")).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
    }
    assert_eq!(site.form("/numbers/add", &cookie, fields).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(site.form("/logout", &cookie, "form_token=x").await.status(), StatusCode::FORBIDDEN);
    for path in ["/numbers/assign", "/numbers/release", "/numbers/remove", "/voicemail/delete"] {
        let fields = "form_token=x&number=1&sim=1&phone=a&tag=&access=&unavailable=reject&forward_to=&id=1";
        assert_eq!(site.form(path, &cookie, fields).await.status(), StatusCode::FORBIDDEN, "{path}");
    }
    assert!(site.store.numbers().await.unwrap().is_empty());
    let own = site.form("/numbers/add", &cookie, &format!("{fields}&form_token={token}")).await;
    assert_eq!((own.status(), &own.headers()[LOCATION]), (StatusCode::SEE_OTHER, &"/?done=added".parse().unwrap()));
    assert_eq!(site.store.numbers().await.unwrap().len(), 1);
}

#[tokio::test]
async fn another_site_can_neither_press_a_button_nor_use_up_the_attempts() {
    let site = Site::open().await;
    let from = |name: &'static str, value: &'static str, token: &str| {
        Request::post("/login")
            .header(HOST, "127.0.0.1:8480")
            .header(name, value)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(format!("token={}", token.replace(' ', "+"))))
            .unwrap()
    };
    for _ in 0..20 {
        for (name, value) in [("origin", "http://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")] {
            assert_eq!(site.send(from(name, value, "wrong")).await.status(), StatusCode::FORBIDDEN, "{value}");
            assert_eq!(site.send(from(name, value, TOKEN)).await.status(), StatusCode::FORBIDDEN, "{value}");
        }
    }
    for (name, value) in [("origin", "http://127.0.0.1:8480"), ("sec-fetch-site", "same-origin")] {
        assert_eq!(site.send(from(name, value, TOKEN)).await.status(), StatusCode::SEE_OTHER, "{value}");
    }
}

#[tokio::test]
async fn a_name_that_somebody_points_here_is_not_served() {
    let site = Site::open().await;
    let asked = async |host: &str| {
        site.send(Request::get("/login").header(HOST, host).body(Body::empty()).unwrap()).await.status()
    };
    assert_eq!(asked("evil.example:8480").await, StatusCode::FORBIDDEN);
    for host in ["localhost:8480", "127.0.0.1:8480", "[::1]:8480"] {
        assert_eq!(asked(host).await, StatusCode::OK, "{host}");
    }
}

#[tokio::test]
async fn who_has_not_logged_in_sends_little() {
    let site = Site::open().await;
    let long = format!("token={}", "x".repeat(5000));
    assert_eq!(site.form("/login", "", &long).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

/// What is read from a connection until it is closed.
async fn rest(mut stream: TcpStream) -> String {
    let mut read = Vec::new();
    timeout(Duration::from_secs(600), stream.read_to_end(&mut read)).await.expect("it is closed").unwrap();
    String::from_utf8(read).unwrap()
}

#[tokio::test(start_paused = true)]
async fn who_is_slow_keeps_nobody_out() {
    let site = Site::open().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(web::serve(listener, site.app.clone()));
    let mut slow = Vec::new();
    for said in ["", "GET / HTTP/1.1\r\nX: ", "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"] {
        for _ in 0..64 {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(said.as_bytes()).await.unwrap();
            slow.push(stream);
        }
    }
    let mut other = TcpStream::connect(address).await.unwrap();
    other.write_all(b"GET /login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
    assert!(rest(other).await.starts_with("HTTP/1.1 200 OK\r\n"));
    for stream in slow {
        assert!(!rest(stream).await.contains(" 200 "));
    }
    let mut large = TcpStream::connect(address).await.unwrap();
    large.write_all(format!("GET /login HTTP/1.1\r\nX: {}", "y".repeat(20_000)).as_bytes()).await.unwrap();
    assert!(rest(large).await.starts_with("HTTP/1.1 431 "));
    server.abort();
}

#[tokio::test]
async fn pages_show_text_as_text_and_forbid_what_they_do_not_need() {
    let site = Site::open().await;
    let (cookie, _) = site.log_in().await;
    let voicemail = Voicemail {
        id: "v".into(),
        number: number("+15550100001"),
        peer: Some("<script>alert(1)</script>\"".into()),
        at: Timestamp(1_700_000_000),
        milliseconds: 61_000,
        audio: Vec::new(),
    };
    site.store.store_voicemail(&voicemail).await.unwrap();
    let response = site.send(Request::get("/voicemail").header(COOKIE, &cookie).body(Body::empty()).unwrap()).await;
    let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
    assert!(header("content-security-policy").starts_with("default-src 'none';"));
    assert_eq!((header("x-frame-options").as_str(), header("cache-control").as_str()), ("DENY", "no-store"));
    let page = text(response).await;
    assert!(!page.contains("<script>") && page.contains("&lt;script&gt;"), "{page}");
    assert!(page.contains("2023-11-14 22:13:20") && page.contains("1:01"), "{page}");
}
