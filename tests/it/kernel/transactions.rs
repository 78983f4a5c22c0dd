//! Writing transactions queue behind each other and wake their listeners only once they are true.
use crate::support::World;
use entity::{platform::job, value::JobStatus};
use sea_orm::{EntityTrait, PaginatorTrait};
use yumna::kernel::job::Job;

#[derive(serde::Serialize, serde::Deserialize)]
struct Knock {
    door: String,
}

impl Job for Knock {
    const NAME: &'static str = "test.knock";

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("knock:{}", self.door))
    }
}

#[tokio::test]
async fn a_job_exists_if_and_only_if_its_transaction_was_committed() {
    let world = World::new().await;
    let ctx = world.system();

    let tx = ctx.begin().await.unwrap();
    assert!(ctx.enqueue(&tx, &Knock { door: "a".into() }).await.unwrap());
    drop(tx);
    assert_eq!(job::Entity::find().count(&ctx.db).await.unwrap(), 0);

    let mut calls = ctx.live.subscribe();
    let tx = ctx.begin().await.unwrap();
    assert!(ctx.enqueue(&tx, &Knock { door: "a".into() }).await.unwrap());
    assert!(calls.try_recv().is_err(), "woken before the commit");
    tx.commit().await.unwrap();
    assert_eq!(calls.recv().await.unwrap(), yumna::kernel::job::TOPIC);
    assert_eq!(job::Entity::find().one(&ctx.db).await.unwrap().unwrap().status, JobStatus::Queued);
}

#[tokio::test]
async fn a_queued_twin_is_not_added_and_leaves_the_transaction_usable() {
    let world = World::new().await;
    let ctx = world.system();
    let tx = ctx.begin().await.unwrap();
    assert!(ctx.enqueue(&tx, &Knock { door: "a".into() }).await.unwrap());
    assert!(!ctx.enqueue(&tx, &Knock { door: "a".into() }).await.unwrap());
    assert!(ctx.enqueue(&tx, &Knock { door: "b".into() }).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(job::Entity::find().count(&ctx.db).await.unwrap(), 2);
}
