//! How a broker learns its account and token (protocol §2.2).

use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Pair, PairError, read_small};

/// The account of whoever names none.
pub const DEFAULT_ACCOUNT: &str = "default";

/// A file with credentials is never longer.
const LIMIT: u64 = 4 << 20;

/// The environment variables that say which broker is meant.
pub mod vars {
    /// Path of the discovery file itself.
    pub const DISCOVERY_FILE: &str = "CMDBUS_DISCOVERY_FILE";
    /// The runtime token.
    pub const RUNTIME_TOKEN: &str = "CMDBUS_RUNTIME_TOKEN";
    /// The account id. The npm client sets it.
    pub const ACCOUNT: &str = "MASONS_BROKER_ACCOUNT_ID";
    /// A JSON file with the tokens of accounts.
    pub const CREDENTIALS_FILE: &str = "MASONS_BROKER_CREDENTIALS_FILE";
    /// The data folder. The npm client sets it.
    pub const USER_DATA: &str = "MASONS_BROKER_USER_DATA";
    /// Puts state, data, configuration and socket under one folder.
    pub const CMDBUS_HOME: &str = "CMDBUS_HOME";
    /// The folder of `openclaw.json`.
    pub const OPENCLAW_HOME: &str = "OPENCLAW_HOME";
}

/// Which broker a process is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// That of this discovery file; no token is needed.
    File {
        /// The discovery file, absolute.
        path: PathBuf,
        /// The account, for what is shown.
        account: String,
    },
    /// That of a pair.
    Pair(Pair),
}

/// Why a process cannot tell which broker it is to be. Says which variable, or which file and field.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// A variable is no text.
    #[error("`{0}` is not UTF-8")]
    NotText(&'static str),
    /// The account or token cannot be.
    #[error("{0}; see `{account}` and `{token}`", account = vars::ACCOUNT, token = vars::RUNTIME_TOKEN)]
    Pair(#[from] PairError),
    /// A file cannot be read.
    #[error("cannot read `{path}`: {error}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        error: io::Error,
    },
    /// A file holds no JSON.
    #[error("`{path}` is not JSON: {error}")]
    Json {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        error: serde_json::Error,
    },
    /// A file lacks the token, or has something else in its place.
    #[error("`{path}` has no `{field}` that is a text and not empty")]
    Field {
        /// The file.
        path: PathBuf,
        /// The path of the field.
        field: String,
    },
    /// Nothing names a token.
    #[error(
        "no token for the account `{account}`: set `{token}` or `{file}`{also}",
        token = vars::RUNTIME_TOKEN,
        file = vars::CREDENTIALS_FILE,
        also = openclaw.as_ref().map(|path| format!(", or write `{}`", path.display())).unwrap_or_default()
    )]
    Nowhere {
        /// The account.
        account: String,
        /// The last file that was looked for.
        openclaw: Option<PathBuf>,
    },
}

impl Identity {
    /// Finds out, from the variables and the files they name. Empty variables count as none.
    ///
    /// # Errors
    /// What is named first cannot be used, or nothing is named.
    pub fn resolve(
        var: impl Fn(&str) -> Option<PathBuf>,
    ) -> std::result::Result<Self, IdentityError> {
        let var = |name| var(name).filter(|value| !value.as_os_str().is_empty());
        let text = |name| match var(name).map(|value| value.into_os_string().into_string()) {
            None => Ok(None),
            Some(Ok(text)) => Ok(Some(text)),
            Some(Err(_)) => Err(IdentityError::NotText(name)),
        };
        let account = text(vars::ACCOUNT)?.unwrap_or_else(|| DEFAULT_ACCOUNT.to_owned());
        if let Some(path) = var(vars::DISCOVERY_FILE) {
            let path = std::path::absolute(&path).unwrap_or(path);
            return Ok(Self::File { path, account });
        }
        let token = if let Some(token) = text(vars::RUNTIME_TOKEN)? {
            token
        } else if let Some(file) = var(vars::CREDENTIALS_FILE) {
            let read = |error| IdentityError::Read {
                path: file.clone(),
                error,
            };
            let json = read_small(&file, LIMIT).map_err(read)?;
            token_in(&file, &json, &["accounts", &account, "token"])?
        } else {
            let home = var(vars::OPENCLAW_HOME).or_else(|| Some(var("HOME")?.join(".openclaw")));
            let path = home.map(|home| home.join("openclaw.json"));
            from_openclaw(path, &account)?
        };
        Ok(Self::Pair(Pair::new(account, token)?))
    }
}

