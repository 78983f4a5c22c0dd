//! What goes wrong with instances, as their clusters tell it. It is taken along when an instance that is not well is looked
//! at (`observe`), and while one does not come up (`steps`), so that pages ask no cluster; the same thing again is counted,
//! and all of it is forgotten after a day. Where all goes well nobody asks.
use super::{steps::Site, tasks};
use crate::{
    domain::Ctx,
    integrations::drivers::{InstanceSpec, Provisioner, Target, Trouble},
    kernel::db::WriteTx,
};
use chrono::{DateTime, Duration, Utc};
use entity::{
    provisioning::{instance, trouble},
    value::{InstanceId, InstanceTroubleId},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use std::{collections::BTreeMap, sync::Mutex};

/// How long they are kept after they were seen last.
pub const KEPT: Duration = Duration::hours(24);
/// Most of one instance that are shown.
const MOST: u64 = 20;
/// A look at how an instance feels does not wait longer for them (machine time).
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);
/// What comes up within this time has nothing to tell; what does not is asked this often (product time).
const SLOW: Duration = Duration::seconds(10);

/// When instances that do not come up are asked next. Only of those this process works on: one that begins anew asks a
/// little later.
static NEXT: Mutex<BTreeMap<String, DateTime<Utc>>> = Mutex::new(BTreeMap::new());

/// What went wrong with an instance, newest first.
///
/// # Errors
/// The database.
pub async fn list(db: &impl ConnectionTrait, id: &InstanceId) -> Result<Vec<trouble::Model>, DbErr> {
    trouble::Entity::find()
        .filter(trouble::Column::InstanceId.eq(id))
        .order_by_desc(trouble::Column::LastAt)
        .order_by_desc(trouble::Column::Id)
        .limit(MOST)
        .all(db)
        .await
}

/// Asks the cluster what went wrong with `row`. A cluster that does not tell takes nothing back.
pub(super) async fn take(
    row: &instance::Model,
    driver: &dyn Provisioner,
    target: &Target,
    spec: &InstanceSpec,
) -> Vec<Trouble> {
    match tokio::time::timeout(PATIENCE, driver.troubles(target, spec)).await {
        Ok(Ok(troubles)) => troubles,
        Ok(Err(error)) => {
            tracing::debug!(instance.id = %row.id, error = error.message(), "A cluster did not tell what went wrong");
            Vec::new()
        }
        Err(_) => Vec::new(),
    }
}

/// Whether an instance that is waited for is to be asked now.
pub(super) fn are_due(ctx: &Ctx, id: &InstanceId) -> bool {
    let now = ctx.now();
    let mut next = NEXT.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let at = next.entry(id.0.clone()).or_insert(now + SLOW);
    let is_due = *at <= now;
    if is_due {
        *at = now + SLOW;
    }
    is_due
}

/// It is not waited for any more.
pub(super) fn are_over(id: &InstanceId) {
    NEXT.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).remove(&id.0);
}

/// Asks what keeps an instance from coming up, and keeps it.
pub(super) async fn note(ctx: &Ctx, site: &Site) -> Result<(), DbErr> {
    let told = take(&site.row, &*site.driver, &site.target, &site.spec).await;
    if told.is_empty() {
        return Ok(());
    }
    let tx = ctx.begin().await?;
    if keep(ctx, &tx, &site.row, told).await? {
        tasks::wake(&tx, &site.row);
    }
    tx.commit().await
}

/// Keeps what was told, in `tx`. Returns whether any of it is new. What a cluster still tells though it is long over (a
/// container that ended days ago) stays forgotten.
pub(super) async fn keep(ctx: &Ctx, tx: &WriteTx, row: &instance::Model, told: Vec<Trouble>) -> Result<bool, DbErr> {
    let forgotten = ctx.now() - KEPT;
    let told: Vec<Trouble> = told.into_iter().filter(|told| told.last_at >= forgotten).collect();
    if told.is_empty() {
        return Ok(false);
    }
    let known = trouble::Entity::find().filter(trouble::Column::InstanceId.eq(&row.id)).all(tx).await?;
    let mut has_changed = false;
    for told in told {
        let told = fitted(told, ctx.now());
        match known.iter().find(|known| known.code == told.code && known.word == told.word) {
            None => {
                insert(tx, &row.id, told).await?;
                has_changed = true;
            }
            Some(known) if told.last_at > known.last_at => {
                update(tx, known, told).await?;
                has_changed = true;
            }
            Some(_) => {}
        }
    }
    Ok(has_changed)
}

/// What fits its columns. The clock of a cluster may be ahead of ours; nothing happened in the future.
fn fitted(told: Trouble, now: DateTime<Utc>) -> Trouble {
    let cut = |text: String, most: usize| text.chars().take(most).collect::<String>();
    Trouble {
        code: cut(told.code, 40),
        word: cut(told.word, 80),
        detail: cut(told.detail, 1_000),
        about: cut(told.about, 160),
        times: told.times.max(1),
        first_at: told.first_at.min(now),
        last_at: told.last_at.min(now),
    }
}

async fn insert(tx: &WriteTx, id: &InstanceId, told: Trouble) -> Result<(), DbErr> {
    let row = trouble::Model {
        id: InstanceTroubleId::generate(),
        instance_id: id.clone(),
        code: told.code,
        word: told.word,
        detail: told.detail,
        about: told.about,
        times: told.times,
        first_at: told.first_at,
        last_at: told.last_at,
    };
    // Somebody else may look at the same moment and hear the same.
    let once = [trouble::Column::InstanceId, trouble::Column::Code, trouble::Column::Word];
    trouble::Entity::insert(row.into_active_model())
        .on_conflict(OnConflict::columns(once).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await
        .map(drop)
}

async fn update(tx: &WriteTx, known: &trouble::Model, told: Trouble) -> Result<(), DbErr> {
    let times = times(known.times, known.last_at, &told);
    trouble::Entity::update_many()
        .col_expr(trouble::Column::Detail, Expr::value(told.detail))
        .col_expr(trouble::Column::About, Expr::value(told.about))
        .col_expr(trouble::Column::Times, Expr::value(times))
        .col_expr(trouble::Column::FirstAt, Expr::value(known.first_at.min(told.first_at)))
        .col_expr(trouble::Column::LastAt, Expr::value(told.last_at))
        .filter(trouble::Column::Id.eq(&known.id))
        .exec(tx)
        .await
        .map(drop)
}

/// How often in all. A cluster counts from the first time it remembers, and forgets within hours: what it counts from
/// after our last sight is new, and everything else it counted for us before.
fn times(known: i64, known_last_at: DateTime<Utc>, told: &Trouble) -> i64 {
    if told.first_at > known_last_at { known.saturating_add(told.times) } else { known.max(told.times) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_cluster_counts_anew_is_added_and_what_it_counted_before_is_not_counted_twice() {
        let at = |minute: i64| DateTime::UNIX_EPOCH + Duration::minutes(minute);
        let told = |times, first: i64, last: i64| Trouble {
            code: "crash_loop".into(),
            word: "BackOff".into(),
            detail: String::new(),
            about: String::new(),
            times,
            first_at: at(first),
            last_at: at(last),
        };

        assert_eq!(times(5, at(10), &told(8, 0, 20)), 8, "the same series went on");
        assert_eq!(times(5, at(10), &told(3, 90, 95)), 8, "a new series after the old one was forgotten");
        assert_eq!(times(5, at(10), &told(2, 5, 20)), 5, "part of the old one was forgotten");
    }
}
