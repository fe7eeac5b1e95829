//! HTTP/2 and TLS, and certificates that change.

use std::{net::SocketAddr, path::Path, sync::Arc};

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::{ClientConfig, RootCertStore, pki_types::CertificateDer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::running::{Running, chat, until};

/// A streamed chat over a connection of HTTP/2.
async fn over_http2(io: impl AsyncRead + AsyncWrite + Send + Unpin + 'static, scheme: &str) -> (StatusCode, Bytes) {
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(io)).await.unwrap();
    let connection = tokio::spawn(connection);
    let request = Request::post(format!("{scheme}://gateway.test/v1/chat/completions"));
    let request = request.header("authorization", "Bearer key-old");
    let body = Full::new(Bytes::from(chat("stub", true).to_string()));
    let answer = sender.send_request(request.body(body).unwrap()).await.unwrap();
    let (status, body) = (answer.status(), answer.into_body().collect().await.unwrap().to_bytes());
    connection.abort();
    (status, body)
}

#[tokio::test]
async fn http2_without_tls() {
    let running = Running::start("", "").await;
    let io = TcpStream::connect(running.gateway.addresses.public).await.unwrap();
    let (status, body) = over_http2(io, "http").await;
    assert_eq!(status, StatusCode::OK);
    assert!(body.ends_with(b"data: [DONE]\n\n"));
    assert_eq!(running.captured().await.len(), 1);
    running.gateway.stop().await.unwrap();
}

/// Writes a certificate with its key; gives the certificate.
fn certify(folder: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(vec!["gateway.test".to_owned()]).unwrap();
    crate::running::replace(&folder.join("key.pem"), &made.signing_key.serialize_pem());
    crate::running::replace(&folder.join("chain.pem"), &made.cert.pem());
    made.cert.der().clone()
}

/// A connection of a client that trusts one certificate and speaks some protocols.
async fn secured(
    address: SocketAddr,
    trusted: &CertificateDer<'static>,
    protocols: &[&[u8]],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    let io = TcpStream::connect(address).await?;
    TlsConnector::from(Arc::new(config)).connect("gateway.test".try_into().unwrap(), io).await
}

#[tokio::test]
async fn tls_with_a_certificate_that_is_renewed() {
    let running = Running::start("", "").await;
    let folder = running.folder.path();
    let first = certify(folder);
    let text = format!("{}[tls]\ncertificate = 'chain.pem'\nkey = 'key.pem'\n", running.config);
    running.gateway.stop().await.unwrap();
    let gateway = crate::running::start(&text, folder).await;
    let public = gateway.addresses.public;
    let running = Running { gateway, config: text, ..running };
    let io = secured(public, &first, &[b"h2", b"http/1.1"]).await.unwrap();
    assert_eq!(io.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (status, body) = over_http2(io, "https").await;
    assert_eq!(status, StatusCode::OK);
    assert!(body.ends_with(b"data: [DONE]\n\n"));
    let io = secured(public, &first, &[b"http/1.1"]).await.unwrap();
    assert_eq!(io.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    // Garbage changes nothing.
    running.replace("chain.pem", "-----BEGIN CERTIFICATE-----\nbanana\n");
    until("the refusal", async || running.part("secrets").await.0 == "stale").await;
    assert!(secured(public, &first, &[b"h2"]).await.is_ok());
    // Connections that are open outlive the change.
    let open = secured(public, &first, &[b"h2"]).await.unwrap();
    let second = certify(running.folder.path());
    until("the new certificate", async || secured(public, &second, &[b"h2"]).await.is_ok()).await;
    assert!(secured(public, &first, &[b"h2"]).await.is_err());
    assert_eq!(over_http2(open, "https").await.0, StatusCode::OK);
    assert_eq!(running.part("secrets").await.0, "ok");
    running.gateway.stop().await.unwrap();
}
