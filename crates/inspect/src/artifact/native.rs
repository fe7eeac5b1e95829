//! Executables: what a script runtime carries in them, else their strings.

use object::{Object, ObjectSection};

use super::{Artifact, Form, Limits, bun};

const FUSE: &[u8] = b"NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:1";

pub(super) fn is_executable(content: &[u8]) -> bool {
    let head = content.get(..4).unwrap_or(&[]);
    head == b"\x7fELF"
        || (head.starts_with(b"MZ") && content.len() > 64)
        || matches!(head, [0xcf | 0xce, 0xfa, 0xed, 0xfe] | [0xfe, 0xed, 0xfa, 0xcf | 0xce])
        || (matches!(head, [0xca, 0xfe, 0xba, 0xbe | 0xbf])
            && content.get(4..8).is_some_and(|n| n[0] == 0 && n[1] == 0 && n[2] == 0 && n[3] < 20))
}

/// Opens an executable and says what it turned out to be.
pub(super) fn open(a: &mut Artifact, place: &str, content: &[u8], limits: &Limits, depth: u32) -> Form {
    if let Some(modules) = bun::modules(content) {
        if modules.is_empty() {
            a.unread(place, "a Bun executable whose table of modules cannot be read");
            return Form::Native;
        }
        for m in modules {
            let name =
                m.name.trim_start_matches("/$bunfs/root/").trim_start_matches("B:/~BUN/root/").trim_start_matches("./");
            if m.contents.is_empty() && m.bytecode > 0 {
                a.unread(&format!("{place}!{name}"), "there as bytecode only");
                continue;
            }
            let name = if m.contents.starts_with(b"// @bun") && !has_script_name(name) {
                format!("{name}.js")
            } else {
                name.to_owned()
            };
            if name.split('/').any(|p| p == "..") {
                a.unread(&name, "its path leaves the executable; not read");
                continue;
            }
            a.add(place, &name, m.contents.to_vec(), limits, depth);
        }
        return Form::Bun;
    }
    if let Some(script) = node_sea(content) {
        a.add(place, "sea-main.js", script, limits, depth);
        return Form::NodeSea;
    }
    if memchr::memmem::find(content, FUSE).is_some() {
        a.unread(place, "a Node single executable whose script cannot be found");
        return Form::Native;
    }
    let why = match object::File::parse(content) {
        Ok(_) => "native code: only its strings were searched",
        Err(_) => "an executable that is damaged or cut off: only its strings were searched",
    };
    a.unread(place, why);
    Form::Native
}

fn has_script_name(name: &str) -> bool {
    [".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx", ".mts"].iter().any(|e| name.ends_with(e))
}

/// The script in `NODE_SEA_BLOB`: magic u32, flags u32, then strings with their length, the code path first.
fn node_sea(content: &[u8]) -> Option<Vec<u8>> {
    const MAGIC: u32 = 0x0143_da20;
    memchr::memmem::find(content, b"NODE_SEA")?;
    let file = object::File::parse(content).ok();
    let section = file.as_ref().and_then(|f| {
        f.sections().find(|s| s.name().is_ok_and(|n| n.contains("NODE_SEA"))).and_then(|s| s.data().ok())
    });
    let data = match section {
        Some(d) => d,
        None => {
            let at = memchr::memmem::find(content, &MAGIC.to_le_bytes())?;
            &content[at..]
        }
    };
    let start = memchr::memmem::find(data, &MAGIC.to_le_bytes())?;
    let mut at = start + 8;
    let mut next = || -> Option<&[u8]> {
        let n = u64::from_le_bytes(data.get(at..at.checked_add(8)?)?.try_into().ok()?);
        let from = at + 8;
        let to = from.checked_add(usize::try_from(n).ok()?)?;
        let piece = data.get(from..to)?;
        at = to;
        Some(piece)
    };
    let path = next()?;
    std::str::from_utf8(path).ok()?;
    let code = next()?;
    (code.len() > 16).then(|| code.to_vec())
}
