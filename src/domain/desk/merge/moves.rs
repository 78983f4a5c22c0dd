//! What goes from one customer to the other, table by table; a test holds the lists against the entities.
use crate::{
    domain::{Ctx, billing::invoice as invoices, subscriptions::open::exclusive_key},
    kernel::db::{WriteTx, insert_all},
};
use entity::{
    billing::{credit_note, invoice, late_fee_exemption, moved_document},
    identity::user,
    provisioning::instance,
    subscriptions::{subscription, trial},
    takeover::import_link,
    value::{CustomerId, ImportKind, InvoiceId},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict, Query, UnionType},
};

/// Tables whose rows go as they are. Payments come before what is locked under them elsewhere.
const PLAIN: [&str; 18] = [
    "plan_changes",
    "payments",
    "payment_bundles",
    "payment_proofs",
    "refunds",
    "disputes",
    "gateway_differences",
    "unallocated_money",
    "write_offs",
    "late_fees",
    "orders",
    "coupon_redemptions",
    "waitlist_entries",
    "provision_tasks",
    "usage_samples",
    "custom_domains",
    "messages",
    "customer_notes",
];

/// Tables whose rows go as they are, but last: elsewhere they are locked after their invoice or their customer, and whoever
/// holds one of those must not be waited for with such a row in hand.
const LAST: [&str; 2] = ["withholdings", "quotes"];

/// What people are told about before: those of the tables that mean something to them.
const TOLD: [&str; 10] = [
    "subscriptions",
    "instances",
    "invoices",
    "credit_notes",
    "payments",
    "refunds",
    "orders",
    "quotes",
    "messages",
    "customer_notes",
];

/// How many rows of the tables that mean something to people would go; one statement.
pub(super) async fn counts(db: &impl ConnectionTrait, from: &CustomerId) -> Result<Vec<(&'static str, i64)>, DbErr> {
    let count = |table: &'static str| {
        Query::select()
            .expr_as(Expr::val(table), "name")
            .expr_as(Expr::col("customer_id").count(), "n")
            .from(table)
            .and_where(Expr::col("customer_id").eq(from.as_str()))
            .to_owned()
    };
    let [first, others @ ..] = TOLD;
    let mut all = count(first);
    for table in others {
        all.union(UnionType::All, count(table));
    }
    let mut found = Vec::with_capacity(TOLD.len());
    for row in db.query_all(&all).await? {
        let (name, n): (String, i64) = (row.try_get("", "name")?, row.try_get("", "n")?);
        found.extend(TOLD.iter().find(|table| **table == name).map(|table| (*table, n)));
    }
    Ok(found)
}

