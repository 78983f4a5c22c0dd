//! Storing notifications. Those that arrive while another transaction writes are stored together: a flush to disk costs
//! as much for twenty as for one, and each is answered only after it.
use super::{
    PaymentError, ProcessEvent, attempt,
    gateway_event::{Received, is_done, outranks},
};
use crate::{
    domain::{Ctx, Services},
    kernel::{
        alert::{self, Alert},
        db::{self, WriteTx},
        fault::CommonFault,
        said::args,
        task,
    },
};
use entity::{
    payments::gateway_event,
    value::{GatewayEventId, GatewayEventStatus},
};
use futures_util::future::join_all;
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// Notifications of one transaction at most.
const BATCH: usize = 100;

/// A proven notification.
#[derive(Clone)]
pub(super) struct New {
    /// As it is to be stored.
    pub row: gateway_event::Model,
    /// What is odd about it, in words for staff.
    pub doubt: Option<String>,
}

/// Notifications that wait to be stored.
#[derive(Default)]
pub struct Inbox {
    waiting: Mutex<Vec<Waiting>>,
    /// Held while a batch is written: what arrives meanwhile becomes the next one.
    turn: tokio::sync::Mutex<()>,
}

struct Waiting {
    ctx: Ctx,
    new: New,
    told: oneshot::Sender<Result<Received, PaymentError>>,
}

impl Inbox {
    fn waiting(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Vec<Waiting> {
        let mut waiting = self.waiting();
        let count = waiting.len().min(BATCH);
        waiting.drain(..count).collect()
    }
}

/// Stores a notification durably, together with those that wait with it.
pub(super) async fn store(ctx: &Ctx, new: New) -> Result<Received, PaymentError> {
    let (told, answer) = oneshot::channel();
    ctx.inbox.waiting().push(Waiting { ctx: ctx.clone(), new, told });
    // A task of its own: a caller who hangs up takes nobody else's notification with him. Every arrival brings one, so
    // that nothing is left waiting whatever becomes of the others.
    task::spawn("payments.inbox", write_waiting(ctx.services.clone()));
    let lost = || CommonFault::Internal("the notification was not stored".to_owned()).into();
    answer.await.unwrap_or_else(|_| Err(lost()))
}

async fn write_waiting(services: Arc<Services>) {
    let _turn = services.inbox.turn.lock().await;
    if services.inbox.waiting().is_empty() {
        return;
    }
    let began = db::begin_write(&services.db, &services.live).await;
    let batch = services.inbox.take();
    let stored = match began {
        Ok(tx) => store_all(tx, &batch).await,
        Err(error) => Err(error.into()),
    };
    let answers = match stored {
        Ok(received) => received.into_iter().map(Ok).collect(),
        Err(error) if batch.len() == 1 => vec![Err(error)],
        // One of them cannot be stored: the others must not suffer for it.
        Err(_) => join_all(batch.iter().map(store_alone)).await,
    };
    for (one, answer) in batch.into_iter().zip(answers) {
        // A caller who hung up will send it again.
        let _ = one.told.send(answer);
    }
}

async fn store_all(tx: WriteTx, batch: &[Waiting]) -> Result<Vec<Received>, PaymentError> {
    let mut received = Vec::with_capacity(batch.len());
    for one in batch {
        received.push(store_in(&one.ctx, &tx, one.new.clone()).await?);
    }
    tx.commit().await?;
    Ok(received)
}

async fn store_alone(one: &Waiting) -> Result<Received, PaymentError> {
    let tx = one.ctx.begin().await?;
    let received = store_in(&one.ctx, &tx, one.new.clone()).await?;
    tx.commit().await?;
    Ok(received)
}

async fn store_in(ctx: &Ctx, tx: &WriteTx, New { row, doubt }: New) -> Result<Received, PaymentError> {
    let same = [gateway_event::Column::AccountId, gateway_event::Column::DeduplicationKey];
    let is_new = gateway_event::Entity::insert(row.clone().into_active_model().reset_all())
        .on_conflict(OnConflict::columns(same).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?
        == 1;
    let stored = if is_new { row } else { count(ctx, tx, row).await? };
    if let Some(doubt) = doubt {
        tell_of_doubt(ctx, tx, &stored.id, &doubt).await?;
    }
    if !is_done(stored.status) {
        ctx.enqueue(tx, &ProcessEvent { event_id: stored.id.clone() }).await?;
    }
    Ok(Received { event_id: stored.id, is_new })
}

/// The same news as `repeated` came before: it is counted, and what was stored first counts.
async fn count(ctx: &Ctx, tx: &WriteTx, repeated: gateway_event::Model) -> Result<gateway_event::Model, PaymentError> {
    let counted = gateway_event::Entity::update_many()
        .col_expr(gateway_event::Column::ReceivedCount, Expr::col(gateway_event::Column::ReceivedCount).add(1))
        .filter(gateway_event::Column::AccountId.eq(&repeated.account_id))
        .filter(gateway_event::Column::DeduplicationKey.eq(&repeated.deduplication_key))
        .exec_with_returning(tx)
        .await?;
    let mut first = counted.into_iter().next().ok_or(PaymentError::NotFound)?;
    if first.body != repeated.body {
        let key = format!("webhook_changed:{}", first.id);
        let alert = Alert { code: "webhook_changed", args: args([("id", first.id.as_str().into())]), key: &key };
        alert::raise(tx, ctx.now(), &ctx.correlation, alert).await?;
    }
    begin_again_if_behind(tx, &mut first).await?;
    Ok(first)
}

async fn tell_of_doubt(ctx: &Ctx, tx: &WriteTx, id: &GatewayEventId, doubt: &str) -> Result<(), PaymentError> {
    let key = format!("webhook_odd:{id}");
    let alert =
        Alert { code: "webhook_odd", args: args([("id", id.as_str().into()), ("doubt", doubt.into())]), key: &key };
    alert::raise(tx, ctx.now(), &ctx.correlation, alert).await?;
    Ok(())
}

/// News that was dealt with while the gateway's own answer lagged behind it, and that comes again, is dealt with again.
async fn begin_again_if_behind(tx: &WriteTx, stored: &mut gateway_event::Model) -> Result<(), PaymentError> {
    let (true, Some(told), Some(payment_id)) = (is_done(stored.status), stored.told, &stored.payment_id) else {
        return Ok(());
    };
    if outranks(told, attempt::get(tx, payment_id).await?.status) {
        stored.status = GatewayEventStatus::Received;
        gateway_event::Entity::update_many()
            .set(gateway_event::ActiveModel { status: Set(stored.status), ..Default::default() })
            .filter(gateway_event::Column::Id.eq(&stored.id))
            .exec(tx)
            .await?;
    }
    Ok(())
}
