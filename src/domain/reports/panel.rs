//! The customer's home: what runs, what is owed, what the wallet holds, what happened.
use crate::{
    domain::{
        Ctx,
        billing::{InvoiceError, invoice},
        customers, ledger,
        payments::attempt,
        provisioning,
        subscriptions::{self, SubscriptionView},
    },
    kernel::{
        fault::{CommonFault, Fault},
        page::PageRequest,
    },
};
use entity::{
    billing::invoice as invoice_row,
    payments::payment,
    provisioning::{instance, task},
    value::{CustomerId, SubscriptionId, SubscriptionStatus},
};
use std::collections::HashMap;

/// Contracts that are looked at, newest first.
const CONTRACTS: u64 = 50;
/// Documents, payments and tasks that are looked at for the recent activity, each.
const RECENT: u64 = 6;

/// Everything on a customer's home.
#[derive(Clone, Debug)]
pub struct PanelDashboard {
    /// Contracts that have not ended, newest first.
    pub contracts: Vec<SubscriptionView>,
    /// The newest instance of each.
    pub instances: HashMap<SubscriptionId, instance::Model>,
    /// Invoices to be paid, the one due first first.
    pub open_invoices: Vec<invoice_row::Model>,
    /// What the wallet holds, minor units.
    pub balance_minor: i64,
    /// Currency of the account.
    pub currency: String,
    /// Newest invoices.
    pub invoices: Vec<invoice_row::Model>,
    /// Newest payments.
    pub payments: Vec<payment::Model>,
    /// Newest work on services.
    pub tasks: Vec<task::Model>,
}

/// Everything on the home of `customer_id`, in a constant number of queries.
///
/// # Errors
/// `NotFound` for an unknown customer; the database.
pub async fn panel_dashboard(ctx: &Ctx, customer_id: &CustomerId) -> Result<PanelDashboard, CommonFault> {
    let db = &ctx.db;
    let first = |limit| PageRequest { after: None, limit };
    let customer = customers::get(db, customer_id).await.map_err(common)?;
    let mut contracts = subscriptions::find::list_owned(db, customer_id, &first(CONTRACTS)).await?.rows;
    contracts.retain(|view| view.subscription.status != SubscriptionStatus::Terminated);
    let ids: Vec<SubscriptionId> = contracts.iter().map(|view| view.subscription.id.clone()).collect();
    let invoices = invoice::list_for(ctx, customer_id, &first(RECENT)).await.map_err(|error| match error {
        InvoiceError::Database(error) => CommonFault::Database(error),
        other => common(other),
    })?;
    Ok(PanelDashboard {
        instances: provisioning::find::by_subscription(db, &ids).await?,
        contracts,
        open_invoices: invoice::open_of_customer(db, customer_id).await?,
        balance_minor: ledger::balance_minor(db, customer_id, &customer.currency).await.map_err(common)?,
        currency: customer.currency,
        invoices: invoices.rows,
        payments: attempt::list_for(ctx, customer_id, &first(RECENT)).await.map_err(common)?.rows,
        tasks: provisioning::find::tasks_for(db, customer_id, &first(RECENT)).await?.rows,
    })
}

/// Reading has two ways to go wrong: the row is missing, or the database is.
fn common(fault: impl Fault) -> CommonFault {
    match fault.kind() {
        crate::kernel::fault::Kind::NotFound => CommonFault::NotFound,
        _ => CommonFault::Internal(fault.to_string()),
    }
}
