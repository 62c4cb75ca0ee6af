//! A client of the broker for the verbs: requests over one kept-alive connection, and the stream of pushes.
//!
//! [`Broker`] finds the broker, starting it if need be, and knows what to do when it goes away; [`Http`] carries one
//! request to a broker that was found; [`Stream`] is the WebSocket.

mod http;
mod problem;
mod request;
mod stream;

use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep_until, timeout_at};

pub(super) use self::http::Http;
pub(super) use self::problem::Problem;
pub(super) use self::request::{Request, segment};
pub(super) use self::stream::{Frame, Push, Stream};
use super::find::find_broker;
use crate::args::Global;
use crate::exit::Result;

/// How long is waited before a request is repeated: doubling from the first to the second.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The broker, wherever it is at the moment.
pub(super) struct Broker {
    global: Global,
    /// Empty while it is not known where.
    http: Option<Http>,
}

impl Broker {
    /// Finds the broker, and starts it if there is none.
    pub(super) async fn find(global: &Global) -> Result<Self> {
        let found = find_broker(global).await?;
        Ok(Self {
            global: global.clone(),
            http: Some(Http::new(found)),
        })
    }

    /// Asks once.
    pub(super) async fn ask(&mut self, request: &Request) -> std::result::Result<Value, Problem> {
        let http = match &self.http {
            Some(http) => http,
            None => {
                let found = find_broker(&self.global).await;
                self.http
                    .insert(Http::new(found.map_err(Problem::NoBroker)?))
            }
        };
        let answer = http.ask(request).await;
        // It may be somewhere else next time.
        if answer.as_ref().is_err_and(Problem::is_about_the_broker) {
            self.http = None;
        }
        answer
    }

    /// Asks until there is an answer that counts. For requests only that may be repeated.
    pub(super) async fn ask_until(
        &mut self,
        request: &Request,
        deadline: Instant,
    ) -> std::result::Result<Value, Problem> {
        let mut pause = FIRST_PAUSE;
        let mut latest = Problem::TimedOut;
        loop {
            match timeout_at(deadline, self.ask(request)).await {
                Ok(Err(problem)) if problem.may_pass() => {
                    tracing::debug!(%problem, "asked in vain; trying again");
                    latest = problem;
                }
                Ok(answer) => return answer,
                Err(_) => return Err(latest.out_of_time()),
            }
            let next = Instant::now() + pause;
            if next >= deadline {
                return Err(latest.out_of_time());
            }
            sleep_until(next).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}
