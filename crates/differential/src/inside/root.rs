//! The file system that a client sees: what is there, read-only; its home, `/tmp` and the current folder its own; nothing of what it
//! writes stays.

use std::{
    ffi::CString,
    fs, io,
    os::unix::{ffi::OsStrExt, fs::symlink},
    path::{Component, Path, PathBuf},
};

use rustix::mount::{
    MountFlags, MountPropagationFlags, mount, mount_bind, mount_bind_recursive, mount_change, mount_remount,
};

use super::InsideError;
use crate::cell::Spec;

/// Folders that begin empty; only what a client needs is shown in them.
const PRIVATE: [&str; 6] = ["tmp", "home", "root", "run", "var/tmp", "dev/shm"];
/// Files of `/etc` that say who and where this machine is, or that nobody needs.
const WITHHELD: [&str; 16] = [
    "hosts",
    "resolv.conf",
    "passwd",
    "passwd-",
    "group",
    "group-",
    "shadow",
    "shadow-",
    "gshadow",
    "gshadow-",
    "hostname",
    "localtime",
    "timezone",
    "nsswitch.conf",
    "machine-id",
    "krb5.keytab",
];
const ENTRIES_MAX: usize = 256;

fn failed(what: impl Into<String>) -> impl FnOnce(io::Error) -> InsideError {
    let what = what.into();
    move |source| InsideError::Root { what, source }
}

fn failed_rustix(what: impl Into<String>) -> impl FnOnce(rustix::io::Errno) -> InsideError {
    let what = what.into();
    move |source| InsideError::Root { what, source: source.into() }
}

/// Builds it on the scratch folder; `init` makes it the root. Gives what could not be as wished.
pub(super) fn build(spec: &Spec) -> Result<Vec<String>, InsideError> {
    let mut notes = Vec::new();
    mount_change("/", MountPropagationFlags::REC | MountPropagationFlags::PRIVATE)
        .map_err(failed_rustix("mounts cannot be made private"))?;
    let root = &spec.scratch;
    tmpfs(root, 16 << 20)?;
    for entry in fs::read_dir("/").map_err(failed("`/`"))?.flatten() {
        let name = entry.file_name();
        let (from, to) = (entry.path(), root.join(&name));
        match name.to_str() {
            Some("proc" | "dev" | "etc" | "tmp" | "home" | "root" | "run" | "lost+found") => {
                fs::create_dir(&to).map_err(failed(to.display().to_string()))?;
            }
            _ => show(&from, &to)?,
        }
    }
    etc(spec)?;
    dev(root)?;
    for private in PRIVATE {
        let at = root.join(private);
        if at.is_dir() {
            tmpfs(&at, if private == "tmp" { spec.limits.disk } else { 16 << 20 })?;
        }
    }
    for path in &spec.shown {
        reveal(root, path, spec)?;
    }
    let home = root.join("home").join(&spec.username);
    fs::create_dir_all(&home).map_err(failed(home.display().to_string()))?;
    tmpfs(&home, spec.limits.disk)?;
    seal(root, &home)?;
    if let Err(why) = overlay(spec) {
        notes.push(format!("`{}` could not be written to by the client: {why}", spec.folder.display()));
    }
    Ok(notes)
}

fn tmpfs(at: &Path, bytes: u64) -> Result<(), InsideError> {
    let data = CString::new(format!("size={bytes},mode=0755")).unwrap_or_default();
    mount("tmpfs", at, "tmpfs", MountFlags::NOSUID | MountFlags::NODEV, data.as_c_str())
        .map_err(failed_rustix(at.display().to_string()))
}

/// The same thing at another place: links as links, the rest bound.
fn show(from: &Path, to: &Path) -> Result<(), InsideError> {
    let what = || from.display().to_string();
    let Ok(kind) = fs::symlink_metadata(from).map(|m| m.file_type()) else { return Ok(()) };
    if to.symlink_metadata().is_ok() && !(kind.is_dir() && to.is_dir()) {
        return Ok(());
    }
    if kind.is_symlink() {
        let target = fs::read_link(from).map_err(failed(what()))?;
        return symlink(target, to).map_err(failed(what()));
    }
    if kind.is_dir() {
        fs::create_dir_all(to).map_err(failed(what()))?;
        // A folder that may not be read by anybody here stays empty.
        return match mount_bind_recursive(from, to) {
            Ok(()) | Err(rustix::io::Errno::ACCESS | rustix::io::Errno::PERM) => Ok(()),
            Err(error) => Err(failed_rustix(what())(error)),
        };
    }
    if kind.is_file() {
        fs::write(to, "").map_err(failed(what()))?;
        return mount_bind(from, to).map_err(failed_rustix(what()));
    }
    Ok(())
}

