//! Namespaces of its own for this process and its children.

use std::{fs, io};

use rustix::{
    process::{getgid, getuid},
    thread::UnshareFlags,
};

use super::InsideError;

/// Users, mounts, network, names, messages and, for children, processes.
pub(super) fn enter() -> Result<(), InsideError> {
    let (uid, gid) = (getuid().as_raw(), getgid().as_raw());
    unshare(UnshareFlags::NEWUSER).map_err(|e| refused("a user namespace", e))?;
    map(0, uid, 0, gid).map_err(|e| refused("the ids of a user namespace", e))?;
    let rest =
        UnshareFlags::NEWNS | UnshareFlags::NEWNET | UnshareFlags::NEWUTS | UnshareFlags::NEWIPC | UnshareFlags::NEWPID;
    unshare(rest).map_err(|e| refused("namespaces for mounts, network, names and processes", e))
}

/// One more user namespace, whose only user is 1000: no rights over the namespaces around it.
pub(super) fn give_up() -> io::Result<()> {
    let (uid, gid) = (getuid().as_raw(), getgid().as_raw());
    unshare(UnshareFlags::NEWUSER)?;
    map(1000, uid, 1000, gid)
}

fn refused(what: &'static str, source: io::Error) -> InsideError {
    InsideError::Namespaces { what, source }
}

#[expect(deprecated, reason = "unsafe only for tables of open files, which are not parted here")]
fn unshare(flags: UnshareFlags) -> io::Result<()> {
    Ok(rustix::thread::unshare(flags)?)
}

fn map(uid: u32, outside_uid: u32, gid: u32, outside_gid: u32) -> io::Result<()> {
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("{uid} {outside_uid} 1"))?;
    fs::write("/proc/self/gid_map", format!("{gid} {outside_gid} 1"))
}
