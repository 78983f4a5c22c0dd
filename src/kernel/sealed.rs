//! Secrets at rest as they lie in the tables: under which keys, and sealed anew when the key of this installation was
//! changed. Otherwise an old key could never be removed: much is sealed once and lives for years.
use super::{db::WriteTx, secret_box::SecretBox};
use sea_orm::{
    ConnectionTrait, DbErr, ExprTrait, Order,
    sea_query::{Alias, Expr, Func, Query, SelectStatement, SimpleExpr},
};
use std::collections::BTreeMap;

/// Secrets that are looked at in one transaction.
const BATCH: u64 = 100;
/// The id of a key and a dot lie within so many characters.
const HEAD: i32 = 40;

/// A column that holds sealed secrets.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Table.
    pub table: &'static str,
    /// Column; empty where a row has no secret.
    pub column: &'static str,
    /// The table's key, to whose value the secret is bound.
    pub owner: &'static str,
}

/// Every one of them.
pub const PLACES: [Place; 4] = [
    Place { table: "totp_secrets", column: "secret_sealed", owner: "user_id" },
    Place { table: "payment_accounts", column: "settings_sealed", owner: "id" },
    Place { table: "clusters", column: "settings_sealed", owner: "id" },
    Place { table: "instances", column: "secrets_sealed", owner: "id" },
];

/// What became of some secrets of one place.
#[derive(Debug, Default)]
pub struct Batch {
    /// The last owner that was looked at; `None`: there are no more.
    pub last: Option<String>,
    /// How many lie under the active key now.
    pub sealed: u64,
    /// Owners whose secret this node cannot open: its key is not here, or the text is damaged. It stays as it is.
    pub closed: Vec<String>,
}

impl Place {
    fn select(&self) -> SelectStatement {
        Query::select().from(Alias::new(self.table)).and_where(self.secret().ne("")).to_owned()
    }

    fn secret(&self) -> SimpleExpr {
        Expr::col(Alias::new(self.column))
    }

    fn id(&self) -> SimpleExpr {
        Expr::col(Alias::new(self.owner))
    }

    fn head(&self, length: i32) -> SimpleExpr {
        Func::cust(Alias::new("substr")).arg(self.secret()).arg(1).arg(length).into()
    }
}

/// How many secrets there are by the id of their key.
///
/// # Errors
/// The database.
pub async fn keys_in_use(db: &impl ConnectionTrait) -> Result<BTreeMap<String, u64>, DbErr> {
    let mut found = BTreeMap::new();
    for place in &PLACES {
        let mut heads = place.select();
        heads.expr(place.head(HEAD));
        for row in db.query_all(&heads).await? {
            let head: String = row.try_get_by_index(0)?;
            if let Some((id, _)) = head.split_once('.') {
                *found.entry(id.to_owned()).or_default() += 1;
            }
        }
    }
    Ok(found)
}

/// Seals the next secrets of `place` that lie under another key than the active one anew, in `tx`: those of owners after
/// `after`. One that somebody else changes meanwhile stays as that one sealed it.
///
/// # Errors
/// The database.
pub async fn seal_anew(tx: &WriteTx, secrets: &SecretBox, place: &Place, after: &str) -> Result<Batch, DbErr> {
    let active = format!("{}.", secrets.active_key_id());
    let length = i32::try_from(active.len()).unwrap_or(HEAD);
    let mut others = place.select();
    others
        .expr(place.id())
        .expr(place.secret())
        .and_where(place.id().gt(after))
        .and_where(place.head(length).ne(active))
        .order_by(Alias::new(place.owner), Order::Asc)
        .limit(BATCH);
    let mut batch = Batch::default();
    for row in tx.query_all(&others).await? {
        let (owner, old): (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        batch.last = Some(owner.clone());
        let Ok(plain) = secrets.open(&owner, &old) else {
            batch.closed.push(owner);
            continue;
        };
        let update = Query::update()
            .table(Alias::new(place.table))
            .value(Alias::new(place.column), secrets.seal(&owner, &plain))
            .and_where(place.id().eq(owner))
            .and_where(place.secret().eq(old))
            .to_owned();
        batch.sealed += tx.execute(&update).await?.rows_affected();
    }
    Ok(batch)
}