fn etc(spec: &Spec) -> Result<(), InsideError> {
    let at = spec.scratch.join("etc");
    for entry in fs::read_dir("/etc").map_err(failed("`/etc`"))?.flatten() {
        let name = entry.file_name();
        if !name.to_str().is_some_and(|n| WITHHELD.contains(&n)) {
            show(&entry.path(), &at.join(&name))?;
        }
    }
    let user = &spec.username;
    let host = &spec.hostname;
    let names: String = spec
        .hosts
        .iter()
        .filter(|h| h.parse::<std::net::IpAddr>().is_err())
        .map(|h| format!("127.0.0.1 {h}\n"))
        .collect();
    let root = if user == "root" { "" } else { "root:x:0:0:root:/root:/bin/sh\n" };
    let files = [
        ("hosts", format!("127.0.0.1 localhost\n::1 localhost\n127.0.1.1 {host}\n{names}")),
        ("resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n".to_owned()),
        (
            "passwd",
            format!("{root}{user}:x:1000:1000:{user}:/home/{user}:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"),
        ),
        ("group", format!("root:x:0:\n{user}:x:1000:\nnogroup:x:65534:\n")),
        ("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n".to_owned()),
        ("hostname", format!("{host}\n")),
        ("timezone", format!("{}\n", spec.timezone)),
        ("machine-id", "00000000000040008000000000000001\n".to_owned()),
    ];
    for (name, text) in files {
        fs::write(at.join(name), text).map_err(failed(name))?;
    }
    let zone = Path::new("/usr/share/zoneinfo").join(&spec.timezone);
    symlink(zone, at.join("localtime")).map_err(failed("localtime"))
}

fn dev(root: &Path) -> Result<(), InsideError> {
    let at = root.join("dev");
    for name in ["null", "zero", "full", "random", "urandom", "tty"] {
        let to = at.join(name);
        fs::write(&to, "").map_err(failed(name))?;
        mount_bind(Path::new("/dev").join(name), &to).map_err(failed_rustix(name))?;
    }
    for (name, target) in [
        ("fd", "/proc/self/fd"),
        ("stdin", "/proc/self/fd/0"),
        ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"),
    ] {
        symlink(target, at.join(name)).map_err(failed(name))?;
    }
    for name in ["shm", "pts"] {
        fs::create_dir(at.join(name)).map_err(failed(name))?;
    }
    // Without terminals most clients run as well.
    if mount(
        "devpts",
        at.join("pts"),
        "devpts",
        MountFlags::NOSUID | MountFlags::NOEXEC,
        Some(c"newinstance,ptmxmode=0666,mode=620"),
    )
    .is_ok()
    {
        symlink("pts/ptmx", at.join("ptmx")).map_err(failed("ptmx"))?;
    }
    Ok(())
}

/// Shows what a client needs from a private folder: one entry of `/tmp` or `/home`, the whole of `/root`.
fn reveal(root: &Path, path: &Path, spec: &Spec) -> Result<(), InsideError> {
    let Some(private) = PRIVATE.iter().find(|p| path.starts_with(Path::new("/").join(p))) else { return Ok(()) };
    let base = Path::new("/").join(private);
    let inner: PathBuf = path.strip_prefix(&base).map(Path::to_owned).unwrap_or_default();
    let Some(Component::Normal(first)) = inner.components().next() else {
        if *private == "root" {
            return show(&base, &root.join(private));
        }
        if path != spec.folder {
            return Ok(());
        }
        // The current folder is a private one: its entries are shown, but for sockets and the like.
        let entries = fs::read_dir(&base).map_err(failed(base.display().to_string()))?;
        return entries.flatten().take(ENTRIES_MAX).try_for_each(|e| {
            let to = root.join(private).join(e.file_name());
            if spec.scratch.starts_with(e.path()) || to.exists() { Ok(()) } else { show(&e.path(), &to) }
        });
    };
    if *private == "root" {
        return if root.join("root").read_dir().is_ok_and(|mut d| d.next().is_none()) {
            show(&base, &root.join("root"))
        } else {
            Ok(())
        };
    }
    let (from, to) = (base.join(first), root.join(private).join(first));
    if to.exists() || spec.scratch.starts_with(&from) {
        return Ok(());
    }
    show(&from, &to)
}

