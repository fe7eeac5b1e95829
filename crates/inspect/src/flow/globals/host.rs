//! Functions of the host: timers, bytes, hashes, paths, processes and files.

use super::bytes::{bytes_to_text, bytes_value, decoded, joined_bytes};
use super::{arg, tail};
use crate::axes::{Source, Transform};
use crate::flow::heap::{Object, What};
use crate::flow::machine::{Machine, Run};
use crate::flow::taint::{codes, codes_of, is_marked, marks_only, union, with_codes};
use crate::flow::value::{Kind, Shape, Value, constant_text};
use crate::flow::{formats, sinks, sources};

pub(super) fn host(m: &mut Machine<'_>, path: &str, f: &Value, args: &[Value], at: u32) -> Run<Option<Value>> {
    let a = arg(args, 0);
    let name = tail(path);
    let module = path.split(['.', '(']).next().unwrap_or("");
    Ok(Some(match name {
        "setTimeout" | "setImmediate" | "setInterval" => {
            let (callback, delay) = if path.starts_with("timers") { (Value::UNDEFINED, a) } else { (a, arg(args, 1)) };
            sinks::delay(m, &delay, at);
            if matches!(callback.shape, Shape::Object(_)) {
                m.call(&callback, &Value::UNDEFINED, Vec::new(), at)?;
            }
            Value::unknown(Kind::Any, None)
        }
        "from" | "alloc" | "allocUnsafe"
            if path.ends_with("Buffer.from") || path.starts_with("Buffer.") || path.ends_with(".Buffer.alloc") =>
        {
            if name != "from" {
                let n = a.as_number().unwrap_or(0.0).clamp(0.0, 4096.0) as usize;
                return Ok(Some(bytes_value(m, &vec![0; n], &None)));
            }
            match &a.shape {
                Shape::Object(id) if m.store.get(*id).is_list() => {
                    let (items, rest, _) = m.elements(&a);
                    let v = Value::new(
                        Shape::Object(m.store.add(Object { rest, ..Object::array(items) })),
                        a.taint.clone(),
                    );
                    if let Some(id) = v.as_object() {
                        m.store.change(id).properties.insert("\0bytes".into(), Value::bool(true));
                    }
                    v
                }
                _ => {
                    let encoding = args.get(1).and_then(constant_text).unwrap_or_else(|| "utf8".into());
                    let t = m.text_of(&a);
                    let v = decoded(m, &t, &encoding, false, at);
                    let ids: Vec<u32> = v.alternatives().iter().filter_map(Value::as_object).collect();
                    for id in ids {
                        m.store.change(id).properties.insert("\0bytes".into(), Value::bool(true));
                    }
                    v
                }
            }
        }
        "concat" if path.ends_with("Buffer.concat") => joined_bytes(m, &a),
        "decode" if path.contains("TextDecoder()") => {
            let v = bytes_to_text(m, &a, None);
            // Numbers that were written out hide a text as character codes do.
            if codes_of(&v.taint) == 0 && v.as_text().is_some_and(|t| t.len() >= 3) {
                Value { taint: with_codes(&v.taint, codes::CHAR_CODES), ..v }
            } else {
                v
            }
        }
        "encode" if path.contains("TextEncoder()") => {
            let t = m.text_of(&a);
            decoded(m, &t, "utf8", false, at)
        }
        "createHash" | "createHmac" | "CryptoHasher" => {
            let taint = marks_only(&arg(args, 1).taint);
            Value::object(m.store.add(Object::new(What::Hash(taint))))
        }
        "hash" if module == "crypto" || module == "Bun" => {
            let t = arg(args, usize::from(module == "crypto")).taint;
            Value::unknown(Kind::Text, if is_marked(&t) { with_codes(&t, codes::MIXED) } else { t })
        }
        "digest" if path.contains("subtle") => {
            let t = m.deep_taint(&arg(args, 1), 2);
            m.array_of(Value::unknown(Kind::Number, if is_marked(&t) { with_codes(&t, codes::MIXED) } else { t }))
        }
        "md5" | "sha1" | "sha256" | "sha512" | "fnv1a" | "murmur" | "crc32" | "xxhash" | "sha3"
            if is_marked(&m.deep_taint(&a, 1)) =>
        {
            let t = m.deep_taint(&a, 1);
            Value::unknown(Kind::Text, with_codes(&t, codes::MIXED))
        }
        "promisify" | "callbackify" | "debuglog" | "deprecate" if module == "util" => a,
        "format" if path.contains("DateTimeFormat") => {
            return Ok(Some(formatted(m, f, at)?));
        }
        "formatToParts" if path.contains("DateTimeFormat") => {
            let t = m.marks.source(Source::Timezone, m.place(at));
            let part = Value::outside("?part", union(&t, &f.taint));
            m.array_of(part)
        }
        // How a number that the code names is written tells the locale, where none was said.
        "format" | "formatToParts"
            if path.contains("NumberFormat") && path.contains(formats::OWN) && a.as_number().is_some() =>
        {
            let t = union(&m.marks.source(Source::Locale, m.place(at)), &f.taint);
            if name == "format" { Value::unknown(Kind::Text, t) } else { m.array_of(Value::outside("?part", t)) }
        }
        // What is packed is what comes out at the other end.
        _ if is_packer(path, name) => {
            if let Some(callback) = args[1.min(args.len())..].iter().find(|c| is_function(m, c)).cloned() {
                m.call(&callback, &Value::UNDEFINED, vec![Value::plain(Shape::Null), a.clone()], at)?;
            }
            a
        }
        "resolvedOptions" => Value::outside(format!("{path}()"), None),
        "supportedValuesOf" => m.array_of(Value::unknown(Kind::Text, None)),
        "join" | "resolve" | "normalize" | "basename" | "dirname" if module == "path" || module == "?path" => {
            joined_path(m, name, args)
        }
        "fileURLToPath" | "pathToFileURL" => m.text_of(&a),
        "format" if module == "util" => {
            let mut pieces = Vec::new();
            for v in args {
                pieces.push(m.text_of(v));
                pieces.push(Value::text(" "));
            }
            m.concat(pieces)
        }
        "execSync" | "exec" | "execFileSync" | "execFile" | "spawnSync" | "spawn" | "execa" | "execaSync"
        | "execaCommand" | "$" | "execAsync" | "shell" | "run" => {
            return process(m, path, args, at);
        }
        "readFileSync" | "readFile" | "readlinkSync" | "readlink" | "realpathSync" | "realpath" | "file"
        | "readTextFile" | "readTextFileSync" | "createReadStream" => {
            return read_file(m, path, args, at);
        }
        "existsSync" | "exists" | "access" | "accessSync" | "statSync" | "stat" | "readdirSync" | "readdir"
        | "lstatSync" | "pathExists" => {
            let t = sources::known_text(m, &a);
            let is_program = codes_of(&m.deep_taint(&a, 2)) & codes::SEARCH_PATH != 0;
            // Whoever lists somebody's home sees what is installed.
            let sees = is_program || (matches!(name, "readdir" | "readdirSync") && is_home(m, &a));
            let Some(source) = sources::of_presence(&t).or(sees.then_some(Source::Software)) else {
                return Ok(found_there(m, path, name, args));
            };
            let taint = m.marks.source(source, m.place(at));
            if !name.starts_with("exists") && name != "pathExists" {
                m.failing = union(&m.failing, &taint);
            }
            match name {
                "existsSync" => Value::unknown(Kind::Bool, taint),
                "readdirSync" | "readdir" => m.array_of(Value::unknown(Kind::Text, taint)),
                _ => Value::outside(format!("{path}()"), taint),
            }
        }
        _ => return Ok(None),
    }))
}

