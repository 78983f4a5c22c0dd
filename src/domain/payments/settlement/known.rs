//! What our tables and the books know of what lines speak of. A constant number of statements per thousand lines.
use super::{
    columns::{Kind, Told},
    keys::second_key,
};
use crate::domain::payments::dispute;
use entity::{
    payments::{dispute as disputes, payment, refund, settlement_line, unallocated_money},
    value::{DisputeStatus, PaymentAccountId, PaymentId, PaymentStatus, RefundId, RefundStatus},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Statement,
};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Names looked up with one statement.
pub(super) const AT_ONCE: usize = 1_000;

/// Everything lines may speak of.
pub(super) struct Known {
    pub(super) payments: HashMap<String, payment::Model>,
    pub(super) unallocated: HashMap<String, unallocated_money::Model>,
    pub(super) refunds: HashMap<PaymentId, Vec<refund::Model>>,
    pub(super) taken_back: HashMap<PaymentId, i64>,
    pub(super) chargebacks: HashSet<PaymentId>,
    /// Disputes about payments that lines of fees, of taking back and of giving back speak of.
    pub(super) disputes: HashMap<PaymentId, disputes::Model>,
    /// What had come of payments of which the books know better, see [`expected_minor`].
    pub(super) came: HashMap<PaymentId, i64>,
    /// What came back of payments that were disputed.
    pub(super) returned: HashMap<PaymentId, Returned>,
    /// Keys of lines that stand in reports of the account, with what they come to.
    pub(super) keys: HashMap<String, (i64, i64)>,
}

/// Where a dispute about a payment stands that is not lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Returned {
    /// It is open: nothing came back yet.
    Open,
    /// It was won.
    Won {
        /// How much lies at the gateway.
        minor: i64,
        /// The payment it became; none where all of it made up for money that had been spent.
        became: Option<PaymentId>,
    },
}

/// Whether the books know better than the payment what its gateway pays out for it: of one that was taken back what had
/// come before, because a report tells the payment and the taking back one by one; and of what a won dispute brought all
/// of it, also what made up for money that had been spent.
fn is_told_by_the_books(payment: &payment::Model) -> bool {
    matches!(payment.status, PaymentStatus::Reversed | PaymentStatus::Chargeback) || payment.method == dispute::METHOD
}

/// What we expect a gateway to pay out for `payment`, minor units; nothing where no money of it was ever booked.
pub(super) fn expected_minor(payment: &payment::Model, came: &HashMap<PaymentId, i64>) -> Option<i64> {
    if is_told_by_the_books(payment) {
        return came.get(&payment.id).copied();
    }
    (payment.status.rank() >= PaymentStatus::Succeeded.rank()).then_some(payment.received_minor)
}

/// What is expected for one payment.
pub(super) async fn expected_of(db: &impl ConnectionTrait, payment: &payment::Model) -> Result<Option<i64>, DbErr> {
    Ok(expected_minor(payment, &came(db, std::slice::from_ref(payment)).await?))
}

/// What came of those of `payments` of which the books know better.
async fn came<'a>(
    db: &impl ConnectionTrait,
    payments: impl IntoIterator<Item = &'a payment::Model>,
) -> Result<HashMap<PaymentId, i64>, DbErr> {
    let told = payments.into_iter().filter(|payment| is_told_by_the_books(payment));
    let keys: HashMap<String, PaymentId> = told.map(|payment| (settled_key(&payment.id), payment.id.clone())).collect();
    let sums = cleared(db, keys.keys().cloned().collect()).await?;
    Ok(keys.into_iter().filter_map(|(key, id)| Some((id, *sums.get(&key)?))).collect())
}

/// Names the posting by which a payment was booked.
fn settled_key(id: &PaymentId) -> String {
    format!("payment_settled:{id}")
}

#[derive(FromQueryResult)]
struct Cleared {
    name: String,
    minor: i64,
}

/// What the postings of these keys put into the hands of gateways.
async fn cleared(db: &impl ConnectionTrait, keys: Vec<String>) -> Result<HashMap<String, i64>, DbErr> {
    let mut sums = HashMap::new();
    for keys in keys.chunks(AT_ONCE) {
        let places: Vec<String> = (1..=keys.len()).map(|at| format!("${at}")).collect();
        let sql = format!(
            "SELECT t.idempotency_key AS name, CAST(SUM(e.amount_minor) AS bigint) AS minor FROM ledger_transactions t
             JOIN ledger_entries e ON e.transaction_id = t.id
             JOIN ledger_accounts a ON a.id = e.account_id AND a.kind = 'gateway_clearing'
             WHERE t.idempotency_key IN ({})
             GROUP BY t.idempotency_key",
            places.join(", ")
        );
        let values = keys.iter().map(|key| key.clone().into());
        let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        let rows = Cleared::find_by_statement(statement).all(db).await?;
        sums.extend(rows.into_iter().map(|row| (row.name, row.minor)));
    }
    Ok(sums)
}

