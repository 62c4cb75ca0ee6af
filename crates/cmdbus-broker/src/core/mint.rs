//! Ids and secrets, made of random bytes that come from outside.

use std::fmt;

use ulid::Ulid;
use uuid::Builder;

use crate::store::Millis;

/// Fills a buffer with random bytes.
pub type RandomSource = Box<dyn FnMut(&mut [u8]) + Send>;

/// Makes ids. Those with a time in them never go back, whatever the clock does (protocol §11.6).
pub(crate) struct Mint {
    random: RandomSource,
    last: Ulid,
}

impl fmt::Debug for Mint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mint")
    }
}

impl Mint {
    pub(crate) fn new(random: RandomSource) -> Self {
        Self {
            random,
            last: Ulid::nil(),
        }
    }

    /// Makes an id of a prefix and a ULID that is greater than every one before.
    pub(crate) fn ulid(&mut self, prefix: &str, now: Millis) -> String {
        let time = u64::try_from(now).unwrap_or(0);
        self.last = if time > self.last.timestamp_ms() {
            let mut random = [0; 16];
            (self.random)(&mut random);
            Ulid::from_parts(time, u128::from_be_bytes(random))
        } else {
            // The same millisecond, or the clock was set back. Overflow takes all random bits to be ones.
            self.last
                .increment()
                .unwrap_or_else(|| Ulid::from_parts(self.last.timestamp_ms() + 1, 0))
        };
        let mut text = String::with_capacity(prefix.len() + ulid::ULID_LEN);
        text.push_str(prefix);
        let mut buffer = [0; ulid::ULID_LEN];
        text.push_str(self.last.array_to_str(&mut buffer));
        text
    }

    /// Makes a version 4 UUID.
    pub(crate) fn uuid(&mut self) -> String {
        let mut random = [0; 16];
        (self.random)(&mut random);
        let mut buffer = uuid::Uuid::encode_buffer();
        Builder::from_random_bytes(random)
            .into_uuid()
            .hyphenated()
            .encode_lower(&mut buffer)
            .to_owned()
    }

    /// Makes a correlation id: a version 7 UUID, which begins with the time, so that the indexes of the store
    /// grow at their end. A random one would touch another page for every message.
    pub(crate) fn correlation(&mut self, now: Millis) -> String {
        let mut random = [0; 10];
        (self.random)(&mut random);
        let time = u64::try_from(now).unwrap_or(0);
        let mut buffer = uuid::Uuid::encode_buffer();
        Builder::from_unix_timestamp_millis(time, &random)
            .into_uuid()
            .hyphenated()
            .encode_lower(&mut buffer)
            .to_owned()
    }

    /// Fills a buffer.
    pub(crate) fn fill(&mut self, buffer: &mut [u8]) {
        (self.random)(buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_though_the_clock_goes_back() {
        let mut mint = Mint::new(Box::new(|buffer| buffer.fill(7)));
        let ids: Vec<String> = [5000, 5000, 4000, 5001, 1]
            .into_iter()
            .map(|now| mint.ulid("msg_", now))
            .collect();
        assert!(ids.is_sorted());
        assert_eq!(
            ids.iter().collect::<std::collections::BTreeSet<_>>().len(),
            5
        );
        assert_eq!(ids[0].len(), 30);
    }
}
