//! What each path answers, to whom, and with which headers.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue,
    REFERRER_POLICY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use hyper::{Method, Request, Response, StatusCode};
use time::OffsetDateTime;

use super::names::Names;
use super::page::Refresh;
use super::reader::{Reader, Reading};
use super::token::Token;
use super::view::{Readiness, View};
use super::{Document, metrics, page};
use crate::bundle::Bundle;

/// What there is to answer with.
pub(super) struct Site {
    pub(super) bundle: &'static Bundle,
    pub(super) reader: Reader,
    pub(super) token: Option<Token>,
    pub(super) names: Names,
    pub(super) document: Document,
    pub(super) written: Written,
}

/// The newest document, so that many who ask for a large one share it.
#[derive(Default)]
pub(super) struct Written(Mutex<Option<(Arc<Reading>, Bytes)>>);

impl Site {
    fn document(&self, view: &View) -> Bytes {
        let written = || Bytes::from((self.document)(view));
        let (None, Some(reading)) = (&view.outage, &view.reading) else {
            return written();
        };
        let mut newest = self
            .written
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match &*newest {
            Some((of, document)) if Arc::ptr_eq(of, reading) => document.clone(),
            _ => {
                let document = written();
                *newest = Some((Arc::clone(reading), document.clone()));
                document
            }
        }
    }
}

const TEXT: &str = "text/plain; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json";

/// What may be loaded by what is no page.
const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'";
const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Answers one request. The body of an answer to HEAD is left out by hyper.
pub(super) async fn answer<B>(site: &Site, request: &Request<B>) -> Response<Full<Bytes>> {
    let path = request.uri().path();
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    // Whether the process lives is no secret, and depends on nothing.
    if path == "/healthz" && reads {
        return Answer::text(StatusCode::OK, "alive\n".to_owned()).response();
    }
    if !site.names.admit(request.uri(), request.headers()) {
        let text = "without a token only an address and `localhost` are answered to: start with `--token-file`, \
                    or let the proxy send `Host: localhost`\n";
        return Answer::text(StatusCode::MISDIRECTED_REQUEST, text.to_owned()).response();
    }
    if let Some(token) = &site.token
        && !token.is_in(request.headers())
    {
        return refused().response();
    }
    if !reads {
        let text = "only GET and HEAD are answered here\n".to_owned();
        return Answer::text(StatusCode::METHOD_NOT_ALLOWED, text)
            .with(ALLOW, "GET, HEAD")
            .response();
    }
    let answer = match path {
        "/" => page(
            site.bundle,
            &site.reader.view().await,
            Refresh::of(request.uri().query()),
        ),
        "/status.json" => {
            let view = site.reader.view().await;
            Answer {
                code: known(&view),
                kind: JSON,
                body: site.document(&view),
                headers: Vec::new(),
            }
        }
        "/readyz" => readiness(&site.reader.view().await),
        // Prometheus takes no metrics of a failed scrape, and that the database is gone is one.
        "/metrics" => Answer {
            code: StatusCode::OK,
            kind: metrics::KIND,
            body: metrics::text(site.bundle, &site.reader.view().await).into(),
            headers: Vec::new(),
        },
        _ => Answer::text(
            StatusCode::NOT_FOUND,
            "there are /, /status.json, /healthz, /readyz and /metrics\n".to_owned(),
        ),
    };
    answer.response()
}

/// 503 while nothing is known of the database.
fn known(view: &View) -> StatusCode {
    match view.present() {
        Some(_) => StatusCode::OK,
        None => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// For people a page that says what is wrong is no failure, and a proxy would show them one of its own.
fn page(bundle: &Bundle, view: &View, refresh: Refresh) -> Answer {
    Answer {
        code: StatusCode::OK,
        kind: HTML,
        body: page::html(bundle, view, OffsetDateTime::now_utc(), refresh).into(),
        headers: vec![(CONTENT_SECURITY_POLICY, page::policy())],
    }
}

fn readiness(view: &View) -> Answer {
    match view.readiness() {
        Readiness::Ready => Answer::text(StatusCode::OK, "ready\n".to_owned()),
        Readiness::Unready => {
            let faults = view.faults();
            let lines = faults.iter().map(|fault| format!("not ready: {fault}\n"));
            Answer::text(StatusCode::SERVICE_UNAVAILABLE, lines.collect())
        }
    }
}

/// A browser asks for the token as for a password.
fn refused() -> Answer {
    let text = "this needs the token: Authorization: Bearer TOKEN\n".to_owned();
    Answer::text(StatusCode::UNAUTHORIZED, text)
        .with(WWW_AUTHENTICATE, "Bearer realm=\"migrator\"")
        .with(
            WWW_AUTHENTICATE,
            "Basic realm=\"migrator\", charset=\"UTF-8\"",
        )
}

/// An answer before the headers that all of them have.
struct Answer {
    code: StatusCode,
    kind: &'static str,
    body: Bytes,
    headers: Vec<(HeaderName, String)>,
}

impl Answer {
    fn text(code: StatusCode, body: String) -> Self {
        Self {
            code,
            kind: TEXT,
            body: body.into(),
            headers: Vec::new(),
        }
    }

    fn with(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    fn response(self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(self.body));
        *response.status_mut() = self.code;
        let headers = response.headers_mut();
        for (name, value) in self.headers {
            // All of them are made of constants, and hold no character that a header may not.
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.append(name, value);
            }
        }
        for (name, value) in [
            (CONTENT_TYPE, self.kind),
            (CACHE_CONTROL, "no-store"),
            (CONTENT_SECURITY_POLICY, NOTHING),
            (REFERRER_POLICY, "no-referrer"),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (X_FRAME_OPTIONS, "DENY"),
            (OPENER, "same-origin"),
            (RESOURCE, "same-origin"),
        ] {
            headers
                .entry(name)
                .or_insert(HeaderValue::from_static(value));
        }
        response
    }
}
