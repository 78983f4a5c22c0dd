//! Seals the audit trail into a hash chain, in order. Rows not yet sealed are young, not broken.
use super::{
    db::{self, WriteTx},
    live::Live,
    token,
};
use entity::platform::audit_log;
use sea_orm::{
    ColumnTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};
use serde_json::{Value, json};

/// Rows sealed in one transaction.
const BATCH: u64 = 500;

/// Hash of `row` as the successor of `previous_hash`: SHA-256 over a JSON array of its facts, hex.
pub fn hash_of(row: &audit_log::Model, sequence: i64, previous_hash: &str) -> String {
    let facts = json!([
        previous_hash,
        sequence,
        row.id.as_str(),
        row.actor_kind,
        row.actor_id,
        row.on_behalf_of,
        row.customer_id,
        row.action,
        row.target_type,
        row.target_id,
        row.before.as_ref().map(canonical),
        row.after.as_ref().map(canonical),
        row.reason,
        row.address,
        row.correlation_id,
        row.created_at.timestamp_micros(),
    ]);
    token::sha256_hex(facts.to_string())
}

/// The same JSON as text with sorted keys: databases give objects back in an order of their own.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut parts: Vec<_> =
                members.iter().map(|(key, value)| format!("{}:{}", json!(key), canonical(value))).collect();
            parts.sort();
            format!("{{{}}}", parts.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

/// Seals every row that is not sealed yet and returns how many. Two nodes at once take turns.
pub async fn seal(db: &DatabaseConnection, live: &Live) -> Result<u64, DbErr> {
    let mut sealed = 0;
    while has_unsealed(db).await? {
        let tx = db::begin_write(db, live).await?;
        db::exclusively(&tx, "yumna.audit.seal").await?;
        let count = seal_batch(&tx).await?;
        tx.commit().await?;
        sealed += count;
        if count < BATCH {
            break;
        }
    }
    Ok(sealed)
}

async fn has_unsealed(db: &DatabaseConnection) -> Result<bool, DbErr> {
    let row = audit_log::Entity::find()
        .select_only()
        .column(audit_log::Column::Id)
        .filter(audit_log::Column::Sequence.is_null())
        .limit(1)
        .into_tuple::<String>()
        .one(db)
        .await?;
    Ok(row.is_some())
}

async fn seal_batch(tx: &WriteTx) -> Result<u64, DbErr> {
    let last = audit_log::Entity::find()
        .filter(audit_log::Column::Sequence.is_not_null())
        .order_by_desc(audit_log::Column::Sequence)
        .limit(1)
        .one(tx)
        .await?;
    let (mut sequence, mut previous) =
        last.map_or((0, String::new()), |row| (row.sequence.unwrap_or(0), row.hash.unwrap_or_default()));
    let rows = audit_log::Entity::find()
        .filter(audit_log::Column::Sequence.is_null())
        .order_by_asc(audit_log::Column::Id)
        .limit(BATCH)
        .all(tx)
        .await?;
    let count = rows.len() as u64;
    for row in rows {
        sequence += 1;
        let hash = hash_of(&row, sequence, &previous);
        audit_log::Entity::update_many()
            .col_expr(audit_log::Column::Sequence, Expr::value(sequence))
            .col_expr(audit_log::Column::PreviousHash, Expr::value(previous))
            .col_expr(audit_log::Column::Hash, Expr::value(hash.clone()))
            .filter(audit_log::Column::Id.eq(&row.id))
            .exec(tx)
            .await?;
        previous = hash;
    }
    Ok(count)
}
