//! Keys of lines: the same line has the same key, in whichever file of the account it stands.
use super::{
    columns::{Kind, Told},
    known::AT_ONCE,
};
use entity::{
    payments::settlement_line,
    value::{PaymentAccountId, SettlementId},
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use std::collections::{BTreeSet, HashMap};

/// The lines of the report `of` with their keys, and whether they are new: one that is matched once more brings its own.
pub(super) async fn keyed(
    db: &impl ConnectionTrait,
    account_id: &PaymentAccountId,
    of: &SettlementId,
    told: Vec<(Told, Option<String>)>,
) -> Result<Vec<(Told, String, bool)>, DbErr> {
    let before = told_before(db, account_id, &told).await?;
    let of = before.as_ref().unwrap_or(of);
    let mut seen: HashMap<String, usize> = HashMap::new();
    let keyed = told.into_iter().map(|(told, key)| match key {
        Some(key) => (told, key, false),
        None => {
            let key = base_key(&told).unwrap_or_else(|| nameless_key(&told, of));
            let nth = seen.entry(key.clone()).or_default();
            *nth += 1;
            // Two refunds of a day may be alike, and two fees; a payment is paid out once.
            let key = if *nth > 1 && told.kind != Kind::Payment { format!("{key}:{nth}") } else { key };
            (told, key, true)
        }
    });
    Ok(keyed.collect())
}

/// The report in which everything stands already that a file tells, as far as it has a name: the same report once more,
/// exported anew, so that its fees without a name are those of that report.
async fn told_before(
    db: &impl ConnectionTrait,
    account_id: &PaymentAccountId,
    told: &[(Told, Option<String>)],
) -> Result<Option<SettlementId>, DbErr> {
    use settlement_line::Column::{AccountId, LineKey};
    let new = told.iter().filter(|(told, key)| key.is_none() && told.kind != Kind::Sum);
    let keys: BTreeSet<String> = new.filter_map(|(told, _)| base_key(told)).collect();
    let keys: Vec<String> = keys.into_iter().collect();
    let (mut found, mut newest): (usize, Option<SettlementId>) = (0, None);
    for keys in keys.chunks(AT_ONCE) {
        let of: Vec<SettlementId> = settlement_line::Entity::find()
            .select_only()
            .column(settlement_line::Column::SettlementId)
            .filter(AccountId.eq(account_id))
            .filter(LineKey.is_in(keys.iter().cloned()))
            .into_tuple()
            .all(db)
            .await?;
        found += of.len();
        newest = newest.max(of.into_iter().max());
    }
    Ok(newest.filter(|_| found == keys.len()))
}

/// The key of a line that has a name or a day; nothing tells another fee from one of another report.
fn base_key(told: &Told) -> Option<String> {
    let name = if told.reference.is_empty() { &told.external_id } else { &told.reference };
    match (told.kind, told.day) {
        (Kind::Payment, _) => Some(payment_key(name)),
        (Kind::Fee | Kind::DisputeFee, None) if name.is_empty() => None,
        (kind, day) => {
            let day = day.map(|day| day.to_string()).unwrap_or_default();
            Some(format!("{}:{name}:{}:{}:{day}", kind.as_str(), told.gross_minor, told.net_minor))
        }
    }
}

fn nameless_key(told: &Told, of: &SettlementId) -> String {
    format!("fee:{of}:{}:{}", told.gross_minor, told.net_minor)
}

/// The key of a payment's line.
pub(super) fn payment_key(name: &str) -> String {
    format!("payment:{name}")
}

/// The key of a second line of a payment.
pub(super) fn second_key(key: &str, told: &Told) -> String {
    format!("{key}:{}:{}", told.gross_minor, told.net_minor)
}
