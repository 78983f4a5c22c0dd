//! What stands in the way: what runs, what is owed, what is under way. Read with as many statements for much as for
//! little.
use entity::{
    billing::invoice,
    catalog::plan,
    ledger::wallet_payout,
    payments::{dispute, payment, refund},
    platform::approval,
    subscriptions::subscription,
    value::{
        ApprovalStatus, CustomerId, DisputeStatus, InvoiceStatus, PaymentStatus, RefundStatus, SubscriptionStatus,
        WalletPayoutStatus,
    },
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// Rows of one kind named at most: whoever has more of them has enough to do.
pub(super) const NAMED: u64 = 50;

/// What kind of thing stands in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ObstacleKind {
    /// A contract that stands.
    Contract,
    /// An invoice that is open.
    Invoice,
    /// An attempt to pay that is under way.
    Payment,
    /// Money on its way back; named by its payment.
    Refund,
    /// A payment the payer's bank took back, not over yet.
    Dispute,
    /// Something that waits for a second pair of eyes.
    Approval,
    /// A wallet below zero: the customer owes it.
    Overdrawn,
    /// The account into which another one would be merged is closed.
    Closed,
    /// Two accounts have other currencies.
    Currency,
    /// Two accounts are taxed in other countries.
    TaxCountry,
    /// One of two accounts is taxed, the other is not.
    TaxExempt,
    /// Two accounts have other tax numbers.
    TaxNumber,
    /// One of two accounts pays PPN to the state himself or withholds income tax, the other does not.
    TaxDuties,
    /// A contract of a product of which a customer has one at most, and two accounts have one.
    Product,
    /// Money of the wallet on its way to a bank account.
    Payout,
    /// A change of plan with money set aside; named by its contract.
    PlanChange,
    /// A pause of the whole account.
    Pause,
    /// A file that is being taken over.
    Import,
}

impl ObstacleKind {
    /// The word told by the API, and the key of its words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Contract => "contract",
            Self::Invoice => "invoice",
            Self::Payment => "payment",
            Self::Refund => "refund",
            Self::Dispute => "dispute",
            Self::Approval => "approval",
            Self::Overdrawn => "overdrawn",
            Self::Closed => "closed",
            Self::Currency => "currency",
            Self::TaxCountry => "tax_country",
            Self::TaxExempt => "tax_exempt",
            Self::TaxNumber => "tax_number",
            Self::TaxDuties => "tax_duties",
            Self::Product => "product",
            Self::Payout => "payout",
            Self::PlanChange => "plan_change",
            Self::Pause => "pause",
            Self::Import => "import",
        }
    }
}

/// One thing that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// What kind of thing.
    pub kind: ObstacleKind,
    /// Which.
    pub id: String,
    /// What people call it.
    pub label: String,
}

impl Obstacle {
    pub(super) fn new(kind: ObstacleKind, id: impl Into<String>, label: impl Into<String>) -> Self {
        Self { kind, id: id.into(), label: label.into() }
    }
}

/// What keeps an account from being closed; `balance_minor` is what its wallet holds.
pub(super) async fn to_closing(
    db: &impl ConnectionTrait,
    id: &CustomerId,
    balance_minor: i64,
) -> Result<Vec<Obstacle>, DbErr> {
    let mut found = contracts(db, id).await?;
    found.extend(invoices(db, id).await?);
    found.extend(under_way(db, id).await?);
    found.extend(refund_transfers(db, id).await?);
    found.extend((balance_minor < 0).then(|| Obstacle::new(ObstacleKind::Overdrawn, id.as_str(), "")));
    Ok(found)
}

/// Contracts that stand, by the name of their plan.
async fn contracts(db: &impl ConnectionTrait, id: &CustomerId) -> Result<Vec<Obstacle>, DbErr> {
    let rows = subscription::Entity::find()
        .filter(subscription::Column::CustomerId.eq(id))
        .filter(subscription::Column::Status.ne(SubscriptionStatus::Terminated))
        .order_by_desc(subscription::Column::Id)
        .limit(NAMED)
        .find_also_related(plan::Entity)
        .all(db)
        .await?;
    let named = rows.into_iter().map(|(row, plan)| {
        Obstacle::new(ObstacleKind::Contract, row.id.0, plan.map(|plan| plan.name).unwrap_or_default())
    });
    Ok(named.collect())
}

