//! The network of a run: loopback, which all addresses lead to.

use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink::SocketAddrNetlink, recv, sendto, socket_with,
};

use super::InsideError;

const NEW_LINK: u16 = 16;
const NEW_ROUTE: u16 = 24;
const REQUEST_ACK: u16 = 0x5;
const CREATE_EXCL: u16 = 0x600;
const LOOPBACK: u32 = 1;

/// Brings loopback up and makes every address one of this machine's, so that a client that goes to an address is seen as well.
/// What is not there (IPv6) is told.
pub(super) fn up() -> Result<Vec<String>, InsideError> {
    let mut link = vec![0, 0, 0, 0];
    link.extend(LOOPBACK.to_ne_bytes());
    link.extend(1_u32.to_ne_bytes()); // up
    link.extend(1_u32.to_ne_bytes()); // and nothing else changes
    ask(NEW_LINK, REQUEST_ACK, &link).map_err(|e| InsideError::Loopback(e.to_string()))?;
    let mut notes = Vec::new();
    for (family, scope, name) in [(2_u8, 254_u8, "IPv4"), (10, 0, "IPv6")] {
        // family, lengths of the prefixes, tos, table local, protocol boot, scope, type local, flags; then the device
        let mut route = vec![family, 0, 0, 0, 255, 3, scope, 2, 0, 0, 0, 0, 8, 0, 4, 0];
        route[12..14].copy_from_slice(&8_u16.to_ne_bytes());
        route[14..16].copy_from_slice(&4_u16.to_ne_bytes());
        route.extend(LOOPBACK.to_ne_bytes());
        if let Err(error) = ask(NEW_ROUTE, REQUEST_ACK | CREATE_EXCL, &route) {
            notes.push(format!("connections to {name} addresses outside are refused without being recorded ({error})"));
        }
    }
    Ok(notes)
}

fn ask(kind: u16, flags: u16, body: &[u8]) -> std::io::Result<()> {
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, None)?;
    let mut message = Vec::with_capacity(16 + body.len());
    message.extend((16 + body.len() as u32).to_ne_bytes());
    message.extend(kind.to_ne_bytes());
    message.extend(flags.to_ne_bytes());
    message.extend([1, 0, 0, 0, 0, 0, 0, 0]); // sequence, port
    message.extend(body);
    sendto(&socket, &message, SendFlags::empty(), &SocketAddrNetlink::new(0, 0))?;
    let mut answer = [0_u8; 4096];
    let (_, read) = recv(&socket, answer.as_mut_slice(), RecvFlags::empty())?;
    // The answer is an error message whose number is 0 when all is well.
    match answer.get(16..20).filter(|_| read >= 20).and_then(|b| b.try_into().ok()).map(i32::from_ne_bytes) {
        Some(0) => Ok(()),
        Some(error) => Err(std::io::Error::from_raw_os_error(-error)),
        None => Err(std::io::Error::other("the kernel's answer is too short")),
    }
}