/// What is said of a place that tells nothing by itself. Whose home it is below is not told by what is there.
fn found_there(m: &mut Machine<'_>, path: &str, name: &str, args: &[Value]) -> Option<Value> {
    if !path.contains("fs") || args.iter().any(|a| is_function(m, a)) {
        return None;
    }
    let taint = m.deep_taint(&arg(args, 0), 2);
    let taint = m.marks.without(&taint, Source::Username);
    m.unknown_calls += 1;
    Some(match name {
        "existsSync" | "exists" | "pathExists" => Value::unknown(Kind::Bool, taint),
        "readdirSync" | "readdir" => m.array_of(Value::unknown(Kind::Text, taint)),
        _ => Value::outside(format!("{path}()"), taint),
    })
}

fn is_function(m: &Machine<'_>, v: &Value) -> bool {
    v.as_object().is_some_and(|id| matches!(m.store.get(id).what, What::Function(_)))
}

/// Whether something compresses what it is given.
fn is_packer(path: &str, name: &str) -> bool {
    let plain = name.trim_end_matches("Sync");
    matches!(plain, "gzip" | "deflate" | "deflateRaw" | "brotliCompress" | "zstdCompress" | "zlib")
        && ["zlib", "pako", "fflate", "Bun"]
            .iter()
            .any(|m| path.starts_with(m) || path[..path.len() - name.len()].contains(m))
}

