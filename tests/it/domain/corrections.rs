//! What a customer reads when money or a document was set right: what happened, whether money moved, what to do.
use super::renewals::Story;
use crate::support::{
    World,
    driver::Scripted,
    gateway::{ScriptedGateway, report},
    money::{by, with_gateway},
    shop,
};
use entity::{
    billing::invoice,
    customers::customer,
    messaging::message,
    payments::{dispute as disputes, payment},
    value::{PaymentStatus, PurchasePolicy},
};
use sea_orm::EntityTrait;
use std::sync::Arc;
use yumna::{
    domain::{
        billing::{
            credit_note::{self, Against, Credit, NewCreditNote},
            invoice as invoices,
        },
        ledger::{self, Adjusted, BankAccount, Decision},
        payments::{
            attempt,
            dispute::{self, Outcome},
            refund::{Destination, NewRefund, refund_to},
        },
        settings,
        subscriptions::cancel::{self, When},
    },
    integrations::gateways::PaymentReport,
};

/// Mails to an address under one of these codes, once everything that follows has run, newest first.
async fn told(world: &World, email: &str, templates: &[&str]) -> Vec<message::Model> {
    world.settle_down().await;
    let mut mails = world.mails_to(email).await;
    mails.retain(|mail| templates.contains(&mail.template.as_str()));
    mails
}

fn says(mail: &message::Model, words: &[&str]) {
    for word in words {
        assert!(mail.text.contains(word), "{} lacks {word:?}: {}", mail.template, mail.text);
    }
}

/// An invoice of Rp 50.000 paid by QRIS.
async fn paid() -> (World, ScriptedGateway, customer::Model, invoice::Model, payment::Model) {
    let (world, gateway) = with_gateway().await;
    let budi = world.customer().await;
    let bill = world.invoice(&budi, &[50_000]).await;
    let pay = attempt::start(&world.system(), &budi.id, &bill.id, &by("qris", None)).await.unwrap();
    gateway.pay(&pay.reference, 50_000);
    let pay = attempt::ask_now(&world.system(), &pay.id).await.unwrap();
    (world, gateway, budi, bill, pay)
}

async fn becomes(world: &World, pay: &payment::Model, status: PaymentStatus) {
    let told = PaymentReport { status, ..report(&pay.reference, pay.amount_minor) };
    attempt::apply_report(&world.system(), &pay.id, &told).await.unwrap();
}

#[tokio::test]
async fn money_that_goes_back_is_told_with_the_way_it_goes() {
    let (world, _, budi, _, pay) = paid().await;
    let account = BankAccount { bank_name: "BCA", account_holder: "Budi", account_number: "1234567890" };
    for (destination, amount_minor, template, words) in [
        (Destination::Wallet, 1_000, "refund_to_wallet", "Jumlah: Rp 1.000"),
        (Destination::Gateway, 2_000, "refund_to_gateway", "Cara bayar: QRIS"),
        (Destination::Bank, 3_000, "refund_to_bank", "Jumlah: Rp 3.000"),
    ] {
        let new =
            NewRefund { payment_id: &pay.id, amount_minor, destination, reason: "Gangguan", key: destination.as_str() };
        refund_to(&world.staff("ana"), new, &account).await.unwrap();
        let mails = told(&world, &budi.email, &[template, "credit_note_issued"]).await;
        assert_eq!(mails.len(), 1, "{template} and no mail about its credit note: {mails:?}");
        says(&mails[0], &[words, "Gangguan"]);
    }
}

#[tokio::test]
async fn money_a_bank_took_back_is_told_with_what_is_open_again() {
    let (world, _, budi, bill, pay) = paid().await;
    for _ in 0..2 {
        becomes(&world, &pay, PaymentStatus::Chargeback).await;
    }
    let templates = ["payment_reversed", "payment_reversed_held", "payment_reversed_wallet"];
    let mails = told(&world, &budi.email, &templates).await;
    assert_eq!(mails.len(), 1, "once");
    assert_eq!(mails[0].template, "payment_reversed", "nothing runs for it");
    says(&mails[0], &[bill.number.as_deref().unwrap(), "Terbuka lagi: Rp 50.000", &pay.reference]);
}

#[tokio::test]
async fn what_is_suspended_by_it_is_named_unless_the_settings_let_it_run() {
    for (is_held, template) in [(true, "payment_reversed_held"), (false, "payment_reversed")] {
        let gateway = ScriptedGateway::default();
        let at_gateway = gateway.clone();
        let world = World::with(|services| {
            services.gateways = vec![Arc::new(at_gateway)];
            services.drivers = vec![Arc::new(Scripted::default())];
        })
        .await;
        world.account().await;
        world.open_shop().await;
        world.cluster("Jakarta 1", 640_000).await;
        let rules = settings::Automation { chargeback_hold: is_held, ..Default::default() };
        settings::save_section(&world.system(), rules).await.unwrap();
        let ghost = world.service(shop::GHOST, PurchasePolicy::Multiple).await;
        world.plan(&ghost, "ghost-basic", 1, 5).await;
        let budi = world.buyer("budi").await;
        let placed = world.orders(&budi, "ghost-basic").await.unwrap();
        let ctx = world.system();
        let pay = attempt::start(&ctx, &budi.customer_id, &placed.invoice.id, &by("qris", None)).await.unwrap();
        gateway.pay(&pay.reference, pay.amount_minor);
        let pay = attempt::ask_now(&ctx, &pay.id).await.unwrap();
        world.settle_down().await;

        becomes(&world, &pay, PaymentStatus::Chargeback).await;

        let mails = told(&world, &budi.email, &["payment_reversed", "payment_reversed_held"]).await;
        let sent: Vec<_> = mails.iter().map(|mail| mail.template.as_str()).collect();
        assert_eq!(sent, [template]);
        assert_eq!(mails[0].text.contains("Ditangguhkan: "), is_held, "{}", mails[0].text);
    }
}

