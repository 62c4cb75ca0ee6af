//! Where requests of a client go.

use std::sync::Arc;

use hyper::Uri;
use hyper::header::{AUTHORIZATION, HeaderMap, HeaderValue};

use super::pool::Pool;
use crate::channel::auth::is_sendable;
use crate::error::ChannelError;

pub(super) type EditHeaders = Arc<dyn Fn(&mut HeaderMap) + Send + Sync>;

/// Where requests go, and what they have in common.
pub(super) struct Link {
    pub(super) pool: Pool,
    pub(super) path: Uri,
    pub(super) host: HeaderValue,
    token: Option<HeaderValue>,
    edit: Option<EditHeaders>,
}

impl Link {
    pub(super) fn new(
        url: &str,
        token: Option<&str>,
        edit: Option<EditHeaders>,
    ) -> Result<Self, ChannelError> {
        let malformed = || other("the URL is not one; write `http://HOST:PORT`");
        let uri: Uri = url.parse().map_err(|_| malformed())?;
        let authority = uri.authority().ok_or_else(malformed)?;
        if authority.as_str().contains('@') {
            return Err(other(
                "a URL is no place for a secret; give the token separately",
            ));
        }
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => {
                return Err(other(
                    "`https` is not built in; connect by `http` to a proxy or tunnel on this machine that adds TLS",
                ));
            }
            _ => return Err(malformed()),
        }
        let base = uri.path().trim_end_matches('/');
        let address = format!(
            "{}:{}",
            authority.host(),
            authority.port_u16().unwrap_or(80)
        );
        Ok(Self {
            pool: Pool::new(address),
            path: format!("{base}/cmd").parse().map_err(|_| malformed())?,
            host: HeaderValue::from_str(authority.as_str()).map_err(|_| malformed())?,
            token: token.map(bearer).transpose()?,
            edit,
        })
    }

    pub(super) fn edit(&self, headers: &mut HeaderMap) {
        if let Some(token) = &self.token {
            headers.insert(AUTHORIZATION, token.clone());
        }
        if let Some(edit) = &self.edit {
            edit(headers);
        }
    }
}

fn bearer(token: &str) -> Result<HeaderValue, ChannelError> {
    let value = Some(format!("Bearer {token}"))
        .filter(|_| is_sendable(token))
        .and_then(|value| HeaderValue::from_str(&value).ok());
    let mut value = value.ok_or_else(|| {
        other("the token cannot be sent; it must be visible ASCII without spaces")
    })?;
    value.set_sensitive(true);
    Ok(value)
}

fn other(text: &str) -> ChannelError {
    ChannelError::Other(text.to_owned())
}
