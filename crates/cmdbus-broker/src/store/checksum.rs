//! The checksum of a message: over everything that is delivered and never changes.

use super::rows::{MessageRow, Millis, Seq};

/// What the checksum covers, each part with its length, so that nothing can move from one into another.
pub(super) struct Covered<'a> {
    pub(super) seq: Seq,
    pub(super) id: &'a [u8],
    pub(super) sender: &'a [u8],
    pub(super) to: &'a [u8],
    pub(super) stored_at: Millis,
    pub(super) expires_at: Option<Millis>,
    pub(super) content: &'a [u8],
    pub(super) content_type: &'a [u8],
    pub(super) metadata: &'a [u8],
}

impl<'a> Covered<'a> {
    pub(super) fn of(row: &'a MessageRow) -> Self {
        Self {
            seq: row.seq,
            id: row.id.as_str().as_bytes(),
            sender: row.sender.as_bytes(),
            to: row.to.as_bytes(),
            stored_at: row.stored_at,
            expires_at: row.expires_at,
            content: row.content.as_str().as_bytes(),
            content_type: row.content_type.as_bytes(),
            metadata: row.metadata.as_str().as_bytes(),
        }
    }

    pub(super) fn checksum(&self) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&self.seq.0.to_le_bytes());
        hasher.update(&self.stored_at.to_le_bytes());
        hasher.update(&[u8::from(self.expires_at.is_some())]);
        hasher.update(&self.expires_at.unwrap_or(0).to_le_bytes());
        for part in [
            self.id,
            self.sender,
            self.to,
            self.content_type,
            self.metadata,
            self.content,
        ] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        hasher.finalize()
    }
}