#[tokio::test]
async fn the_end_of_a_dispute_is_told_once_and_as_it_is() {
    for (outcome, template) in [(Outcome::Won, "dispute_won"), (Outcome::Lost, "dispute_lost")] {
        let (world, _, budi, _, pay) = paid().await;
        becomes(&world, &pay, PaymentStatus::Chargeback).await;
        world.settle_down().await;
        let before = told(&world, &budi.email, &["payment_received"]).await.len();
        let row = disputes::Entity::find().one(&world.services.db).await.unwrap().unwrap();
        for _ in 0..2 {
            dispute::decide(&world.staff("ana"), &row.id, outcome, "Catatan petugas").await.unwrap();
        }
        let templates = ["dispute_won", "dispute_won_settled", "dispute_lost", "dispute_lost_wallet"];
        let mails = told(&world, &budi.email, &templates).await;
        assert_eq!(mails.iter().map(|mail| mail.template.as_str()).collect::<Vec<_>>(), [template]);
        says(&mails[0], &["Jumlah: Rp 50.000", &pay.reference]);
        assert!(!mails[0].text.contains("Catatan petugas"), "grounds are staff's");
        let after = told(&world, &budi.email, &["payment_received"]).await.len();
        assert_eq!(after, before, "the same money is told once");
    }
}

#[tokio::test]
async fn an_invoice_that_is_not_asked_for_any_more_is_told_unless_its_order_or_credit_note_tells() {
    let (world, _) = with_gateway().await;
    let budi = world.customer().await;
    let (void, credited) = (world.invoice(&budi, &[50_000]).await, world.invoice(&budi, &[30_000]).await);
    invoices::void_now(&world.staff("ana"), &void.id, "Dobel").await.unwrap();
    for gross in [10_000, 20_000] {
        let new = NewCreditNote {
            invoice_id: &credited.id,
            credit: Credit::Gross(gross),
            against: Against::Open,
            reason: "Gangguan",
            key: &format!("k{gross}"),
        };
        credit_note::issue_now(&world.staff("ana"), new).await.unwrap();
    }
    let mails = told(&world, &budi.email, &["invoice_voided"]).await;
    assert_eq!(mails.len(), 1);
    says(&mails[0], &[void.number.as_deref().unwrap(), "Rp 50.000", "Tidak ada uang yang berpindah"]);
    let mails = told(&world, &budi.email, &["credit_note_issued"]).await;
    assert_eq!(mails.len(), 2);
    let first = mails.iter().find(|mail| mail.text.contains("Dikurangi: Rp 10.000")).expect("each note");
    says(first, &[credited.number.as_deref().unwrap(), "Gangguan", "/credit-notes/crn_"]);

    world.open_shop().await;
    let ghost = world.service(shop::GHOST, PurchasePolicy::Multiple).await;
    world.plan(&ghost, "ghost-basic", 1, 5).await;
    let sari = world.buyer("sari").await;
    let placed = world.orders(&sari, "ghost-basic").await.unwrap();
    invoices::void_now(&world.staff("ana"), &placed.invoice.id, "Dobel").await.unwrap();
    let mails = told(&world, &sari.email, &["invoice_voided", "order_cancelled"]).await;
    assert_eq!(mails.iter().map(|mail| mail.template.as_str()).collect::<Vec<_>>(), ["order_cancelled"]);
}

#[tokio::test]
async fn a_wallet_changed_by_hand_is_told_once_money_moved() {
    let (world, _) = with_gateway().await;
    let budi = world.customer().await;
    let limit = settings::load(&world.services.db).await.unwrap().wallet.adjust_limit_minor;
    let asked = ledger::adjust(&world.staff("ana"), &budi.id, limit + 1, "Kompensasi").await.unwrap();
    let Adjusted::Waiting(asked) = asked else { panic!("it waits for a colleague") };
    assert!(told(&world, &budi.email, &["wallet_credited"]).await.is_empty(), "nothing moved yet");

    ledger::decide(&world.staff("joko"), &asked.id, Decision::Approve).await.unwrap();
    let mails = told(&world, &budi.email, &["wallet_credited"]).await;
    assert_eq!(mails.len(), 1);
    says(&mails[0], &["Alasan: Kompensasi", "Saldo sekarang: "]);

    ledger::adjust(&world.staff("ana"), &budi.id, -5_000, "Salah ketik").await.unwrap();
    let mails = told(&world, &budi.email, &["wallet_debited"]).await;
    assert_eq!(mails.len(), 1);
    says(&mails[0], &["Jumlah: Rp 5.000", "Alasan: Salah ketik"]);
}

#[tokio::test]
async fn notice_is_confirmed_with_the_day_the_service_ends() {
    for (when, template) in [(When::PeriodEnd, "service_cancelled"), (When::Now, "service_ended")] {
        let story = Story::begin().await;
        let (ctx, id) = (story.world.system(), &story.contract.id);

        cancel::cancel(&ctx, &story.budi.customer_id, id, when, "Terlalu mahal").await.unwrap();
        if when == When::PeriodEnd {
            cancel::cancel(&ctx, &story.budi.customer_id, id, when, "Terlalu mahal").await.unwrap();
        }

        let mails = told(&story.world, &story.budi.email, &["service_cancelled", "service_ended"]).await;
        assert_eq!(mails.iter().map(|mail| mail.template.as_str()).collect::<Vec<_>>(), [template], "once");
        if when == When::PeriodEnd {
            says(&mails[0], &["Berakhir: 21 Des 2026"]);
        }
    }
}
