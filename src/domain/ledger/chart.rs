//! The chart of accounts. An account is opened when the first posting needs it.
use super::LedgerError;
use crate::kernel::db::{WriteTx, insert_all};
use chrono::{DateTime, Utc};
use entity::{
    ledger::account,
    value::{CustomerId, IDR, LedgerAccountId, LedgerAccountKind, PaymentAccountId, ProductKind},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use std::collections::{BTreeMap, HashMap};

/// Codes looked up with one statement.
const AT_ONCE: usize = 10_000;

/// An account of the ledger, by what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account {
    /// What a customer owes us.
    Receivable(CustomerId),
    /// What we owe a customer: his wallet.
    Wallet(CustomerId),
    /// Money a gateway has received for us and not yet paid out.
    GatewayClearing(PaymentAccountId),
    /// Our bank account.
    Bank,
    /// What we earned with one kind of product.
    Revenue(ProductKind),
    /// Tax we owe the state.
    TaxPayable,
    /// What gateways keep.
    GatewayFees,
    /// What we gave away to keep somebody happy, and corrections by hand.
    Goodwill,
    /// Debts that were given up, less what came of them all the same.
    BadDebts,
    /// What the business was worth when it came here: the other side of opening balances.
    Equity,
    /// Income tax that customers withheld and paid to the state for us.
    PrepaidTax,
    /// Money that came and fits nothing.
    Unallocated,
    /// What was invoiced for service that is still to be given.
    DeferredRevenue,
}

impl Account {
    /// Its code in the home currency; other currencies have accounts of their own.
    pub fn code(&self, currency: &str) -> String {
        let code = match self {
            Self::Receivable(customer) => format!("receivable:{customer}"),
            Self::Wallet(customer) => format!("wallet:{customer}"),
            Self::GatewayClearing(account) => format!("gateway_clearing:{account}"),
            Self::Bank => "bank".to_owned(),
            // What is earned because somebody pays late is no revenue of a product.
            Self::Revenue(ProductKind::LateFee) => "late_fees".to_owned(),
            Self::Revenue(kind) => format!("revenue:{kind}"),
            Self::TaxPayable => "tax_payable".to_owned(),
            Self::GatewayFees => "gateway_fees".to_owned(),
            Self::Goodwill => "goodwill".to_owned(),
            Self::BadDebts => "bad_debts".to_owned(),
            Self::Equity => "equity".to_owned(),
            Self::PrepaidTax => "prepaid_tax".to_owned(),
            Self::Unallocated => "unallocated".to_owned(),
            Self::DeferredRevenue => "deferred_revenue".to_owned(),
        };
        if currency == IDR { code } else { format!("{code}:{currency}") }
    }

    /// What kind of account it is.
    pub fn kind(&self) -> LedgerAccountKind {
        match self {
            Self::Receivable(_) => LedgerAccountKind::Receivable,
            Self::Wallet(_) => LedgerAccountKind::Wallet,
            Self::GatewayClearing(_) => LedgerAccountKind::GatewayClearing,
            Self::Bank => LedgerAccountKind::Bank,
            Self::Revenue(ProductKind::LateFee) => LedgerAccountKind::LateFees,
            Self::Revenue(_) => LedgerAccountKind::Revenue,
            Self::TaxPayable => LedgerAccountKind::TaxPayable,
            Self::GatewayFees => LedgerAccountKind::GatewayFees,
            Self::Goodwill => LedgerAccountKind::Goodwill,
            Self::BadDebts => LedgerAccountKind::BadDebts,
            Self::Equity => LedgerAccountKind::Equity,
            Self::PrepaidTax => LedgerAccountKind::PrepaidTax,
            Self::Unallocated => LedgerAccountKind::Unallocated,
            Self::DeferredRevenue => LedgerAccountKind::DeferredRevenue,
        }
    }

    /// Whose it is.
    pub fn customer(&self) -> Option<&CustomerId> {
        match self {
            Self::Receivable(customer) | Self::Wallet(customer) => Some(customer),
            _ => None,
        }
    }
}

/// Makes sure that `accounts` exist and gives their ids by code. Twins that open the same account at once share it:
/// the insert waits for the other and then does nothing.
pub(super) async fn open(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    currency: &str,
    accounts: &BTreeMap<String, Account>,
) -> Result<BTreeMap<String, LedgerAccountId>, LedgerError> {
    let mut ids = find(tx, accounts).await?;
    // In order of code, like every other lock on accounts.
    let missing: Vec<_> = accounts.iter().filter(|(code, _)| !ids.contains_key(*code)).collect();
    if missing.is_empty() {
        return Ok(ids);
    }
    for (code, account) in missing {
        let row = row(code.clone(), account, currency, now);
        let keep = OnConflict::column(account::Column::Code).do_nothing().to_owned();
        account::Entity::insert(row).on_conflict(keep).exec_without_returning(tx).await?;
    }
    ids = find(tx, accounts).await?;
    Ok(ids)
}

/// A fresh account.
pub(super) fn row(code: String, account: &Account, currency: &str, now: DateTime<Utc>) -> account::ActiveModel {
    account::ActiveModel {
        id: Set(LedgerAccountId::generate()),
        code: Set(code),
        kind: Set(account.kind()),
        customer_id: Set(account.customer().map(|id| id.0.clone())),
        currency: Set(currency.to_owned()),
        balance_minor: Set(0),
        created_at: Set(now),
    }
}

/// Opens those of the accounts that do not exist and adds `sums` to all of them, in order of code. Their ids by code.
pub(super) async fn move_all(
    tx: &WriteTx,
    accounts: Vec<account::ActiveModel>,
    sums: &BTreeMap<String, i64>,
) -> Result<HashMap<String, LedgerAccountId>, DbErr> {
    use account::Column::{BalanceMinor, Code};
    let rows = accounts.into_iter().map(|mut row| {
        let sum = row.code.try_as_ref().map(|code| sums[code]);
        row.balance_minor = Set(sum.expect("an account that is opened has its code"));
        row
    });
    let added = Expr::col((account::Entity, BalanceMinor)).add(Expr::cust("excluded.balance_minor"));
    let add = OnConflict::column(Code).value(BalanceMinor, added).to_owned();
    insert_all(tx, rows.collect(), Some(add)).await?;
    let (mut ids, codes) = (HashMap::with_capacity(sums.len()), sums.keys().collect::<Vec<_>>());
    for codes in codes.chunks(AT_ONCE) {
        let found: Vec<(String, LedgerAccountId)> = account::Entity::find()
            .select_only()
            .columns([Code, account::Column::Id])
            .filter(Code.is_in(codes.iter().copied()))
            .into_tuple()
            .all(tx)
            .await?;
        ids.extend(found);
    }
    Ok(ids)
}

async fn find(
    tx: &impl ConnectionTrait,
    accounts: &BTreeMap<String, Account>,
) -> Result<BTreeMap<String, LedgerAccountId>, LedgerError> {
    let rows = account::Entity::find().filter(account::Column::Code.is_in(accounts.keys())).all(tx).await?;
    Ok(rows.into_iter().map(|row| (row.code, row.id)).collect())
}
