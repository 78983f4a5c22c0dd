//! Nobody of staff gives up money to an account he belongs to: a colleague does, or nobody.
use crate::support::{
    World,
    quotes::{plan, plan_for},
    shop,
};
use entity::{
    payments::payment,
    value::{InvoiceStatus, PurchasePolicy, QuoteStatus},
};
use sea_orm::EntityTrait;
use yumna::{
    domain::{
        Ctx,
        billing::{
            credit_note::{self, Against, Credit, NewCreditNote},
            invoice, write_off,
        },
        ledger::BankAccount,
        ordering::quote as quotes,
        payments::refund::{Destination, NewRefund, refund_to},
    },
    kernel::{actor::Actor, fault::Fault},
};

/// A shop, its customer Budi, and Budi as one of its staff.
async fn at_work() -> (World, shop::Buyer, Ctx) {
    let world = World::new().await;
    world.open_shop().await;
    let ghost = world.service(shop::GHOST, PurchasePolicy::Multiple).await;
    world.plan(&ghost, "ghost-basic", 1, 5).await;
    let budi = world.buyer("budi").await;
    let own = Ctx { actor: Actor::Staff { user_id: budi.user_id.clone() }, ..world.system() };
    (world, budi, own)
}

#[tokio::test]
async fn nobody_refunds_his_own_payment_whichever_way() {
    let (world, budi, own) = at_work().await;
    world.gives(&budi, 55_500).await;
    let placed = world.orders(&budi, "ghost-basic").await.unwrap();
    world.pays(&placed).await;
    let pay = payment::Entity::find().one(&own.db).await.unwrap().unwrap();
    let bank = BankAccount { bank_name: "BCA", account_holder: "Budi", account_number: "1234567890" };
    let back = |destination: Destination| NewRefund {
        payment_id: &pay.id,
        amount_minor: 1_000,
        destination,
        reason: "Gangguan",
        key: destination.as_str(),
    };
    for destination in [Destination::Wallet, Destination::Gateway, Destination::Bank] {
        let refused = refund_to(&own, back(destination), &bank).await.unwrap_err();
        assert_eq!(refused.code(), "OWN_PAYOUT", "{}", destination.as_str());
    }
    assert_eq!(world.balance_of(&budi).await, 0);
    refund_to(&world.staff("ana"), back(Destination::Wallet), &bank).await.unwrap();
    assert_eq!(world.balance_of(&budi).await, 1_000);
    world.books_are_right().await;
}

#[tokio::test]
async fn nobody_gives_up_what_his_own_account_owes() {
    let (world, budi, own) = at_work().await;
    let bill = world.orders(&budi, "ghost-basic").await.unwrap().invoice;
    let credit = |key: &'static str| NewCreditNote {
        invoice_id: &bill.id,
        credit: Credit::Gross(1_000),
        against: Against::Open,
        reason: "Gangguan",
        key,
    };
    assert_eq!(credit_note::issue_now(&own, credit("own")).await.unwrap_err().code(), "OWN_PAYOUT");
    assert_eq!(invoice::void_now(&own, &bill.id, "Salah").await.unwrap_err().code(), "OWN_PAYOUT");
    assert_eq!(write_off::write_off(&own, &bill.id, "Pailit").await.unwrap_err().code(), "OWN_PAYOUT");
    let now = invoice::get(&own.db, &bill.id).await.unwrap();
    assert_eq!((now.status, now.credited_minor), (InvoiceStatus::Issued, 0));
    credit_note::issue_now(&world.staff("ana"), credit("ana")).await.unwrap();
    world.books_are_right().await;
}

#[tokio::test]
async fn nobody_offers_himself_other_prices_than_the_shops() {
    let (world, budi, own) = at_work().await;
    let cheap = world.drafts(&budi, vec![plan_for("ghost-basic", 1, 1_000, 0)]).await;
    assert_eq!(quotes::send(&own, &cheap.id, None).await.unwrap_err().code(), "OWN_PAYOUT");
    assert_eq!(world.quote(&cheap.id).await.status, QuoteStatus::Draft);
    quotes::send(&world.staff("ana"), &cheap.id, None).await.unwrap();
    let usual = world.drafts(&budi, vec![plan("ghost-basic", 1)]).await;
    quotes::send(&own, &usual.id, None).await.unwrap();
}
