//! What every text reader must hold: it ends, keeps within its limits, and cuts the same rows however small its blocks are.

use std::io::Cursor;

use exchanges::{Blocks, Format, Limits, Log, Reject};

const SMALL: Limits = Limits { row_bytes: 4096, kept_bytes: 64, block_bytes: 100 };

pub(crate) fn all(bytes: &[u8], log: Log, format: Format) {
    let (small, large) = (once(bytes, log, format, SMALL), once(bytes, log, format, Limits { block_bytes: 1 << 20, ..SMALL }));
    assert_eq!(small, large, "blocks of another size give other rows");
}

/// The rows as text, with the lines that were refused.
fn once(bytes: &[u8], log: Log, format: Format, limits: Limits) -> (Vec<String>, Vec<u64>) {
    let mut found = (Vec::new(), Vec::new());
    let Ok(blocks) = Blocks::open(Cursor::new(bytes.to_vec()), log, format, limits) else { return found };
    for block in blocks {
        let Ok(block) = block else { return found };
        let rejects = match log {
            Log::Exchanges => {
                let parsed = block.exchanges();
                found.0.extend(parsed.rows.iter().map(|row| serde_json::to_string(row).expect("rows serialise")));
                parsed.rejects
            }
            Log::Accounts => {
                let parsed = block.accounts();
                found.0.extend(parsed.rows.iter().map(|row| serde_json::to_string(row).expect("rows serialise")));
                parsed.rejects
            }
        };
        for Reject { line, original, .. } in rejects {
            assert!(line > 0 && original.len() <= limits.row_bytes);
            found.1.push(line);
        }
    }
    found.1.sort_unstable();
    found
}
