//! Settings of clusters: what may stand in them, how they lie in the database, and their replacement.
use super::{ProvisioningError, clusters};
use crate::{
    domain::{Ctx, settings},
    integrations::{
        Acceptance, OutsideError,
        drivers::{Provisioner, Target},
    },
    kernel::{db::WriteTx, fault::FieldFault, secret_box::SecretError},
};
use entity::{provisioning::cluster, value::ClusterId};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, sea_query::Expr};
use secrecy::{ExposeSecret, SecretString};
use std::{collections::BTreeMap, time::Duration};

/// Values by name.
pub type Settings = BTreeMap<String, SecretString>;

/// How long the test of a cluster may take: a person waits for it.
const PATIENCE: Duration = Duration::from_secs(60);
/// Settings that have columns of their own, and the most characters these hold.
const COLUMNS: &[(&str, usize)] = &[("ingress_domain", 160), ("url_scheme", 8)];
/// Longest sentence of a cluster that is repeated at a field.
const MAX_WHY: usize = 300;

/// Values without the blanks around them; empty ones are not given.
pub(super) fn trimmed(settings: Settings) -> Settings {
    let trim = |(name, value): (String, SecretString)| (name, SecretString::from(value.expose_secret().trim()));
    settings.into_iter().map(trim).collect()
}

/// The text of a setting; empty is not given.
pub(super) fn text(settings: &Settings, name: &str) -> Option<String> {
    settings.get(name).map(|value| value.expose_secret().to_owned()).filter(|value| !value.is_empty())
}

/// What is wrong with `settings` of a cluster of `driver`.
pub(super) fn check(driver: &dyn Provisioner, settings: &Settings) -> Vec<FieldFault> {
    let fields = driver.settings();
    let missing = fields.iter().filter(|field| field.required && text(settings, field.name).is_none());
    let unknown = settings.keys().filter(|name| !fields.iter().any(|field| field.name == name.as_str()));
    let wrong_port = text(settings, "url_port").filter(|port| !port.parse::<u16>().is_ok_and(|port| port > 0));
    let length = |name: &str| text(settings, name).map_or(0, |value| value.chars().count());
    let too_long = COLUMNS.iter().filter(|(name, max)| length(name) > *max);
    let is_short = |(name, _): &(&str, _)| !COLUMNS.iter().any(|(column, max)| column == name && length(name) > *max);
    let wrong = driver.faults(settings).into_iter().filter(is_short);
    missing
        .map(|field| FieldFault::new(format!("settings.{}", field.name), "required"))
        .chain(too_long.map(|(name, max)| FieldFault::new(format!("settings.{name}"), "too_long").with("max", max)))
        .chain(unknown.map(|name| FieldFault::new(format!("settings.{}", shortened(name)), "unknown")))
        .chain(
            wrong_port
                .map(|_| FieldFault::new("settings.url_port", "out_of_range").with("min", 1).with("max", u16::MAX)),
        )
        .chain(wrong.map(|(name, code)| FieldFault::new(format!("settings.{name}"), code)))
        .collect()
}

/// A name somebody invented, short enough to be repeated to him.
fn shortened(name: &str) -> String {
    name.chars().take(40).collect()
}

pub(super) fn seal(ctx: &Ctx, id: &ClusterId, settings: &Settings) -> String {
    let plain: BTreeMap<&str, &str> =
        settings.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect();
    ctx.secrets.seal(id.as_str(), serde_json::json!(plain).to_string().as_bytes())
}

fn open(ctx: &Ctx, row: &cluster::Model) -> Result<Settings, ProvisioningError> {
    let plain = ctx.secrets.open(row.id.as_str(), &row.settings_sealed)?;
    let settings: BTreeMap<String, String> = serde_json::from_slice(&plain).map_err(|_| SecretError::Damaged)?;
    Ok(settings.into_iter().map(|(name, value)| (name, SecretString::from(value))).collect())
}

/// The settings of a cluster that are no secrets, for the form that changes them.
///
/// # Errors
/// They cannot be opened; this node lacks the driver.
pub fn shown(ctx: &Ctx, row: &cluster::Model) -> Result<BTreeMap<String, String>, ProvisioningError> {
    let driver = clusters::driver_of(ctx, row)?;
    let settings = open(ctx, row)?;
    let fields = driver.settings().into_iter().filter(|field| field.kind != crate::integrations::SettingKind::Secret);
    Ok(fields.filter_map(|field| Some((field.name.to_owned(), text(&settings, field.name)?))).collect())
}

/// A cluster as drivers want it, its settings opened.
pub(super) async fn target(ctx: &Ctx, row: &cluster::Model) -> Result<Target, ProvisioningError> {
    Ok(Target {
        id: row.id.0.clone(),
        settings_version: row.settings_version,
        settings: open(ctx, row)?,
        installation: installation(ctx).await?,
    })
}

async fn installation(ctx: &Ctx) -> Result<String, ProvisioningError> {
    let known = settings::load(&ctx.db).await?.installation.id;
    if !known.is_empty() {
        return Ok(known);
    }
    settings::ensure_installation(ctx).await.map_err(|error| ProvisioningError::Internal(error.to_string()))
}

