//! The clockwork against a real database.
mod nodes;
mod outbox;
mod queue;
mod reports;
mod reseal;
mod schedule;
mod tools;
mod twice;
mod watch;
mod worker;

use chrono::{DateTime, Utc};
use entity::{platform::job, value::JobId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use std::sync::{Arc, Mutex};
use yumna::{
    domain::Ctx,
    jobs::{Clockwork, registry},
    kernel::job::{Job, JobError},
};

/// A note on a list; what happens is up to its text.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
struct Note {
    text: String,
    target: Option<String>,
}

impl Job for Note {
    const NAME: &'static str = "test.note";
    const MAX_ATTEMPTS: i32 = 3;

    fn dedupe_key(&self) -> Option<String> {
        self.text.strip_prefix("twin:").map(str::to_owned)
    }

    fn target_key(&self) -> Option<String> {
        self.target.clone()
    }
}

fn note(text: &str) -> Note {
    Note { text: text.to_owned(), target: None }
}

/// What was written down, in order.
#[derive(Clone, Default)]
struct Journal(Arc<Mutex<Vec<String>>>);

impl Journal {
    fn write(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

/// A clockwork that writes notes into `journal`; texts that begin with `fail` fail, with `refuse` are refused, with
/// `panic` panic.
fn notes(journal: &Journal) -> registry::Registered {
    let journal = journal.clone();
    registry::job::<Note>(move |_: Ctx, note: Note| {
        let journal = journal.clone();
        async move {
            journal.write(&note.text);
            match note.text.as_str() {
                text if text.starts_with("fail") => Err(JobError::retry("no luck")),
                text if text.starts_with("refuse") => Err(JobError::fail("never")),
                text if text.starts_with("panic") => panic!("in the middle"),
                _ => Ok(()),
            }
        }
    })
}

fn clockwork(journal: &Journal) -> Clockwork {
    Clockwork::of(vec![notes(journal)], Vec::new(), Vec::new())
}

async fn queue(ctx: &Ctx, note: Note) -> bool {
    let tx = ctx.begin().await.unwrap();
    let is_new = ctx.enqueue(&tx, &note).await.unwrap();
    tx.commit().await.unwrap();
    is_new
}

async fn row(ctx: &Ctx, id: &JobId) -> job::Model {
    job::Entity::find_by_id(id.clone()).one(&ctx.db).await.unwrap().unwrap()
}

async fn only_job(ctx: &Ctx) -> job::Model {
    let mut all = job::Entity::find().all(&ctx.db).await.unwrap();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

/// The worker of `job` dies: its lease runs out.
async fn lose_lease(ctx: &Ctx, id: &JobId) {
    let long_ago: DateTime<Utc> = "2020-01-01T00:00:00Z".parse().unwrap();
    job::Entity::update_many()
        .col_expr(job::Column::LeaseUntil, Expr::value(long_ago))
        .filter(job::Column::Id.eq(id))
        .exec(&ctx.db)
        .await
        .unwrap();
}
