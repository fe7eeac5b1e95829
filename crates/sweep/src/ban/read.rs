//! A ban from TOML, with every mistake told at once.

use std::fmt;

use jiff::civil::Date;
use toml::{Table, Value};

use super::{Ban, Data, Except, Exception, Limits, Subject};
use crate::catalogue::Catalogue;

/// All that is wrong with a ban.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BanError {
    pub mistakes: Vec<String>,
}

impl fmt::Display for BanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the ban has {} mistake(s):", self.mistakes.len())?;
        self.mistakes.iter().try_for_each(|mistake| write!(f, "\n  {mistake}"))
    }
}

impl std::error::Error for BanError {}

struct Reader<'a> {
    catalogue: &'a Catalogue,
    mistakes: Vec<String>,
}

/// Reads a ban. Subjects must be known to the catalogue.
pub fn parse(text: &str, catalogue: &Catalogue) -> Result<Ban, BanError> {
    let table: Table = match text.parse() {
        Ok(table) => table,
        Err(error) => {
            return Err(BanError { mistakes: vec![toml::de::Error::to_string(&error).trim_end().to_owned()] });
        }
    };
    let mut reader = Reader { catalogue, mistakes: vec![] };
    let ban = reader.ban(&table);
    match ban {
        Some(ban) if reader.mistakes.is_empty() => Ok(ban),
        _ => Err(BanError { mistakes: reader.mistakes }),
    }
}

