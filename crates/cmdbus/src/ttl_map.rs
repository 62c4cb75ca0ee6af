//! A map whose entries expire.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A map with one time to live for all entries, safe to share between threads.
///
/// Expiry is lazy: an entry past its time is gone for readers at once, and leaves the map, with a call
/// of the callback, at the next [`sweep_expired`](Self::sweep_expired) or when it is touched. The
/// registry itself does not use this map, because its deadlines must not depend on traffic.
pub struct TtlMap<K, V> {
    entries: Mutex<HashMap<K, (V, Instant)>>,
    ttl: Duration,
    on_expire: Option<OnExpire<K, V>>,
}

type OnExpire<K, V> = Box<dyn Fn(&K, V) + Send + Sync>;

impl<K: Eq + Hash + Clone, V> TtlMap<K, V> {
    /// Makes an empty map. A `ttl` of zero means that nothing expires.
    pub fn new(ttl: Duration) -> Self {
        Self {
            entries: Mutex::new(HashMap::new()),
            ttl,
            on_expire: None,
        }
    }

    /// Sets what is called with each entry that expires. It runs outside of the map's lock.
    #[must_use]
    pub fn with_on_expire(mut self, callback: impl Fn(&K, V) + Send + Sync + 'static) -> Self {
        self.on_expire = Some(Box::new(callback));
        self
    }

    /// Inserts a value and starts its time. Returns the previous value unless that had expired.
    pub fn insert(&self, key: K, value: V) -> Option<V> {
        let now = Instant::now();
        let previous = self.lock().insert(key.clone(), (value, now));
        let (value, since) = previous?;
        if self.is_fresh(since, now) {
            return Some(value);
        }
        self.expired(&key, value);
        None
    }

    /// Removes a value, expired or not.
    pub fn remove(&self, key: &K) -> Option<V> {
        self.lock().remove(key).map(|(value, _)| value)
    }

    /// Returns whether a live entry has this key.
    pub fn contains_key(&self, key: &K) -> bool {
        let now = Instant::now();
        self.lock()
            .get(key)
            .is_some_and(|(_, since)| self.is_fresh(*since, now))
    }

    /// Returns a copy of a live value.
    pub fn get_cloned(&self, key: &K) -> Option<V>
    where
        V: Clone,
    {
        let now = Instant::now();
        self.lock()
            .get(key)
            .filter(|(_, since)| self.is_fresh(*since, now))
            .map(|(value, _)| value.clone())
    }

    /// Returns how many entries the map holds, expired ones that have not been swept included.
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Returns whether the map holds no entries at all.
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// Removes everything without calling the callback.
    pub fn clear(&self) {
        let entries = std::mem::take(&mut *self.lock());
        // After the lock: a value may do anything when it is dropped.
        drop(entries);
    }

    /// Removes what has expired and calls the callback for each.
    pub fn sweep_expired(&self) {
        let now = Instant::now();
        let expired: Vec<(K, V)> = {
            let mut entries = self.lock();
            let keys: Vec<K> = entries
                .iter()
                .filter(|(_, (_, since))| !self.is_fresh(*since, now))
                .map(|(key, _)| key.clone())
                .collect();
            keys.into_iter()
                .filter_map(|key| entries.remove(&key).map(|(value, _)| (key, value)))
                .collect()
        };
        for (key, value) in expired {
            self.expired(&key, value);
        }
    }

    /// Returns the keys of the live entries whose value passes the test.
    pub fn snapshot_keys_where(&self, test: impl Fn(&V) -> bool) -> Vec<K> {
        let now = Instant::now();
        self.lock()
            .iter()
            .filter(|(_, (value, since))| self.is_fresh(*since, now) && test(value))
            .map(|(key, _)| key.clone())
            .collect()
    }

    fn is_fresh(&self, since: Instant, now: Instant) -> bool {
        self.ttl.is_zero() || now.saturating_duration_since(since) < self.ttl
    }

    fn expired(&self, key: &K, value: V) {
        if let Some(callback) = &self.on_expire {
            callback(key, value);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, (V, Instant)>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K, V> std::fmt::Debug for TtlMap<K, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TtlMap")
            .field("ttl", &self.ttl)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Weak};

    /// Makes a map whose entries have expired as soon as they are in it.
    fn instant_map() -> TtlMap<u8, &'static str> {
        TtlMap::new(Duration::from_nanos(1))
    }

    fn pass_time() {
        let start = Instant::now();
        while Instant::now() <= start + Duration::from_nanos(1) {}
    }

    #[test]
    fn an_expired_entry_is_gone_for_readers_and_counts_until_it_is_swept() {
        let swept = Arc::new(AtomicUsize::new(0));
        let count = swept.clone();
        let map = instant_map().with_on_expire(move |_, _| {
            count.fetch_add(1, Ordering::Relaxed);
        });
        map.insert(1, "a");
        pass_time();
        assert!(!map.contains_key(&1) && map.get_cloned(&1).is_none());
        assert!(map.snapshot_keys_where(|_| true).is_empty());
        assert_eq!(map.len(), 1);
        map.sweep_expired();
        assert!(map.is_empty());
        assert_eq!(swept.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn remove_gives_back_even_what_has_expired() {
        let map = instant_map();
        map.insert(1, "a");
        pass_time();
        assert_eq!(map.remove(&1), Some("a"));
    }

    #[test]
    fn zero_never_expires() {
        let map = TtlMap::new(Duration::ZERO);
        map.insert(1, "a");
        pass_time();
        assert_eq!(map.insert(1, "b"), Some("a"));
        assert_eq!(map.get_cloned(&1), Some("b"));
    }

    /// A value that uses its map when it is dropped.
    struct Lingering(Weak<TtlMap<u8, Lingering>>, Arc<AtomicUsize>);

    impl Drop for Lingering {
        fn drop(&mut self) {
            if let Some(map) = self.0.upgrade() {
                self.1.fetch_add(1 + map.len(), Ordering::SeqCst);
            }
        }
    }

    #[test]
    fn values_are_dropped_while_the_map_is_not_locked() {
        let map = Arc::new(TtlMap::new(Duration::ZERO));
        let dropped = Arc::new(AtomicUsize::new(0));
        for key in 0..3 {
            map.insert(key, Lingering(Arc::downgrade(&map), dropped.clone()));
        }
        map.clear();
        assert_eq!(dropped.load(Ordering::SeqCst), 3);
    }
}
