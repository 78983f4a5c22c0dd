//! Invoices on paper are drawn once for each state they show.
use crate::support::money::{by_wallet, with_gateway};
use entity::platform::file;
use sea_orm::{EntityTrait, PaginatorTrait};
use yumna::{
    domain::{documents::invoice_pdf, payments::attempt},
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
    std::fs::write("/tmp/money-invoice.pdf", invoice_pdf(&ctx, &bill.id).await.unwrap().body).unwrap();
    let missing = invoice_pdf(&ctx, &"inv_nothing".into()).await.unwrap_err();
    assert_eq!(missing.kind(), Kind::NotFound);
}