/// Everything but the client's own places becomes read-only; a place where that fails refuses the run.
fn seal(root: &Path, home: &Path) -> Result<(), InsideError> {
    let table = fs::read_to_string("/proc/self/mountinfo").map_err(failed("`/proc/self/mountinfo`"))?;
    let open = [
        home.to_owned(),
        root.join("tmp"),
        root.join("var/tmp"),
        root.join("run"),
        root.join("dev/shm"),
        root.join("dev/pts"),
    ];
    for line in table.lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        let (Some(at), Some(options)) = (fields.get(4), fields.get(5)) else { continue };
        let at = PathBuf::from(unescape(at));
        if !at.starts_with(root) || open.contains(&at) || at.starts_with(root.join("dev")) {
            continue;
        }
        let flags = options.split(',').fold(MountFlags::BIND | MountFlags::RDONLY, |flags, o| flags | flag(o));
        match mount_remount(&at, flags, c"") {
            Ok(()) => {}
            // Read-only already, or hidden below another mount.
            Err(_) if options.split(',').any(|o| o == "ro") => {}
            Err(rustix::io::Errno::NOENT | rustix::io::Errno::ACCESS | rustix::io::Errno::INVAL) => {}
            Err(error) => return Err(failed_rustix(format!("`{}` cannot be made read-only", at.display()))(error)),
        }
    }
    Ok(())
}

fn flag(option: &str) -> MountFlags {
    match option {
        "nosuid" => MountFlags::NOSUID,
        "nodev" => MountFlags::NODEV,
        "noexec" => MountFlags::NOEXEC,
        "noatime" => MountFlags::NOATIME,
        "nodiratime" => MountFlags::NODIRATIME,
        "relatime" => MountFlags::RELATIME,
        _ => MountFlags::empty(),
    }
}

/// Spaces and the like are in octal there.
fn unescape(text: &str) -> String {
    ["\\040", "\\011", "\\012", "\\134"]
        .iter()
        .zip([" ", "\t", "\n", "\\"])
        .fold(text.to_owned(), |t, (code, c)| t.replace(code, c))
}

/// A layer over the current folder that takes what the client writes.
fn overlay(spec: &Spec) -> Result<(), String> {
    let private = PRIVATE.iter().any(|p| spec.folder == Path::new("/").join(p));
    if spec.folder == Path::new("/") || private {
        return if private { Ok(()) } else { Err("it is `/`".to_owned()) };
    }
    let at = inside(&spec.scratch, &spec.folder);
    let layer = inside(&spec.scratch, Path::new("/tmp")).join(".layer");
    let (upper, work) = (layer.join("upper"), layer.join("work"));
    for folder in [&upper, &work] {
        fs::create_dir_all(folder).map_err(|e| e.to_string())?;
    }
    let escaped = |p: &Path| {
        p.as_os_str()
            .as_bytes()
            .iter()
            .flat_map(|b| if b"\\:,".contains(b) { vec![b'\\', *b] } else { vec![*b] })
            .collect::<Vec<u8>>()
    };
    let data = [
        b"lowerdir=".to_vec(),
        escaped(&at),
        b",upperdir=".to_vec(),
        escaped(&upper),
        b",workdir=".to_vec(),
        escaped(&work),
        b",userxattr".to_vec(),
    ];
    let data = CString::new(data.concat()).map_err(|e| e.to_string())?;
    mount("overlay", &at, "overlay", MountFlags::NOSUID | MountFlags::NODEV, data.as_c_str()).map_err(|e| e.to_string())
}

/// A path of this machine, as it is found below the new root.
pub(super) fn inside(root: &Path, path: &Path) -> PathBuf {
    root.join(path.strip_prefix("/").unwrap_or(path))
}