/// Invoices that wait for money, by their number.
async fn invoices(db: &impl ConnectionTrait, id: &CustomerId) -> Result<Vec<Obstacle>, DbErr> {
    let rows = invoice::Entity::find()
        .filter(invoice::Column::CustomerId.eq(id))
        .filter(invoice::Column::Status.eq(InvoiceStatus::Issued))
        .order_by_desc(invoice::Column::Id)
        .limit(NAMED)
        .all(db)
        .await?;
    let named = rows.into_iter().map(|row| {
        let number = row.number.unwrap_or_else(|| row.id.0.clone());
        Obstacle::new(ObstacleKind::Invoice, row.id.0, number)
    });
    Ok(named.collect())
}

/// Refunds that are to be transferred to a bank account. Other payouts of the wallet go on when the account is closed.
async fn refund_transfers(db: &impl ConnectionTrait, id: &CustomerId) -> Result<Vec<Obstacle>, DbErr> {
    let rows = wallet_payout::Entity::find()
        .filter(wallet_payout::Column::CustomerId.eq(id))
        .filter(wallet_payout::Column::RefundId.is_not_null())
        .filter(wallet_payout::Column::Status.is_in([WalletPayoutStatus::Waiting, WalletPayoutStatus::Open]))
        .order_by_desc(wallet_payout::Column::Id)
        .limit(NAMED)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| Obstacle::new(ObstacleKind::Payout, row.id.0, row.reason)).collect())
}

/// Money on its way in either direction, and decisions about it that are not made.
pub(super) async fn under_way(db: &impl ConnectionTrait, id: &CustomerId) -> Result<Vec<Obstacle>, DbErr> {
    let open: Vec<PaymentStatus> = PaymentStatus::ALL.iter().copied().filter(|status| status.is_open()).collect();
    let payments = payment::Entity::find()
        .filter(payment::Column::CustomerId.eq(id))
        .filter(payment::Column::Status.is_in(open))
        .order_by_desc(payment::Column::Id)
        .limit(NAMED)
        .all(db)
        .await?;
    let refunds = refund::Entity::find()
        .filter(refund::Column::CustomerId.eq(id))
        .filter(refund::Column::Status.is_in([RefundStatus::Pending, RefundStatus::Unknown]))
        .order_by_desc(refund::Column::Id)
        .limit(NAMED)
        .all(db)
        .await?;
    let disputes = dispute::Entity::find()
        .filter(dispute::Column::CustomerId.eq(id))
        .filter(dispute::Column::Status.eq(DisputeStatus::Open))
        .order_by_desc(dispute::Column::Id)
        .limit(NAMED)
        .all(db)
        .await?;
    let approvals = approval::Entity::find()
        .filter(approval::Column::CustomerId.eq(id.as_str()))
        .filter(approval::Column::Status.eq(ApprovalStatus::Pending))
        .order_by_desc(approval::Column::Id)
        .limit(NAMED)
        .all(db)
        .await?;
    let payments = payments.into_iter().map(|row| Obstacle::new(ObstacleKind::Payment, row.id.0, row.reference));
    let refunds = refunds.into_iter().map(|row| Obstacle::new(ObstacleKind::Refund, row.payment_id.0, row.reason));
    let disputes = disputes.into_iter().map(|row| Obstacle::new(ObstacleKind::Dispute, row.id.0, row.reference));
    let approvals = approvals.into_iter().map(|row| {
        let reason = row.payload["reason"].as_str().unwrap_or_default().to_owned();
        Obstacle::new(ObstacleKind::Approval, row.id.0, reason)
    });
    Ok(payments.chain(refunds).chain(disputes).chain(approvals).collect())
}
