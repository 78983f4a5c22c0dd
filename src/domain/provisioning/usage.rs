//! How much instances use. Samples are taken along when an instance is looked at (`observe`), so that reading them asks
//! no cluster; they are kept for a day.
use crate::{
    domain::Ctx,
    integrations::drivers::{InstanceSpec, Provisioner, Sample, Target},
    kernel::{
        db::WriteTx,
        page::{Page, PageRequest},
    },
};
use chrono::Duration;
use entity::{
    provisioning::{instance, usage_sample},
    value::{CustomerId, UsageSampleId},
};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, sea_query::OnConflict,
};

/// How long samples are kept.
pub const KEPT: Duration = Duration::hours(24);
/// Samples of one instance are at least so far apart.
const APART: Duration = Duration::minutes(15);
/// A look at how an instance feels does not wait longer for what it uses (machine time).
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);

/// Asks the cluster what `row` uses, where nobody asked for a while. A cluster without an answer is no sample, never a
/// nought.
pub(super) async fn take(
    ctx: &Ctx,
    row: &instance::Model,
    driver: &dyn Provisioner,
    target: &Target,
    spec: &InstanceSpec,
) -> Result<Vec<Sample>, DbErr> {
    let recent = usage_sample::Entity::find()
        .filter(usage_sample::Column::InstanceId.eq(&row.id))
        .filter(usage_sample::Column::RecordedAt.gt(ctx.now() - APART))
        .limit(1)
        .one(&ctx.db)
        .await?;
    if recent.is_some() {
        return Ok(Vec::new());
    }
    match tokio::time::timeout(PATIENCE, driver.metrics(target, spec)).await {
        Ok(Ok(samples)) => Ok(samples),
        Ok(Err(error)) => {
            tracing::debug!(instance.id = %row.id, error = error.message(), "A cluster did not tell what is used");
            Ok(Vec::new())
        }
        Err(_) => Ok(Vec::new()),
    }
}

/// Keeps samples. The instant is when they were asked for: a cluster may tell the same measurement twice.
pub(super) async fn keep(ctx: &Ctx, tx: &WriteTx, row: &instance::Model, samples: Vec<Sample>) -> Result<(), DbErr> {
    if samples.is_empty() {
        return Ok(());
    }
    let rows = samples.into_iter().map(|sample| {
        usage_sample::Model {
            id: UsageSampleId::generate(),
            customer_id: row.customer_id.clone(),
            instance_id: row.id.clone(),
            metric: sample.metric.chars().take(40).collect(),
            value: sample.value,
            recorded_at: ctx.now(),
        }
        .into_active_model()
    });
    let once = [usage_sample::Column::InstanceId, usage_sample::Column::Metric, usage_sample::Column::RecordedAt];
    usage_sample::Entity::insert_many(rows)
        .on_conflict(OnConflict::columns(once).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// What a customer's instances used during the last day, newest first.
///
/// # Errors
/// The database.
pub async fn list_for(
    ctx: &Ctx,
    customer_id: &CustomerId,
    request: &PageRequest,
) -> Result<Page<usage_sample::Model>, DbErr> {
    let mut select = usage_sample::Entity::find()
        .filter(usage_sample::Column::CustomerId.eq(customer_id))
        .filter(usage_sample::Column::RecordedAt.gt(ctx.now() - KEPT))
        .order_by_desc(usage_sample::Column::Id)
        .limit(request.fetch());
    if let Some(after) = &request.after {
        select = select.filter(usage_sample::Column::Id.lt(after.as_str()));
    }
    Ok(Page::of(select.all(&ctx.db).await?, request, |row| row.id.as_str()))
}
