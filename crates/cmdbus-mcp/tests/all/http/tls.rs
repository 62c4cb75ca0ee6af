use std::sync::Arc;

use cmdbus_mcp::carry::deaf;
use cmdbus_mcp::rpc::{Era, codes};
use cmdbus_mcp::upstream::{HttpConfig, HttpConnection};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::{Ear, ask, call};

/// Answers the first call of each connection. Returns the address, and the authority that vouches for it.
async fn secure() -> (String, String, JoinHandle<()>) {
    let authority_key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = params.self_signed(&authority_key).unwrap().pem();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["127.0.0.1".to_owned()])
        .unwrap()
        .signed_by(&key, &Issuer::new(params, authority_key))
        .unwrap();
    let secret = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], secret)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/mcp", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // A client that does not trust us goes away in the middle.
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut bytes = [0; 4096];
            let _ = stream.read(&mut bytes).await;
            let body = r#"{"jsonrpc":"2.0","id":1,"result":"safe"}"#;
            let head = format!(
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    (url, authority, task)
}

#[tokio::test]
async fn a_server_is_trusted_for_the_certificate_configured_and_for_no_other() {
    let (url, authority, server) = secure().await;
    let config = HttpConfig::new(&url, &[]).unwrap();

    let stranger = HttpConnection::new(config.clone(), Era::Modern, deaf());
    let error = call(&stranger, Era::Modern, "tools/call", None, &Ear::default())
        .await
        .unwrap_err();
    assert_eq!(error.code, codes::UPSTREAM_FAILED);
    assert!(error.message.contains("certificate"), "{}", error.message);

    let trusting = config.with_ca(authority.as_bytes()).unwrap();
    let friend = HttpConnection::new(trusting, Era::Modern, deaf());
    assert_eq!(ask(&friend, Era::Modern).await.unwrap(), "\"safe\"");
    server.abort();
}
