//! `data "aws_sns_topic"`: looks up a topic by name.
use crate::attributes;
use crate::aws::Aws;
use crate::resources::sns;
use crate::resources::sns::topic::TopicName;
use crate::resources::tags::Tags;
use crate::resources::{DataSource, Error, Result};
use crate::schema::Arn;

attributes! {
    /// Looks up a topic that others manage, such as the one that wakes people.
    pub struct SnsTopicData {
        /// Name of the topic.
        name: TopicName,
    }
}

attributes! {
    /// What AWS tells about a topic.
    pub struct Told {
        /// ARN of the topic.
        arn: Arn,
        /// Its tags.
        tags: Tags,
    }
}

impl DataSource for SnsTopicData {
    type Outputs = Told;
    const TYPE: &'static str = "aws_sns_topic";
    const ID: &'static str = "arn";

    async fn read(aws: &Aws, want: &Self) -> Result<Told> {
        let name = want.name.as_str();
        let arn = sns::topic_arn(aws, name);
        if sns::topic_attributes(aws, &arn).await?.is_none() {
            return Err(Error::NotFound(format!("there is no topic {name:?} in {}", aws.scope)));
        }
        let tags = Tags::from_aws(sns::topic_tags(aws, &arn).await?);
        Ok(Told { arn: Arn::parse(arn)?, tags })
    }
}
