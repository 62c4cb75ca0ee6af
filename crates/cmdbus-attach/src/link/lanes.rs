//! The bounded queue of what waits to be sent (attach §3.8).
//!
//! Each session has one queue, first in, first out, so that no frame of a session ever overtakes another: a response waits for the
//! progress before it. What has a lane is therefore not the frame but the session: the highest lane of all frames it has queued, so that
//! the progress before a response hurries with it. A session whose next frame is a long one is in the lane of chunks until that frame
//! has gone. Sessions of one lane take turns.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::Settings;
use super::chunks::Pieces;
use super::outgoing::{Key, Kind, Outgoing};

/// Frames that have room of their own: control, and list changes.
const SPARE: usize = 1024;
/// So many long frames are on their way at once; the other side puts up with a few more.
pub(super) const AT_ONCE: usize = 8;

/// A lane, highest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Lane {
    Control,
    Response,
    Request,
    Notification,
    /// A long frame of which a piece has gone.
    Begun,
    /// A long frame of which none has.
    Long,
}

const LANES: [Lane; 4] = [
    Lane::Control,
    Lane::Response,
    Lane::Request,
    Lane::Notification,
];

impl From<Kind> for Lane {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Control => Self::Control,
            Kind::Response => Self::Response,
            Kind::Request => Self::Request,
            Kind::Notification | Kind::Lossy | Kind::ListChanged => Self::Notification,
        }
    }
}

/// What goes on the socket next.
#[derive(Debug)]
pub(super) enum Next {
    /// A whole frame, as a text message.
    Text(Utf8Bytes),
    /// A piece of one, as a binary message.
    Piece(Bytes),
}

#[derive(Debug)]
struct Queued {
    frame: Outgoing,
    seq: u64,
    pieces: Option<Pieces>,
}

#[derive(Debug)]
struct Session {
    queue: VecDeque<Queued>,
    /// How many frames it has of each of `LANES`.
    has: [usize; 4],
    place: (Lane, u64),
}

/// Frames that wait to be sent.
#[derive(Debug)]
pub(super) struct Lanes {
    max_bytes: usize,
    max_frames: usize,
    whole: usize,
    piece: usize,
    sessions: HashMap<Key, Session>,
    /// Who is next, by lane and then by turn.
    turns: BTreeMap<(Lane, u64), Key>,
    turn: u64,
    seq: u64,
    frames: usize,
    bytes: usize,
    spare: usize,
    /// Whether the one frame longer than `max_bytes` is there.
    long: bool,
    begun: usize,
    lossy: BTreeMap<u64, Key>,
    lossy_bytes: usize,
    lists: HashSet<Arc<str>>,
    requests: HashMap<Arc<str>, (Key, u64)>,
    /// Sent before, on a socket that is gone. Goes before everything else.
    again: VecDeque<Queued>,
    dropped: u64,
    coalesced: u64,
}