/// Looks up what `lines` of reports of the account may speak of.
pub(super) async fn known(
    db: &impl ConnectionTrait,
    account_id: &PaymentAccountId,
    lines: &[(Told, String, bool)],
) -> Result<Known, DbErr> {
    let names: BTreeSet<&str> = lines
        .iter()
        .flat_map(|(told, _, _)| [told.reference.as_str(), told.external_id.as_str()])
        .filter(|name| !name.is_empty())
        .collect();
    let names: Vec<&str> = names.into_iter().collect();
    let (mut by_reference, mut by_external, mut unallocated) = (HashMap::new(), HashMap::new(), HashMap::new());
    for names in names.chunks(AT_ONCE) {
        use payment::Column::{AccountId, ExternalId, Reference};
        let ours = || payment::Entity::find().filter(AccountId.eq(account_id));
        for row in ours().filter(Reference.is_in(names.iter().copied())).all(db).await? {
            by_reference.insert(row.reference.clone(), row);
        }
        for row in ours().filter(ExternalId.is_in(names.iter().copied())).all(db).await? {
            by_external.insert(row.external_id.clone().unwrap_or_default(), row);
        }
        let found = unallocated_money::Entity::find()
            .filter(unallocated_money::Column::AccountId.eq(account_id))
            .filter(unallocated_money::Column::Reference.is_in(names.iter().copied()))
            .filter(unallocated_money::Column::PaidOutAt.is_null());
        for row in found.all(db).await? {
            unallocated.insert(row.reference.clone(), row);
        }
    }
    // A name of ours goes before one of the gateway's: columns may be taken for each other.
    by_external.extend(by_reference);
    let payments: HashMap<String, payment::Model> = by_external;
    let of_kind = |wanted: Kind| -> Vec<String> {
        let lines = lines.iter().filter(|(told, _, _)| told.kind == wanted);
        let ids: BTreeSet<String> =
            lines.filter_map(|(told, _, _)| find(&payments, told)).map(|payment| payment.id.0.clone()).collect();
        ids.into_iter().collect()
    };
    let refunds = refunds_of(db, of_kind(Kind::Refund)).await?;
    let (taken_back, chargebacks) = taken_back(db, of_kind(Kind::Chargeback)).await?;
    let returned = returned(db, of_kind(Kind::Returned)).await?;
    let disputed = [Kind::Chargeback, Kind::Returned, Kind::DisputeFee].map(of_kind).concat();
    let disputes = disputes_of(db, disputed).await?;
    let came = came(db, payments.values()).await?;
    let keys = keys_of(db, account_id, lines).await?;
    Ok(Known { payments, unallocated, refunds, taken_back, chargebacks, disputes, came, returned, keys })
}

/// The payment a line speaks of.
pub(super) fn find<'a>(payments: &'a HashMap<String, payment::Model>, told: &Told) -> Option<&'a payment::Model> {
    let by = |name: &str| if name.is_empty() { None } else { payments.get(name) };
    by(&told.reference).or_else(|| by(&told.external_id))
}

/// The disputes about these payments.
pub(super) async fn disputes_of(
    db: &impl ConnectionTrait,
    ids: Vec<String>,
) -> Result<HashMap<PaymentId, disputes::Model>, DbErr> {
    let mut found = HashMap::new();
    for ids in ids.chunks(AT_ONCE) {
        let rows = disputes::Entity::find().filter(disputes::Column::PaymentId.is_in(ids.iter().cloned()));
        found.extend(rows.all(db).await?.into_iter().map(|row| (row.payment_id.clone(), row)));
    }
    Ok(found)
}

async fn keys_of(
    db: &impl ConnectionTrait,
    account_id: &PaymentAccountId,
    lines: &[(Told, String, bool)],
) -> Result<HashMap<String, (i64, i64)>, DbErr> {
    use settlement_line::Column::{AccountId, GrossMinor, LineKey, NetMinor};
    let new = lines.iter().filter(|(_, _, is_new)| *is_new);
    let new: Vec<String> = new.flat_map(|(told, key, _)| [key.clone(), second_key(key, told)]).collect();
    let mut found = HashMap::new();
    for keys in new.chunks(AT_ONCE) {
        let rows: Vec<(String, i64, i64)> = settlement_line::Entity::find()
            .select_only()
            .columns([LineKey, GrossMinor, NetMinor])
            .filter(AccountId.eq(account_id))
            .filter(LineKey.is_in(keys.iter().cloned()))
            .into_tuple()
            .all(db)
            .await?;
        found.extend(rows.into_iter().map(|(key, gross, net)| (key, (gross, net))));
    }
    Ok(found)
}

/// Refunds through the gateway that no report has deducted yet, oldest first.
pub(super) async fn refunds_of(
    db: &impl ConnectionTrait,
    ids: Vec<String>,
) -> Result<HashMap<PaymentId, Vec<refund::Model>>, DbErr> {
    let mut found: HashMap<PaymentId, Vec<refund::Model>> = HashMap::new();
    for ids in ids.chunks(AT_ONCE) {
        let rows = refund::Entity::find()
            .filter(refund::Column::PaymentId.is_in(ids.iter().cloned()))
            .filter(refund::Column::Status.eq(RefundStatus::Succeeded))
            .filter(refund::Column::Destination.eq("gateway"))
            .order_by_asc(refund::Column::Id)
            .all(db)
            .await?;
        let deducted: Vec<Option<RefundId>> = settlement_line::Entity::find()
            .select_only()
            .column(settlement_line::Column::RefundId)
            .filter(settlement_line::Column::RefundId.is_in(rows.iter().map(|row| row.id.0.clone())))
            .into_tuple()
            .all(db)
            .await?;
        let deducted: HashSet<RefundId> = deducted.into_iter().flatten().collect();
        for row in rows.into_iter().filter(|row| !deducted.contains(&row.id)) {
            found.entry(row.payment_id.clone()).or_default().push(row);
        }
    }
    Ok(found)
}

