//! Which column is what.

/// The places of the columns of a file of stakes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct StakeColumns {
    pub(super) owner: usize,
    pub(super) owned: usize,
    pub(super) figure: Figure,
    pub(super) measure: Option<usize>,
    pub(super) start: Option<usize>,
    pub(super) end: Option<usize>,
    pub(super) source: Option<usize>,
    pub(super) count: usize,
    pub(super) delimiter: u8,
    pub(super) ignored: Vec<String>,
}

/// How a file says how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Figure {
    Percent(usize),
    PercentEnds(usize, usize),
    BasisPoints(usize, usize),
}

impl Default for Figure {
    fn default() -> Self {
        Self::Percent(0)
    }
}

/// The places of the columns of a file of entities.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct EntityColumns {
    pub(super) id: usize,
    pub(super) name: Option<usize>,
    pub(super) kind: Option<usize>,
    pub(super) jurisdiction: Option<usize>,
    pub(super) headquarters: Option<usize>,
    pub(super) list: Option<usize>,
    pub(super) count: usize,
    pub(super) delimiter: u8,
    pub(super) ignored: Vec<String>,
}

/// More columns than this are no file of ours.
pub(super) const MOST: usize = 64;

pub(super) fn stakes(header: &[u8]) -> Result<StakeColumns, String> {
    let mut names = Names::of(header)?;
    let owner = names.required("owner")?;
    let owned = names.required("owned")?;
    let ends = |low: Option<usize>, high: Option<usize>, names: &str| match (low, high) {
        (Some(low), Some(high)) => Ok(Some((low, high))),
        (None, None) => Ok(None),
        _ => Err(format!("of {names} there must be both")),
    };
    let percent = names.take("percent")?;
    let percents = ends(names.take("percent_min")?, names.take("percent_max")?, "`percent_min` and `percent_max`")?;
    let points = ends(names.take("min_bp")?, names.take("max_bp")?, "`min_bp` and `max_bp`")?;
    let figure = match (percent, percents, points) {
        (Some(at), None, None) => Figure::Percent(at),
        (None, Some((low, high)), None) => Figure::PercentEnds(low, high),
        (None, None, Some((low, high))) => Figure::BasisPoints(low, high),
        (None, None, None) => {
            return Err(
                "no column says how much; add `percent`, or `percent_min` and `percent_max`, or `min_bp` and `max_bp`"
                    .to_owned(),
            );
        }
        _ => return Err("it says how much in more than one way; keep one of them".to_owned()),
    };
    Ok(StakeColumns {
        owner,
        owned,
        figure,
        measure: names.take("measure")?,
        start: names.take("start_date")?,
        end: names.take("end_date")?,
        source: names.take("source")?,
        count: names.count,
        delimiter: names.delimiter,
        ignored: names.left(),
    })
}

pub(super) fn entities(header: &[u8]) -> Result<EntityColumns, String> {
    let mut names = Names::of(header)?;
    Ok(EntityColumns {
        id: names.required("id")?,
        name: names.take("name")?,
        kind: names.take("kind")?,
        jurisdiction: names.take("jurisdiction")?,
        headquarters: names.take("hq_country")?,
        list: names.take("list")?,
        count: names.count,
        delimiter: names.delimiter,
        ignored: names.left(),
    })
}

struct Names {
    names: Vec<Option<String>>,
    count: usize,
    delimiter: u8,
}

/// What parts the columns of a file by its first line: semicolons or tabs where no comma stands in it, as spreadsheets write CSV where
/// decimals have a comma.
pub fn delimiter(header: &[u8]) -> u8 {
    let has = |byte: u8| memchr::memchr(byte, header).is_some();
    match () {
        () if has(b',') => b',',
        () if has(b';') => b';',
        () if has(b'\t') => b'\t',
        () => b',',
    }
}

impl Names {
    fn of(header: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(header).map_err(|_| "it is not UTF-8".to_owned())?;
        let name = |text: &str| text.trim().trim_matches('"').trim().to_ascii_lowercase();
        let delimiter = delimiter(header);
        let names: Vec<_> = text.split(char::from(delimiter)).map(|text| Some(name(text))).collect();
        if names.len() > MOST {
            return Err(format!("it has {} columns, over the limit of {MOST}", names.len()));
        }
        Ok(Self { count: names.len(), names, delimiter })
    }

    fn take(&mut self, name: &str) -> Result<Option<usize>, String> {
        let is = |known: &Option<String>| known.as_deref() == Some(name);
        let Some(at) = self.names.iter().position(is) else { return Ok(None) };
        self.names[at] = None;
        match self.names.iter().any(is) {
            true => Err(format!("the column `{name}` is there twice")),
            false => Ok(Some(at)),
        }
    }

    fn required(&mut self, name: &str) -> Result<usize, String> {
        self.take(name)?.ok_or_else(|| format!("there is no column `{name}`"))
    }

    fn left(&self) -> Vec<String> {
        self.names.iter().flatten().map(|name| name.escape_debug().to_string()).collect()
    }
}