fn from_openclaw(
    path: Option<PathBuf>,
    account: &str,
) -> std::result::Result<String, IdentityError> {
    let nowhere = |openclaw| IdentityError::Nowhere {
        account: account.to_owned(),
        openclaw,
    };
    let Some(path) = path else {
        return Err(nowhere(None));
    };
    match read_small(&path, LIMIT) {
        Ok(json) => {
            let field = ["channels", "agent-network", "accounts", account, "token"];
            token_in(&path, &json, &field)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(nowhere(Some(path))),
        Err(error) => Err(IdentityError::Read { path, error }),
    }
}

/// Returns the text at a place in a JSON file.
fn token_in(path: &Path, json: &str, field: &[&str]) -> std::result::Result<String, IdentityError> {
    let value: Value = serde_json::from_str(json).map_err(|error| IdentityError::Json {
        path: path.to_owned(),
        error,
    })?;
    field
        .iter()
        .try_fold(&value, |value, key| value.get(key))
        .and_then(Value::as_str)
        .filter(|token| !token.is_empty())
        .map(str::to_owned)
        .ok_or_else(|| IdentityError::Field {
            path: path.to_owned(),
            field: field.join("."),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(vars: &[(&str, &Path)]) -> std::result::Result<Identity, IdentityError> {
        Identity::resolve(|name| {
            vars.iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.to_path_buf())
        })
    }

    fn pair(account: &str, token: &str) -> Identity {
        Identity::Pair(Pair::new(account, token).unwrap())
    }

    #[test]
    fn the_first_that_is_named_counts() {
        let folder = tempfile::tempdir().unwrap();
        let credentials = folder.path().join("credentials.json");
        let two =
            r#"{"accounts":{"a/b":{"token":"two","connectorUrl":"x"},"default":{"token":"one"}}}"#;
        std::fs::write(&credentials, two).unwrap();
        let openclaw = r#"{"channels":{"agent-network":{"accounts":{"a/b":{"token":"three"}}}}}"#;
        std::fs::write(folder.path().join("openclaw.json"), openclaw).unwrap();

        let all: [(&str, &Path); 5] = [
            (vars::DISCOVERY_FILE, Path::new("/x/d.json")),
            (vars::RUNTIME_TOKEN, Path::new("given")),
            (vars::CREDENTIALS_FILE, &credentials),
            (vars::OPENCLAW_HOME, folder.path()),
            (vars::ACCOUNT, Path::new("a/b")),
        ];
        let file = Identity::File {
            path: "/x/d.json".into(),
            account: "a/b".into(),
        };
        assert_eq!(resolve(&all).unwrap(), file);
        assert_eq!(resolve(&all[1..]).unwrap(), pair("a/b", "given"));
        assert_eq!(resolve(&all[2..]).unwrap(), pair("a/b", "two"));
        assert_eq!(resolve(&all[3..]).unwrap(), pair("a/b", "three"));
        assert_eq!(resolve(&all[2..3]).unwrap(), pair("default", "one"));
        assert_eq!(resolve(&all[1..2]).unwrap(), pair("default", "given"));
    }

    #[test]
    fn below_the_home_folder_is_looked_last() {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join(".openclaw")).unwrap();
        let text = r#"{"channels":{"agent-network":{"accounts":{"default":{"token":"t"}}}}}"#;
        let path = home.path().join(".openclaw/openclaw.json");
        std::fs::write(path, text).unwrap();
        assert_eq!(
            resolve(&[("HOME", home.path())]).unwrap(),
            pair("default", "t")
        );
    }

    #[test]
    fn what_is_wrong_is_named_with_file_and_field_and_without_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("credentials.json");
        let path = file.display().to_string();
        for (text, said) in [
            ("{\"secret\":\"s3cret\" oops", "is not JSON"),
            ("{}", "`accounts.default.token`"),
            (
                r#"{"accounts":{"default":{"token":3}}}"#,
                "`accounts.default.token`",
            ),
            (
                r#"{"accounts":{"default":{"token":""}}}"#,
                "`accounts.default.token`",
            ),
            (
                r#"{"accounts":{"s3cret":{"token":"x"}}}"#,
                "`accounts.default.token`",
            ),
        ] {
            std::fs::write(&file, text).unwrap();
            let error = resolve(&[(vars::CREDENTIALS_FILE, &file)]).unwrap_err();
            let error = error.to_string();
            assert!(error.contains(&path) && error.contains(said), "{error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
        std::fs::remove_file(&file).unwrap();
        let error = resolve(&[(vars::CREDENTIALS_FILE, &file)]).unwrap_err();
        assert!(matches!(error, IdentityError::Read { .. }), "{error}");
        let error = resolve(&[("HOME", folder.path())]).unwrap_err().to_string();
        assert!(
            error.contains("CMDBUS_RUNTIME_TOKEN") && error.contains(".openclaw"),
            "{error}"
        );
    }

    #[test]
    fn w47_accounts_of_dots_are_refused() {
        for account in [".", ".."] {
            let error = resolve(&[
                (vars::ACCOUNT, Path::new(account)),
                (vars::RUNTIME_TOKEN, Path::new("t")),
            ]);
            assert!(matches!(
                error,
                Err(IdentityError::Pair(PairError::Dots(_)))
            ));
        }
    }
}
