//! GET and POST over HTTP/1.1: time and size limits, and what the venue says about waiting.

use std::cell::RefCell;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{ACCEPT, CONTENT_TYPE, HOST, HeaderValue, RETRY_AFTER, USER_AGENT};
use hyper::http::Error;
use hyper::{Method, Request, Response, body::Incoming};
use hyper_util::rt::TokioIo;
use tokio::time::timeout;

use crate::model::Endpoint;

use super::{Dialer, NetError, Post};

/// Connections kept open between requests.
const MAX_IDLE: usize = 4;

/// A venue's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// How long the venue wants us to wait.
    pub retry_after: Option<Duration>,
    /// All of it.
    pub body: Bytes,
}

impl Reply {
    /// Whether the body is what was asked for.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether the venue complains about our rate: 429, and 418 for those who did not listen.
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        matches!(self.status, 429 | 418)
    }
}

/// Asks one server. Connections are kept and used again; needs a `LocalSet` around it.
pub struct HttpClient {
    dialer: Dialer,
    endpoint: Endpoint,
    max_body_bytes: usize,
    idle: RefCell<Vec<SendRequest<Full<Bytes>>>>,
}

impl HttpClient {
    /// A client of `endpoint` that refuses bodies over `max_body_bytes`.
    #[must_use]
    pub fn new(dialer: Dialer, endpoint: Endpoint, max_body_bytes: usize) -> Self {
        Self { dialer, endpoint, max_body_bytes, idle: RefCell::default() }
    }

    /// The answer to a GET of `path` (with its query), whatever its status.
    ///
    /// # Errors
    /// If there is none within the time, or it is over the limit.
    pub async fn get(&self, path: &str) -> Result<Reply, NetError> {
        self.in_time(Request::get(path).body(Full::default())).await
    }

    /// The answer to a form, whatever its status.
    ///
    /// # Errors
    /// If there is none within the time, or it is over the limit.
    pub async fn post(&self, form: &Post) -> Result<Reply, NetError> {
        let mut request = Request::builder().method(Method::POST).uri(form.path);
        for (name, value) in &form.headers {
            request = request.header(*name, value);
        }
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.in_time(request.body(Full::from(form.body.clone()))).await
    }

    async fn in_time(&self, request: Result<Request<Full<Bytes>>, Error>) -> Result<Reply, NetError> {
        let request = request.map_err(|error| self.broken(error))?;
        timeout(self.dialer.patience(), self.exchange(request))
            .await
            .map_err(|_| self.dialer.late(&self.endpoint, "waiting for an answer"))?
    }

    async fn exchange(&self, mut request: Request<Full<Bytes>>) -> Result<Reply, NetError> {
        let mut sender = self.sender().await?;
        let host = HeaderValue::from_str(&self.endpoint.authority()).map_err(|error| self.broken(error))?;
        let headers = request.headers_mut();
        headers.insert(HOST, host);
        let agent = concat!("pyrt-engine/", env!("CARGO_PKG_VERSION"));
        headers.insert(USER_AGENT, HeaderValue::from_static(agent));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let response = sender.send_request(request).await.map_err(|error| self.broken(error))?;
        let status = response.status().as_u16();
        let retry_after = retry_after(&response);
        let body = Limited::new(response.into_body(), self.max_body_bytes)
            .collect()
            .await
            .map_err(|error| self.broken(error))?
            .to_bytes();
        self.keep(sender);
        Ok(Reply { status, retry_after, body })
    }

    /// A connection that still works, or a new one.
    async fn sender(&self) -> Result<SendRequest<Full<Bytes>>, NetError> {
        loop {
            let Some(mut kept) = self.idle.borrow_mut().pop() else { break };
            if kept.ready().await.is_ok() {
                return Ok(kept);
            }
        }
        let connection = self.dialer.dial(&self.endpoint).await?;
        let (sender, driver) =
            handshake(TokioIo::new(connection)).await.map_err(|error| self.broken(error))?;
        tokio::task::spawn_local(async move {
            // Its end is seen by the sender's next use.
            let _ = driver.await;
        });
        Ok(sender)
    }

    fn keep(&self, sender: SendRequest<Full<Bytes>>) {
        let mut idle = self.idle.borrow_mut();
        if idle.len() < MAX_IDLE && !sender.is_closed() {
            idle.push(sender);
        }
    }

    fn broken(&self, error: impl std::fmt::Display) -> NetError {
        NetError::Protocol { endpoint: self.endpoint.to_string(), reason: error.to_string() }
    }
}

fn retry_after(response: &Response<Incoming>) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}
