//! The name that a TLS connection is opened for.

use rustls::server::Acceptor;

/// Reads the first message of a connection: nothing while it is not whole, else the name in it, if any.
pub fn hello_name(bytes: &[u8]) -> Option<Option<String>> {
    let mut acceptor = Acceptor::default();
    let mut left = bytes;
    while !left.is_empty() {
        match acceptor.read_tls(&mut left) {
            Ok(0) => return None,
            Ok(_) => {}
            Err(_) => return Some(None),
        }
        match acceptor.accept() {
            Ok(Some(accepted)) => return Some(accepted.client_hello().server_name().map(str::to_owned)),
            Ok(None) => {}
            Err(_) => return Some(None),
        }
    }
    None
}
