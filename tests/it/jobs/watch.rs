//! Nobody minds the timetable, and staff hear of it all the same.
use super::*;
use crate::support::World;
use async_trait::async_trait;
use chrono::Duration;
use entity::platform::alert;
use std::collections::BTreeSet;
use yumna::{
    integrations::notifiers::{DeliveryError, Letter, Notifier},
    jobs::{schedule, watch, worker},
    kernel::{
        alert as kernel_alert,
        said::{Arg, args},
    },
};

/// Keeps what it is given; stays silent while `is_down`.
#[derive(Clone, Default)]
struct Postman(Arc<Mutex<(bool, Vec<Letter>)>>);

#[async_trait]
impl Notifier for Postman {
    async fn deliver(&self, letter: &Letter) -> Result<(), DeliveryError> {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        let mut state = self.0.lock().unwrap();
        if state.0 {
            return Err(DeliveryError::Deferred { retry_after: None, message: "no line".into() });
        }
        state.1.push(letter.clone());
        Ok(())
    }

    async fn check(&self) -> Result<(), DeliveryError> {
        Ok(())
    }
}

async fn open_codes(ctx: &Ctx) -> Vec<String> {
    let open = alert::Entity::find().filter(alert::Column::ResolvedAt.is_null()).all(&ctx.db).await.unwrap();
    open.into_iter().map(|alert| alert.code).collect()
}

#[tokio::test]
async fn a_timetable_nobody_minds_is_told_by_mail_although_no_worker_runs() {
    let postman = Postman::default();
    let mailer = postman.clone();
    let world = World::with(move |services| {
        services.mailer = Some(Arc::new(mailer));
        services.config.mail.alerts_to = "ops@example.test".to_owned();
    })
    .await;
    let ctx = world.system();
    let clockwork = Clockwork::house();
    let stand = async |before: &BTreeSet<&'static str>| watch::stand(&ctx, &clockwork, before).await.unwrap();
    schedule::fire_due(&ctx, &clockwork).await.unwrap();
    world.settle_down().await;
    let nothing = BTreeSet::new();
    assert!(!stand(&nothing).await.contains("timetable_late"));

    world.advance(Duration::minutes(25));
    let seen = stand(&nothing).await;
    assert!(seen.contains("timetable_late"));
    assert!(open_codes(&ctx).await.is_empty(), "a program that has just started needs a moment");
    postman.0.lock().unwrap().0 = true;
    stand(&seen).await;
    assert_eq!(open_codes(&ctx).await, ["timetable_late"]);
    assert!(postman.0.lock().unwrap().1.is_empty());
    postman.0.lock().unwrap().0 = false;
    for _ in 0..3 {
        stand(&seen).await;
    }

    let letters = postman.0.lock().unwrap().1.clone();
    assert_eq!(letters.len(), 1, "once per trouble");
    assert_eq!(letters[0].to, "ops@example.test");
    assert!(letters[0].text.contains("ordering.cancel_overdue"), "{}", letters[0].text);

    world.settle_down().await;
    stand(&seen).await;
    assert!(open_codes(&ctx).await.is_empty(), "what runs again is taken back");
    assert_eq!(postman.0.lock().unwrap().1.len(), 1, "the queue finds the mail gone");
}

#[tokio::test]
async fn two_processes_that_watch_and_a_worker_carry_one_letter() {
    let postman = Postman::default();
    let mailer = postman.clone();
    let world = World::with(move |services| {
        services.mailer = Some(Arc::new(mailer));
        services.config.mail.alerts_to = "ops@example.test".to_owned();
    })
    .await;
    let ctx = world.system();
    let clockwork = Clockwork::house();
    schedule::fire_due(&ctx, &clockwork).await.unwrap();
    world.advance(Duration::minutes(25));
    let seen = watch::stand(&ctx, &clockwork, &BTreeSet::new()).await.unwrap();

    let looks = (0..3).map(|_| watch::stand(&ctx, &clockwork, &seen));
    let (looks, drained) = tokio::join!(futures_util::future::join_all(looks), worker::run_due(&world.services));

    drained.unwrap();
    assert!(looks.into_iter().all(|look| look.is_ok()));
    assert_eq!(postman.0.lock().unwrap().1.len(), 1);
}

#[tokio::test]
async fn a_disk_that_is_full_elsewhere_is_not_taken_back_here() {
    let world = World::new().await;
    let ctx = world.system();
    let clockwork = Clockwork::of(Vec::new(), Vec::new(), Vec::new());
    let tx = ctx.begin().await.unwrap();
    for node in ["another-node".to_owned(), watch::node_name()] {
        let key = format!("disk_low:{node}");
        let full = kernel_alert::Alert {
            code: "disk_low",
            args: args([("free", 3_u64.into()), ("folder", "/data".into()), ("node", node.as_str().into())]),
            key: &key,
        };
        kernel_alert::raise(&tx, ctx.now(), "test", full).await.unwrap();
    }
    tx.commit().await.unwrap();

    watch::stand(&ctx, &clockwork, &BTreeSet::new()).await.unwrap();

    let open = alert::Entity::find().filter(alert::Column::ResolvedAt.is_null()).all(&ctx.db).await.unwrap();
    let nodes: Vec<_> = open.into_iter().filter_map(|alert| alert.open_key).collect();
    assert_eq!(nodes, ["disk_low:another-node"]);
}