#[derive(FromQueryResult)]
struct Taken {
    id: PaymentId,
    minor: i64,
}

/// What the books say gateways took back of these payments, and of which a report has deducted it already.
pub(super) async fn taken_back(
    db: &impl ConnectionTrait,
    ids: Vec<String>,
) -> Result<(HashMap<PaymentId, i64>, HashSet<PaymentId>), DbErr> {
    let (mut sums, mut deducted) = (HashMap::new(), HashSet::new());
    for ids in ids.chunks(AT_ONCE) {
        let places: Vec<String> = (1..=ids.len()).map(|at| format!("${at}")).collect();
        let sql = format!(
            "SELECT t.source_id AS id, CAST(SUM(e.amount_minor) AS bigint) AS minor FROM ledger_transactions t
             JOIN ledger_entries e ON e.transaction_id = t.id
             JOIN ledger_accounts a ON a.id = e.account_id AND a.kind = 'gateway_clearing'
             WHERE t.source_type = 'payment' AND t.source_id IN ({}) AND t.kind IN ('payment_reversed', 'money_unallocated')
               AND e.amount_minor < 0
             GROUP BY t.source_id",
            places.join(", ")
        );
        let values = ids.iter().map(|id| id.clone().into());
        let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        let rows = Taken::find_by_statement(statement).all(db).await?;
        sums.extend(rows.into_iter().map(|row| (row.id, row.minor)));
        let lines: Vec<Option<PaymentId>> = settlement_line::Entity::find()
            .select_only()
            .column(settlement_line::Column::PaymentId)
            .filter(settlement_line::Column::PaymentId.is_in(ids.iter().cloned()))
            .filter(settlement_line::Column::Kind.eq(Kind::Chargeback.as_str()))
            .into_tuple()
            .all(db)
            .await?;
        deducted.extend(lines.into_iter().flatten());
    }
    Ok((sums, deducted))
}

/// Where disputes about these payments stand, but for those that are lost and those whose money a report has paid out.
pub(super) async fn returned(
    db: &impl ConnectionTrait,
    ids: Vec<String>,
) -> Result<HashMap<PaymentId, Returned>, DbErr> {
    let mut found = HashMap::new();
    for ids in ids.chunks(AT_ONCE) {
        let rows = disputes::Entity::find()
            .filter(disputes::Column::PaymentId.is_in(ids.iter().cloned()))
            .filter(disputes::Column::Status.is_in([DisputeStatus::Open, DisputeStatus::Won]))
            .all(db)
            .await?;
        let paid_out = returned_before(db, &rows).await?;
        let key_of = |row: &disputes::Model| match &row.won_payment_id {
            Some(won) => settled_key(won),
            None => format!("dispute_won:{}", row.id),
        };
        let sums = cleared(db, rows.iter().map(key_of).collect()).await?;
        for row in rows.into_iter().filter(|row| !paid_out.contains(&row.payment_id)) {
            let won = sums.get(&key_of(&row)).copied();
            match (row.status, won) {
                (DisputeStatus::Open, _) => {
                    found.insert(row.payment_id, Returned::Open);
                }
                (_, Some(minor)) => {
                    found.insert(row.payment_id, Returned::Won { minor, became: row.won_payment_id });
                }
                _ => {}
            }
        }
    }
    Ok(found)
}

/// The disputed payments whose money, won back, a report has paid out.
async fn returned_before(db: &impl ConnectionTrait, rows: &[disputes::Model]) -> Result<HashSet<PaymentId>, DbErr> {
    use settlement_line::Column::{Kind as LineKind, PaymentId as Paid};
    let ids = rows.iter().map(|row| row.won_payment_id.as_ref().unwrap_or(&row.payment_id).0.clone());
    let lines: Vec<(Option<PaymentId>, String)> = settlement_line::Entity::find()
        .select_only()
        .columns([Paid, LineKind])
        .filter(Paid.is_in(ids))
        .into_tuple()
        .all(db)
        .await?;
    let is_paid_out = |row: &&disputes::Model| match &row.won_payment_id {
        Some(won) => lines.iter().any(|(id, kind)| id.as_ref() == Some(won) && kind != Kind::Chargeback.as_str()),
        // The disputed payment has lines of its own: that which paid it out, and that which took it back.
        None => lines.iter().any(|(id, kind)| id.as_ref() == Some(&row.payment_id) && kind == Kind::Returned.as_str()),
    };
    Ok(rows.iter().filter(is_paid_out).map(|row| row.payment_id.clone()).collect())
}
