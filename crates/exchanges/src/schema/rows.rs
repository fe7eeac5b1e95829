//! The table of exchanges: one row per exchange, its keys and its sketch.

use std::sync::{Arc, LazyLock};

use arrow_array::{
    ArrayRef, RecordBatch,
    builder::{
        BooleanBuilder, Float32Builder, StringBuilder, TimestampMicrosecondBuilder, UInt16Builder, UInt32Builder,
        UInt64Builder,
    },
};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use super::{Keys, instant, versioned};
use crate::{Exchange, PromptText, sketch::Sketch};

/// Whether the texts themselves go into the lake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text {
    Dropped,
    /// `system_text` and `prompt_text` are filled: the operator asked for it.
    Kept,
}

/// Column names and whether a value may be missing, by type. The order is the order of the columns.
const TEXTS: [(&str, bool); 9] = [
    ("exchange_id", false),
    ("account_id", false),
    ("organization_id", true),
    ("channel", false),
    ("user_agent", true),
    ("operation", false),
    ("request_model", false),
    ("system_text", true),
    ("prompt_text", true),
];
const HASHES: [(&str, bool); 24] = [
    ("id_key", false),
    ("content_key", false),
    ("account_key", false),
    ("credential_key", true),
    ("address_key", true),
    ("network_key", true),
    ("conversation_key", true),
    ("system_key", true),
    ("system_prefix", true),
    ("prefix_4", true),
    ("prefix_8", true),
    ("prefix_16", true),
    ("suffix_4", true),
    ("suffix_8", true),
    ("suffix_16", true),
    ("band_0", true),
    ("band_1", true),
    ("band_2", true),
    ("band_3", true),
    ("item_0", true),
    ("item_1", true),
    ("item_2", true),
    ("item_3", true),
    ("prompt_key", true),
];
const COUNTS: [(&str, bool); 5] = [
    ("input_tokens", true),
    ("output_tokens", true),
    ("max_tokens", true),
    ("latency_ms", true),
    ("prompt_chars", false),
];
const SMALL: [(&str, bool); 6] =
    [("turn", true), ("tools", true), ("status", false), ("marks", false), ("shape", false), ("prompt_tokens", false)];
const FLAGS: [(&str, bool); 2] = [("reasoning", true), ("stream", true)];

/// Kept text per batch after which it should be finished: Arrow's offsets end at 2 GiB.
const FULL_TEXT_BYTES: usize = 256 << 20;

/// The schema of the table of exchanges.
pub fn exchanges() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
        let fields = |columns: &'static [(&str, bool)], kind: DataType| {
            columns.iter().map(move |(name, nullable)| Field::new(*name, kind.clone(), *nullable))
        };
        let mut all = vec![Field::new("time", instant(), false)];
        all.extend(fields(&TEXTS, DataType::Utf8));
        all.extend(fields(&HASHES, DataType::UInt64));
        all.extend(fields(&COUNTS, DataType::UInt32));
        all.extend(fields(&SMALL, DataType::UInt16));
        all.push(Field::new("temperature", DataType::Float32, true));
        all.extend(fields(&FLAGS, DataType::Boolean));
        Arc::new(versioned(Schema::new(all)))
    });
    SCHEMA.clone()
}

/// Collects rows of exchanges into record batches.
#[derive(Debug)]
pub struct RowBuilder {
    text: Text,
    rows: usize,
    text_bytes: usize,
    time: TimestampMicrosecondBuilder,
    texts: [StringBuilder; TEXTS.len()],
    hashes: [UInt64Builder; HASHES.len()],
    counts: [UInt32Builder; COUNTS.len()],
    small: [UInt16Builder; SMALL.len()],
    temperature: Float32Builder,
    flags: [BooleanBuilder; FLAGS.len()],
}

impl RowBuilder {
    pub fn new(text: Text) -> Self {
        Self {
            text,
            rows: 0,
            text_bytes: 0,
            time: TimestampMicrosecondBuilder::new().with_timezone("UTC"),
            texts: Default::default(),
            hashes: Default::default(),
            counts: Default::default(),
            small: Default::default(),
            temperature: Float32Builder::new(),
            flags: Default::default(),
        }
    }

