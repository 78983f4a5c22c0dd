//! What runs follows the contract. Both are compared, never counted: news may come twice, late or out of order.
use super::{ProvisioningError, custom_domains, elsewhere, find, instance as instances, tasks};
use crate::{
    domain::{
        Ctx,
        subscriptions::events::{
            SubscriptionActivated, SubscriptionEnded, SubscriptionSuspended, SubscriptionUnsuspended,
        },
    },
    kernel::{
        db::{self, WriteTx},
        job::{Job, JobError},
    },
};
use entity::{
    provisioning::instance,
    subscriptions::subscription,
    value::{InstanceStatus, SubscriptionId, SubscriptionStatus, TaskAction},
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};

/// Brings the instance of a contract to what the contract says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Follow {
    /// Which contract.
    pub subscription_id: SubscriptionId,
}

impl Job for Follow {
    const NAME: &'static str = "provisioning.follow";
    const QUEUE: &'static str = "provisioning";

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("provisioning.follow:{}", self.subscription_id))
    }
}

/// Does `Follow`.
///
/// # Errors
/// To be retried: the database.
pub async fn run_follow(ctx: Ctx, work: Follow) -> Result<(), JobError> {
    follow(&ctx, &work.subscription_id).await
}

/// A contract became active: its instance is made.
///
/// # Errors
/// To be retried: the database.
pub async fn on_activated(ctx: Ctx, news: SubscriptionActivated) -> Result<(), JobError> {
    follow(&ctx, &news.subscription_id).await
}

/// A contract is held: its instance is taken away.
///
/// # Errors
/// To be retried: the database.
pub async fn on_suspended(ctx: Ctx, news: SubscriptionSuspended) -> Result<(), JobError> {
    follow(&ctx, &news.subscription_id).await
}

/// The last hold was lifted: its instance is given back.
///
/// # Errors
/// To be retried: the database.
pub async fn on_unsuspended(ctx: Ctx, news: SubscriptionUnsuspended) -> Result<(), JobError> {
    follow(&ctx, &news.subscription_id).await
}

/// A contract ended: its instance is removed.
///
/// # Errors
/// To be retried: the database.
pub async fn on_ended(ctx: Ctx, news: SubscriptionEnded) -> Result<(), JobError> {
    follow(&ctx, &news.subscription_id).await
}

/// Asks for the work that is missing between a contract and its instance: creation for one that became active,
/// suspension, resumption, termination. While other work is unfinished nothing is asked: the end of every task follows
/// the contract again. Calling twice is calling once.
///
/// # Errors
/// To be retried: the database.
pub async fn follow(ctx: &Ctx, subscription_id: &SubscriptionId) -> Result<(), JobError> {
    if settle(ctx, subscription_id).await? { Ok(()) } else { Err(JobError::retry("the instance keeps moving")) }
}

/// As [`follow`], where a person asks and waits for the answer. What runs elsewhere is moved here.
///
/// # Errors
/// Those of [`move_here`]; `InvalidState` where the instance keeps moving under our eyes; those of asking for the work.
pub async fn follow_now(ctx: &Ctx, subscription_id: &SubscriptionId) -> Result<(), ProvisioningError> {
    move_here(ctx, subscription_id).await?;
    if settle(ctx, subscription_id).await? {
        return Ok(());
    }
    let row = instance_of(ctx, subscription_id).await?.ok_or(ProvisioningError::NotFound)?;
    Err(ProvisioningError::InvalidState { status: row.status })
}

/// False: the instance moved each time it was looked at.
async fn settle(ctx: &Ctx, subscription_id: &SubscriptionId) -> Result<bool, ProvisioningError> {
    for _ in 0..LOOKS {
        match look(ctx, subscription_id).await? {
            Look::Done => return Ok(true),
            Look::Moved => {}
        }
    }
    Ok(false)
}

/// How often an instance that moves under our eyes is looked at again.
const LOOKS: usize = 5;

/// What a look at contract and instance came to.
enum Look {
    /// What was missing was asked for, or nothing was.
    Done,
    /// The instance went on between reading it and asking: look again.
    Moved,
}

/// Whoever looks at what runs for a contract in order to make it does so alone, on every node. Asked for before anything
/// is read: what was read before may be over once it is given.
async fn alone(tx: &WriteTx, id: &SubscriptionId) -> Result<(), DbErr> {
    db::exclusively(tx, &format!("yumna.provisioning.{id}")).await
}

async fn look(ctx: &Ctx, subscription_id: &SubscriptionId) -> Result<Look, ProvisioningError> {
    let tx = ctx.begin().await?;
    alone(&tx, subscription_id).await?;
    let Some(subscription) = subscription::Entity::find_by_id(subscription_id.clone()).one(&tx).await? else {
        return Err(ProvisioningError::NotFound);
    };
    let by = tasks::by(ctx);
    let asked = match newest(&tx, subscription_id).await? {
        None => match subscription.status {
            _ if subscription.elsewhere.is_some() => {
                elsewhere::tell(ctx, &tx, &subscription).await?;
                true
            }
            SubscriptionStatus::Active | SubscriptionStatus::Trialing => {
                instances::create(ctx, &tx, &subscription, &by).await?.is_some()
            }
            _ => false,
        },
        Some(row) => match missing(subscription.status, row.status) {
            Some(action) if may_ask(&tx, &row, action).await? => {
                match tasks::request(ctx, &tx, &row, action, &by).await {
                    Ok(_) => true,
                    Err(ProvisioningError::InvalidState { .. }) => return Ok(Look::Moved),
                    Err(error) => return Err(error),
                }
            }
            None if row.status == InstanceStatus::Running => match lead_in(ctx, &tx, &row, &by).await {
                Ok(asked) => asked,
                Err(ProvisioningError::InvalidState { .. }) => return Ok(Look::Moved),
                Err(error) => return Err(error),
            },
            _ => false,
        },
    };
    if asked {
        tx.commit().await?;
    }
    Ok(Look::Done)
}

