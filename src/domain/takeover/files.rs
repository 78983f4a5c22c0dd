//! The content of files: kept while it is of use, and no longer. Other systems write out all they know of people.
use super::{TakeoverError, import::discard};
use crate::{domain::Ctx, kernel::db::WriteTx};
use chrono::{DateTime, Duration, Utc};
use entity::{
    platform::file,
    takeover::import,
    value::{ImportId, ImportStatus, business_day},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, sea_query::Expr,
};

/// How long the content is kept once the file is taken over: so long faulty rows can be downloaded and repaired.
const KEPT: Duration = Duration::days(90);
/// How long a draft waits to be begun: the other system has gone on since, and people's data lie about no longer.
const WAITS: Duration = Duration::days(30);
/// Files whose content is given up with one run; the next one goes on.
const AT_ONCE: u64 = 200;

/// Keeps the content of a draft.
pub(super) async fn keep(tx: &WriteTx, draft: &import::Model, body: Vec<u8>) -> Result<(), DbErr> {
    let row = file::Model {
        id: draft.file_id.clone(),
        key: format!("import:{}", draft.id),
        sha256: draft.file_key.clone().unwrap_or_default(),
        content_type: "text/csv".to_owned(),
        // A name of ours: the sender's may be anything.
        name: format!("{}-{}-{}.csv", draft.source, draft.kind, business_day(draft.created_at)),
        body,
        created_at: draft.created_at,
    };
    file::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok(())
}

/// Gives the content of these files up, in `tx`. Their names, hashes and headings stay, and what became of their rows.
pub(super) async fn empty(tx: &WriteTx, now: DateTime<Utc>, imports: &[import::Model]) -> Result<(), DbErr> {
    file::Entity::update_many()
        .col_expr(file::Column::Body, Expr::value(Vec::<u8>::new()))
        .filter(file::Column::Id.is_in(imports.iter().map(|import| import.file_id.clone())))
        .exec(tx)
        .await?;
    import::Entity::update_many()
        .col_expr(import::Column::EmptiedAt, Expr::value(Some(now)))
        .filter(import::Column::Id.is_in(imports.iter().map(|import| import.id.clone())))
        .exec(tx)
        .await?;
    Ok(())
}

/// Gives up the content of files that were taken over 90 days ago or earlier, and puts away drafts of 30 days ago or
/// earlier as staff would. Calling twice changes nothing.
///
/// # Errors
/// The database.
pub async fn forget_files(ctx: &Ctx) -> Result<(), TakeoverError> {
    put_away_old(ctx).await?;
    let tx = ctx.begin().await?;
    let over = import::Entity::find()
        .filter(import::Column::Status.eq(ImportStatus::Done))
        .filter(import::Column::FinishedAt.lt(ctx.now() - KEPT))
        .filter(import::Column::EmptiedAt.is_null())
        .limit(AT_ONCE)
        .all(&tx)
        .await?;
    if over.is_empty() {
        return Ok(());
    }
    empty(&tx, ctx.now(), &over).await?;
    Ok(tx.commit().await?)
}

async fn put_away_old(ctx: &Ctx) -> Result<(), TakeoverError> {
    let old: Vec<ImportId> = import::Entity::find()
        .select_only()
        .column(import::Column::Id)
        .filter(import::Column::Status.eq(ImportStatus::Draft))
        .filter(import::Column::CreatedAt.lt(ctx.now() - WAITS))
        .limit(AT_ONCE)
        .into_tuple()
        .all(&ctx.db)
        .await?;
    for id in &old {
        match discard(ctx, id).await {
            // Begun in this very moment: it is of use after all.
            Ok(()) | Err(TakeoverError::Over) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
