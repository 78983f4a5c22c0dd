//! The dashboard of staff.
use crate::{
    domain::{
        Ctx,
        billing::{invoice::open_expr, withholding},
        payments::unallocated,
    },
    kernel::memo::{Family, Memo},
};
use chrono::{Days, NaiveDate};
use entity::{
    billing::invoice,
    payments::payment,
    platform::{alert, approval, job},
    provisioning::{instance, task},
    subscriptions::subscription,
    value::{
        ApprovalStatus, InstanceStatus, InvoiceStatus, JobStatus, SubscriptionStatus, TaskStatus, business_day,
        day_start,
    },
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
    sea_query::{CaseStatement, Expr, Func, SimpleExpr},
};
use std::sync::Arc;

/// Days of the series of money received.
pub const SERIES_DAYS: u64 = 14;
/// Alerts shown at most.
const SHOWN_ALERTS: u64 = 8;

/// What staff see first.
#[derive(Clone, Debug, PartialEq)]
pub struct WhmDashboard {
    /// Money received by business day, oldest first, today last, rupiah. Payments from wallets are not received again.
    pub received: Vec<(NaiveDate, i64)>,
    /// What customers still owe on issued invoices, rupiah.
    pub open_minor: i64,
    /// On how many invoices.
    pub open_count: i64,
    /// The part whose due date has passed, rupiah.
    pub overdue_minor: i64,
    /// On how many invoices.
    pub overdue_count: i64,
    /// Contracts that are active.
    pub active_subscriptions: u64,
    /// Instances by state, without the terminated ones.
    pub instances: Vec<(InstanceStatus, i64)>,
    /// Tasks that failed for good.
    pub failed_tasks: i64,
    /// Tasks that wait for a person.
    pub review_tasks: i64,
    /// Background work that was given up.
    pub dead_jobs: u64,
    /// Decisions that wait for a second pair of eyes.
    pub approvals: u64,
    /// Sums of money that fit nothing.
    pub unallocated: u64,
    /// The newest open alerts.
    pub alerts: Vec<alert::Model>,
}

/// What customers owe: how much on how many invoices, and the part of both whose due date has passed; rupiah.
type Receivables = (i64, i64, i64, i64);

/// Sums over whole tables, kept until one of their rows changes.
pub struct KnownSums {
    receivables: Memo<(), Receivables>,
    active: Memo<(), u64>,
    instances: Memo<(), Arc<Vec<(InstanceStatus, i64)>>>,
    /// By the last day of the series.
    received: Memo<NaiveDate, Arc<Vec<(NaiveDate, i64)>>>,
    tasks: Memo<(), Arc<Vec<(TaskStatus, i64)>>>,
    desk: Memo<(), Arc<Desk>>,
}

/// Decisions that wait, and the newest open alerts.
type Desk = (u64, Vec<alert::Model>);

impl Default for KnownSums {
    fn default() -> Self {
        Self {
            receivables: Memo::new(&[Family::Invoices], 1),
            active: Memo::new(&[Family::Contracts], 1),
            instances: Memo::new(&[Family::Instances], 1),
            received: Memo::new(&[Family::Payments], 1),
            tasks: Memo::new(&[Family::Tasks], 1),
            desk: Memo::new(&[Family::Desk], 1),
        }
    }
}

impl WhmDashboard {
    /// Received today, rupiah.
    pub fn received_today(&self) -> i64 {
        self.received.last().map_or(0, |(_, minor)| *minor)
    }
}

/// The dashboard at this instant, in at most ten statements; all but one run only when one of their rows changed.
///
/// # Errors
/// The database.
pub async fn whm_dashboard(ctx: &Ctx) -> Result<WhmDashboard, DbErr> {
    let (sums, live) = (&ctx.kept.sums, &ctx.live);
    let owed = sums.receivables.get(live, &(), async { receivables(ctx).await.map(Some) }).await?;
    let (open_minor, open_count, overdue_minor, overdue_count) = owed.unwrap_or_default();
    let active = sums.active.get(live, &(), async { active_contracts(ctx).await.map(Some) }).await?;
    let running = sums.instances.get(live, &(), async { Ok(Some(Arc::new(instances(ctx).await?))) }).await?;
    let tasks = sums.tasks.get(live, &(), async { Ok(Some(Arc::new(troubled_tasks(ctx).await?))) }).await?;
    let tasks_in = |status| {
        tasks.iter().flat_map(|tasks| tasks.iter()).find(|(found, _)| *found == status).map_or(0, |(_, count)| *count)
    };
    let today = business_day(ctx.now());
    let received = sums.received.get(live, &today, async { Ok(Some(Arc::new(received(ctx, today).await?))) }).await?;
    let desk = sums.desk.get(live, &(), async { Ok(Some(Arc::new(desk(ctx).await?))) }).await?;
    let (approvals, alerts) = desk.map(|desk| (*desk).clone()).unwrap_or_default();
    Ok(WhmDashboard {
        received: received.map(|found| found.to_vec()).unwrap_or_default(),
        open_minor,
        open_count,
        overdue_minor,
        overdue_count,
        active_subscriptions: active.unwrap_or_default(),
        instances: running.map(|found| found.to_vec()).unwrap_or_default(),
        failed_tasks: tasks_in(TaskStatus::Failed),
        review_tasks: tasks_in(TaskStatus::NeedsReview),
        dead_jobs: job::Entity::find().filter(job::Column::Status.eq(JobStatus::Dead)).count(&ctx.db).await?,
        approvals,
        unallocated: unallocated::open_count(ctx).await?,
        alerts,
    })
}