impl Lanes {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            max_bytes: settings.queue_bytes,
            max_frames: settings.queue_frames,
            whole: settings.whole(),
            piece: settings.piece(),
            sessions: HashMap::new(),
            turns: BTreeMap::new(),
            turn: 0,
            seq: 0,
            frames: 0,
            bytes: 0,
            spare: 0,
            long: false,
            begun: 0,
            lossy: BTreeMap::new(),
            lossy_bytes: 0,
            lists: HashSet::new(),
            requests: HashMap::new(),
            again: VecDeque::new(),
            dropped: 0,
            coalesced: 0,
        }
    }

    /// Queues a frame, drops it as its kind allows, or gives it back because there is no room.
    pub(super) fn push(&mut self, frame: Outgoing) -> Result<(), Outgoing> {
        if frame.of == "cancel" {
            return self.push_cancel(frame);
        }
        if frame
            .same
            .as_ref()
            .is_some_and(|same| self.lists.contains(same))
        {
            self.coalesced += 1;
            return Ok(());
        }
        if !self.fits(&frame) {
            self.drop_lossy_for(&frame);
        }
        if self.fits(&frame) {
            self.insert(frame);
            Ok(())
        } else if frame.kind == Kind::Lossy {
            self.drop_new();
            Ok(())
        } else {
            Err(frame)
        }
    }

    /// A request that has not gone yet needs no cancelling: it does not go. A `cancel` never overtakes the request it names.
    fn push_cancel(&mut self, mut frame: Outgoing) -> Result<(), Outgoing> {
        let queued = frame.id.as_ref().and_then(|id| self.requests.get(id));
        if let Some((key, seq)) = queued.cloned() {
            if !self.is_begun(&key, seq) {
                self.remove(&key, seq);
                return Ok(());
            }
            frame.key = key;
        }
        if self.spare >= SPARE {
            return Err(frame);
        }
        self.insert(frame);
        Ok(())
    }

    /// Returns whether there is room for a frame.
    fn fits(&self, frame: &Outgoing) -> bool {
        if has_spare_room(frame) {
            return self.spare < SPARE;
        }
        let bytes = if frame.len() > self.max_bytes {
            !self.long
        } else {
            self.bytes + frame.len() <= self.max_bytes
        };
        bytes && self.frames < self.max_frames
    }

    /// Returns whether a frame is longer than the whole queue: one such frame may wait.
    pub(super) fn is_long(&self, frame: &Outgoing) -> bool {
        frame.len() > self.max_bytes
    }

    /// Drops progress and log, oldest first, if that makes room.
    fn drop_lossy_for(&mut self, frame: &Outgoing) {
        let is_long = frame.len() > self.max_bytes;
        let would_fit = !has_spare_room(frame)
            && self.frames - self.lossy.len() < self.max_frames
            && if is_long {
                !self.long
            } else {
                self.bytes - self.lossy_bytes + frame.len() <= self.max_bytes
            };
        while would_fit && !self.fits(frame) {
            let Some((&seq, key)) = self.lossy.first_key_value() else {
                return;
            };
            let key = key.clone();
            self.remove(&key, seq);
            self.dropped += 1;
        }
    }

    /// Counts progress or log that is dropped before it is queued.
    pub(super) fn drop_new(&mut self) {
        self.dropped += 1;
    }

    fn insert(&mut self, frame: Outgoing) {
        self.seq += 1;
        let (seq, key) = (self.seq, frame.key.clone());
        self.account(&frame, seq);
        let lane = Lane::from(frame.kind);
        let session = self.sessions.entry(key.clone()).or_insert_with(|| {
            self.turn += 1;
            let place = (lane, self.turn);
            self.turns.insert(place, key.clone());
            Session {
                queue: VecDeque::new(),
                has: [0; 4],
                place,
            }
        });
        session.has[lane as usize] += 1;
        session.queue.push_back(Queued {
            frame,
            seq,
            pieces: None,
        });
        self.settle(&key, false);
    }

    fn account(&mut self, frame: &Outgoing, seq: u64) {
        if let Some(same) = &frame.same {
            self.lists.insert(same.clone());
        }
        if has_spare_room(frame) {
            self.spare += 1;
            return;
        }
        self.frames += 1;
        if frame.len() > self.max_bytes {
            self.long = true;
        } else {
            self.bytes += frame.len();
        }
        if frame.kind == Kind::Lossy && frame.len() <= self.whole {
            self.lossy.insert(seq, frame.key.clone());
            self.lossy_bytes += frame.len();
        }
        if let Some(id) = frame.id.as_ref().filter(|_| frame.can_be_cancelled()) {
            self.requests.insert(id.clone(), (frame.key.clone(), seq));
        }
    }

    fn unaccount(&mut self, frame: &Outgoing, seq: u64) {
        if let Some(same) = &frame.same {
            self.lists.remove(same);
        }
        if has_spare_room(frame) {
            self.spare -= 1;
            return;
        }
        self.frames -= 1;
        if frame.len() > self.max_bytes {
            self.long = false;
        } else {
            self.bytes -= frame.len();
        }
        if self.lossy.remove(&seq).is_some() {
            self.lossy_bytes -= frame.len();
        }
        if let Some(id) = &frame.id
            && self.requests.get(id).is_some_and(|(_, at)| *at == seq)
        {
            self.requests.remove(id);
        }
    }

    fn is_begun(&self, key: &Key, seq: u64) -> bool {
        let front = self.sessions.get(key).and_then(|it| it.queue.front());
        front.is_some_and(|it| it.seq == seq && it.pieces.is_some())
    }

    fn remove(&mut self, key: &Key, seq: u64) {
        let Some(session) = self.sessions.get_mut(key) else {
            return;
        };
        let Ok(at) = session.queue.binary_search_by_key(&seq, |it| it.seq) else {
            return;
        };
        if let Some(queued) = session.queue.remove(at) {
            session.has[Lane::from(queued.frame.kind) as usize] -= 1;
            self.unaccount(&queued.frame, seq);
        }
        self.settle(key, false);
    }

    /// Puts a session where its frames belong. `turned`: it has had its turn, and goes to the end of its lane.
    fn settle(&mut self, key: &Key, turned: bool) {
        let Some(session) = self.sessions.get_mut(key) else {
            return;
        };
        let Some(front) = session.queue.front() else {
            self.turns.remove(&session.place);
            self.sessions.remove(key);
            return;
        };
        let lane = if front.pieces.is_some() {
            Lane::Begun
        } else if front.frame.len() > self.whole {
            Lane::Long
        } else {
            let highest = LANES
                .into_iter()
                .find(|lane| session.has[*lane as usize] > 0);
            highest.unwrap_or(Lane::Notification)
        };
        if turned || lane != session.place.0 {
            self.turns.remove(&session.place);
            self.turn += 1;
            session.place = (lane, self.turn);
            self.turns.insert(session.place, key.clone());
        }
    }

    /// Returns what goes next, and the frame if the last of it goes with that.
    pub(super) fn pop(&mut self) -> Option<(Next, Option<Outgoing>)> {
        if let Some(queued) = self.again.front_mut() {
            let (next, done) = advance(queued, self.whole, self.piece);
            let finished = done.then(|| self.again.pop_front()).flatten();
            return Some((next, finished.map(|it| it.frame)));
        }
        let key = self.next_session()?;
        self.pop_from(&key)
    }

    /// Returns the next control frame.
    pub(super) fn pop_control(&mut self) -> Option<(Next, Option<Outgoing>)> {
        let (_, key) = self
            .turns
            .first_key_value()
            .filter(|((_, _), key)| key.as_ref() == "!")?;
        let key = key.clone();
        self.pop_from(&key)
    }

    fn next_session(&self) -> Option<Key> {
        let ((lane, _), first) = self.turns.first_key_value()?;
        if *lane == Lane::Begun && self.begun < AT_ONCE {
            // Another long frame begins: the first of those not begun.
            let others = self.turns.range((Lane::Long, 0)..).next();
            return Some(others.map_or(first, |(_, key)| key).clone());
        }
        Some(first.clone())
    }

    fn pop_from(&mut self, key: &Key) -> Option<(Next, Option<Outgoing>)> {
        let session = self.sessions.get_mut(key)?;
        let queued = session.queue.front_mut()?;
        let was_begun = queued.pieces.is_some();
        let (next, done) = advance(queued, self.whole, self.piece);
        match (was_begun, done) {
            (false, false) => self.begun += 1,
            (true, true) => self.begun -= 1,
            _ => {}
        }
        let mut finished = None;
        if done && let Some(queued) = session.queue.pop_front() {
            session.has[Lane::from(queued.frame.kind) as usize] -= 1;
            self.unaccount(&queued.frame, queued.seq);
            finished = Some(queued.frame);
        }
        self.settle(key, true);
        Some((next, finished))
    }

    /// Begins anew on another socket: long frames of which a piece has gone go whole, and first goes what has been sent before.
    pub(super) fn restart(&mut self, again: Vec<Outgoing>) {
        for queued in &mut self.again {
            queued.pieces = None;
        }
        for frame in again.into_iter().rev() {
            self.again.push_front(Queued {
                frame,
                seq: 0,
                pieces: None,
            });
        }
        let begun: Vec<Key> = self
            .turns
            .range((Lane::Begun, 0)..(Lane::Long, 0))
            .map(|(_, key)| key.clone())
            .collect();
        for key in begun {
            if let Some(front) = self
                .sessions
                .get_mut(&key)
                .and_then(|it| it.queue.front_mut())
            {
                front.pieces = None;
            }
            self.settle(&key, false);
        }
        self.begun = 0;
    }

    /// Returns frames and bytes that wait.
    pub(super) fn waiting(&self) -> (usize, usize) {
        (self.frames + self.spare, self.bytes)
    }

    /// Returns how many frames of progress and log were dropped.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Returns how many list changes were queued already.
    pub(super) fn coalesced(&self) -> u64 {
        self.coalesced
    }

    /// Lets go of everything.
    pub(super) fn clear(&mut self) {
        self.sessions = HashMap::new();
        self.turns = BTreeMap::new();
        self.lossy = BTreeMap::new();
        self.lists = HashSet::new();
        self.requests = HashMap::new();
        self.again = VecDeque::new();
        (self.frames, self.bytes, self.spare) = (0, 0, 0);
        (self.begun, self.lossy_bytes, self.long) = (0, 0, false);
    }
}

fn has_spare_room(frame: &Outgoing) -> bool {
    matches!(frame.kind, Kind::Control | Kind::ListChanged)
}

/// Takes the next message of a frame. True: it was the last.
fn advance(queued: &mut Queued, whole: usize, piece: usize) -> (Next, bool) {
    if queued.frame.len() <= whole {
        return (Next::Text(queued.frame.text.clone()), true);
    }
    let seq = queued.seq;
    let pieces = queued.pieces.get_or_insert_with(|| Pieces::new(seq));
    let (bytes, last) = pieces.next(&queued.frame, piece);
    (Next::Piece(bytes), last)
}

#[cfg(test)]
mod tests;
