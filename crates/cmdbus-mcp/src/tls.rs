//! Whom TLS trusts, for every connection that cmdbus makes.

use std::sync::{Arc, Once};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_platform_verifier::Verifier;

const PROXY_VARIABLES: &[&str] = &[
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
];

/// Why a file of authorities is no good.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the CA file holds no certificate: give one in PEM form")]
pub struct NoCertificate;

/// Reads certificates from PEM.
///
/// # Errors
/// There is none in it, or one that is broken.
pub fn roots(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, NoCertificate> {
    let parsed: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match parsed {
        Ok(roots) if !roots.is_empty() => Ok(roots),
        _ => Err(NoCertificate),
    }
}

/// Returns the configuration of a TLS client that trusts what the system trusts, and some authorities beside. Blocks while it reads
/// the certificates of the system.
///
/// With `needed` false nothing is read, and nobody is trusted: without TLS there is nothing to verify, and a system without
/// certificates is no obstacle.
///
/// # Errors
/// The certificates of the system cannot be read.
pub fn client_config(
    needed: bool,
    extra_roots: &[CertificateDer<'static>],
) -> Result<rustls::ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    if !needed {
        return Ok(builder
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth());
    }
    let verifier = Verifier::new_with_extra_roots(extra_roots.to_vec(), provider)
        .map_err(|error| error.to_string())?;
    Ok(builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

/// Names, once, proxies that the environment asks for: they are not used.
pub fn name_unused_proxies() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let set: Vec<_> = PROXY_VARIABLES
            .iter()
            .filter(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
            .collect();
        if !set.is_empty() {
            tracing::warn!(
                ?set,
                "a proxy is set but not used: servers are reached directly"
            );
        }
    });
}