/// Replaces the settings given, without asking the cluster; those not given stay (a form never shows secrets again),
/// those given empty go. The cluster takes no new instances until it has passed its test with them.
///
/// # Errors
/// `NotFound`; `Invalid` by field.
pub async fn change(ctx: &Ctx, id: &ClusterId, changes: Settings) -> Result<cluster::Model, ProvisioningError> {
    let row = clusters::get(&ctx.db, id).await?;
    let (_, settings) = merged(ctx, &row, changes)?;
    let tx = ctx.begin().await?;
    let changed = store(ctx, &tx, &row, &settings).await?;
    ctx.enqueue(&tx, &clusters::CheckCluster { cluster_id: id.clone() }).await?;
    tx.commit().await?;
    Ok(changed)
}

/// Replaces the settings given, as `change` does, after the cluster has passed its test with them: what does not work
/// never takes the place of what does.
///
/// # Errors
/// `NotFound`; `Invalid` by field, also with what the test found.
pub async fn replace(
    ctx: &Ctx,
    id: &ClusterId,
    changes: Settings,
) -> Result<(cluster::Model, Acceptance), ProvisioningError> {
    let row = clusters::get(&ctx.db, id).await?;
    let field = changes.keys().next().cloned().unwrap_or_else(|| "kubeconfig".to_owned());
    let (driver, settings) = merged(ctx, &row, changes)?;
    let target = Target {
        id: row.id.0.clone(),
        settings_version: row.settings_version + 1,
        settings: settings.clone(),
        installation: installation(ctx).await?,
    };
    let found = test(&*driver, &target).await;
    let acceptance = found.map_err(|error| failed_test(&field, &error))?;
    let tx = ctx.begin().await?;
    let changed = store(ctx, &tx, &row, &settings).await?;
    clusters::keep_passed(ctx, &tx, id, &acceptance).await?;
    tx.commit().await?;
    Ok((changed, acceptance))
}

/// Tests a cluster within the time a person waits.
pub(super) async fn test(driver: &dyn Provisioner, target: &Target) -> Result<Acceptance, OutsideError> {
    let late = |_| Err(OutsideError::unavailable("The cluster did not answer in time."));
    tokio::time::timeout(PATIENCE, driver.check(target)).await.unwrap_or_else(late)
}

fn failed_test(field: &str, error: &OutsideError) -> ProvisioningError {
    let why: String = error.message().chars().take(MAX_WHY).collect();
    let code = match error {
        OutsideError::Rejected { code, .. } if clusters::SAID_REFUSALS.contains(&code.as_str()) => {
            format!("test_failed_{code}")
        }
        _ => "test_failed".to_owned(),
    };
    ProvisioningError::Invalid(vec![FieldFault::new(format!("settings.{field}"), code).with("why", why)])
}

type Driver = std::sync::Arc<dyn Provisioner>;

fn merged(ctx: &Ctx, row: &cluster::Model, changes: Settings) -> Result<(Driver, Settings), ProvisioningError> {
    let mut settings = open(ctx, row)?;
    settings.extend(trimmed(changes));
    let driver = clusters::driver_of(ctx, row)?;
    let faults = check(&*driver, &settings);
    if faults.is_empty() { Ok((driver, settings)) } else { Err(ProvisioningError::Invalid(faults)) }
}

async fn store(
    ctx: &Ctx,
    tx: &WriteTx,
    row: &cluster::Model,
    settings: &Settings,
) -> Result<cluster::Model, ProvisioningError> {
    let scheme = text(settings, "url_scheme").unwrap_or_else(|| "https".to_owned());
    let port = text(settings, "url_port").and_then(|port| port.parse::<i32>().ok());
    let changed = cluster::Entity::update_many()
        .col_expr(cluster::Column::SettingsSealed, Expr::value(seal(ctx, &row.id, settings)))
        .col_expr(cluster::Column::SettingsVersion, Expr::col(cluster::Column::SettingsVersion).add(1))
        .col_expr(cluster::Column::IngressDomain, Expr::value(text(settings, "ingress_domain").unwrap_or_default()))
        .col_expr(cluster::Column::UrlScheme, Expr::value(scheme))
        .col_expr(cluster::Column::UrlPort, Expr::value(port))
        .col_expr(cluster::Column::CheckOk, Expr::value(Option::<bool>::None))
        .col_expr(cluster::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(cluster::Column::Id.eq(&row.id))
        .filter(cluster::Column::SettingsVersion.eq(row.settings_version))
        .exec_with_returning(tx)
        .await?;
    let changed = changed.into_iter().next().ok_or(ProvisioningError::SettingsChanged)?;
    let version = serde_json::json!({"settings_version": changed.settings_version});
    clusters::audit(ctx, tx, &row.id, "provisioning.cluster.change_settings", version).await?;
    tx.wake_after_commit(super::watch::TOPIC);
    Ok(changed)
}
