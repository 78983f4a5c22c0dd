//! What the cluster's way in should know, and what is done when it does.
use crate::{
    domain::{
        Ctx,
        provisioning::{events::CustomDomainActive, run::names_key},
    },
    kernel::{alert, audit::Change, db::WriteTx},
};
use chrono::{DateTime, Duration, Utc};
use entity::{
    provisioning::{custom_domain, instance, task},
    value::{CustomDomainFailure, CustomDomainStatus as Status, InstanceId},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, sea_query::Expr,
};
use serde_json::json;

/// What the cluster refused is asked of it again after this time.
const AFTER_REFUSAL: Duration = Duration::hours(1);
/// Names taken in one go.
const BATCH: u64 = 50;
/// States in which a name that leads here is let in.
pub(super) const USED: [Status; 3] = [Status::Proven, Status::Active, Status::Failing];

/// The names the way in of an instance should know, sorted.
pub(in crate::domain::provisioning) async fn hosts(
    db: &impl ConnectionTrait,
    id: &InstanceId,
) -> Result<Vec<String>, DbErr> {
    custom_domain::Entity::find()
        .select_only()
        .column(custom_domain::Column::Host)
        .filter(custom_domain::Column::InstanceId.eq(id.as_str()))
        .filter(custom_domain::Column::Status.is_in(USED))
        .filter(custom_domain::Column::RoutedAt.is_not_null())
        .order_by_asc(custom_domain::Column::Host)
        .into_tuple()
        .all(db)
        .await
}

/// Names whose way in the cluster lacks or has too much, as the input of the work that mends it; `None`: it is as it
/// should be, or the cluster refused it a moment ago.
pub(in crate::domain::provisioning) async fn missing(
    tx: &WriteTx,
    now: DateTime<Utc>,
    id: &InstanceId,
) -> Result<Option<serde_json::Value>, DbErr> {
    let lacks = Condition::all()
        .add(custom_domain::Column::Status.is_in(USED))
        .add(custom_domain::Column::RoutedAt.is_not_null())
        .add(custom_domain::Column::IsPublished.eq(false));
    let too_much = Condition::all()
        .add(custom_domain::Column::Status.eq(Status::Removed))
        .add(custom_domain::Column::IsPublished.eq(true));
    let may_ask = Condition::any()
        .add(custom_domain::Column::PublishAfter.is_null())
        .add(custom_domain::Column::PublishAfter.lte(now));
    let rows = custom_domain::Entity::find()
        .filter(custom_domain::Column::InstanceId.eq(id.as_str()))
        .filter(Condition::any().add(lacks).add(too_much))
        .filter(may_ask)
        .order_by_asc(custom_domain::Column::Id)
        .limit(BATCH)
        .all(tx)
        .await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let (withdraw, publish): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.status == Status::Removed);
    let ids = |rows: Vec<&custom_domain::Model>| rows.into_iter().map(|row| row.id.0.clone()).collect::<Vec<_>>();
    Ok(Some(json!({"publish": ids(publish), "withdraw": ids(withdraw)})))
}

/// Ids named in the input of a task.
fn named(task: &task::Model, list: &str) -> Vec<String> {
    let ids = task.input[list].as_array().into_iter().flatten();
    ids.filter_map(|id| id.as_str().map(str::to_owned)).collect()
}