/// Contracts, with the word that lets one live contract of a product exist per customer. How many.
pub(super) async fn contracts(tx: &WriteTx, from: &CustomerId, into: &CustomerId) -> Result<u64, DbErr> {
    let exclusive = subscription::Entity::find()
        .filter(subscription::Column::CustomerId.eq(from))
        .filter(subscription::Column::ExclusiveKey.is_not_null())
        .order_by_asc(subscription::Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    for row in exclusive {
        subscription::Entity::update_many()
            .col_expr(subscription::Column::ExclusiveKey, Expr::value(exclusive_key(into, &row.product_id)))
            .filter(subscription::Column::Id.eq(&row.id))
            .exec(tx)
            .await?;
    }
    let moved = subscription::Entity::update_many()
        .col_expr(subscription::Column::CustomerId, Expr::value(into.as_str()))
        .filter(subscription::Column::CustomerId.eq(from))
        .exec(tx)
        .await?;
    Ok(moved.rows_affected)
}

/// Everything that goes as it is, but for what goes last.
pub(super) async fn plain(tx: &WriteTx, from: &CustomerId, into: &CustomerId) -> Result<(), DbErr> {
    give(tx, &PLAIN, from, into).await
}

/// What goes last; called once invoices are locked.
pub(super) async fn last(tx: &WriteTx, from: &CustomerId, into: &CustomerId) -> Result<(), DbErr> {
    give(tx, &LAST, from, into).await
}

async fn give(tx: &WriteTx, tables: &[&'static str], from: &CustomerId, into: &CustomerId) -> Result<(), DbErr> {
    for table in tables.iter().copied() {
        let update = Query::update()
            .table(table)
            .value("customer_id", into.as_str())
            .and_where(Expr::col("customer_id").eq(from.as_str()))
            .to_owned();
        tx.execute(&update).await?;
    }
    Ok(())
}

/// An invoice that goes.
pub(super) struct Bill {
    pub id: InvoiceId,
    pub number: String,
    pub open_minor: i64,
    /// Whether it has a hash to stand by.
    is_sealed: bool,
}

/// All invoices, locked until `tx` ends. Read until there are no more: a late fee that was being charged for one of them
/// is an invoice of its own.
pub(super) async fn locked_invoices(tx: &WriteTx, from: &CustomerId) -> Result<Vec<Bill>, DbErr> {
    let mut known = 0;
    loop {
        let rows = invoice::Entity::find()
            .filter(invoice::Column::CustomerId.eq(from))
            .order_by_asc(invoice::Column::Id)
            .lock_exclusive()
            .all(tx)
            .await?;
        if rows.len() == known {
            let bills = rows.into_iter().map(|row| Bill {
                open_minor: invoices::open_minor(&row),
                number: row.number.unwrap_or_default(),
                is_sealed: row.document_hash.is_some(),
                id: row.id,
            });
            return Ok(bills.collect());
        }
        known = rows.len();
    }
}

/// Invoices and credit notes, with a note beside each to whom it was issued: its hash is made of that.
pub(super) async fn documents(
    ctx: &Ctx,
    tx: &WriteTx,
    from: &CustomerId,
    into: &CustomerId,
    bills: &[Bill],
) -> Result<(), DbErr> {
    let notes: Vec<String> = credit_note::Entity::find()
        .select_only()
        .column(credit_note::Column::Id)
        .filter(credit_note::Column::CustomerId.eq(from))
        .into_tuple()
        .all(tx)
        .await?;
    let sealed = bills.iter().filter(|bill| bill.is_sealed).map(|bill| bill.id.0.clone());
    let rows = sealed.chain(notes).map(|document_id| {
        let row = moved_document::Model { document_id, issued_to: from.clone(), moved_at: ctx.now() };
        row.into_active_model().reset_all()
    });
    // Who was issued a document is said once, however often it moves on.
    let keep = OnConflict::column(moved_document::Column::DocumentId).do_nothing().to_owned();
    insert_all(tx, rows.collect(), Some(keep)).await?;
    invoice::Entity::update_many()
        .col_expr(invoice::Column::CustomerId, Expr::value(into.as_str()))
        .filter(invoice::Column::CustomerId.eq(from))
        .exec(tx)
        .await?;
    credit_note::Entity::update_many()
        .col_expr(credit_note::Column::CustomerId, Expr::value(into.as_str()))
        .filter(credit_note::Column::CustomerId.eq(from))
        .exec(tx)
        .await?;
    Ok(())
}

/// The rest that goes by rules of its own.
pub(super) async fn particular(tx: &WriteTx, from: &CustomerId, into: &CustomerId) -> Result<(), DbErr> {
    // Machines stay where they lie: their place on the cluster is named after whose they were.
    instance::Entity::update_many()
        .col_expr(instance::Column::TenantId, Expr::value(from.as_str()))
        .filter(instance::Column::CustomerId.eq(from))
        .filter(instance::Column::TenantId.is_null())
        .exec(tx)
        .await?;
    instance::Entity::update_many()
        .col_expr(instance::Column::CustomerId, Expr::value(into.as_str()))
        .filter(instance::Column::CustomerId.eq(from))
        .exec(tx)
        .await?;
    // A customer has one trial of each product, ever; what he had twice stays with whose it was.
    let had = trial::Entity::find()
        .select_only()
        .column(trial::Column::ProductId)
        .filter(trial::Column::CustomerId.eq(into))
        .into_tuple::<String>()
        .all(tx)
        .await?;
    trial::Entity::update_many()
        .col_expr(trial::Column::CustomerId, Expr::value(into.as_str()))
        .filter(trial::Column::CustomerId.eq(from))
        .filter(trial::Column::ProductId.is_not_in(had))
        .exec(tx)
        .await?;
    exemption(tx, from, into).await?;
    // A later file of the old system finds the account by these.
    import_link::Entity::update_many()
        .col_expr(import_link::Column::TargetId, Expr::value(into.as_str()))
        .filter(import_link::Column::Kind.eq(ImportKind::Customers))
        .filter(import_link::Column::TargetId.eq(from.as_str()))
        .exec(tx)
        .await?;
    import_link::Entity::update_many()
        .col_expr(import_link::Column::CustomerId, Expr::value(into.as_str()))
        .filter(import_link::Column::CustomerId.eq(from))
        .exec(tx)
        .await?;
    user::Entity::update_many()
        .col_expr(user::Column::LastCustomerId, Expr::value(into.as_str()))
        .filter(user::Column::LastCustomerId.eq(from.as_str()))
        .exec(tx)
        .await?;
    Ok(())
}

/// Who was let off late fees still is; there is one such row per customer.
async fn exemption(tx: &WriteTx, from: &CustomerId, into: &CustomerId) -> Result<(), DbErr> {
    if late_fee_exemption::Entity::find_by_id(into.clone()).one(tx).await?.is_some() {
        return Ok(());
    }
    late_fee_exemption::Entity::update_many()
        .col_expr(late_fee_exemption::Column::CustomerId, Expr::value(into.as_str()))
        .filter(late_fee_exemption::Column::CustomerId.eq(from))
        .exec(tx)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, fs, path::Path};

    /// Tables whose rows go by rules of their own.
    const PARTICULAR: [&str; 8] = [
        "subscriptions",
        "invoices",
        "credit_notes",
        "instances",
        "trials",
        "late_fee_exemptions",
        "import_links",
        "customer_members",
    ];
    /// Tables whose rows stay: what was booked, decided and done was his, and a cart is nobody's business.
    const STAYING: [&str; 7] = [
        "ledger_accounts",
        "wallet_transactions",
        "wallet_holds",
        "wallet_payouts",
        "approvals",
        "audit_logs",
        "carts",
    ];

    /// Tables whose entities name a customer.
    fn of_customers(folder: &Path) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                found.extend(of_customers(&path));
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let table = text.split("table_name = \"").nth(1).and_then(|rest| rest.split('"').next());
            found.extend(table.filter(|_| text.contains("pub customer_id:")).map(str::to_owned));
        }
        found
    }

    #[test]
    fn every_table_that_names_a_customer_is_thought_of() {
        let entities = Path::new(env!("CARGO_MANIFEST_DIR")).join("entity/src");
        let all = PLAIN.iter().chain(&LAST).chain(&PARTICULAR).chain(&STAYING).map(|table| (*table).to_owned());
        let listed: BTreeSet<String> = all.collect();
        let named = PLAIN.len() + LAST.len() + PARTICULAR.len() + STAYING.len();
        assert_eq!(listed.len(), named, "each is named once");
        assert_eq!(listed, of_customers(&entities));
    }

    #[test]
    fn what_is_locked_after_an_invoice_or_a_customer_elsewhere_goes_last() {
        for table in ["withholdings", "quotes"] {
            assert!(LAST.contains(&table) && !PLAIN.contains(&table), "{table}");
        }
    }
}
