//! `data "aws_organizations_organization"`: the organisation of the account.
use std::collections::BTreeSet;

use aws_sdk_organizations::types as sdk;
use aws_smithy_types::date_time::Format;

use crate::attributes;
use crate::aws::{AbsentOn, Aws, AwsError};
use crate::resources::{DataSource, Error, Result};
use crate::schema::{Given, Placement};

attributes! {
    /// Looks up the organisation that the account belongs to.
    ///
    /// Its id is what `aws:PrincipalOrgID` in policies of vaults, keys and buses is compared with.
    /// The accounts, roots and services are told to the management account and to those to which it
    /// has delegated; to others they are empty.
    pub struct OrganizationData {
        /// Whether only the organisation itself is asked for, and not its accounts, roots and
        /// services.
        return_organization_only: bool => default_bool(false),
    }
}

attributes! {
    /// What AWS tells about an organisation.
    pub struct Told {
        /// Id of the organisation, as `o-abc1234567`.
        id: String,
        /// ARN of the organisation.
        arn: String,
        /// `ALL` or `CONSOLIDATED_BILLING`. Copies of backups to other accounts need `ALL`.
        feature_set: String,
        /// Account that manages the organisation.
        master_account_id: String,
        /// ARN of that account.
        master_account_arn: String,
        /// E-mail address of that account.
        master_account_email: String,
        /// Name of that account.
        master_account_name: Option<String>,
        /// All accounts.
        accounts: Vec<Member>,
        /// All accounts but the one that manages.
        non_master_accounts: Vec<Member>,
        /// The roots.
        roots: Vec<Root>,
        /// AWS's services that may act in the organisation, as `backup.amazonaws.com`.
        aws_service_access_principals: BTreeSet<String>,
        /// Sorts of policies that are enabled in the root.
        enabled_policy_types: BTreeSet<String>,
    }
}

attributes! {
    /// An account of the organisation.
    pub struct Member {
        /// Its id.
        id: String,
        /// Its ARN.
        arn: String,
        /// Its e-mail address.
        email: String,
        /// Its name.
        name: String,
        /// `ACTIVE`, `SUSPENDED` or `PENDING_CLOSURE`.
        status: String,
        /// `ACTIVE`, `SUSPENDED`, `CLOSED` and others; AWS's newer word for `status`.
        state: Option<String>,
        /// `INVITED` or `CREATED`.
        joined_method: Option<String>,
        /// When it joined.
        joined_timestamp: Option<String>,
    }
}

attributes! {
    /// A root of the organisation.
    pub struct Root {
        /// Its id, as `r-abcd`.
        id: String,
        /// Its ARN.
        arn: String,
        /// Its name.
        name: String,
        /// Sorts of policies in it.
        policy_types: Vec<PolicyType>,
    }
}

attributes! {
    /// A sort of policies in a root.
    pub struct PolicyType {
        /// Whether it is enabled.
        status: String,
        /// Which it is.
        r#type: String,
    }
}

/// The organisation of the account; `None` if it is in none.
pub(crate) async fn organization(aws: &Aws) -> Result<Option<sdk::Organization>> {
    let found = aws.asked("", async || {
        let describe = aws.organizations().describe_organization().send().await;
        describe.absent_on(&["AWSOrganizationsNotInUseException"])
    });
    Ok(found.await?.as_ref().as_ref().and_then(|found| found.organization.clone()))
}

fn member(account: sdk::Account) -> Result<Member> {
    Ok(Member {
        id: account.id.given("Id")?,
        arn: account.arn.given("Arn")?,
        email: account.email.unwrap_or_default(),
        name: account.name.unwrap_or_default(),
        status: account.status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
        state: account.state.map(|state| state.as_str().to_owned()),
        joined_method: account.joined_method.map(|method| method.as_str().to_owned()),
        joined_timestamp: account.joined_timestamp.and_then(|at| at.fmt(Format::DateTime).ok()),
    })
}

fn root(root: sdk::Root) -> Result<Root> {
    let types = root.policy_types.unwrap_or_default().into_iter().map(|found| PolicyType {
        status: found.status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
        r#type: found.r#type.map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
    });
    Ok(Root {
        id: root.id.given("Id")?,
        arn: root.arn.given("Arn")?,
        name: root.name.unwrap_or_default(),
        policy_types: types.collect(),
    })
}

async fn members(aws: &Aws) -> Result<Vec<Member>> {
    let mut pages = aws.organizations().list_accounts().into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let accounts = page.map_err(AwsError::from)?.accounts.unwrap_or_default();
        found.extend(accounts.into_iter().map(member).collect::<Result<Vec<_>>>()?);
    }
    Ok(found)
}

async fn roots(aws: &Aws) -> Result<Vec<Root>> {
    let mut pages = aws.organizations().list_roots().into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let roots = page.map_err(AwsError::from)?.roots.unwrap_or_default();
        found.extend(roots.into_iter().map(root).collect::<Result<Vec<_>>>()?);
    }
    Ok(found)
}

async fn services(aws: &Aws) -> Result<BTreeSet<String>> {
    let list = aws.organizations().list_aws_service_access_for_organization();
    let mut pages = list.into_paginator().send();
    let mut found = BTreeSet::new();
    while let Some(page) = pages.next().await {
        let enabled = page.map_err(AwsError::from)?.enabled_service_principals;
        found.extend(enabled.unwrap_or_default().into_iter().filter_map(|s| s.service_principal));
    }
    Ok(found)
}

/// What only some accounts are told; to the others it is as nothing.
fn told<T: Default>(found: Result<T>) -> Result<T> {
    match found {
        Err(Error::Aws(error)) if error.is(&["AccessDeniedException"]) => Ok(T::default()),
        found => found,
    }
}

impl DataSource for OrganizationData {
    type Outputs = Told;
    const TYPE: &'static str = "aws_organizations_organization";
    const ID: &'static str = "id";
    const PLACEMENT: Placement = Placement::Global;

    async fn read(aws: &Aws, want: &Self) -> Result<Told> {
        let has = organization(aws).await?.ok_or_else(|| {
            let account = &aws.scope.account;
            Error::NotFound(format!("account {account} belongs to no organisation"))
        })?;
        let (accounts, roots, services) = if want.return_organization_only {
            Default::default()
        } else {
            let asked = futures::join!(members(aws), roots(aws), services(aws));
            (told(asked.0)?, told(asked.1)?, told(asked.2)?)
        };
        let master = has.master_account_id.given("MasterAccountId")?;
        let enabled = roots.iter().flat_map(|root| &root.policy_types);
        let enabled = enabled.filter(|kind| kind.status == "ENABLED").map(|kind| &kind.r#type);
        Ok(Told {
            id: has.id.given("Id")?,
            arn: has.arn.given("Arn")?,
            feature_set: has.feature_set.given("FeatureSet")?.as_str().to_owned(),
            master_account_arn: has.master_account_arn.unwrap_or_default(),
            master_account_email: has.master_account_email.unwrap_or_default(),
            master_account_name: accounts.iter().find(|a| a.id == master).map(|a| a.name.clone()),
            enabled_policy_types: enabled.cloned().collect(),
            non_master_accounts: accounts.iter().filter(|a| a.id != master).cloned().collect(),
            accounts,
            roots,
            aws_service_access_principals: services,
            master_account_id: master,
        })
    }
}
