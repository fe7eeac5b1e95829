//! From record batches to structs of plain vectors.

use arrow::{
    array::{Array, AsArray, RecordBatch},
    datatypes::{DataType, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType, UInt64Type},
};

/// A struct of vectors of equal length, filled by column name.
pub trait Columns: Default {
    /// Adds the batch's rows; the error names the column that is missing or of another type.
    fn append(&mut self, batch: &RecordBatch) -> Result<(), &'static str>;

    fn rows(&self) -> usize;
}

/// A value that a column can hold.
pub trait Cell: Sized {
    /// Adds the values of the array; `None` when it is of another type or has nulls that the type cannot hold.
    fn extend(to: &mut Vec<Self>, array: &dyn Array) -> Option<()>;
}

impl Cell for u64 {
    fn extend(to: &mut Vec<Self>, array: &dyn Array) -> Option<()> {
        if array.null_count() > 0 {
            return None;
        }
        if let Some(values) = array.as_primitive_opt::<UInt64Type>() {
            to.extend_from_slice(values.values());
            return Some(());
        }
        // SQL counts are signed.
        for value in array.as_primitive_opt::<Int64Type>()?.values() {
            to.push(Self::try_from(*value).ok()?);
        }
        Some(())
    }
}

impl Cell for Option<u64> {
    fn extend(to: &mut Vec<Self>, array: &dyn Array) -> Option<()> {
        to.extend(array.as_primitive_opt::<UInt64Type>()?);
        Some(())
    }
}

impl Cell for i64 {
    fn extend(to: &mut Vec<Self>, array: &dyn Array) -> Option<()> {
        if array.null_count() > 0 {
            return None;
        }
        match array.data_type() {
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                to.extend_from_slice(array.as_primitive_opt::<TimestampMicrosecondType>()?.values());
            }
            _ => to.extend_from_slice(array.as_primitive_opt::<Int64Type>()?.values()),
        }
        Some(())
    }
}

impl Cell for f64 {
    fn extend(to: &mut Vec<Self>, array: &dyn Array) -> Option<()> {
        let values = array.as_primitive_opt::<Float64Type>().filter(|values| values.null_count() == 0)?;
        to.extend_from_slice(values.values());
        Some(())
    }
}

impl Cell for String {
    fn extend(to: &mut Vec<Self>, array: &dyn Array) -> Option<()> {
        let mut values = Vec::with_capacity(array.len());
        Option::<Self>::extend(&mut values, array)?;
        for value in values {
            to.push(value?);
        }
        Some(())
    }
}

impl Cell for Option<String> {
    fn extend(to: &mut Vec<Self>, array: &dyn Array) -> Option<()> {
        match array.data_type() {
            DataType::Utf8 => to.extend(array.as_string_opt::<i32>()?.iter().map(|text| text.map(str::to_owned))),
            DataType::Utf8View => to.extend(array.as_string_view_opt()?.iter().map(|text| text.map(str::to_owned))),
            _ => return None,
        }
        Some(())
    }
}

/// Declares the answer of a query: each field is a vector, filled from the column of its name.
macro_rules! answer {
    ($(#[$doc:meta])* pub struct $name:ident { $($(#[$field_doc:meta])* $field:ident: $cell:ty,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: Vec<$cell>,)+
        }

        impl $crate::queries::Columns for $name {
            fn append(&mut self, batch: &arrow::array::RecordBatch) -> Result<(), &'static str> {
                $(
                    batch
                        .column_by_name(stringify!($field))
                        .and_then(|array| <$cell as $crate::queries::Cell>::extend(&mut self.$field, array))
                        .ok_or(stringify!($field))?;
                )+
                Ok(())
            }

            fn rows(&self) -> usize {
                [$(self.$field.len()),+].into_iter().min().unwrap_or(0)
            }
        }
    };
}
pub(crate) use answer;