impl Reader<'_> {
    fn wrong<T>(&mut self, text: String) -> Option<T> {
        self.mistakes.push(text);
        None
    }

    fn ban(&mut self, table: &Table) -> Option<Ban> {
        let known = ["name", "from", "reason", "data", "subject", "exception", "limits"];
        self.only(table, &known, "the ban");
        let name = self.text(table, "name", "the ban");
        let reason = self.text(table, "reason", "the ban");
        let from = self.date(table, "from", "the ban");
        let data = match table.get("data").map(|v| v.as_str()) {
            None | Some(Some("keep")) => Some(Data::Keep),
            Some(Some("take")) => Some(Data::Take),
            Some(_) => self.wrong("`data` must be \"keep\" or \"take\"".to_owned()),
        };
        let subjects: Vec<_> = self
            .tables(table, "subject")
            .iter()
            .enumerate()
            .map(|(at, t)| self.subject(t, &format!("subject {}", at + 1), true))
            .collect();
        if subjects.is_empty() {
            self.mistakes.push("name at least one [[subject]]".to_owned());
        }
        let exceptions: Vec<_> =
            self.tables(table, "exception").iter().enumerate().map(|(at, t)| self.exception(t, at + 1)).collect();
        let limits = self.limits(table);
        Some(Ban {
            name: name?,
            from: from?,
            reason: reason?,
            data: data?,
            subjects: subjects.into_iter().collect::<Option<_>>()?,
            exceptions: exceptions.into_iter().collect::<Option<_>>()?,
            limits: limits?,
        })
    }

    fn only(&mut self, table: &Table, known: &[&str], of: &str) {
        for key in table.keys().filter(|key| !known.contains(&key.as_str())) {
            self.mistakes.push(format!("`{key}` is no key of {of}; it knows {}", known.join(", ")));
        }
    }

    fn tables(&mut self, table: &Table, key: &str) -> Vec<Table> {
        match table.get(key) {
            None => vec![],
            Some(Value::Array(rows)) if rows.iter().all(Value::is_table) => {
                rows.iter().filter_map(Value::as_table).cloned().collect()
            }
            Some(_) => {
                self.mistakes.push(format!("`{key}` must be tables: [[{key}]]"));
                vec![]
            }
        }
    }

    fn text(&mut self, table: &Table, key: &str, of: &str) -> Option<String> {
        match table.get(key) {
            Some(Value::String(text)) if !text.trim().is_empty() && text.len() <= 2000 => Some(text.clone()),
            Some(_) => self.wrong(format!("`{key}` of {of} must be a text that is not empty")),
            None => self.wrong(format!("{of} lacks `{key}`")),
        }
    }

    fn date(&mut self, table: &Table, key: &str, of: &str) -> Option<Date> {
        let text = match table.get(key) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Datetime(date)) => date.to_string(),
            Some(_) => return self.wrong(format!("`{key}` of {of} must be a day, such as 2026-01-31")),
            None => return self.wrong(format!("{of} lacks `{key}`, a day such as 2026-01-31")),
        };
        let day = text.get(..10).unwrap_or(&text);
        match day.parse() {
            Ok(date) => Some(date),
            Err(_) => self.wrong(format!("`{text}` as `{key}` of {of} is no day; write 2026-01-31")),
        }
    }

    fn subject(&mut self, table: &Table, of: &str, strict: bool) -> Option<Subject> {
        let kinds = ["tool", "vendor", "family", "model", "digest"];
        if strict {
            self.only(table, &kinds, of);
        }
        let named: Vec<&str> = kinds.into_iter().filter(|kind| table.contains_key(*kind)).collect();
        let [kind] = named.as_slice() else {
            return self.wrong(format!("{of} must have exactly one of {}", kinds.join(", ")));
        };
        let value = self.text(table, kind, of)?;
        match *kind {
            "tool" => {
                if self.catalogue.tool(&value).is_none() {
                    return self.wrong(format!(
                        "`{value}` of {of} is no tool of the catalogue{}",
                        near(&value, self.catalogue.tools().map(|t| t.id.as_str()))
                    ));
                }
                Some(Subject::Tool(value))
            }
            "vendor" => {
                let vendors = self
                    .catalogue
                    .tools()
                    .map(|t| t.vendor.as_str())
                    .chain(self.catalogue.families().iter().map(|f| f.vendor.as_str()));
                let vendors: Vec<&str> =
                    vendors.chain(self.catalogue.endpoints().iter().map(|e| e.vendor.as_str())).collect();
                match vendors.iter().find(|vendor| vendor.eq_ignore_ascii_case(&value)) {
                    Some(vendor) => Some(Subject::Vendor((*vendor).to_owned())),
                    None => self.wrong(format!(
                        "`{value}` of {of} is no vendor of the catalogue{}",
                        near(&value, vendors.into_iter())
                    )),
                }
            }
            "family" => {
                if self.catalogue.family(&value).is_none() {
                    let families = self.catalogue.families().iter().map(|f| f.id.as_str());
                    return self.wrong(format!("`{value}` of {of} is no family of models{}", near(&value, families)));
                }
                Some(Subject::Family(value))
            }
            "model" if value.trim_matches('*').len() < 3 => {
                self.wrong(format!("`{value}` of {of} would fit nearly every model"))
            }
            "model" => Some(Subject::Model(value)),
            _ => {
                let bare = value.strip_prefix("sha256:").or_else(|| value.strip_prefix("header:")).unwrap_or(&value);
                if bare.len() != 64 || !bare.bytes().all(|b| b.is_ascii_hexdigit()) {
                    return self.wrong(format!(
                        "`{value}` of {of} is no digest: sha256: or header: and 64 hexadecimal digits"
                    ));
                }
                let bare = bare.to_ascii_lowercase();
                Some(Subject::Digest(if value.starts_with("header:") {
                    format!("header:{bare}")
                } else {
                    format!("sha256:{bare}")
                }))
            }
        }
    }

    fn exception(&mut self, table: &Table, at: usize) -> Option<Exception> {
        let of = format!("exception {at}");
        self.only(table, &["tool", "vendor", "family", "model", "digest", "path", "machine", "reason", "expires"], &of);
        let reason = self.text(table, "reason", &of);
        let expires = self.date(table, "expires", &of);
        let what = if table.contains_key("path") {
            let path = self.text(table, "path", &of)?;
            match path.parse::<crate::MachinePath>() {
                Ok(path) => Some(Except::Path(path)),
                Err(error) => self.wrong(format!("`path` of {of}: {error}")),
            }
        } else if table.contains_key("machine") {
            self.text(table, "machine", &of).map(Except::Machine)
        } else {
            self.subject(table, &of, false).map(Except::Subject)
        };
        Some(Exception { of: what?, reason: reason?, expires: expires? })
    }

    fn limits(&mut self, table: &Table) -> Option<Limits> {
        let mut limits = Limits::default();
        let rows = match table.get("limits") {
            None => return Some(limits),
            Some(Value::Table(rows)) => rows.clone(),
            Some(_) => return self.wrong("`limits` must be a table: [limits]".to_owned()),
        };
        self.only(&rows, &["objects", "bytes", "hosts"], "limits");
        for (key, place) in
            [("objects", &mut limits.objects), ("bytes", &mut limits.bytes), ("hosts", &mut limits.hosts)]
        {
            match rows.get(key).map(|value| value.as_integer().and_then(|n| u64::try_from(n).ok())) {
                None => {}
                Some(Some(number)) => *place = number,
                Some(None) => self.mistakes.push(format!("`{key}` of limits must be a whole number of zero or more")),
            }
        }
        Some(limits)
    }
}

/// A hint at the name that was meant.
fn near<'a>(value: &str, known: impl Iterator<Item = &'a str>) -> String {
    let plain = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    let wanted = plain(value);
    let mut known = known;
    let hit = known.find(|name| !wanted.is_empty() && (plain(name).contains(&wanted) || wanted.contains(&plain(name))));
    hit.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}
