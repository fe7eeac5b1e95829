//! A scan as others read it: a table for people, CycloneDX 1.6, rows for osquery.

mod cyclonedx;
mod rows;
mod table;

pub use cyclonedx::cyclonedx;
pub use rows::rows;
pub use table::table;

/// Bytes for people.
pub fn size(bytes: u64) -> String {
    let mut left = bytes as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if left < 1024.0 {
            return if unit == "B" { format!("{bytes} B") } else { format!("{left:.1} {unit}") };
        }
        left /= 1024.0;
    }
    format!("{left:.1} TiB")
}