#[tokio::test]
async fn what_a_machine_saw_that_is_gone_is_over_after_an_hour() {
    let world = World::new().await;
    let ctx = world.system();
    let clockwork = Clockwork::of(Vec::new(), Vec::new(), Vec::new());
    let full = async |node: &str| {
        let tx = ctx.begin().await.unwrap();
        let full = kernel_alert::Alert {
            code: "disk_low",
            args: args([("free", 3_u64.into()), ("folder", "/data".into()), ("node", node.into())]),
            key: &format!("disk_low:{node}"),
        };
        kernel_alert::raise(&tx, ctx.now(), "test", full).await.unwrap();
        tx.commit().await.unwrap();
    };
    let open = async || {
        watch::stand(&ctx, &clockwork, &BTreeSet::new()).await.unwrap();
        let open = alert::Entity::find().filter(alert::Column::ResolvedAt.is_null()).all(&ctx.db).await.unwrap();
        open.into_iter().filter_map(|alert| alert.open_key).collect::<Vec<_>>()
    };
    full("gone").await;
    full("still-there").await;
    let tx = ctx.begin().await.unwrap();
    let late = kernel_alert::Alert { code: "mail_delayed", args: args([("error", "x".into())]), key: "mail_delayed" };
    kernel_alert::raise(&tx, ctx.now(), "test", late).await.unwrap();
    tx.commit().await.unwrap();

    world.advance(Duration::minutes(50));
    assert_eq!(open().await.len(), 3, "a machine may be busy for a while");
    full("still-there").await;
    world.advance(Duration::minutes(20));
    let mut left = open().await;
    left.sort();
    assert_eq!(left, ["disk_low:still-there", "mail_delayed"], "nobody takes back what is not of one machine");
}

#[tokio::test]
async fn work_that_waits_too_long_is_told() {
    let world = World::new().await;
    let ctx = world.system();
    let clockwork = Clockwork::of(Vec::new(), Vec::new(), Vec::new());
    queue(&ctx, note("forgotten")).await;
    world.advance(Duration::minutes(11));

    let seen = watch::stand(&ctx, &clockwork, &BTreeSet::new()).await.unwrap();
    watch::stand(&ctx, &clockwork, &seen).await.unwrap();

    assert!(open_codes(&ctx).await.contains(&"jobs_overdue".to_owned()));
}

#[tokio::test]
async fn while_background_work_goes_on_the_monitor_outside_is_called() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/ping/token", listener.local_addr().unwrap());
    let world = World::with(move |services| services.config.jobs.ping_url = url).await;
    let called = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = vec![0; 1024];
        let read = stream.read(&mut head).await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        String::from_utf8_lossy(&head[..read]).into_owned()
    });
    worker::run_due(&world.services).await.unwrap();
    assert!(!called.is_finished());

    world.advance(Duration::minutes(6));
    worker::run_due(&world.services).await.unwrap();

    let head = tokio::time::timeout(std::time::Duration::from_secs(60), called).await.unwrap().unwrap();
    assert!(head.starts_with("GET /ping/token "), "{head}");
}

#[tokio::test]
async fn a_backup_that_was_not_made_is_told_until_one_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("last-backup");
    let path = file.display().to_string();
    let world = World::with(move |services| services.config.backup.watch_file = path).await;
    let ctx = world.system();
    let clockwork = Clockwork::of(Vec::new(), Vec::new(), Vec::new());
    let stand = async |before: &BTreeSet<&'static str>| watch::stand(&ctx, &clockwork, before).await.unwrap();
    let touched = |hours: u64| {
        let now = std::fs::File::create(&file).unwrap().metadata().unwrap().modified().unwrap();
        let file = std::fs::File::options().write(true).open(&file).unwrap();
        file.set_modified(now - std::time::Duration::from_secs(hours * 3600)).unwrap();
    };

    let seen = stand(&BTreeSet::new()).await;
    stand(&seen).await;
    assert_eq!(open_codes(&ctx).await, ["backup_old"], "no backup has been made");

    touched(25);
    assert!(stand(&seen).await.is_empty());
    assert!(open_codes(&ctx).await.is_empty(), "each night is often enough");

    touched(27);
    stand(&stand(&BTreeSet::new()).await).await;
    assert_eq!(open_codes(&ctx).await, ["backup_old"]);
}

#[tokio::test]
async fn a_process_that_knows_no_backups_does_not_take_their_alert_back() {
    let world = World::new().await;
    let ctx = world.system();
    let clockwork = Clockwork::of(Vec::new(), Vec::new(), Vec::new());
    let tx = ctx.begin().await.unwrap();
    let key = "backup_old:/f".to_owned();
    let old = kernel_alert::Alert {
        code: "backup_old",
        args: args([("file", "/f".into()), ("node", "a".into()), ("what", Arg::Lines(Vec::new()))]),
        key: &key,
    };
    kernel_alert::raise(&tx, ctx.now(), "test", old).await.unwrap();
    tx.commit().await.unwrap();

    assert!(watch::stand(&ctx, &clockwork, &BTreeSet::new()).await.unwrap().is_empty());

    assert_eq!(open_codes(&ctx).await, ["backup_old"]);
}
