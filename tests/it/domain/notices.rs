//! What a customer reads after money came is true: where it is, what it paid, and what happens now.
use crate::support::{
    World,
    gateway::report,
    money::{by, by_wallet, with_gateway},
    shop,
};
use chrono::Duration;
use entity::{
    billing::invoice,
    customers::customer,
    messaging::message,
    payments::payment,
    value::{PaymentStatus, PurchasePolicy},
};
use yumna::{
    domain::{billing::invoice as invoices, catalog::quota, payments::attempt},
    integrations::gateways::PaymentReport,
};

/// Somebody with an invoice over Rp 50.000 and an attempt to pay it by QR code.
struct Debt {
    world: World,
    budi: customer::Model,
    bill: invoice::Model,
    attempt: payment::Model,
}

impl Debt {
    async fn new() -> Self {
        let (world, _) = with_gateway().await;
        let budi = world.customer().await;
        let bill = world.invoice(&budi, &[50_000]).await;
        let attempt = attempt::start(&world.system(), &budi.id, &bill.id, &by("qris", None)).await.unwrap();
        Self { world, budi, bill, attempt }
    }

    /// The gateway says that so much came; gives the mails about it, newest first.
    async fn receives(&self, minor: i64) -> Vec<message::Model> {
        let told = PaymentReport { status: PaymentStatus::Succeeded, ..report(&self.attempt.reference, minor) };
        attempt::apply_report(&self.world.system(), &self.attempt.id, &told).await.unwrap();
        self.mails().await
    }

    async fn mails(&self) -> Vec<message::Model> {
        self.world.settle_down().await;
        let mut mails = self.world.mails_to(&self.budi.email).await;
        mails.retain(|mail| mail.template != "invoice_issued");
        mails
    }
}

fn templates(mails: &[message::Model]) -> Vec<&str> {
    mails.iter().map(|mail| mail.template.as_str()).collect()
}

fn says(mail: &message::Model, words: &[&str]) {
    for word in words {
        assert!(mail.text.contains(word), "{} lacks {word:?}: {}", mail.template, mail.text);
    }
}

#[tokio::test]
async fn a_part_of_the_money_is_told_with_what_is_still_open_and_until_when() {
    let debt = Debt::new().await;
    let mails = debt.receives(20_000).await;
    assert_eq!(templates(&mails), ["payment_part_received"]);
    says(&mails[0], &["Diterima: Rp 20.000", "Sisa: Rp 30.000", "28 Nov 2026"]);
    assert!(!mails[0].text.contains("sedang disiapkan"));
}

#[tokio::test]
async fn too_much_money_pays_the_invoice_and_the_rest_is_told_to_be_in_the_wallet() {
    let debt = Debt::new().await;
    let mails = debt.receives(65_000).await;
    assert_eq!(templates(&mails), ["payment_surplus", "payment_received"]);
    says(&mails[0], &["Diterima: Rp 65.000", "Untuk tagihan ini: Rp 50.000", "Masuk ke saldo: Rp 15.000"]);
    says(&mails[1], &["Jumlah: Rp 50.000"]);
    assert!(!mails[1].text.contains("sedang disiapkan"), "it is for nothing that has to be set up");
}

#[tokio::test]
async fn money_for_a_paid_invoice_is_told_to_be_in_the_wallet() {
    let debt = Debt::new().await;
    debt.world.gift(&debt.budi, 50_000).await;
    attempt::start(&debt.world.system(), &debt.budi.id, &debt.bill.id, &by_wallet()).await.unwrap();

    let mails = debt.receives(50_000).await;

    let told =
        mails.iter().find(|mail| mail.template == "payment_of_paid_invoice").expect("the second payment is told");
    says(told, &["Masuk ke saldo: Rp 50.000", "sudah lunas"]);
    assert_eq!(mails.iter().filter(|mail| mail.template == "payment_received").count(), 1, "it is paid once");
}

#[tokio::test]
async fn money_for_a_void_invoice_is_told_to_be_in_the_wallet_and_to_set_nothing_up() {
    let debt = Debt::new().await;
    invoices::void_now(&debt.world.staff("ana"), &debt.bill.id, "salah pesan").await.unwrap();

    let mails = debt.receives(50_000).await;

    let mut told = templates(&mails);
    told.sort_unstable();
    assert_eq!(told, ["invoice_voided", "payment_of_void_invoice"]);
    let money = mails.iter().find(|mail| mail.template == "payment_of_void_invoice").unwrap();
    says(money, &["Masuk ke saldo: Rp 50.000", "tidak ada layanan yang disiapkan"]);
}

#[tokio::test]
async fn who_paid_for_a_full_plan_reads_that_it_waits_and_what_happens_then() {
    let world = World::new().await;
    world.open_shop().await;
    let ghost = world.service(shop::GHOST, PurchasePolicy::Multiple).await;
    world.plan(&ghost, "ghost-basic", 1, 1).await;
    let (budi, sari) = (world.buyer("budi").await, world.buyer("sari").await);
    world.gives(&budi, 55_500).await;
    let late = world.orders(&budi, "ghost-basic").await.unwrap();
    world.advance(Duration::minutes(61));
    quota::expire_due(&world.system()).await.unwrap();
    world.orders(&sari, "ghost-basic").await.unwrap();

    attempt::start(&world.system(), &budi.customer_id, &late.invoice.id, &by_wallet()).await.unwrap();
    world.settle_down().await;
    world.settle_down().await;

    let mails = world.mails_to(&budi.email).await;
    let sent = templates(&mails);
    assert!(sent.contains(&"payment_received") && !sent.contains(&"order_paid"), "nothing is being set up: {sent:?}");
    let waits: Vec<_> = mails.iter().filter(|mail| mail.template == "service_waiting").collect();
    assert_eq!(waits.len(), 1, "told once");
    says(waits[0], &["sedang penuh", "begitu ada tempat", "7 hari", "kembali ke saldo"]);
}
