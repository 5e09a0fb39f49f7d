//! What is known of a place in AWS without asking.
pub mod partition;
pub mod region;

/// The domain of a partition's endpoints.
pub(crate) fn dns_suffix(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "amazonaws.com.cn",
        _ => "amazonaws.com",
    }
}