/// Asks for the names of a running instance to be let in, or kept out, where its cluster has them otherwise.
async fn lead_in(ctx: &Ctx, tx: &WriteTx, row: &instance::Model, by: &str) -> Result<bool, ProvisioningError> {
    let Some(input) = custom_domains::missing(tx, ctx.now(), &row.id).await? else { return Ok(false) };
    if tasks::open_task(tx, &row.id).await?.is_some() {
        return Ok(false);
    }
    tasks::request_with(ctx, tx, row, TaskAction::Sync, by, input).await.map(|_| true)
}

pub(super) async fn newest(tx: &WriteTx, id: &SubscriptionId) -> Result<Option<instance::Model>, DbErr> {
    let of_contract = instance::Entity::find().filter(instance::Column::SubscriptionId.eq(id.as_str()));
    of_contract.order_by_desc(instance::Column::Id).limit(1).one(tx).await
}

/// Termination replaces unfinished work, everything else waits for it. A termination that staff look at is theirs to
/// go on with: asked for again, it would only fail again.
async fn may_ask(tx: &WriteTx, row: &instance::Model, action: TaskAction) -> Result<bool, DbErr> {
    if action != TaskAction::Terminate {
        return Ok(tasks::open_task(tx, &row.id).await?.is_none());
    }
    if row.status != InstanceStatus::NeedsReview {
        return Ok(true);
    }
    Ok(find::last_task(tx, &row.id).await?.is_none_or(|task| task.action != TaskAction::Terminate))
}

/// The action that brings an instance in `is` to what a contract in `contract` asks for.
fn missing(contract: SubscriptionStatus, is: InstanceStatus) -> Option<TaskAction> {
    use InstanceStatus as Is;
    match contract {
        SubscriptionStatus::Terminated => {
            let is_over = matches!(is, Is::Terminating | Is::Terminated);
            (!is_over).then_some(TaskAction::Terminate)
        }
        SubscriptionStatus::Suspended => {
            matches!(is, Is::Running | Is::Stopped | Is::Error).then_some(TaskAction::Suspend)
        }
        SubscriptionStatus::Active
        | SubscriptionStatus::Trialing
        | SubscriptionStatus::PastDue
        | SubscriptionStatus::Cancelled => (is == Is::Suspended).then_some(TaskAction::Unsuspend),
        SubscriptionStatus::Pending => None,
    }
}

/// Staff move a contract here that was taken over with its machine elsewhere: an instance of ours is made for it, at the
/// size of its present plan, and automation is in charge from then on. Where its machine is to be ours already nothing
/// happens: twice is once.
///
/// # Errors
/// `NotFound`; `InvalidState` where the contract is not active; those of asking for the work; the database.
pub async fn move_here(ctx: &Ctx, subscription_id: &SubscriptionId) -> Result<(), ProvisioningError> {
    let tx = ctx.begin().await?;
    alone(&tx, subscription_id).await?;
    // Locked as well: a change of its plan may be under way, whose size it would miss.
    let contract = subscription::Entity::find_by_id(subscription_id.clone()).lock_exclusive().one(&tx).await?;
    let contract = contract.ok_or(ProvisioningError::NotFound)?;
    if contract.elsewhere.is_none() {
        return Ok(());
    }
    if !matches!(contract.status, SubscriptionStatus::Active | SubscriptionStatus::Trialing) {
        return Err(ProvisioningError::InvalidState { status: InstanceStatus::Pending });
    }
    elsewhere::end(ctx, &tx, &contract).await?;
    instances::create(ctx, &tx, &contract, &tasks::by(ctx)).await?;
    tx.wake_after_commit(format!("customer:{}", contract.customer_id));
    Ok(tx.commit().await?)
}

/// The instance of a contract, if there is one.
pub async fn instance_of(ctx: &Ctx, id: &SubscriptionId) -> Result<Option<instance::Model>, DbErr> {
    Ok(find::by_subscription(&ctx.db, std::slice::from_ref(id)).await?.remove(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_asked_twice_and_stopped_instances_are_left_to_their_customers() {
        use InstanceStatus as Is;
        use SubscriptionStatus as Contract;
        for (contract, is, expected) in [
            (Contract::Active, Is::Suspended, Some(TaskAction::Unsuspend)),
            (Contract::PastDue, Is::Suspended, Some(TaskAction::Unsuspend)),
            (Contract::Active, Is::Stopped, None),
            (Contract::Active, Is::Running, None),
            (Contract::Suspended, Is::Running, Some(TaskAction::Suspend)),
            (Contract::Suspended, Is::Stopped, Some(TaskAction::Suspend)),
            (Contract::Suspended, Is::Suspended, None),
            (Contract::Terminated, Is::Provisioning, Some(TaskAction::Terminate)),
            (Contract::Terminated, Is::Terminating, None),
            (Contract::Terminated, Is::NeedsReview, Some(TaskAction::Terminate)),
            (Contract::Pending, Is::Running, None),
        ] {
            assert_eq!(missing(contract, is), expected, "{contract} and {is}");
        }
    }
}
