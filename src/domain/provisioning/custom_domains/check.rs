//! Looking at names: what the name service says of them, and what is made of it.
use super::{
    super::{ProvisioningError, find as instances, follow::Follow, tasks},
    PATIENCE, claim, find,
    judge::{self, Answers, HOUR, Step},
    proof_name, publish, release,
};
use crate::{
    domain::{
        Ctx,
        provisioning::events::{CustomDomainFailing, CustomDomainGivenUp},
    },
    kernel::{
        audit::Change,
        db::{self, WriteTx},
        job::{Job, JobError},
    },
};
use entity::{
    provisioning::{custom_domain, instance},
    value::{
        CustomDomainFailure as Failure, CustomDomainId, CustomDomainStatus as Status, InstanceStatus, SubscriptionId,
    },
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, Query},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;

/// Names queued in one transaction.
const BATCH: u64 = 200;

/// Looks at one name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CheckDomain {
    /// Which.
    pub custom_domain_id: CustomDomainId,
}

impl Job for CheckDomain {
    const NAME: &'static str = "provisioning.check_domain";
    // Looking never takes the places of working.
    const QUEUE: &'static str = "observation";
    // The next look comes anyway.
    const MAX_ATTEMPTS: i32 = 3;

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("{}:{}", Self::NAME, self.custom_domain_id))
    }

    fn target_key(&self) -> Option<String> {
        // Name servers that are silent hold up no look at a cluster.
        Some("names".to_owned())
    }
}

/// Has every name looked at that is due, and what a cluster refused an hour ago tried again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CheckDomains {}

impl Job for CheckDomains {
    const NAME: &'static str = "provisioning.check_domains";

    fn dedupe_key(&self) -> Option<String> {
        Some(Self::NAME.to_owned())
    }
}

/// Does `CheckDomain`.
///
/// # Errors
/// To be retried: the database.
pub async fn run_check_domain(ctx: Ctx, work: CheckDomain) -> Result<(), JobError> {
    match look(&ctx, &work.custom_domain_id).await {
        // Forgotten meanwhile.
        Err(ProvisioningError::NotFound) => Ok(()),
        come_to => Ok(come_to?),
    }
}

