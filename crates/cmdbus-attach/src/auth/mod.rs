//! Who may do what: tokens, and the `Host` and `Origin` of requests (attach §4.13).
//!
//! [`TokenFile`] keeps the named tokens, and needs no running daemon. [`Authority`] says who a presented token is: a
//! [`Principal`], which knows what it may do and when it ends. [`Doors`] refuses requests that a web page could have
//! sent. [`layer()`] puts both in front of any router, and hands on the principal in the extensions of the request.
//!
//! Nothing here decides who owns an attach id or a session: whoever keeps those compares principals.

mod authority;
mod doors;
mod error;
mod glob;
mod grant;
mod layer;
mod principal;
mod record;
mod refusal;
mod tokens;

pub use self::authority::{Authority, Exposed, Mode};
pub use self::doors::{Doors, DoorsError};
pub use self::error::TokenError;
pub use self::glob::{Glob, GlobError};
pub use self::grant::{Grant, GrantError};
pub use self::layer::{Auth, AuthLayer, layer};
pub use self::principal::Principal;
pub use self::tokens::{NewToken, TokenFile, TokenInfo, check_name};
