//! The two calls that the engine itself makes, answered from the cloud: who am I, and what carries
//! these tags.
use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

use crate::cloud::Cloud;

/// An HTTP client that leads nowhere but to the cloud.
#[derive(Debug, Clone)]
pub(crate) struct Wire(pub(crate) Arc<Cloud>);

impl HttpClient for Wire {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let authorization = request.headers().get("authorization").unwrap_or_default();
        let scope = authorization.split("Credential=").nth(1).unwrap_or_default();
        let parts: Vec<&str> = scope.split('/').collect();
        let [account, _, region, service, ..] = parts.as_slice() else {
            unreachable!("every request is signed")
        };
        let body = match *service {
            "sts" => identity(account),
            "tagging" => self.tagged(account, region, request.body().bytes().unwrap_or_default()),
            other => unreachable!("the engine itself calls no {other}"),
        };
        let status = StatusCode::try_from(200).expect("a status");
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(body))))
    }
}

/// The access key is the account.
fn identity(account: &str) -> String {
    format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
         <GetCallerIdentityResult><Arn>arn:aws:iam::{account}:user/u</Arn><UserId>U</UserId>\
         <Account>{account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
    )
}

impl Wire {
    fn tagged(&self, account: &str, region: &str, body: &[u8]) -> String {
        let asked: Value = serde_json::from_slice(body).expect("the SDK writes JSON");
        let filter = &asked["TagFilters"][0];
        let (key, value) = (filter["Key"].as_str(), filter["Values"][0].as_str());
        let state = self.0.state();
        let here = state.things.iter().filter(|(place, thing)| {
            let tags = thing.tags.as_ref();
            place.account == account
                && !state.unswept.contains(place)
                && place.region == region
                && tags.is_some_and(|tags| {
                    tags.get(key.unwrap_or_default()).map(String::as_str) == value
                })
        });
        let all: Vec<Value> = here
            .map(|(place, thing)| {
                let kind = place.kind.trim_start_matches("toy_");
                let name = place.key.join("/");
                let tags = thing.tags.iter().flatten();
                let tags: Vec<Value> = tags.map(|(k, v)| json!({"Key": k, "Value": v})).collect();
                json!({
                    "ResourceARN": format!("arn:aws:toy:{region}:{account}:{kind}/{name}"),
                    "Tags": tags,
                })
            })
            .collect();
        json!({"PaginationToken": "", "ResourceTagMappingList": all}).to_string()
    }
}
