//! The GETs of one feed: each not before its time, none while the venue wants us to wait.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rtrb::Consumer;
use tokio::sync::Notify;
use tokio::time::sleep;
use tracing::warn;

use super::HttpClient;
use super::outbox::due_at;
use super::session::{Get, Input, Session, count};

/// The largest answer to a GET: a book of 5000 levels a side is a quarter of a megabyte.
const MAX_BODY_BYTES: usize = 16 << 20;
/// What a venue that names no time gets when it complains about our rate, and when it has banned us: two minutes is the
/// shortest ban there is.
const DEFAULT_RETRY_AFTER: Duration = Duration::from_secs(10);
const BANNED: Duration = Duration::from_secs(120);

/// How long to wait when a venue complains and does not say.
pub(super) fn default_wait(status: u16) -> Duration {
    if status == 418 { BANNED } else { DEFAULT_RETRY_AFTER }
}

impl Session {
    pub(super) async fn answer_requests(self: Rc<Self>, mut gets: Consumer<Get>, asked: Arc<Notify>) {
        let client = Rc::new(HttpClient::new(self.dialer.clone(), self.options.rest.clone(), MAX_BODY_BYTES));
        // No request leaves before this time once the venue has complained about our rate.
        let not_before = Rc::new(RefCell::new(i64::MIN));
        loop {
            while let Ok(get) = gets.pop() {
                let (session, client, not_before) =
                    (Rc::clone(&self), Rc::clone(&client), Rc::clone(&not_before));
                tokio::task::spawn_local(async move {
                    let due = due_at(&*session.clock, get.not_before);
                    let body = session.answer(&client, (&get.path, due), &not_before).await;
                    let at = session.clock.utc();
                    session.outbox.deliver(Input::Response(get.token, body, at)).await;
                });
            }
            asked.notified().await;
        }
    }

    /// Times are those of the clock that nobody sets.
    async fn answer(
        &self,
        client: &HttpClient,
        (path, due): (&str, i64),
        not_before: &RefCell<i64>,
    ) -> Option<Bytes> {
        loop {
            let due = due.max(*not_before.borrow());
            let now = self.clock.monotonic();
            if due <= now {
                break;
            }
            sleep(Duration::from_nanos(due.abs_diff(now))).await;
        }
        count(&self.counters.requests);
        let reply = client.get(path).await;
        match reply {
            Ok(reply) if reply.is_success() => return Some(reply.body),
            Ok(reply) => {
                if reply.is_rate_limited() {
                    count(&self.counters.rate_limited);
                    let wait = reply.retry_after.unwrap_or_else(|| default_wait(reply.status));
                    let wait = i64::try_from(wait.as_nanos()).unwrap_or(i64::MAX / 4);
                    let until = self.clock.monotonic().saturating_add(wait);
                    // A shorter wait that came later does not end a longer one.
                    let longest = until.max(*not_before.borrow());
                    not_before.replace(longest);
                }
                let words = String::from_utf8_lossy(&reply.body[..reply.body.len().min(200)]);
                warn!(path, status = reply.status, body = %words, "refused");
            }
            Err(error) => warn!(path, %error, "no answer"),
        }
        count(&self.counters.failed_requests);
        None
    }
}
