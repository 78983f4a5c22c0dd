//! What the page of a service's own names shows.
use super::view::ServiceCard;
use crate::{
    domain::provisioning::custom_domains::{PATIENCE, Ways, proof_name, proof_text},
    kernel::format,
    web::{filters, form_errors::FormErrors, frame::Frame},
};
use askama::Template;
use chrono::{DateTime, Utc};
use entity::{
    provisioning::{custom_domain, instance},
    value::{CustomDomainFailure, CustomDomainStatus as Status, InstanceStatus, in_wib},
};

/// Where names lead to.
pub struct Place {
    pub host: String,
    pub addresses: Vec<String>,
    pub has_certificates: bool,
    /// Whether names can be added: it has an address and is not over.
    pub takes_names: bool,
    pub is_running: bool,
}

impl Place {
    /// The place of a service.
    pub fn of(row: &instance::Model, ways: Ways) -> Self {
        use InstanceStatus::{Terminated, Terminating};
        Self {
            takes_names: row.url.is_some() && !matches!(row.status, Terminating | Terminated),
            is_running: matches!(row.status, InstanceStatus::Running | InstanceStatus::Changing),
            host: ways.host,
            addresses: ways.addresses,
            has_certificates: ways.has_certificates,
        }
    }
}

/// A record to be set at whoever keeps the customer's zone.
pub struct RecordLine {
    pub kind: &'static str,
    pub name: String,
    pub value: String,
    /// What it is for.
    pub purpose: String,
}

/// A name and what is to be done for it.
pub struct DomainCard {
    pub host: String,
    pub status: &'static str,
    pub sentence: String,
    pub checked_at: Option<DateTime<Utc>>,
    pub url: Option<String>,
    pub records: Vec<RecordLine>,
    /// Whether the records need looking at now; otherwise they are folded away.
    pub is_open: bool,
    pub check_url: Option<String>,
    pub remove_url: String,
    /// Id of the question before it is taken away.
    pub dialog: String,
    pub may_remove: bool,
    pub remove_title: String,
}

impl DomainCard {
    /// The card of a name.
    pub fn build(frame: &Frame, row: &custom_domain::Model, place: &Place, may_operate: bool) -> Self {
        let scheme = if place.has_certificates { "https" } else { "http" };
        let is_used = row.status == Status::Active && row.failure.is_none();
        Self {
            status: row.status.as_str(),
            sentence: sentence(frame, row, place),
            checked_at: row.checked_at,
            url: (row.status == Status::Active && place.is_running).then(|| format!("{scheme}://{}", row.host)),
            records: records(frame, row, place),
            is_open: !is_used,
            check_url: may_operate.then(|| format!("/panel/custom-domains/{}/check", row.id)),
            remove_url: format!("/panel/custom-domains/{}/remove", row.id),
            dialog: format!("remove-{}", row.id),
            may_remove: may_operate,
            remove_title: frame.ta("panel-domain-remove-title", [("host", &row.host)]),
            host: row.host.clone(),
        }
    }
}

/// What a person should know of a name.
fn sentence(frame: &Frame, row: &custom_domain::Model, place: &Place) -> String {
    let trouble = row.failure.map(|failure| trouble(frame, failure));
    match (row.status, trouble) {
        (Status::Pending, None) => frame.t("panel-domain-pending"),
        (Status::Proven, None) if row.routed_at.is_none() => frame.t("panel-domain-proven"),
        (Status::Proven, None) if place.is_running => frame.t("panel-domain-opening"),
        (Status::Proven, None) => frame.t("panel-domain-waits"),
        (Status::Failing, trouble) => {
            let until = row.failing_since.unwrap_or(frame.now) + PATIENCE;
            let until = format::day(in_wib(until).date_naive(), frame.lang);
            let rest = frame.ta("panel-domain-failing", [("until", until)]);
            [trouble, Some(rest)].into_iter().flatten().collect::<Vec<_>>().join(" ")
        }
        (Status::Active, None) if place.has_certificates => frame.t("panel-domain-active"),
        (Status::Active, None) => frame.t("panel-domain-active-open"),
        (Status::Removed, None) => frame.t("panel-domain-removed"),
        (_, Some(trouble)) => trouble,
    }
}

fn trouble(frame: &Frame, failure: CustomDomainFailure) -> String {
    frame.word("panel-domain-trouble", failure.as_str())
}

/// What has to be set: the proof, and one of the ways in.
fn records(frame: &Frame, row: &custom_domain::Model, place: &Place) -> Vec<RecordLine> {
    let mut records = vec![
        RecordLine {
            kind: "TXT",
            name: proof_name(&row.host),
            value: proof_text(&row.token),
            purpose: frame.t("panel-domain-record-proof"),
        },
        RecordLine {
            kind: "CNAME",
            name: row.host.clone(),
            value: place.host.clone(),
            purpose: frame.t("panel-domain-record-way"),
        },
    ];
    for address in &place.addresses {
        records.push(RecordLine {
            kind: if address.contains(':') { "AAAA" } else { "A" },
            name: row.host.clone(),
            value: address.clone(),
            purpose: frame.t("panel-domain-record-address"),
        });
    }
    records
}

#[derive(Template)]
#[template(path = "panel/services/domains.html")]
pub struct DomainsPage {
    pub frame: Frame,
    pub service: ServiceCard,
    pub domains: Vec<DomainCard>,
    /// Where a name is added; nothing where it cannot be.
    pub add_url: Option<String>,
    /// As many as there may be.
    pub is_full: bool,
    /// Names answer without encryption.
    pub is_open: bool,
    /// What was typed.
    pub host: String,
    pub errors: FormErrors,
}
