//! `data "aws_region"`: the Region that a provider means.
use crate::attributes;
use crate::aws::Aws;
use crate::resources::meta;
use crate::resources::{DataSource, Error, Result};

attributes! {
    /// Tells the Region, that of the provider or the one that `region` names.
    pub struct RegionData {
        /// Name of the Region to tell about. Older than `region`, which means the same.
        name: Option<String>,
        /// Endpoint of EC2 in the Region to tell about, for example `ec2.us-east-1.amazonaws.com`.
        endpoint: Option<String>,
    }
}

attributes! {
    /// A Region.
    pub struct Told {
        /// Its name, for example `us-east-1`.
        region: String,
        /// The same.
        name: String,
        /// Endpoint of EC2 there.
        endpoint: String,
        /// Where it is, for example `US East (N. Virginia)`; its name for one that is newer than
        /// this program.
        description: String,
    }
}

/// From AWS's list of Regions.
const DESCRIPTIONS: [(&str, &str); 38] = [
    ("af-south-1", "Africa (Cape Town)"),
    ("ap-east-1", "Asia Pacific (Hong Kong)"),
    ("ap-east-2", "Asia Pacific (Taipei)"),
    ("ap-northeast-1", "Asia Pacific (Tokyo)"),
    ("ap-northeast-2", "Asia Pacific (Seoul)"),
    ("ap-northeast-3", "Asia Pacific (Osaka)"),
    ("ap-south-1", "Asia Pacific (Mumbai)"),
    ("ap-south-2", "Asia Pacific (Hyderabad)"),
    ("ap-southeast-1", "Asia Pacific (Singapore)"),
    ("ap-southeast-2", "Asia Pacific (Sydney)"),
    ("ap-southeast-3", "Asia Pacific (Jakarta)"),
    ("ap-southeast-4", "Asia Pacific (Melbourne)"),
    ("ap-southeast-5", "Asia Pacific (Malaysia)"),
    ("ap-southeast-6", "Asia Pacific (New Zealand)"),
    ("ap-southeast-7", "Asia Pacific (Thailand)"),
    ("ca-central-1", "Canada (Central)"),
    ("ca-west-1", "Canada West (Calgary)"),
    ("cn-north-1", "China (Beijing)"),
    ("cn-northwest-1", "China (Ningxia)"),
    ("eu-central-1", "Europe (Frankfurt)"),
    ("eu-central-2", "Europe (Zurich)"),
    ("eu-north-1", "Europe (Stockholm)"),
    ("eu-south-1", "Europe (Milan)"),
    ("eu-south-2", "Europe (Spain)"),
    ("eu-west-1", "Europe (Ireland)"),
    ("eu-west-2", "Europe (London)"),
    ("eu-west-3", "Europe (Paris)"),
    ("il-central-1", "Israel (Tel Aviv)"),
    ("me-central-1", "Middle East (UAE)"),
    ("me-south-1", "Middle East (Bahrain)"),
    ("mx-central-1", "Mexico (Central)"),
    ("sa-east-1", "South America (Sao Paulo)"),
    ("us-east-1", "US East (N. Virginia)"),
    ("us-east-2", "US East (Ohio)"),
    ("us-gov-east-1", "AWS GovCloud (US-East)"),
    ("us-gov-west-1", "AWS GovCloud (US-West)"),
    ("us-west-1", "US West (N. California)"),
    ("us-west-2", "US West (Oregon)"),
];

fn of_endpoint(endpoint: &str) -> Option<&str> {
    endpoint.strip_prefix("ec2.")?.split('.').next()
}

impl DataSource for RegionData {
    type Outputs = Told;
    const TYPE: &'static str = "aws_region";
    const ID: &'static str = "region";

    async fn read(aws: &Aws, want: &Self) -> Result<Told> {
        let Self { name, endpoint } = want;
        let of_endpoint = match endpoint {
            None => None,
            Some(url) => Some(of_endpoint(url).ok_or_else(|| {
                Error::NotFound(format!("{url:?} is no endpoint of EC2 in any Region"))
            })?),
        };
        if let (Some(name), Some(other)) = (name, of_endpoint)
            && name != other
        {
            let why = format!("`name` is {name}, but `endpoint` belongs to {other}");
            return Err(Error::NotFound(why));
        }
        let scope = aws.scope.region.as_str();
        let region = name.as_deref().or(of_endpoint).unwrap_or(scope);
        let partition = crate::address::Region::new(region).partition();
        let known = DESCRIPTIONS.iter().find(|(name, _)| *name == region);
        Ok(Told {
            region: region.to_owned(),
            name: region.to_owned(),
            endpoint: format!("ec2.{region}.{}", meta::dns_suffix(partition)),
            description: known.map_or(region, |(_, description)| description).to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_names_its_region() {
        assert_eq!(of_endpoint("ec2.cn-north-1.amazonaws.com.cn"), Some("cn-north-1"));
        assert_eq!(of_endpoint("rds.us-east-1.amazonaws.com"), None);
    }
}
