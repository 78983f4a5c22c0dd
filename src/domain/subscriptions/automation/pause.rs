//! Pauses: while one covers a contract, nothing happens to it by itself: no invoice, no debit, no reminder, no
//! suspension, no removal. One of mails alone holds reminders and warnings back, and what must not come without them.
//! What people do, and money that comes, goes on. Each ends by itself.
use crate::{
    domain::{Ctx, subscriptions::SubscriptionError},
    kernel::{
        audit::Change,
        db,
        fault::FieldFault,
        page::{Page, PageRequest},
    },
};
use chrono::{DateTime, Duration, Utc};
use entity::{
    billing::{invoice, invoice_item},
    catalog::product,
    customers::customer,
    provisioning::{cluster, instance},
    subscriptions::{automation_pause, subscription},
    value::{PauseHolds, PauseScope, SubscriptionId, contact, next_ulid},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel,
    JoinType, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, Query, SimpleExpr},
};
use serde_json::json;
use std::collections::HashMap;

/// Days a pause lasts at most; after that it has to be asked for again.
const LONGEST_DAYS: i64 = 366;
/// Characters of a reason at most.
const LONGEST_REASON: usize = 255;

/// A pause to be placed.
#[derive(Clone, Debug)]
pub struct NewPause<'a> {
    /// How far it reaches.
    pub scope: PauseScope,
    /// What it holds back.
    pub holds: PauseHolds,
    /// Which cluster, product, customer or contract; ignored for everything.
    pub target_id: &'a str,
    /// When it ends by itself.
    pub ends_at: DateTime<Utc>,
    /// Why.
    pub reason: &'a str,
}

