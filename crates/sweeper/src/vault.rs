//! x
pub(crate) const MARK: &std::ffi::CStr = c".ringfence-vault";
