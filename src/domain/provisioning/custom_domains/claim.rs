//! What a customer does with names: adding them, asking for a look, taking them away.
use super::{
    super::{ProvisioningError, find as instances, follow::Follow, tasks},
    ASK_AGAIN, MAX_PER_DAY, MAX_PER_SERVICE, check, find,
    judge::FIRST_LOOK,
    publish,
};
use crate::{
    domain::Ctx,
    kernel::{
        audit::Change,
        db::{self, WriteTx},
        fault::FieldFault,
        token,
    },
};
use chrono::{DateTime, Duration, Utc};
use entity::{
    provisioning::{cluster, custom_domain, instance},
    value::{
        CustomDomainId, CustomDomainStatus as Status, CustomerId, InstanceId, InstanceStatus,
        host::{self, is_within},
    },
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
    sea_query::Expr,
};
use serde_json::json;

/// Puts the name `text` before a service of the customer. Nothing leads to it yet: its owner has to be shown first.
/// Others may have added it as well; who proves it first has it. The same name twice is one.
///
/// # Errors
/// `NotFound`, also for somebody else's service; `InvalidState` where it has no address yet or is over; `NotCapable`;
/// `Invalid` for a name that is none or ours, and for one too many at once or within a day.
pub async fn add(
    ctx: &Ctx,
    customer_id: &CustomerId,
    id: &InstanceId,
    text: &str,
) -> Result<custom_domain::Model, ProvisioningError> {
    let tx = ctx.begin().await?;
    let row = instances::get_for(&tx, customer_id, id).await?;
    let is_over = matches!(row.status, InstanceStatus::Terminating | InstanceStatus::Terminated);
    if is_over || row.url.is_none() {
        return Err(ProvisioningError::InvalidState { status: row.status });
    }
    if !ctx.driver(&row.driver).is_some_and(|driver| driver.capabilities().domains) {
        return Err(ProvisioningError::NotCapable { driver: row.driver });
    }
    let invalid = |fault| ProvisioningError::Invalid(vec![fault]);
    let name = host::public(text).map_err(|wrong| invalid(FieldFault::of("host", wrong)))?;
    if is_ours(ctx, &tx, &name).await? {
        return Err(invalid(FieldFault::new("host", "own_zone")));
    }
    // Two who add at once would each count without the other.
    db::exclusively(&tx, &format!("yumna.custom_domains.{id}")).await?;
    let open_key = format!("{id}:{name}");
    let known = custom_domain::Entity::find().filter(custom_domain::Column::OpenKey.eq(&open_key)).one(&tx).await?;
    if let Some(known) = known {
        ctx.made(&tx, known.id.as_str()).await?;
        tx.commit().await?;
        return Ok(known);
    }
    let open = custom_domain::Entity::find()
        .filter(custom_domain::Column::InstanceId.eq(id.as_str()))
        .filter(custom_domain::Column::Status.ne(Status::Removed));
    if open.count(&tx).await? >= MAX_PER_SERVICE {
        return Err(invalid(FieldFault::new("host", "too_many_domains").with("max", MAX_PER_SERVICE)));
    }
    let today = custom_domain::Entity::find()
        .filter(custom_domain::Column::InstanceId.eq(id.as_str()))
        .filter(custom_domain::Column::CreatedAt.gt(ctx.now() - Duration::days(1)));
    if today.count(&tx).await? >= MAX_PER_DAY {
        return Err(invalid(FieldFault::new("host", "too_many_domains_today").with("max", MAX_PER_DAY)));
    }
    let added = insert(ctx, &tx, &row, name, open_key).await?;
    let change = Change {
        after: Some(json!({"host": added.host, "instance": id})),
        ..change("provisioning.custom_domain.add", &added)
    };
    ctx.audit(&tx, change).await?;
    tasks::wake(&tx, &row);
    ctx.made(&tx, added.id.as_str()).await?;
    tx.commit().await?;
    Ok(added)
}

/// A line of the audit trail about `row`.
pub(super) fn change<'a>(action: &'a str, row: &'a custom_domain::Model) -> Change<'a> {
    Change {
        action,
        target_type: "custom_domain",
        target_id: row.id.as_str(),
        customer_id: Some(&row.customer_id),
        ..Change::default()
    }
}

