//! The availability of a driver, remembered, so that every registration may ask for it.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::time::Instant;

use super::{Availability, SpawnDriver};

/// How long an answer holds.
const HOLDS: Duration = Duration::from_secs(30);
/// How long somebody who asks waits for a look to end. One takes microseconds, but a folder of the `PATH`
/// may be on a machine that does not answer.
const PATIENCE: Duration = Duration::from_millis(50);

/// A driver and what it said last.
pub(super) struct Cached {
    driver: Arc<dyn SpawnDriver>,
    last: Mutex<Last>,
}

#[derive(Default)]
struct Last {
    answer: Option<(Instant, Availability)>,
    /// The look that has not ended yet; at most one, so that a dead file system holds one thread per driver.
    look: Option<Receiver<Availability>>,
}

impl Cached {
    pub(super) fn new(driver: Arc<dyn SpawnDriver>) -> Self {
        Self {
            driver,
            last: Mutex::default(),
        }
    }

    pub(super) fn driver(&self) -> &Arc<dyn SpawnDriver> {
        &self.driver
    }

    pub(super) fn availability(&self) -> Availability {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, answer)) = &last.answer
            && at.elapsed() < HOLDS
        {
            return answer.clone();
        }
        // Who comes while an earlier look is stuck does not wait again.
        let (look, patience) = match last.look.take() {
            Some(stuck) => (Some(stuck), Duration::ZERO),
            None => (self.begin_look(), PATIENCE),
        };
        match look.as_ref().map(|look| look.recv_timeout(patience)) {
            Some(Ok(answer)) => last.answer = Some((Instant::now(), answer)),
            Some(Err(std::sync::mpsc::RecvTimeoutError::Timeout)) => last.look = look,
            // No thread, or a driver that panicked. The next one to ask tries again.
            Some(Err(std::sync::mpsc::RecvTimeoutError::Disconnected)) | None => {}
        }
        match &last.answer {
            Some((_, answer)) => answer.clone(),
            None => Availability::Unavailable("driver_unavailable".to_owned()),
        }
    }

    fn begin_look(&self) -> Option<Receiver<Availability>> {
        let (answer, look) = channel();
        let driver = Arc::clone(&self.driver);
        let name = "spawn-driver".to_owned();
        let begun = thread::Builder::new().name(name).spawn(move || {
            // Nobody may want it any more.
            let _ = answer.send(driver.availability());
        });
        begun.is_ok().then_some(look)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::drivers::{SpawnCommand, SpawnRefusal};
    use std::path::Path;

    /// Answers what it is told to, when it is told to.
    struct Told(Mutex<Receiver<Availability>>);

    impl SpawnDriver for Told {
        fn runtime_kind(&self) -> &str {
            "told"
        }

        fn availability(&self) -> Availability {
            self.0.lock().unwrap().recv().unwrap()
        }

        fn build(&self, _: &str, _: &str, _: Option<&Path>) -> Result<SpawnCommand, SpawnRefusal> {
            unreachable!("nobody spawns here")
        }
    }

    fn gone() -> Availability {
        Availability::Unavailable("gone".to_owned())
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_holds_for_30_seconds() {
        let (tell, told) = channel();
        let cached = Cached::new(Arc::new(Told(Mutex::new(told))));
        tell.send(Availability::Available).unwrap();
        assert_eq!(cached.availability(), Availability::Available);
        tell.send(gone()).unwrap();
        tokio::time::advance(Duration::from_millis(29_999)).await;
        assert_eq!(cached.availability(), Availability::Available);
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(cached.availability(), gone());
    }

    #[test]
    fn a_look_that_is_stuck_keeps_nobody_and_is_not_begun_twice() {
        let (tell, told) = channel();
        let cached = Cached::new(Arc::new(Told(Mutex::new(told))));
        let unknown = Availability::Unavailable("driver_unavailable".to_owned());
        assert_eq!(cached.availability(), unknown);
        assert_eq!(cached.availability(), unknown);
        // One answer is enough for the one look that waits.
        tell.send(Availability::Available).unwrap();
        let deadline = std::time::Instant::now() + Duration::from_secs(10);
        while cached.availability() == unknown {
            assert!(std::time::Instant::now() < deadline, "the answer is lost");
            thread::yield_now();
        }
        assert_eq!(cached.availability(), Availability::Available);
    }
}
