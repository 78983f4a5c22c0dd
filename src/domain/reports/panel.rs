//! The customer's home: what runs, what is owed, what the wallet holds, what happened.
use crate::{
    domain::{
        Ctx,
        billing::{invoice::Bill, withholding},
        ledger, provisioning,
        subscriptions::{self, SubscriptionView},
    },
    kernel::{
        fault::CommonFault,
        memo::{Family, Memo},
        page::PageRequest,
    },
};
use chrono::{DateTime, Utc};
use entity::{
    billing::invoice,
    payments::payment,
    provisioning::{instance, task},
    value::{
        CustomerId, InstanceId, InvoiceId, InvoiceStatus, PaymentId, PaymentStatus, SubscriptionId, SubscriptionStatus,
        TaskAction, TaskStatus,
    },
};
use sea_orm::{
    ColumnTrait, DbErr, DerivePartialModel, EntityTrait, ExprTrait, Order, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Alias, Expr, Query, UnionType},
};
use std::{collections::HashMap, sync::Arc};

/// Contracts that are looked at, newest first.
const CONTRACTS: u64 = 50;
/// Documents, payments and tasks that are looked at for the recent activity, each.
const RECENT: usize = 6;
/// Invoices that are read at most, the newest first.
const INVOICES: u64 = 200;

/// A payment as the recent activity tells it.
#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "payment::Entity")]
pub struct RecentPayment {
    /// Its id.
    pub id: PaymentId,
    /// What it pays.
    pub invoice_id: Option<InvoiceId>,
    /// Where it stands.
    pub status: PaymentStatus,
    /// Through which gateway.
    pub gateway: String,
    /// How it is paid.
    pub method: String,
    /// How much, minor units.
    pub amount_minor: i64,
    /// When the money came.
    pub settled_at: Option<DateTime<Utc>>,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
}

/// Work on a service as the recent activity tells it.
#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "task::Entity")]
pub struct RecentTask {
    /// On which instance.
    pub instance_id: InstanceId,
    /// What is done.
    pub action: TaskAction,
    /// Where it stands.
    pub status: TaskStatus,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it was over.
    pub finished_at: Option<DateTime<Utc>>,
}

/// Everything on a customer's home.
#[derive(Clone, Debug)]
pub struct PanelDashboard {
    /// Contracts that have not ended, newest first.
    pub contracts: Vec<SubscriptionView>,
    /// The newest instance of each.
    pub instances: HashMap<SubscriptionId, instance::Model>,
    /// Invoices to be paid, the one due first first.
    pub open_invoices: Vec<Bill>,
    /// What the wallet holds, minor units.
    pub balance_minor: i64,
    /// Currency of the account.
    pub currency: String,
    /// Newest invoices.
    pub invoices: Vec<Bill>,
    /// Newest payments.
    pub payments: Vec<RecentPayment>,
    /// Newest work on services.
    pub tasks: Vec<RecentTask>,
}

/// Homes that are kept at most.
const HOMES: u64 = 256;

/// Homes of late: a customer who waits for something looks again and again.
pub struct KnownHomes(Memo<CustomerId, Arc<PanelDashboard>>);

impl Default for KnownHomes {
    fn default() -> Self {
        let made_of = &[
            Family::Catalog,
            Family::Contracts,
            Family::Instances,
            Family::Invoices,
            Family::Payments,
            Family::Tasks,
            Family::Balances,
        ];
        Self(Memo::new(made_of, HOMES))
    }
}

/// Everything on the home of `customer_id`, whose account is in `currency`: at most nine queries, none while nothing has
/// changed.
///
/// # Errors
/// The database.
pub async fn panel_dashboard(
    ctx: &Ctx,
    customer_id: &CustomerId,
    currency: &str,
) -> Result<Arc<PanelDashboard>, CommonFault> {
    let read = async { Ok(Some(Arc::new(read(ctx, customer_id, currency).await?))) };
    ctx.kept.homes.0.get(&ctx.live, customer_id, read).await?.ok_or(CommonFault::NotFound)
}

async fn read(ctx: &Ctx, customer_id: &CustomerId, currency: &str) -> Result<PanelDashboard, DbErr> {
    let db = &ctx.db;
    let newest = PageRequest { after: None, limit: CONTRACTS };
    let mut contracts = subscriptions::find::list_owned(ctx, customer_id, &newest).await?.rows;
    contracts.retain(|view| view.subscription.status != SubscriptionStatus::Terminated);
    let ids: Vec<SubscriptionId> = contracts.iter().map(|view| view.subscription.id.clone()).collect();
    let mut invoices = invoices_of(ctx, customer_id).await?;
    let mut open_invoices: Vec<Bill> =
        invoices.iter().filter(|bill| bill.status == InvoiceStatus::Issued).cloned().collect();
    // Of which only a proof of withheld tax is missing, nothing has to be paid.
    let covered = withholding::covered(db, open_invoices.iter().map(|bill| &bill.id)).await?;
    open_invoices.retain(|bill| !covered.contains(&bill.id));
    open_invoices.sort_by(|one, other| (one.due_at, &one.id).cmp(&(other.due_at, &other.id)));
    invoices.truncate(RECENT);
    Ok(PanelDashboard {
        instances: provisioning::find::by_subscription(db, &ids).await?,
        contracts,
        open_invoices,
        balance_minor: ledger::balance_minor(db, customer_id, currency).await?,
        currency: currency.to_owned(),
        invoices,
        payments: payment::Entity::find()
            .filter(payment::Column::CustomerId.eq(customer_id))
            .order_by_desc(payment::Column::Id)
            .limit(RECENT as u64)
            .into_partial_model()
            .all(db)
            .await?,
        tasks: task::Entity::find()
            .filter(task::Column::CustomerId.eq(customer_id.as_str()))
            .order_by_desc(task::Column::Id)
            .limit(RECENT as u64)
            .into_partial_model()
            .all(db)
            .await?,
    })
}

/// The newest invoices and those to be paid, newest first.
async fn invoices_of(ctx: &Ctx, customer_id: &CustomerId) -> Result<Vec<Bill>, DbErr> {
    let own = || {
        let mut ids = Query::select();
        ids.column(invoice::Column::Id)
            .from(invoice::Entity)
            .and_where(invoice::Column::CustomerId.eq(customer_id))
            // Nobody but staff sees drafts.
            .and_where(invoice::Column::Status.ne(InvoiceStatus::Draft));
        ids
    };
    let newest = own().order_by(invoice::Column::Id, Order::Desc).limit(RECENT as u64).to_owned();
    let newest = Query::select().column(invoice::Column::Id).from_subquery(newest, Alias::new("newest")).to_owned();
    let mut shown = own();
    shown.and_where(invoice::Column::Status.eq(InvoiceStatus::Issued)).union(UnionType::Distinct, newest);
    invoice::Entity::find()
        .filter(Expr::col(invoice::Column::Id).in_subquery(shown))
        .order_by_desc(invoice::Column::Id)
        .limit(INVOICES)
        .into_partial_model()
        .all(&ctx.db)
        .await
}