/// The cluster has done what `task` asked for. Names that wait for it are in use; one that was removed meanwhile is
/// known to it all the same, and the next look at the contract takes it away.
pub(in crate::domain::provisioning) async fn settled(
    ctx: &Ctx,
    tx: &WriteTx,
    row: &instance::Model,
    task: &task::Model,
) -> Result<(), DbErr> {
    let (publish, withdraw) = (named(task, "publish"), named(task, "withdraw"));
    for (ids, is_published) in [(&publish, true), (&withdraw, false)] {
        let known = custom_domain::ActiveModel {
            is_published: Set(is_published),
            publish_after: Set(None),
            updated_at: Set(ctx.now()),
            ..Default::default()
        };
        let known = custom_domain::Entity::update_many().set(known);
        known.filter(custom_domain::Column::Id.is_in(ids.iter().cloned())).exec(tx).await?;
    }
    custom_domain::Entity::update_many()
        .col_expr(custom_domain::Column::Failure, Expr::value(None::<CustomDomainFailure>))
        .filter(custom_domain::Column::Id.is_in(publish.iter().cloned()))
        .filter(custom_domain::Column::Failure.eq(CustomDomainFailure::Refused))
        .exec(tx)
        .await?;
    let begun = custom_domain::Entity::update_many()
        .col_expr(custom_domain::Column::Status, Expr::value(Status::Active))
        .col_expr(custom_domain::Column::Failure, Expr::value(None::<CustomDomainFailure>))
        .filter(custom_domain::Column::Id.is_in(publish))
        .filter(custom_domain::Column::Status.eq(Status::Proven))
        .exec_with_returning(tx)
        .await?;
    for domain in begun {
        let change = Change {
            action: "provisioning.custom_domain.publish",
            target_type: "custom_domain",
            target_id: domain.id.as_str(),
            customer_id: Some(&domain.customer_id),
            before: Some(json!({"status": Status::Proven})),
            after: Some(json!({"status": Status::Active, "host": domain.host})),
            ..Change::default()
        };
        ctx.audit(tx, change).await?;
        let news = CustomDomainActive {
            instance_id: row.id.clone(),
            subscription_id: row.subscription_id.clone(),
            customer_id: domain.customer_id.clone(),
            custom_domain_id: domain.id.clone(),
        };
        ctx.publish(tx, &news).await?;
    }
    Ok(())
}

/// The cluster refused what `task` asked for: it is asked again in an hour, and the pages say so.
pub(in crate::domain::provisioning) async fn refused(ctx: &Ctx, tx: &WriteTx, task: &task::Model) -> Result<(), DbErr> {
    let (publish, withdraw) = (named(task, "publish"), named(task, "withdraw"));
    let later = custom_domain::ActiveModel {
        publish_after: Set(Some(ctx.now() + AFTER_REFUSAL)),
        updated_at: Set(ctx.now()),
        ..Default::default()
    };
    let all = publish.iter().chain(&withdraw).cloned();
    let later = custom_domain::Entity::update_many().set(later);
    later.filter(custom_domain::Column::Id.is_in(all)).exec(tx).await?;
    custom_domain::Entity::update_many()
        .col_expr(custom_domain::Column::Failure, Expr::value(Some(CustomDomainFailure::Refused)))
        .filter(custom_domain::Column::Id.is_in(publish))
        .filter(custom_domain::Column::Status.is_in([Status::Proven, Status::Active]))
        .exec(tx)
        .await
        .map(drop)
}

/// A name was taken away. Where none is left that the cluster refuses, staff have nothing to do about it any more.
pub(super) async fn forget_refusal(tx: &WriteTx, now: DateTime<Utc>, id: &InstanceId) -> Result<(), DbErr> {
    let refused = custom_domain::Entity::find()
        .filter(custom_domain::Column::InstanceId.eq(id.as_str()))
        .filter(custom_domain::Column::PublishAfter.is_not_null())
        .count(tx)
        .await?;
    if refused == 0 {
        alert::resolve(tx, now, &names_key(id)).await?;
    }
    Ok(())
}

/// An instance is gone: its names are free for others.
pub(in crate::domain::provisioning) async fn release(
    tx: &WriteTx,
    now: DateTime<Utc>,
    id: &InstanceId,
) -> Result<(), DbErr> {
    custom_domain::Entity::update_many()
        .set(super::claim::removed(now))
        .filter(custom_domain::Column::InstanceId.eq(id.as_str()))
        .filter(custom_domain::Column::Status.ne(Status::Removed))
        .exec(tx)
        .await?;
    shut(tx, id).await
}

/// An instance that was stopped has no way in under any name: each is asked for anew once it runs.
pub(in crate::domain::provisioning) async fn shut(tx: &WriteTx, id: &InstanceId) -> Result<(), DbErr> {
    custom_domain::Entity::update_many()
        .col_expr(custom_domain::Column::IsPublished, Expr::value(false))
        .filter(custom_domain::Column::InstanceId.eq(id.as_str()))
        .exec(tx)
        .await
        .map(drop)
}