async fn insert(
    ctx: &Ctx,
    tx: &WriteTx,
    instance: &instance::Model,
    host: String,
    open_key: String,
) -> Result<custom_domain::Model, DbErr> {
    let now = ctx.now();
    let row = custom_domain::Model {
        id: CustomDomainId::generate(),
        instance_id: instance.id.clone(),
        customer_id: instance.customer_id.clone(),
        host,
        status: Status::Pending,
        token: token::random(),
        failure: None,
        checks: 0,
        proven_host: None,
        open_key: Some(open_key),
        proven_at: None,
        routed_at: None,
        failing_since: None,
        checked_at: None,
        next_check_at: Some(now + FIRST_LOOK),
        asked_at: None,
        is_published: false,
        publish_after: None,
        removed_at: None,
        created_at: now,
        updated_at: now,
    };
    custom_domain::Entity::insert(custom_domain::ActiveModel::from(row.clone())).exec_without_returning(tx).await?;
    Ok(row)
}

/// Whether a name lies in a zone of ours: where services get their own addresses, or where this program answers.
async fn is_ours(ctx: &Ctx, tx: &WriteTx, name: &str) -> Result<bool, DbErr> {
    let zones: Vec<String> =
        cluster::Entity::find().select_only().column(cluster::Column::IngressDomain).into_tuple().all(tx).await?;
    let public = ctx.config.public_url();
    let own = public.split_once("://").map_or(public.as_str(), |(_, rest)| rest);
    let own = own.split(['/', ':']).next().unwrap_or_default().to_ascii_lowercase();
    Ok(zones.iter().any(|zone| is_within(name, zone)) || is_within(name, &own))
}

/// Looks at a name now, because a person asks. What was found is in the answer.
///
/// # Errors
/// `NotFound`, also for somebody else's and for one that was removed; `AskedTooSoon` within seconds of the last time;
/// the database.
pub async fn check_now(
    ctx: &Ctx,
    customer_id: &CustomerId,
    id: &CustomDomainId,
) -> Result<custom_domain::Model, ProvisioningError> {
    let tx = ctx.begin().await?;
    let row = find::get_for(&tx, customer_id, id).await?;
    if row.status == Status::Removed {
        return Err(ProvisioningError::NotFound);
    }
    let now = ctx.now();
    let rested = Condition::any()
        .add(custom_domain::Column::AskedAt.is_null())
        .add(custom_domain::Column::AskedAt.lte(now - ASK_AGAIN));
    let asked = custom_domain::Entity::update_many()
        .col_expr(custom_domain::Column::AskedAt, Expr::value(Some(now)))
        .filter(custom_domain::Column::Id.eq(id))
        .filter(rested)
        .exec(&tx)
        .await?;
    if asked.rows_affected != 1 {
        let since = row.asked_at.unwrap_or(now);
        let left = (since + ASK_AGAIN - now).num_seconds().clamp(1, ASK_AGAIN.num_seconds());
        return Err(ProvisioningError::AskedTooSoon { retry_after: u64::try_from(left).unwrap_or(1) });
    }
    tx.commit().await?;
    check::look(ctx, id).await?;
    find::get(&ctx.db, id).await
}

/// What a removed name is.
pub(super) fn removed(now: DateTime<Utc>) -> custom_domain::ActiveModel {
    custom_domain::ActiveModel {
        status: Set(Status::Removed),
        proven_host: Set(None),
        open_key: Set(None),
        next_check_at: Set(None),
        publish_after: Set(None),
        removed_at: Set(Some(now)),
        updated_at: Set(now),
        ..Default::default()
    }
}

/// Takes a name away from its service; the way in forgets it as soon as the service can be reached. Twice is once.
///
/// # Errors
/// `NotFound`, also for somebody else's; the database.
pub async fn remove(ctx: &Ctx, customer_id: &CustomerId, id: &CustomDomainId) -> Result<(), ProvisioningError> {
    let tx = ctx.begin().await?;
    let row = find::get_for(&tx, customer_id, id).await?;
    let gone = custom_domain::Entity::update_many()
        .set(removed(ctx.now()))
        .filter(custom_domain::Column::Id.eq(id))
        .filter(custom_domain::Column::Status.ne(Status::Removed))
        .exec(&tx)
        .await?;
    if gone.rows_affected != 1 {
        return Ok(());
    }
    let instance = instances::get(&tx, &row.instance_id).await?;
    let change = Change {
        before: Some(json!({"host": row.host, "status": row.status})),
        after: Some(json!({"status": Status::Removed})),
        ..change("provisioning.custom_domain.remove", &row)
    };
    ctx.audit(&tx, change).await?;
    publish::forget_refusal(&tx, ctx.now(), &instance.id).await?;
    ctx.enqueue(&tx, &Follow { subscription_id: instance.subscription_id.clone() }).await?;
    tasks::wake(&tx, &instance);
    Ok(tx.commit().await?)
}
