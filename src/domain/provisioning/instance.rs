//! The thing that runs: making its row, what drivers need to know about it, its credentials.
use super::{ProvisioningError, clusters, custom_domains, place, tasks};
use crate::{
    domain::{Ctx, catalog, customers},
    integrations::drivers::{
        InstanceSpec, Resources,
        service_template::{Credentials, ServiceTemplate},
    },
    kernel::{audit::Change, db::WriteTx, said::Said, secret_box::SecretError, token},
};
use entity::{
    catalog::{plan, product},
    provisioning::{cluster, instance, task},
    subscriptions::subscription,
    value::{CustomerId, InstanceId, InstanceStatus, TaskAction},
};
use rand::{SeedableRng, rngs::StdRng};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, sea_query::Expr};
use secrecy::{ExposeSecret, SecretString};
use std::{collections::BTreeMap, sync::Arc};

/// Letters of the short part of a name: no vowels that make words, no lookalikes.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Makes the instance of `subscription` and asks for it to be created, in `tx`, which looks at the contract alone. The
/// second call finds the first's instance and does nothing: `None`.
pub(super) async fn create(
    ctx: &Ctx,
    tx: &WriteTx,
    subscription: &subscription::Model,
    by: &str,
) -> Result<Option<task::Model>, ProvisioningError> {
    let is_there = instance::Entity::find()
        .filter(instance::Column::SubscriptionId.eq(subscription.id.as_str()))
        .one(tx)
        .await?
        .is_some();
    if is_there {
        return Ok(None);
    }
    let row = insert(ctx, tx, subscription).await?;
    tasks::request(ctx, tx, &row, TaskAction::Create, by).await.map(Some)
}

/// Inserts the row of a new instance: named, with parameters, secrets and, where there is room, a place.
async fn insert(
    ctx: &Ctx,
    tx: &WriteTx,
    subscription: &subscription::Model,
) -> Result<instance::Model, ProvisioningError> {
    let internal = |what: &str| ProvisioningError::Internal(format!("{what} of {} is missing", subscription.id));
    let product = product::Entity::find_by_id(subscription.product_id.clone()).one(tx).await?;
    let product = product.ok_or_else(|| internal("the product"))?;
    let plan = plan::Entity::find_by_id(subscription.plan_id.clone()).one(tx).await?;
    let plan = plan.ok_or_else(|| internal("the plan"))?;
    let template_id = product.service_template_id.clone().ok_or_else(|| internal("the template"))?;
    let template = template_of(tx, &template_id).await?;
    let id = InstanceId::generate();
    let secrets = template.generate_secrets(&mut StdRng::from_seed(token::bytes()));
    let now = ctx.now();
    let row = instance::Model {
        secrets_sealed: seal(ctx, &id, &secrets),
        id,
        customer_id: subscription.customer_id.clone(),
        tenant_id: None,
        subscription_id: subscription.id.clone(),
        product_id: product.id,
        cluster_id: None,
        driver: product.driver,
        service_template_id: Some(template_id),
        name: free_name(tx, template.slug()).await?,
        host: None,
        url: None,
        status: InstanceStatus::Pending,
        health: None,
        reason: None,
        parameters: serde_json::json!(parameters(&template, &subscription.config)),
        parameters_revision: 0,
        parameters_before: None,
        cpu_milli: plan.cpu_milli,
        memory_mb: plan.memory_mb,
        storage_gb: plan.storage_gb,
        restart_revision: 0,
        status_since: now,
        observed_at: None,
        terminated_at: None,
        created_at: now,
        updated_at: now,
    };
    instance::Entity::insert(instance::ActiveModel::from(row.clone())).exec_without_returning(tx).await?;
    Ok(match assign(ctx, tx, &row).await? {
        Ok(placed) => placed,
        // No room: the first step of the work tries again and says so.
        Err(_) => row,
    })
}

