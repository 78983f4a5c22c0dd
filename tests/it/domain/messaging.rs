//! Notices from the occasion to the mailbox.
use crate::support::{World, money::by_wallet, people::token_in};
use chrono::Duration;
use entity::{platform::alert as alert_row, value::MessageStatus};
use sea_orm::EntityTrait;
use serde_json::json;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use yumna::{
    domain::{
        billing::InvoiceIssued,
        identity,
        messaging::{self, Deliver, Delivery, MessagingError, Notice, Recipient},
        payments::attempt,
    },
    integrations::{
        notifiers,
        sim::{Bench, Fault, FaultKind, Faults, RunningSimulator},
    },
    jobs::{messaging::money_notices, queue},
    kernel::{clock::SystemClock, config::Mail, job::Job, page::PageRequest},
};

const BUDI: &str = "budi@example.test";

/// A world with a mail server.
struct Post {
    world: World,
    server: RunningSimulator,
    faults: Arc<Faults>,
    _stop: tokio_util::sync::DropGuard,
}

impl Post {
    async fn new() -> Self {
        let (faults, stop) = (Arc::new(Faults::default()), CancellationToken::new());
        let bench = Bench {
            clock: Arc::new(SystemClock),
            state_dir: None,
            faults: faults.clone(),
            product_url: String::new(),
            port: 0,
            stop: stop.clone(),
        };
        let server = notifiers::simulator().start(bench).await.unwrap();
        let mail = Mail { url: Some(server.settings["url"].clone().into()), ..Mail::default() };
        let mailer = notifiers::from_config(&mail).unwrap();
        let world = World::with(|services| services.mailer = mailer).await;
        Self { world, server, faults, _stop: stop.drop_guard() }
    }

    async fn arrived(&self) -> Vec<serde_json::Value> {
        let answer = self.server.control.act("mails", json!({"to": BUDI})).await.unwrap();
        answer["data"].as_array().unwrap().clone()
    }

    fn fault(&self, kind: FaultKind, times: u32) {
        self.faults.add(Fault { target: "mail".into(), kind, times, delay_ms: None, path_contains: None });
    }

    async fn alerts(&self) -> Vec<String> {
        let rows = alert_row::Entity::find().all(&self.world.services.db).await.unwrap();
        rows.into_iter().map(|row| row.code).collect()
    }
}

fn hello(once_key: Option<&str>) -> Notice {
    let to = Recipient {
        address: BUDI.into(),
        name: "Budi & Co".into(),
        locale: "en".into(),
        customer_id: None,
        user_id: None,
    };
    let values = vec![("link", "https://yumna.test/whm/settings".to_owned())];
    Notice { template: "mail_test", to, values, once_key: once_key.map(str::to_owned) }
}

async fn send(world: &World, notice: Notice) -> Option<entity::value::MessageId> {
    let ctx = world.system();
    let tx = ctx.begin().await.unwrap();
    let sent = messaging::send(&ctx, &tx, notice).await.unwrap();
    tx.commit().await.unwrap();
    sent
}

#[tokio::test]
async fn a_registration_reaches_the_mailbox_with_its_link_first_and_the_queue_forgets_the_token() {
    let post = Post::new().await;
    post.world.register("Budi", BUDI).await;
    post.world.settle_down().await;

    let mail = &post.arrived().await[0];
    let link = mail["links"][0].as_str().unwrap();
    assert!(mail["html"].as_str().unwrap().contains(link));
    let kept = &post.world.mails_to(BUDI).await[0];
    assert_eq!(kept.status, MessageStatus::Sent);
    assert_eq!(mail["id"], json!(kept.id));
    assert!(!token_in(kept).chars().any(|c| c.is_ascii_alphanumeric()), "struck out: {}", kept.text);
    let token = link.split_once("token=").unwrap().1;
    identity::verify_email(&post.world.system(), token).await.unwrap();
}

#[tokio::test]
async fn an_occasion_is_told_once() {
    let post = Post::new().await;
    assert!(send(&post.world, hello(Some("a"))).await.is_some());
    assert!(send(&post.world, hello(Some("a"))).await.is_none());
    assert!(send(&post.world, hello(Some("b"))).await.is_some());
    assert!(send(&post.world, hello(None)).await.is_some());
    post.world.settle_down().await;
    post.world.settle_down().await;
    assert_eq!(post.arrived().await.len(), 3);

    let ctx = post.world.system();
    let delivered = post.world.mails_to(BUDI).await[0].id.clone();
    assert_eq!(messaging::deliver(&ctx, &delivered).await.unwrap(), Delivery::Sent);
    assert_eq!(post.arrived().await.len(), 3, "a delivered message is left alone");
    let first = messaging::list_for(&ctx.db, BUDI, &PageRequest { after: None, limit: 2 }).await.unwrap();
    assert_eq!(first.rows.len(), 2);
    assert!(first.next_cursor.is_some());
}

