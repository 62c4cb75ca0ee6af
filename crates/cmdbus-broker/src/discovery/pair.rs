//! The folder of one (account, token) pair.

use std::fmt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::identity::vars;

/// The name of the discovery file in the folder of its pair.
pub const FILE_NAME: &str = "discovery.json";

/// The folder of the product below the user's data folder.
const PRODUCT: &str = if cfg!(windows) {
    r"masons-runtime-broker\Data"
} else {
    "masons-runtime-broker"
};

/// Whom a broker serves: it is the only one of its pair and user.
#[derive(Clone, PartialEq, Eq)]
pub struct Pair {
    account: String,
    token: String,
}

/// Why an account and a token are no pair.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PairError {
    /// There is no account id.
    #[error("the account id is empty")]
    NoAccount,
    /// There is no token.
    #[error("the runtime token is empty")]
    NoToken,
    /// The account id would lead out of the folder of its product (weakness W47 of the protocol's list).
    #[error("`{0}` is no account id")]
    Dots(String),
}

impl Pair {
    /// Checks the account id and the token.
    ///
    /// # Errors
    /// One of them is empty, or the account id is `.` or `..`.
    pub fn new(
        account: impl Into<String>,
        token: impl Into<String>,
    ) -> std::result::Result<Self, PairError> {
        let (account, token) = (account.into(), token.into());
        if account.is_empty() {
            return Err(PairError::NoAccount);
        }
        if account == "." || account == ".." {
            return Err(PairError::Dots(account));
        }
        if token.is_empty() {
            return Err(PairError::NoToken);
        }
        Ok(Self { account, token })
    }

    /// Returns the account id.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// Returns the runtime token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Returns the folder of the pair below a data folder: discovery file, locks, and what is durable.
    pub fn folder(&self, data: &Path) -> PathBuf {
        let digest = Sha256::digest(self.token.as_bytes());
        let key: String = digest[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        base(data).join(self.folder_of_account()).join(key)
    }

    /// Each UTF-16 unit outside the allowed characters becomes one `_`, as in the npm client.
    fn folder_of_account(&self) -> String {
        let mut name = String::new();
        for c in self.account.chars() {
            if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') {
                name.push(c);
            } else {
                name.extend(std::iter::repeat_n('_', c.len_utf16()));
            }
        }
        name
    }
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pair")
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

fn base(data: &Path) -> PathBuf {
    data.join("runtime-broker")
}

/// Returns the folder of the logs of `cmdbus broker` below a data folder.
pub fn log_folder(data: &Path) -> PathBuf {
    base(data).join("log")
}

/// Returns the data folder that the variables name (protocol §2.1), or `None` if they do not say.
pub fn data_folder(var: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let var = |name| var(name).filter(|path| !path.as_os_str().is_empty());
    let absolute = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
    if let Some(data) = var(vars::USER_DATA) {
        return Some(absolute(data));
    }
    if let Some(home) = var(vars::CMDBUS_HOME) {
        return Some(absolute(home).join("data"));
    }
    let home = || var("HOME");
    let base = if cfg!(windows) {
        var("LOCALAPPDATA").or_else(|| var("USERPROFILE").map(|home| home.join(r"AppData\Local")))
    } else if cfg!(target_os = "macos") {
        home().map(|home| home.join("Library/Application Support"))
    } else {
        var("XDG_DATA_HOME")
            .filter(|path| path.is_absolute())
            .or_else(|| home().map(|home| home.join(".local/share")))
    };
    base.map(|base| base.join(PRODUCT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_the_protocols_example_is_where_it_says() {
        let pair = Pair::new("team/alpha", "example-token-1").unwrap();
        assert_eq!(
            pair.folder(Path::new("/d")).join(FILE_NAME),
            Path::new("/d/runtime-broker/team_alpha/4e864cc9d096f94b/discovery.json")
        );
    }

    #[test]
    fn w47_an_account_never_leads_out_of_the_folder_of_the_product() {
        for account in ["", ".", ".."] {
            assert!(Pair::new(account, "t").is_err(), "{account}");
        }
        for account in ["../..", "/etc", "a/../b", "...", "ü", "\u{1f600}", "\0"] {
            let folder = Pair::new(account, "t").unwrap().folder(Path::new("/d"));
            let below: Vec<_> = folder
                .strip_prefix("/d/runtime-broker")
                .unwrap()
                .components()
                .collect();
            assert_eq!(below.len(), 2, "{account}");
            assert!(
                below
                    .iter()
                    .all(|part| matches!(part, std::path::Component::Normal(_))),
                "{account}"
            );
        }
    }

    #[test]
    fn what_is_beyond_the_basic_plane_is_two_characters_as_the_client_counts_them() {
        let pair = Pair::new("a\u{1f600}ü", "t").unwrap();
        assert_eq!(pair.folder_of_account(), "a___");
    }

    #[test]
    fn a_pair_does_not_show_its_token() {
        let pair = Pair::new("a", "secret").unwrap();
        assert!(!format!("{pair:?}").contains("secret"));
        assert_eq!(Pair::new("a", ""), Err(PairError::NoToken));
    }

    #[test]
    fn the_data_folder_is_the_clients_before_that_of_the_home_before_the_platforms() {
        let find = |vars: &[(&str, &str)]| {
            data_folder(|name| {
                vars.iter()
                    .find(|(key, _)| *key == name)
                    .map(|(_, value)| PathBuf::from(value))
            })
        };
        let all = [
            ("MASONS_BROKER_USER_DATA", "/u"),
            ("CMDBUS_HOME", "/c"),
            ("HOME", "/h"),
        ];
        assert_eq!(find(&all).unwrap(), Path::new("/u"));
        assert_eq!(find(&all[1..]).unwrap(), Path::new("/c/data"));
        let below_home = if cfg!(target_os = "macos") {
            "/h/Library/Application Support/masons-runtime-broker"
        } else {
            "/h/.local/share/masons-runtime-broker"
        };
        assert_eq!(find(&all[2..]).unwrap(), Path::new(below_home));
        assert_eq!(find(&[("MASONS_BROKER_USER_DATA", "")]), None);
    }
}
