//! Clouds that publish no list of their ranges, known by their AS numbers.

/// The provider whose cloud an AS is. Source: the registries' records of these numbers.
pub(super) fn provider(asn: u32) -> Option<&'static str> {
    match asn {
        37963 | 45102 | 134963 | 34947 => Some("alibaba"),
        45090 | 132203 | 133478 | 137876 => Some("tencent"),
        136907 | 55990 => Some("huawei"),
        _ => None,
    }
}