    /// Adds one row. Counts over a column's range are stored as its largest value.
    pub fn push(&mut self, exchange: &Exchange, sketch: &Sketch, keys: &Keys) {
        let (system, prompt) = match self.text {
            Text::Kept => (exchange.system.as_ref(), exchange.prompt.as_ref()),
            Text::Dropped => (None, None),
        };
        let texts = [
            Some(exchange.exchange_id.as_str()),
            Some(exchange.account_id.as_str()),
            exchange.organization_id.as_ref().map(|o| o.as_str()),
            Some(&exchange.channel),
            exchange.user_agent.as_deref(),
            Some(&exchange.operation),
            Some(&exchange.request_model),
            system.map(PromptText::as_str),
            prompt.map(PromptText::as_str),
        ];
        let counts = [
            exchange.input_tokens.map(saturate),
            exchange.output_tokens.map(saturate),
            exchange.max_tokens.map(saturate),
            exchange.latency_ms.map(saturate),
            Some(sketch.prompt_chars),
        ];
        let small = [
            exchange.turn.map(saturate_small),
            exchange.tools.map(saturate_small),
            Some(exchange.status),
            Some(sketch.marks.bits()),
            Some(sketch.shape.bits()),
            Some(sketch.prompt_tokens),
        ];
        self.rows += 1;
        self.text_bytes += texts.iter().flatten().map(|t| t.len()).sum::<usize>();
        self.time.append_value(exchange.time.micros());
        self.texts.iter_mut().zip(texts).for_each(|(column, value)| column.append_option(value));
        self.hashes.iter_mut().zip(hashes(sketch, keys)).for_each(|(column, value)| column.append_option(value));
        self.counts.iter_mut().zip(counts).for_each(|(column, value)| column.append_option(value));
        self.small.iter_mut().zip(small).for_each(|(column, value)| column.append_option(value));
        self.temperature.append_option(exchange.temperature);
        let flags = [exchange.reasoning, exchange.stream];
        self.flags.iter_mut().zip(flags).for_each(|(column, value)| column.append_option(value));
    }

    /// Rows added since the last batch.
    pub fn len(&self) -> usize {
        self.rows
    }

    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Whether the text held is so long that the batch should be finished, whatever the number of rows.
    pub fn is_full(&self) -> bool {
        self.text_bytes >= FULL_TEXT_BYTES
    }

    /// The rows added since the last batch, in the schema [`exchanges`].
    pub fn finish(&mut self) -> RecordBatch {
        self.rows = 0;
        self.text_bytes = 0;
        let mut columns: Vec<ArrayRef> = vec![Arc::new(self.time.finish())];
        columns.extend(self.texts.iter_mut().map(|b| Arc::new(b.finish()) as ArrayRef));
        columns.extend(self.hashes.iter_mut().map(|b| Arc::new(b.finish()) as ArrayRef));
        columns.extend(self.counts.iter_mut().map(|b| Arc::new(b.finish()) as ArrayRef));
        columns.extend(self.small.iter_mut().map(|b| Arc::new(b.finish()) as ArrayRef));
        columns.push(Arc::new(self.temperature.finish()));
        columns.extend(self.flags.iter_mut().map(|b| Arc::new(b.finish()) as ArrayRef));
        RecordBatch::try_new(exchanges(), columns).expect("the builders follow the tables that the schema is made of")
    }
}

/// The hash columns of a row, in the order of [`HASHES`].
fn hashes(sketch: &Sketch, keys: &Keys) -> [Option<u64>; HASHES.len()] {
    let bands = sketch.bands.map_or([None; 4], |bands| bands.map(Some));
    let items = sketch.items.map_or([None; 4], |items| items.map(Some));
    [
        Some(keys.id_key),
        Some(keys.content_key),
        Some(keys.account_key),
        keys.credential_key,
        keys.address_key,
        keys.network_key,
        keys.conversation_key,
        sketch.system_key,
        sketch.system_prefix,
        sketch.prefix[0],
        sketch.prefix[1],
        sketch.prefix[2],
        sketch.suffix[0],
        sketch.suffix[1],
        sketch.suffix[2],
        bands[0],
        bands[1],
        bands[2],
        bands[3],
        items[0],
        items[1],
        items[2],
        items[3],
        sketch.prompt_key,
    ]
}

fn saturate(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn saturate_small(count: u32) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}