/// A home's place itself, and no place below it.
fn is_home(m: &Machine<'_>, place: &Value) -> bool {
    let mut marks = place.taint.iter().flat_map(|t| &t.marks);
    matches!(place.shape, Shape::Unknown(_)) && marks.any(|id| m.marks.get(*id).source == Source::Username)
}

fn joined_path(m: &mut Machine<'_>, name: &str, args: &[Value]) -> Value {
    let mut pieces = Vec::new();
    for (i, v) in args.iter().enumerate() {
        if i > 0 && name != "basename" {
            pieces.push(Value::text("/"));
        }
        if i == 0 || name != "basename" {
            let t = m.text_of(v);
            pieces.push(t);
        }
    }
    // A place below somebody's home is asked about for what is there, not for whose home it is.
    if name != "basename" && pieces.len() > 1 {
        for p in &mut pieces {
            p.taint = m.marks.without(&p.taint, Source::Username);
        }
    }
    m.concat(pieces)
}

/// What a formatter made with these arguments gives.
fn formatted(m: &mut Machine<'_>, f: &Value, at: u32) -> Run<Value> {
    let t = m.step(&f.taint, Transform::Format, at, "");
    Ok(Value::unknown(Kind::Text, t))
}

fn process(m: &mut Machine<'_>, path: &str, args: &[Value], at: u32) -> Run<Option<Value>> {
    let mut command = String::new();
    let mut taint = None;
    for a in args.iter().take(2) {
        let is_function = a.as_object().is_some_and(|id| matches!(m.store.get(id).what, What::Function(_)));
        if is_function
            || matches!(a.shape, Shape::Object(_)) && !a.as_object().is_some_and(|id| m.store.get(id).is_list())
        {
            continue;
        }
        command.push_str(&sources::known_text(m, a));
        command.push(' ');
        taint = union(&taint, &m.deep_taint(a, 2));
    }
    sinks::command(m, &command, args, at);
    let source = sources::of_command(&command);
    if let Some(s) = source {
        let t = m.marks.source(s, m.place(at));
        taint = union(&taint, &t);
    }
    m.unknown_calls += 1;
    let name = tail(path);
    // Regular expressions and databases have an `exec` as well.
    let other = matches!(name, "run" | "$" | "shell") || (name == "exec" && !path.contains("child_process"));
    if source.is_none() && other {
        return Ok(None);
    }
    let out = Value::unknown(Kind::Text, taint.clone());
    if let Some(callback) =
        args.iter().find(|a| a.as_object().is_some_and(|id| matches!(m.store.get(id).what, What::Function(_))))
    {
        m.call(
            &callback.clone(),
            &Value::UNDEFINED,
            vec![Value::plain(Shape::Null), out.clone(), Value::text("")],
            at,
        )?;
    }
    Ok(Some(match name {
        "execSync" | "execFileSync" => out,
        _ => {
            let open = Value::outside("?process", taint);
            let v = m.open_object(open);
            m.set_member(&v, &Value::text("stdout"), out, at)?;
            v
        }
    }))
}

fn read_file(m: &mut Machine<'_>, path: &str, args: &[Value], at: u32) -> Run<Option<Value>> {
    let a = arg(args, 0);
    let t = sources::known_text(m, &a);
    m.unknown_calls += 1;
    let Some(source) = sources::of_file(&t) else {
        if path.contains("fs") || path.starts_with("Bun") || path.starts_with("Deno") {
            let out = Value::unknown(Kind::Text, None);
            if let Some(callback) =
                args.iter().find(|a| a.as_object().is_some_and(|id| matches!(m.store.get(id).what, What::Function(_))))
            {
                m.call(&callback.clone(), &Value::UNDEFINED, vec![Value::plain(Shape::Null), out.clone()], at)?;
            }
            return Ok(Some(if tail(path) == "file" { Value::outside("Bun.file()", None) } else { out }));
        }
        return Ok(None);
    };
    let taint = m.marks.source(source, m.place(at));
    let out = Value::unknown(Kind::Text, taint.clone());
    if let Some(callback) =
        args.iter().find(|a| a.as_object().is_some_and(|id| matches!(m.store.get(id).what, What::Function(_))))
    {
        m.call(&callback.clone(), &Value::UNDEFINED, vec![Value::plain(Shape::Null), out.clone()], at)?;
    }
    Ok(Some(if tail(path) == "file" { Value::outside("Bun.file()", taint) } else { out }))
}