#[tokio::test]
async fn a_deferred_mail_goes_later_and_a_refused_one_is_told_to_staff() {
    let post = Post::new().await;
    post.fault(FaultKind::Status429, 1);
    send(&post.world, hello(None)).await;
    post.world.settle_down().await;
    let waiting = post.world.mails_to(BUDI).await.remove(0);
    assert_eq!((waiting.status, waiting.attempts), (MessageStatus::Queued, 1));
    assert!(waiting.error.is_some() && post.arrived().await.is_empty());
    post.world.advance(Duration::hours(1));
    post.world.settle_down().await;
    assert_eq!(post.arrived().await.len(), 1);

    post.fault(FaultKind::Status500, 1);
    let refused = send(&post.world, hello(None)).await.unwrap();
    post.world.settle_down().await;
    assert_eq!(post.world.mails_to(BUDI).await[0].status, MessageStatus::Failed);
    assert!(post.alerts().await.contains(&"mail_refused".to_owned()));

    let ctx = post.world.system();
    messaging::retry(&ctx, &refused).await.unwrap();
    assert!(matches!(messaging::retry(&ctx, &refused).await, Err(MessagingError::InvalidState)));
    post.world.settle_down().await;
    assert_eq!(post.arrived().await.len(), 2);
}

#[tokio::test]
async fn a_mail_that_never_goes_is_given_up_and_told_once() {
    let post = Post::new().await;
    post.fault(FaultKind::DropConnection, 100);
    let id = send(&post.world, hello(None)).await.unwrap();
    let ctx = post.world.system();
    for _ in 1..24 {
        assert!(matches!(messaging::deliver(&ctx, &id).await.unwrap(), Delivery::Later { .. }));
    }
    assert_eq!(messaging::deliver(&ctx, &id).await.unwrap(), Delivery::Failed);
    assert_eq!(messaging::deliver(&ctx, &id).await.unwrap(), Delivery::Failed);
    assert_eq!(post.alerts().await, ["mail_delayed", "mail_refused"]);
}

#[tokio::test]
async fn a_message_given_up_keeps_no_one_time_link_and_is_not_sent_again() {
    let post = Post::new().await;
    post.fault(FaultKind::Status500, 2);
    post.world.register("Budi", BUDI).await;
    let plain = send(&post.world, hello(None)).await.unwrap();
    post.world.settle_down().await;
    let ctx = post.world.system();
    let mails = post.world.mails_to(BUDI).await;
    let linked = mails.iter().find(|mail| mail.template == "verify_email").unwrap();
    assert_eq!(linked.status, MessageStatus::Failed);
    assert!(!token_in(linked).chars().any(|c| c.is_ascii_alphanumeric()), "struck out: {}", linked.text);

    let refused = messaging::retry(&ctx, &linked.id).await.unwrap_err();
    assert!(matches!(refused, MessagingError::LinkGone));
    let retried = messaging::retry_failed(&ctx, 3).await.unwrap();
    assert_eq!((retried.queued, retried.expired), (1, 1));
    assert!(messaging::retry_failed(&ctx, 0).await.is_err());

    post.world.settle_down().await;
    let arrived = post.arrived().await;
    assert_eq!(arrived.len(), 1);
    assert_eq!(arrived[0]["id"], json!(plain));
}

#[tokio::test]
async fn a_suppressed_address_is_not_written_to() {
    let post = Post::new().await;
    let ctx = post.world.system();
    messaging::suppress(&ctx, " Budi@Example.test", "bounce").await.unwrap();
    messaging::suppress(&ctx, BUDI, "again").await.unwrap();
    let id = send(&post.world, hello(None)).await.unwrap();
    post.world.settle_down().await;
    let message = post.world.mails_to(BUDI).await.remove(0);
    assert_eq!((message.status, message.error.as_deref()), (MessageStatus::Suppressed, Some("bounce")));
    assert!(post.arrived().await.is_empty());

    messaging::unsuppress(&ctx, BUDI).await.unwrap();
    messaging::retry(&ctx, &id).await.unwrap();
    post.world.settle_down().await;
    assert_eq!(post.arrived().await.len(), 1);
}

