//! Invoices on paper are drawn once for each state they show.
use crate::support::money::{by, by_wallet, with_gateway};
use entity::platform::file;
use sea_orm::{EntityTrait, PaginatorTrait};
use yumna::{
    domain::{
        billing::credit_note::{self, Against, Credit, NewCreditNote},
        documents::{credit_note_pdf, invoice_pdf, receipt_pdf},
        payments::attempt,
        settings,
    },
    kernel::fault::{Fault, Kind},
};

#[tokio::test]
async fn a_pdf_is_kept_until_something_on_it_changes() {
    let (world, _) = with_gateway().await;
    world.charges_ppn().await;
    let budi = world.customer().await;
    let bill = world.invoice(&budi, &[50_000]).await;
    let ctx = world.system();

    let first = invoice_pdf(&ctx, &bill.id).await.unwrap();
    assert!(first.body.starts_with(b"%PDF") && first.name == "INV-2026-000001.pdf");
    assert_eq!(invoice_pdf(&ctx, &bill.id).await.unwrap(), first);
    assert_eq!(file::Entity::find().count(&ctx.db).await.unwrap(), 1);

    world.gift(&budi, 55_500).await;
    attempt::start(&ctx, &budi.id, &bill.id, &by_wallet()).await.unwrap();
    assert_ne!(invoice_pdf(&ctx, &bill.id).await.unwrap().sha256, first.sha256, "now it says that it is paid");
    assert_eq!(file::Entity::find().count(&ctx.db).await.unwrap(), 2);
    let missing = invoice_pdf(&ctx, &"inv_nothing".into()).await.unwrap_err();
    assert_eq!(missing.kind(), Kind::NotFound);
}

/// Book-keepers ask for one paper per payment, and there is none before money has come.
#[tokio::test]
async fn a_receipt_is_there_once_money_has_come_and_says_the_same_for_ever() {
    let (world, gateway) = with_gateway().await;
    world.charges_ppn().await;
    let budi = world.customer().await;
    let bill = world.invoice(&budi, &[6_000_000]).await;
    let ctx = world.system();
    let waits = attempt::start(&ctx, &budi.id, &bill.id, &by("qris", None)).await.unwrap();
    assert_eq!(receipt_pdf(&ctx, waits.clone()).await.unwrap_err().kind(), Kind::NotFound);

    gateway.pay(&waits.reference, 6_660_000);
    let paid = attempt::ask_now(&ctx, &waits.id).await.unwrap();
    let paper = receipt_pdf(&ctx, paid.clone()).await.unwrap();
    assert!(paper.body.starts_with(b"%PDF") && paper.name.starts_with("Kuitansi-"), "{}", paper.name);
    assert_eq!(receipt_pdf(&ctx, paid).await.unwrap(), paper);
}

#[tokio::test]
async fn a_credit_note_is_a_paper_of_its_own_and_only_of_its_invoice() {
    let (world, _) = with_gateway().await;
    world.charges_ppn().await;
    let budi = world.customer().await;
    let (bill, other) = (world.invoice(&budi, &[50_000]).await, world.invoice(&budi, &[50_000]).await);
    let new = NewCreditNote {
        invoice_id: &bill.id,
        credit: Credit::Gross(11_100),
        against: Against::Open,
        reason: "Gangguan dua hari",
        key: "k",
    };
    let note = credit_note::issue_now(&world.staff("ana"), new).await.unwrap().note;
    let ctx = world.system();

    let paper = credit_note_pdf(&ctx, &bill.id, &note.id).await.unwrap();
    assert!(paper.body.starts_with(b"%PDF") && paper.name == "CN-2026-000001.pdf", "{}", paper.name);
    assert_eq!(credit_note_pdf(&ctx, &bill.id, &note.id).await.unwrap(), paper);
    assert_eq!(file::Entity::find().count(&ctx.db).await.unwrap(), 1, "kept once");
    let full = credit_note::get_full(&ctx.db, &bill.id, &note.id).await.unwrap();
    assert_eq!(full.items.iter().map(|item| item.tax_minor).sum::<i64>(), 1_100, "its exact share of tax");
    let foreign = credit_note_pdf(&ctx, &other.id, &note.id).await.unwrap_err();
    assert_eq!(foreign.kind(), Kind::NotFound);
}

#[tokio::test]
async fn what_was_issued_goes_on_saying_what_it_said_in_both_languages() {
    let (world, _) = with_gateway().await;
    let budi = world.customer().await;
    let ctx = world.system();
    let words = |id: &str, en: &str| settings::Billing {
        terms_note: id.to_owned(),
        terms_note_en: en.to_owned(),
        receipt_words: "Simpan kuitansi ini".to_owned(),
        credit_words_en: "Keep this note".to_owned(),
        ..settings::Billing::default()
    };
    settings::save_section(&ctx, words("Bayar tepat waktu", "Pay in time")).await.unwrap();
    let first = world.invoice(&budi, &[50_000]).await;
    let paper = invoice_pdf(&ctx, &first.id).await.unwrap();
    settings::save_section(&ctx, words("Terima kasih", "Thank you")).await.unwrap();
    let second = world.invoice(&budi, &[50_000]).await;

    let said = |bill: &entity::billing::invoice::Model| {
        ["terms_note", "terms_note_en", "receipt_words", "credit_words_en"].map(|key| bill.seller[key].clone())
    };
    let first = world.reload(&first).await;
    assert_eq!(said(&first), ["Bayar tepat waktu", "Pay in time", "Simpan kuitansi ini", "Keep this note"]);
    assert_eq!(said(&second)[..2], ["Terima kasih", "Thank you"]);
    assert_eq!(invoice_pdf(&ctx, &first.id).await.unwrap(), paper);
}