/// Does `CheckDomains`: a job per name, so that a silent name server holds up no other.
///
/// # Errors
/// To be retried: the database.
pub async fn run_check_domains(ctx: Ctx, _: CheckDomains) -> Result<(), JobError> {
    let now = ctx.now();
    let due: Vec<CustomDomainId> = custom_domain::Entity::find()
        .select_only()
        .column(custom_domain::Column::Id)
        .filter(custom_domain::Column::NextCheckAt.lte(now))
        .order_by_asc(custom_domain::Column::NextCheckAt)
        .limit(BATCH)
        .into_tuple()
        .all(&ctx.db)
        .await?;
    let refused: Vec<SubscriptionId> = instance::Entity::find()
        .select_only()
        .column(instance::Column::SubscriptionId)
        // What does not run is followed when it does: it must not fill the page.
        .filter(instance::Column::Status.eq(InstanceStatus::Running))
        .filter(
            instance::Column::Id.in_subquery(
                Query::select()
                    .column(custom_domain::Column::InstanceId)
                    .from(custom_domain::Entity)
                    .and_where(custom_domain::Column::PublishAfter.lte(now))
                    .to_owned(),
            ),
        )
        .order_by_asc(instance::Column::Id)
        .limit(BATCH)
        .into_tuple()
        .all(&ctx.db)
        .await?;
    if due.is_empty() && refused.is_empty() {
        return Ok(());
    }
    let tx = ctx.begin().await?;
    for custom_domain_id in due {
        ctx.enqueue(&tx, &CheckDomain { custom_domain_id }).await?;
    }
    for subscription_id in BTreeSet::from_iter(refused) {
        ctx.enqueue(&tx, &Follow { subscription_id }).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Looks at a name and keeps what was found. Two who look at once: the second finds that the first has kept something
/// and leaves it.
///
/// # Errors
/// `NotFound`; the database. A name server that does not answer is a finding, not an error.
pub(super) async fn look(ctx: &Ctx, id: &CustomDomainId) -> Result<(), ProvisioningError> {
    let row = find::get(&ctx.db, id).await?;
    if row.status == Status::Removed {
        return Ok(());
    }
    let instance = instances::get(&ctx.db, &row.instance_id).await?;
    if instance.status == InstanceStatus::Terminated {
        // Added in the moment in which the service ended: it must not hold a name that leads nowhere.
        let tx = ctx.begin().await?;
        release(&tx, ctx.now(), &instance.id).await?;
        return Ok(tx.commit().await?);
    }
    let answers = ask(ctx, &row, &instance).await;
    keep(ctx, &row, &instance, &answers).await
}

async fn ask(ctx: &Ctx, row: &custom_domain::Model, instance: &instance::Model) -> Answers {
    let own = instance.host.clone().unwrap_or_default();
    // Settings that cannot be read say as much as none: names may still stand for the service's own.
    let told = find::ways(ctx, instance).await.map(|ways| ways.addresses).unwrap_or_default();
    let told: Vec<_> = told.iter().filter_map(|address| address.parse().ok()).collect();
    let proof_name = proof_name(&row.host);
    let resolver = &ctx.resolver;
    let ours = async {
        match told.is_empty() {
            true => resolver.addresses(&own).await,
            false => Ok(told),
        }
    };
    let (proof, alias, addresses, ours) =
        tokio::join!(resolver.texts(&proof_name), resolver.alias(&row.host), resolver.addresses(&row.host), ours);
    Answers { proof, alias, addresses, ours }
}

async fn keep(
    ctx: &Ctx,
    row: &custom_domain::Model,
    instance: &instance::Model,
    answers: &Answers,
) -> Result<(), ProvisioningError> {
    let now = ctx.now();
    let proof = judge::proof(answers, &row.token);
    let route = judge::route(answers, instance.host.as_deref().unwrap_or_default());
    let mut step = judge::step(row, proof, route, now);
    let tx = ctx.begin().await?;
    let proves = row.proven_at.is_none() && matches!(step.status, Status::Proven);
    if proves && is_taken(ctx, &tx, row).await? {
        // Who has it loses it after the same time, but begins to later.
        let is_late = row.created_at + PATIENCE * 2 <= now;
        step = Step {
            status: if is_late { Status::Removed } else { Status::Pending },
            failure: Some(Failure::Taken),
            is_routed: false,
            next_in: (!is_late).then_some(HOUR),
            ..step
        };
    }
    let is_over = step.status == Status::Removed;
    let mut seen = if is_over { claim::removed(now) } else { custom_domain::ActiveModel::default() };
    seen.status = Set(step.status);
    seen.failure = Set(step.failure);
    seen.failing_since = Set(step.failing_since);
    seen.checks = Set(step.checks);
    seen.checked_at = Set(Some(now));
    seen.next_check_at = Set(step.next_in.map(|wait| now + wait));
    seen.updated_at = Set(now);
    let is_proven = proves && step.status == Status::Proven;
    if is_proven {
        seen.proven_host = Set(Some(row.host.clone()));
        seen.proven_at = Set(Some(now));
    }
    let is_led_in = step.is_routed && row.routed_at.is_none();
    if is_led_in {
        seen.routed_at = Set(Some(now));
    }
    let kept = custom_domain::Entity::update_many()
        .set(seen)
        .filter(custom_domain::Column::Id.eq(&row.id))
        .filter(custom_domain::Column::Status.eq(row.status))
        .filter(custom_domain::Column::Checks.eq(row.checks))
        .exec(&tx)
        .await?;
    if kept.rows_affected != 1 {
        return Ok(());
    }
    tell(ctx, &tx, row, instance, &step).await?;
    if is_over {
        publish::forget_refusal(&tx, now, &instance.id).await?;
    }
    if is_led_in || is_over {
        ctx.enqueue(&tx, &Follow { subscription_id: instance.subscription_id.clone() }).await?;
    }
    tasks::wake(&tx, instance);
    Ok(tx.commit().await?)
}

/// Whether somebody else has proven the name of `row`, or a cluster still lets it in to another service: whose way in
/// is older gets the callers. Whoever proves it does so alone. Who has it is looked at soon: the name may have changed
/// hands.
async fn is_taken(ctx: &Ctx, tx: &WriteTx, row: &custom_domain::Model) -> Result<bool, DbErr> {
    db::exclusively(tx, &format!("yumna.custom_domain.{}", row.host)).await?;
    let held = custom_domain::Entity::update_many()
        .col_expr(custom_domain::Column::NextCheckAt, Expr::value(Some(ctx.now())))
        .filter(custom_domain::Column::ProvenHost.eq(row.host.as_str()))
        .filter(custom_domain::Column::Id.ne(&row.id))
        .exec(tx)
        .await?;
    if held.rows_affected > 0 {
        return Ok(true);
    }
    let lingering = custom_domain::Entity::find()
        .filter(custom_domain::Column::Host.eq(row.host.as_str()))
        .filter(custom_domain::Column::IsPublished.eq(true))
        .filter(custom_domain::Column::InstanceId.ne(row.instance_id.as_str()))
        .limit(1)
        .one(tx)
        .await?;
    Ok(lingering.is_some())
}

/// Puts a change of state into the trail and, where its owner has to know, into the news.
async fn tell(
    ctx: &Ctx,
    tx: &WriteTx,
    row: &custom_domain::Model,
    instance: &instance::Model,
    step: &Step,
) -> Result<(), DbErr> {
    if step.status == row.status {
        return Ok(());
    }
    let action = match (row.status, step.status) {
        (_, Status::Removed) => "provisioning.custom_domain.give_up",
        (_, Status::Failing) => "provisioning.custom_domain.fail",
        (Status::Failing, _) => "provisioning.custom_domain.recover",
        _ => "provisioning.custom_domain.prove",
    };
    let change = Change {
        before: Some(json!({"status": row.status})),
        after: Some(json!({"status": step.status, "failure": step.failure, "host": row.host})),
        ..claim::change(action, row)
    };
    ctx.audit(tx, change).await?;
    let subscription_id = instance.subscription_id.clone();
    let (instance_id, customer_id, custom_domain_id) =
        (row.instance_id.clone(), row.customer_id.clone(), row.id.clone());
    match step.status {
        Status::Failing => {
            let since = step.failing_since.unwrap_or_else(|| ctx.now());
            let news = CustomDomainFailing { instance_id, subscription_id, customer_id, custom_domain_id, since };
            ctx.publish(tx, &news).await
        }
        Status::Removed => {
            let was_used = row.routed_at.is_some();
            let news = CustomDomainGivenUp { instance_id, subscription_id, customer_id, custom_domain_id, was_used };
            ctx.publish(tx, &news).await
        }
        _ => Ok(()),
    }
}
