//! What a payer's browser says about money is a question, never news.
use crate::support::town::Town;
use chrono::Duration;
use entity::{
    billing::invoice,
    payments::payment,
    value::{InvoiceId, InvoiceStatus, PaymentId, PaymentStatus},
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

async fn attempt(town: &Town, id: &str) -> payment::Model {
    payment::Entity::find_by_id(PaymentId::from(id)).one(&town.world.services.db).await.unwrap().unwrap()
}

async fn bill(town: &Town) -> invoice::Model {
    let id = InvoiceId::from(town.id("invoice"));
    invoice::Entity::find_by_id(id).one(&town.world.services.db).await.unwrap().unwrap()
}

#[tokio::test]
async fn an_address_that_claims_success_pays_nothing_and_the_gateways_word_does() {
    let town = Town::new().await;
    let mut owner = town.owner_browser("id").await;
    let (waiting, page) = (town.id("payment"), format!("/panel/invoices/{}/pay", town.id("invoice")));
    let places =
        [page.clone(), format!("/panel/payments/{}", town.id("top_up")), format!("/pay/{}", town.id("pay_token"))];
    for place in &places {
        for claim in ["result=success", "transaction_status=settlement&status_code=200", "status=PAID&amount=1"] {
            let shown = owner.get(&format!("{place}?{claim}")).await;
            assert_eq!(shown.status, 200, "{place}?{claim}: {}", shown.body);
        }
    }
    for id in [waiting, town.id("top_up")] {
        assert_eq!(attempt(&town, id).await.status, PaymentStatus::Pending);
    }
    assert_eq!((bill(&town).await.status, bill(&town).await.paid_minor), (InvoiceStatus::Issued, 0));

    let pay = attempt(&town, waiting).await;
    town.gateway.pay(&pay.reference, pay.amount_minor);
    town.world.advance(Duration::seconds(6));
    owner.post(&format!("{page}/check"), &[("payment", waiting)]).await;

    assert_eq!(attempt(&town, waiting).await.status, PaymentStatus::Succeeded);
    assert_eq!(bill(&town).await.status, InvoiceStatus::Paid);
    town.world.books_are_right().await;
}

#[tokio::test]
async fn a_form_with_more_in_it_asks_for_what_is_open_and_one_for_a_way_nobody_offers_for_nothing() {
    let town = Town::new().await;
    let mut owner = town.owner_browser("id").await;
    let page = format!("/panel/invoices/{}/pay", town.id("invoice"));
    let of_bill = || payment::Entity::find().filter(payment::Column::InvoiceId.eq(town.id("invoice")));
    let before = of_bill().count(&town.world.services.db).await.unwrap();
    for way in ["scripted:cash", "nobody:qris", "scripted:bank_transfer", "scripted", ""] {
        owner.post(&page, &[("way", way)]).await;
    }
    assert_eq!(of_bill().count(&town.world.services.db).await.unwrap(), before);

    let tampered = [
        ("way", "scripted:qris"),
        ("amount", "1"),
        ("amount_minor", "1"),
        ("currency", "USD"),
        ("status", "succeeded"),
        ("invoice_id", town.id("paid_invoice")),
        ("customer_id", town.stranger.customer_id.as_str()),
    ];
    owner.post(&page, &tampered).await;

    let by_qris = of_bill().filter(payment::Column::Method.eq("qris")).all(&town.world.services.db).await.unwrap();
    assert_eq!(by_qris.len(), 1);
    let asked = &by_qris[0];
    assert_eq!((asked.amount_minor, asked.currency.as_str()), (bill(&town).await.total_minor, "IDR"));
    assert_eq!((asked.status, &asked.customer_id), (PaymentStatus::Pending, &town.owner.customer_id));
}