async fn troubled_tasks(ctx: &Ctx) -> Result<Vec<(TaskStatus, i64)>, DbErr> {
    task::Entity::find()
        .select_only()
        .column(task::Column::Status)
        .column_as(task::Column::Id.count(), "found")
        .filter(task::Column::Status.is_in([TaskStatus::Failed, TaskStatus::NeedsReview]))
        .group_by(task::Column::Status)
        .into_tuple()
        .all(&ctx.db)
        .await
}

async fn desk(ctx: &Ctx) -> Result<Desk, DbErr> {
    let waiting = approval::Entity::find().filter(approval::Column::Status.eq(ApprovalStatus::Pending));
    let alerts = alert::Entity::find()
        .filter(alert::Column::ResolvedAt.is_null())
        .order_by_desc(alert::Column::LastAt)
        .limit(SHOWN_ALERTS)
        .all(&ctx.db)
        .await?;
    Ok((waiting.count(&ctx.db).await?, alerts))
}

async fn active_contracts(ctx: &Ctx) -> Result<u64, DbErr> {
    let active = subscription::Column::Status.eq(SubscriptionStatus::Active);
    subscription::Entity::find().filter(active).count(&ctx.db).await
}

async fn instances(ctx: &Ctx) -> Result<Vec<(InstanceStatus, i64)>, DbErr> {
    let mut found: Vec<(InstanceStatus, i64)> = instance::Entity::find()
        .select_only()
        .column(instance::Column::Status)
        .column_as(instance::Column::Id.count(), "found")
        .filter(instance::Column::Status.ne(InstanceStatus::Terminated))
        .group_by(instance::Column::Status)
        .into_tuple()
        .all(&ctx.db)
        .await?;
    found.sort_by_key(|(status, _)| InstanceStatus::ALL.iter().position(|known| known == status));
    Ok(found)
}

/// `value` where `condition` holds, summed as a bigint.
fn sum_where(condition: Condition, value: SimpleExpr) -> SimpleExpr {
    let counted = CaseStatement::new().case(condition, value).finally(0);
    SimpleExpr::from(Func::sum(counted)).cast_as("bigint")
}

async fn receivables(ctx: &Ctx) -> Result<Receivables, DbErr> {
    let late = || Condition::all().add(invoice::Column::DueAt.lt(ctx.now()));
    type Sums = (Option<i64>, i64, Option<i64>, Option<i64>);
    let row: Option<Sums> = invoice::Entity::find()
        .select_only()
        .column_as(SimpleExpr::from(Func::sum(open_expr())).cast_as("bigint"), "open_minor")
        .column_as(invoice::Column::Id.count(), "open_count")
        .column_as(sum_where(late(), open_expr()), "overdue_minor")
        .column_as(sum_where(late(), Expr::val(1)), "overdue_count")
        .filter(invoice::Column::Status.eq(InvoiceStatus::Issued))
        .into_tuple()
        .one(&ctx.db)
        .await?;
    let (open, count, overdue, late_count) = row.unwrap_or_default();
    Ok((open.unwrap_or(0), count, overdue.unwrap_or(0), late_count.unwrap_or(0)))
}

/// One sum per business day, all in one statement.
async fn received(ctx: &Ctx, today: NaiveDate) -> Result<Vec<(NaiveDate, i64)>, DbErr> {
    use payment::Column::{Gateway, ReceivedMinor, SettledAt};
    let days: Vec<NaiveDate> =
        (0..SERIES_DAYS).rev().filter_map(|back| today.checked_sub_days(Days::new(back))).collect();

    let mut select = payment::Entity::find().select_only();
    for (place, day) in days.iter().enumerate() {
        let next = day.checked_add_days(Days::new(1)).unwrap_or(*day);
        let on_day = Condition::all().add(SettledAt.gte(day_start(*day))).add(SettledAt.lt(day_start(next)));
        select = select.column_as(sum_where(on_day, Expr::col(ReceivedMinor)), format!("day_{place}"));
    }
    let first = days.first().copied().unwrap_or(today);
    let select =
        select.filter(SettledAt.gte(day_start(first))).filter(Gateway.is_not_in(["wallet", withholding::GATEWAY]));
    let row = ctx.db.query_one(&select.into_query()).await?;
    let mut series = Vec::with_capacity(days.len());
    for (place, day) in days.into_iter().enumerate() {
        let minor: Option<i64> = match &row {
            Some(row) => row.try_get("", &format!("day_{place}"))?,
            None => None,
        };
        series.push((day, minor.unwrap_or(0)));
    }
    Ok(series)
}