/// Gives an instance without a place one; the reasons where there is none.
pub(super) async fn assign(
    ctx: &Ctx,
    tx: &WriteTx,
    row: &instance::Model,
) -> Result<Result<instance::Model, Vec<Said>>, ProvisioningError> {
    let place::Choice { cluster, considered } = match place::choose(ctx, tx, &row.driver, &resources_of(row)).await? {
        Ok(choice) => choice,
        Err(reasons) => return Ok(Err(reasons)),
    };
    let host = format!("{}.{}", row.name, cluster.ingress_domain);
    // What only the customer's own services reach has a name, and nothing to open.
    let is_on_the_web = match &row.service_template_id {
        Some(id) => template_of(tx, id).await?.is_on_the_web(),
        None => true,
    };
    let url = is_on_the_web.then(|| address(&cluster, &host));
    let placed = instance::Entity::update_many()
        .col_expr(instance::Column::ClusterId, Expr::value(Some(cluster.id.clone())))
        .col_expr(instance::Column::Host, Expr::value(Some(host)))
        .col_expr(instance::Column::Url, Expr::value(url))
        .col_expr(instance::Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(instance::Column::Id.eq(&row.id))
        .filter(instance::Column::ClusterId.is_null())
        .exec_with_returning(tx)
        .await?;
    match placed.into_iter().next() {
        Some(placed) => {
            place::keep(ctx, tx, &row.id, &cluster.id, &considered).await?;
            Ok(Ok(placed))
        }
        None => Ok(Ok(reload(tx, &row.id).await?)),
    }
}

fn address(cluster: &cluster::Model, host: &str) -> String {
    let port = cluster.url_port.map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{host}{port}", cluster.url_scheme)
}

/// The row as it is now.
pub(super) async fn reload(db: &impl ConnectionTrait, id: &InstanceId) -> Result<instance::Model, ProvisioningError> {
    instance::Entity::find_by_id(id.clone()).one(db).await?.ok_or(ProvisioningError::NotFound)
}

async fn free_name(tx: &WriteTx, slug: &str) -> Result<String, ProvisioningError> {
    for _ in 0..8 {
        let random: [u8; 6] = token::bytes();
        let short: String = random.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect();
        let name = format!("{slug}-{short}");
        if instance::Entity::find().filter(instance::Column::Name.eq(&name)).one(tx).await?.is_none() {
            return Ok(name);
        }
    }
    Err(ProvisioningError::Internal("no free name was found".to_owned()))
}

/// The customer's answers with defaults filled in. Answers were checked when ordering; what a newer template no longer
/// accepts falls back to its default rather than failing a paid order.
fn parameters(template: &ServiceTemplate, config: &serde_json::Value) -> BTreeMap<String, String> {
    let mut answers: BTreeMap<String, String> = config
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| (key.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .collect();
    match template.validate_parameters(&answers) {
        Ok(filled) => filled,
        Err(faults) => {
            for fault in faults {
                tracing::warn!(
                    parameter = fault.field,
                    code = fault.code,
                    "An answer no longer fits; its default is used"
                );
                answers.remove(&fault.field);
            }
            template.validate_parameters(&answers).unwrap_or_default()
        }
    }
}

/// What an instance was made from; `None` where nobody knows.
pub(super) async fn template_for(
    db: &impl ConnectionTrait,
    row: &instance::Model,
) -> Result<Option<ServiceTemplate>, ProvisioningError> {
    match &row.service_template_id {
        Some(id) => template_of(db, id).await.map(Some),
        None => Ok(None),
    }
}

async fn template_of(
    db: &impl ConnectionTrait,
    id: &entity::value::ServiceTemplateId,
) -> Result<ServiceTemplate, ProvisioningError> {
    let row = catalog::template::find(db, id).await?.ok_or(ProvisioningError::NotFound)?;
    ServiceTemplate::parse(&row.body)
        .map_err(|faults| ProvisioningError::Internal(format!("template {id} cannot be read: {faults:?}")))
}

fn seal(ctx: &Ctx, id: &InstanceId, secrets: &BTreeMap<String, SecretString>) -> String {
    let plain: BTreeMap<&str, &str> =
        secrets.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect();
    ctx.secrets.seal(id.as_str(), serde_json::json!(plain).to_string().as_bytes())
}

fn open(ctx: &Ctx, row: &instance::Model) -> Result<BTreeMap<String, SecretString>, ProvisioningError> {
    // Terminated instances have none.
    if row.secrets_sealed.is_empty() {
        return Ok(BTreeMap::new());
    }
    let plain = ctx.secrets.open(row.id.as_str(), &row.secrets_sealed)?;
    let secrets: BTreeMap<String, String> = serde_json::from_slice(&plain).map_err(|_| SecretError::Damaged)?;
    Ok(secrets.into_iter().map(|(name, value)| (name, SecretString::from(value))).collect())
}

/// Limits of an instance.
pub(super) fn resources_of(row: &instance::Model) -> Resources {
    Resources { cpu_milli: row.cpu_milli, memory_mb: row.memory_mb, storage_gb: row.storage_gb }
}

/// Everything a driver has to know about an instance.
pub async fn spec_of(ctx: &Ctx, row: &instance::Model) -> Result<InstanceSpec, ProvisioningError> {
    let missing = || ProvisioningError::Internal(format!("{} has no template", row.id));
    let template = template_of(&ctx.db, row.service_template_id.as_ref().ok_or_else(missing)?).await?;
    // A merged customer's machines stay in his place on the cluster, as they were made there.
    let tenant = row.tenant_id.as_ref().unwrap_or(&row.customer_id);
    let owner = customers::get(&ctx.db, tenant)
        .await
        .map_err(|error| ProvisioningError::Internal(format!("the customer of {}: {error}", row.id)))?;
    Ok(InstanceSpec {
        instance_id: row.id.0.clone(),
        customer_id: tenant.0.clone(),
        name: row.name.clone(),
        template: Arc::new(template),
        parameters: serde_json::from_value(row.parameters.clone()).unwrap_or_default(),
        secrets: open(ctx, row)?,
        resources: resources_of(row),
        host: row.host.clone().unwrap_or_default(),
        url: row.url.clone().unwrap_or_default(),
        custom_hosts: custom_domains::hosts(&ctx.db, &row.id).await?,
        owner_email: owner.email,
        owner_name: owner.name,
        restart_revision: row.restart_revision,
    })
}

/// How the owner signs in to the instance. Every look is audited.
///
/// # Errors
/// `NotFound`, also for somebody else's instance; `InvalidState` until it has run and after it is terminated.
pub async fn credentials(
    ctx: &Ctx,
    customer_id: &CustomerId,
    id: &InstanceId,
) -> Result<Credentials, ProvisioningError> {
    let row = super::find::get_for(&ctx.db, customer_id, id).await?;
    let has_none = matches!(
        row.status,
        InstanceStatus::Pending
            | InstanceStatus::Provisioning
            | InstanceStatus::Terminating
            | InstanceStatus::Terminated
    );
    if has_none {
        return Err(ProvisioningError::InvalidState { status: row.status });
    }
    let spec = spec_of(ctx, &row).await?;
    let tx = ctx.begin().await?;
    let change = Change {
        action: "provisioning.instance.reveal_credentials",
        target_type: "instance",
        target_id: row.id.as_str(),
        customer_id: Some(customer_id),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    tx.commit().await?;
    Ok(spec.template.credentials(&spec))
}

/// The driver's view of an instance that has a place: what logs, metrics and observation need.
///
/// # Errors
/// `InvalidState` while it has no place.
pub async fn at_its_place(
    ctx: &Ctx,
    row: &instance::Model,
) -> Result<
    (Arc<dyn crate::integrations::drivers::Provisioner>, crate::integrations::drivers::Target, InstanceSpec),
    ProvisioningError,
> {
    let cluster_id = row.cluster_id.as_ref().ok_or(ProvisioningError::InvalidState { status: row.status })?;
    let cluster = clusters::get(&ctx.db, cluster_id).await?;
    let (driver, target) = clusters::find_target(ctx, &cluster).await?;
    Ok((driver, target, spec_of(ctx, row).await?))
}