#[tokio::test]
async fn without_a_mail_server_mail_waits_and_goes_once_there_is_one() {
    let world = World::new().await;
    send(&world, hello(None)).await;
    world.settle_down().await;
    let waiting = world.mails_to(BUDI).await.remove(0);
    assert_eq!((waiting.status, waiting.attempts), (MessageStatus::Queued, 0));
    assert_eq!(messaging::queue_waiting(&world.system()).await.unwrap(), 0);

    let post = Post::new().await;
    let id = send(&post.world, hello(None)).await.unwrap();
    let jobs = entity::platform::job::Entity::delete_many().exec(&post.world.services.db).await.unwrap();
    assert_eq!(jobs.rows_affected, 1, "as if its job had been lost");
    let ctx = post.world.system();
    assert_eq!(messaging::queue_waiting(&ctx).await.unwrap(), 1);
    assert_eq!(messaging::queue_waiting(&ctx).await.unwrap(), 0, "twice is once");
    post.world.settle_down().await;
    assert_eq!(post.arrived().await[0]["id"], json!(id));
}

#[tokio::test]
async fn what_somebody_carries_in_this_moment_is_not_queued_beside_him() {
    let post = Post::new().await;
    let ctx = post.world.system();
    let message_id = send(&post.world, hello(None)).await.unwrap();
    let key = Deliver { message_id }.dedupe_key().unwrap();
    let lease = std::time::Duration::from_secs(60);
    let carried = queue::claim_one(&ctx, Deliver::QUEUE, &key, lease).await.unwrap().unwrap();

    assert_eq!(messaging::queue_waiting(&ctx).await.unwrap(), 0);

    queue::finish(&ctx, &carried, &Ok(())).await.unwrap();
    assert_eq!(messaging::queue_waiting(&ctx).await.unwrap(), 1, "its job is over and it has not gone");
}

#[tokio::test]
async fn staff_hear_of_trouble_once() {
    let post = Post::new().await;
    let ctx = post.world.system();
    let admin = identity::create_admin(&ctx, BUDI, "Boss", None).await.unwrap();
    assert_eq!(messaging::staff_recipients(&ctx).await.unwrap()[0].user_id, Some(admin.user_id));
    for _ in 0..2 {
        let tx = ctx.begin().await.unwrap();
        let alert = yumna::kernel::alert::Alert {
            code: "mail_delayed",
            args: yumna::kernel::said::args([("error", "Stuck <b>".into())]),
            key: "k",
        };
        yumna::kernel::alert::raise(&tx, ctx.now(), "test", alert).await.unwrap();
        tx.commit().await.unwrap();
    }
    post.world.settle_down().await;
    let mails = post.arrived().await;
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0]["subject"], "Perlu dilihat: Email tertunda");
    assert!(mails[0]["html"].as_str().unwrap().contains("Stuck &lt;b&gt;"));
}

#[tokio::test]
async fn the_customer_hears_of_his_invoice_and_of_his_money_once() {
    let world = World::new().await;
    let ctx = world.system();
    let budi = world.customer().await;
    let bill = world.invoice(&budi, &[50_000]).await;
    world.invoice(&budi, &[0]).await;
    world.gift(&budi, 50_000).await;
    world.settle_down().await;
    attempt::start(&ctx, &budi.id, &bill.id, &by_wallet()).await.unwrap();
    world.settle_down().await;

    let mut told = world.mails_to(&budi.email).await;
    told.retain(|mail| mail.template != "wallet_credited");
    let templates: Vec<_> = told.iter().map(|mail| mail.template.as_str()).collect();
    assert_eq!(templates, ["payment_received", "invoice_issued"], "what asks for no money is not mailed");
    for mail in &told {
        assert!(mail.subject.contains(bill.number.as_deref().unwrap()), "{}", mail.subject);
        assert!(mail.text.contains("Rp 50.000"), "{}", mail.text);
        assert_eq!(mail.customer_id.as_deref(), Some(budi.id.as_str()));
    }

    let again = InvoiceIssued { invoice_id: bill.id, customer_id: budi.id.clone() };
    money_notices::invoice_issued(ctx.clone(), again).await.unwrap();
    assert_eq!(messaging::list_of(&ctx.db, &budi.id, &PageRequest::default()).await.unwrap().rows.len(), 3);
}
