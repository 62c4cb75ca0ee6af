//! Where a broker is on disk, and how others find it there (protocol §2.1-2.4).
//!
//! [`Pair`] and [`Identity`] say which folder is meant, [`Discovery`] is the file in it that clients read,
//! [`health`] asks whether the broker it names is alive, and [`spawn_lock`] mends what dead clients left.
//! All of it is synchronous and free of state: whoever calls decides when.

mod file;
pub mod health;
mod identity;
mod pair;
mod secret;
pub mod spawn_lock;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

pub use file::Discovery;
pub use identity::{DEFAULT_ACCOUNT, Identity, IdentityError, vars};
pub use pair::{FILE_NAME, Pair, PairError, data_folder, log_folder};
pub use secret::new_secret;

/// Reads a small file. One that is longer than `limit` is invalid data, as one that is no text is.
fn read_small(path: &Path, limit: u64) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?
        .take(limit + 1)
        .read_to_string(&mut text)?;
    if text.len() as u64 > limit {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("longer than {limit} bytes"),
        ));
    }
    Ok(text)
}