/// Places a pause. One that is open for the same target and holds the same back is replaced.
///
/// # Errors
/// `NotFound` for an unknown target; `Invalid` by field (`ends_at`, `reason`); the database.
pub async fn pause(ctx: &Ctx, new: NewPause<'_>) -> Result<automation_pause::Model, SubscriptionError> {
    let now = ctx.now();
    let mut faults = Vec::new();
    if new.ends_at <= now || new.ends_at > now + Duration::days(LONGEST_DAYS) {
        faults.push(FieldFault::new("ends_at", "out_of_range").with("min", 1).with("max", LONGEST_DAYS));
    }
    let reason =
        contact::line(new.reason, LONGEST_REASON).map_err(|wrong| faults.push(FieldFault::of("reason", wrong)));
    let (true, Ok(reason)) = (faults.is_empty(), reason) else { return Err(SubscriptionError::Invalid(faults)) };
    let target_id = Some(new.target_id.to_owned()).filter(|_| new.scope != PauseScope::Everything);
    if !exists(&ctx.db, new.scope, new.target_id).await? {
        return Err(SubscriptionError::NotFound);
    }
    let row = automation_pause::Model {
        id: format!("pau_{}", next_ulid()),
        scope: new.scope,
        open_key: Some(open_key(&new, target_id.as_deref())),
        target_id,
        holds: new.holds,
        reason,
        ends_at: new.ends_at,
        placed_by: ctx.actor.id().to_owned(),
        placed_at: now,
        lifted_at: None,
    };
    let tx = ctx.begin().await?;
    // A twin of this request waits, and then replaces it.
    db::exclusively(&tx, "subscriptions.automation.pause").await?;
    automation_pause::Entity::update_many()
        .col_expr(automation_pause::Column::OpenKey, Expr::value(None::<String>))
        .col_expr(automation_pause::Column::LiftedAt, Expr::value(Some(now)))
        .filter(automation_pause::Column::OpenKey.eq(row.open_key.clone()))
        .exec(&tx)
        .await?;
    automation_pause::Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(&tx).await?;
    let change = Change {
        action: "subscriptions.automation.pause",
        target_type: "automation_pause",
        target_id: &row.id,
        after: Some(told(&row)),
        reason: Some(&row.reason),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    ctx.made(&tx, &row.id).await?;
    tx.commit().await?;
    Ok(row)
}

fn open_key(new: &NewPause<'_>, target_id: Option<&str>) -> String {
    let target = format!("{}:{}", new.scope, target_id.unwrap_or_default());
    match new.holds {
        PauseHolds::Everything => target,
        PauseHolds::Mails => format!("{}:{target}", new.holds),
    }
}

fn told(row: &automation_pause::Model) -> serde_json::Value {
    json!({ "scope": row.scope, "holds": row.holds, "target_id": row.target_id, "ends_at": row.ends_at })
}

/// One pause.
///
/// # Errors
/// `NotFound`; the database.
pub async fn find_pause(db: &impl ConnectionTrait, id: &str) -> Result<automation_pause::Model, SubscriptionError> {
    automation_pause::Entity::find_by_id(id).one(db).await?.ok_or(SubscriptionError::NotFound)
}

async fn exists(db: &impl ConnectionTrait, scope: PauseScope, id: &str) -> Result<bool, DbErr> {
    let found = match scope {
        PauseScope::Everything => return Ok(true),
        PauseScope::Cluster => cluster::Entity::find_by_id(id).count(db).await?,
        PauseScope::Product => product::Entity::find_by_id(id).count(db).await?,
        PauseScope::Customer => customer::Entity::find_by_id(id).count(db).await?,
        PauseScope::Subscription => subscription::Entity::find_by_id(id).count(db).await?,
    };
    Ok(found == 1)
}

/// Lifts a pause before its end: what waited is due at once. Twice is once.
///
/// # Errors
/// `NotFound`; the database.
pub async fn lift(ctx: &Ctx, id: &str) -> Result<(), SubscriptionError> {
    let tx = ctx.begin().await?;
    let row = find_pause(&tx, id).await?;
    let lifted = automation_pause::Entity::update_many()
        .col_expr(automation_pause::Column::OpenKey, Expr::value(None::<String>))
        .col_expr(automation_pause::Column::LiftedAt, Expr::value(Some(ctx.now())))
        .filter(automation_pause::Column::Id.eq(id))
        .filter(automation_pause::Column::LiftedAt.is_null())
        .exec(&tx)
        .await?;
    if lifted.rows_affected == 0 {
        return Ok(());
    }
    let change = Change {
        action: "subscriptions.automation.resume",
        target_type: "automation_pause",
        target_id: id,
        before: Some(told(&row)),
        ..Change::default()
    };
    ctx.audit(&tx, change).await?;
    tx.commit().await?;
    Ok(())
}

/// Pauses that hold at `now`, newest first.
///
/// # Errors
/// The database.
pub async fn open_pauses(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    request: &PageRequest,
) -> Result<Page<automation_pause::Model>, DbErr> {
    let mut select = automation_pause::Entity::find()
        .filter(automation_pause::Column::LiftedAt.is_null())
        .filter(automation_pause::Column::EndsAt.gt(now))
        .order_by_desc(automation_pause::Column::Id)
        .limit(request.fetch());
    if let Some(after) = &request.after {
        select = select.filter(automation_pause::Column::Id.lt(after.as_str()));
    }
    Ok(Page::of(select.all(db).await?, request, |row| row.id.as_str()))
}

/// In a query of contracts: whether a pause covers the contract at `now`.
pub fn covers(now: DateTime<Utc>) -> SimpleExpr {
    holds_over(
        now,
        of_contract(subscription::Column::ProductId),
        of_contract(subscription::Column::CustomerId),
        of_contract(subscription::Column::Id),
    )
}

/// In a query of invoices: whether a pause covers the invoice at `now`, by its customer or by one of the contracts on its
/// lines.
pub fn covers_invoice(now: DateTime<Utc>) -> SimpleExpr {
    let contracts = Query::select()
        .expr(Expr::val(1))
        .from(invoice_item::Entity)
        .inner_join(
            subscription::Entity,
            Expr::col((subscription::Entity, subscription::Column::Id))
                .equals((invoice_item::Entity, invoice_item::Column::SubscriptionId)),
        )
        .and_where(
            Expr::col((invoice_item::Entity, invoice_item::Column::InvoiceId))
                .equals((invoice::Entity, invoice::Column::Id)),
        )
        .and_where(covers(now))
        .to_owned();
    let nothing = || SimpleExpr::from(String::new());
    let customer = Expr::col((invoice::Entity, invoice::Column::CustomerId));
    holds_over(now, nothing(), customer, nothing()).or(Expr::exists(contracts))
}

fn holds_over(now: DateTime<Utc>, product: SimpleExpr, customer: SimpleExpr, contract: SimpleExpr) -> SimpleExpr {
    let holds = Query::select()
        .expr(Expr::val(1))
        .from(automation_pause::Entity)
        .and_where(of_pause(automation_pause::Column::LiftedAt).is_null())
        .and_where(of_pause(automation_pause::Column::EndsAt).gt(now))
        .and_where(of_pause(automation_pause::Column::Holds).eq(PauseHolds::Everything.as_str()))
        .cond_where(reaches(product, customer, contract))
        .to_owned();
    Expr::exists(holds)
}

fn of_pause(column: automation_pause::Column) -> Expr {
    Expr::col((automation_pause::Entity, column))
}

/// In a query with pauses: whether one reaches such a contract.
fn reaches(product: SimpleExpr, customer: SimpleExpr, contract: SimpleExpr) -> Condition {
    let is_for = |scope: PauseScope, target: SimpleExpr| {
        Condition::all()
            .add(of_pause(automation_pause::Column::Scope).eq(scope.as_str()))
            .add(of_pause(automation_pause::Column::TargetId).eq(target))
    };
    // Asked only of pauses of clusters, of which there are few.
    let runs_there = Query::select()
        .expr(Expr::val(1))
        .from(instance::Entity)
        .and_where(Expr::col((instance::Entity, instance::Column::SubscriptionId)).eq(contract.clone()))
        .and_where(
            Expr::col((instance::Entity, instance::Column::ClusterId))
                .equals((automation_pause::Entity, automation_pause::Column::TargetId)),
        )
        .to_owned();
    Condition::any()
        .add(of_pause(automation_pause::Column::Scope).eq(PauseScope::Everything.as_str()))
        .add(
            Condition::all()
                .add(of_pause(automation_pause::Column::Scope).eq(PauseScope::Cluster.as_str()))
                .add(Expr::exists(runs_there)),
        )
        .add(is_for(PauseScope::Product, product))
        .add(is_for(PauseScope::Customer, customer))
        .add(is_for(PauseScope::Subscription, contract))
}

fn of_contract(column: subscription::Column) -> SimpleExpr {
    Expr::col((subscription::Entity, column))
}

/// The pauses, over or not, that reach these contracts: contract, pause.
async fn reaching(
    db: &impl ConnectionTrait,
    ids: &[SubscriptionId],
    which: Condition,
) -> Result<Vec<(SubscriptionId, String)>, DbErr> {
    let ask = Query::select()
        .column((subscription::Entity, subscription::Column::Id))
        .expr_as(of_pause(automation_pause::Column::Id), "pause_id")
        .from(subscription::Entity)
        .join(
            JoinType::InnerJoin,
            automation_pause::Entity,
            reaches(
                of_contract(subscription::Column::ProductId),
                of_contract(subscription::Column::CustomerId),
                of_contract(subscription::Column::Id),
            ),
        )
        .and_where(Expr::col((subscription::Entity, subscription::Column::Id)).is_in(ids.iter().map(|id| id.as_str())))
        .cond_where(which)
        .to_owned();
    let rows = db.query_all(&ask).await?;
    rows.iter().map(|row| Ok((SubscriptionId(row.try_get_by_index(0)?), row.try_get_by_index(1)?))).collect()
}

/// Until when the reminders of these contracts rest, as pauses of mails say that were not lifted and end after `after`.
///
/// # Errors
/// The database.
pub async fn mails_rest_until(
    db: &impl ConnectionTrait,
    ids: &[SubscriptionId],
    after: DateTime<Utc>,
) -> Result<HashMap<SubscriptionId, DateTime<Utc>>, DbErr> {
    let open = automation_pause::Entity::find()
        .filter(automation_pause::Column::Holds.eq(PauseHolds::Mails))
        .filter(automation_pause::Column::LiftedAt.is_null())
        .filter(automation_pause::Column::EndsAt.gt(after))
        .all(db)
        .await?;
    let ends: HashMap<&str, DateTime<Utc>> = open.iter().map(|row| (row.id.as_str(), row.ends_at)).collect();
    if ends.is_empty() || ids.is_empty() {
        return Ok(HashMap::new());
    }
    let which = Condition::all().add(of_pause(automation_pause::Column::Id).is_in(ends.keys().copied()));
    let mut rest = HashMap::new();
    for (contract, pause) in reaching(db, ids, which).await? {
        let end = ends[pause.as_str()];
        let latest = rest.entry(contract).or_insert(end);
        *latest = Ord::max(end, *latest);
    }
    Ok(rest)
}

/// The pauses that ever reached a contract since `since`, the newest of them, newest first.
///
/// # Errors
/// The database.
pub async fn pauses_of(
    db: &impl ConnectionTrait,
    id: &SubscriptionId,
    since: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<automation_pause::Model>, DbErr> {
    let which = Condition::all().add(of_pause(automation_pause::Column::EndsAt).gt(since)).add(
        Condition::any()
            .add(of_pause(automation_pause::Column::LiftedAt).is_null())
            .add(of_pause(automation_pause::Column::LiftedAt).gt(since)),
    );
    let found = reaching(db, std::slice::from_ref(id), which).await?;
    automation_pause::Entity::find()
        .filter(automation_pause::Column::Id.is_in(found.into_iter().map(|(_, pause)| pause)))
        .order_by_desc(automation_pause::Column::Id)
        .limit(limit)
        .all(db)
        .await
}

/// Whether a pause covers this contract at `now`.
///
/// # Errors
/// The database.
pub async fn is_paused(
    db: &impl ConnectionTrait,
    contract: &subscription::Model,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let value = |text: &str| SimpleExpr::from(text.to_owned());
    let (product, customer) = (value(contract.product_id.as_str()), value(contract.customer_id.as_str()));
    let ask = Query::select().expr(holds_over(now, product, customer, value(contract.id.as_str()))).to_owned();
    let row = db.query_one(&ask).await?;
    row.map_or(Ok(false), |row| row.try_get_by_index(0))
}
