//! Money that came and fits nothing: kept, shown to staff, and dealt with once.
use crate::support::{
    World,
    gateway::{CODE, ScriptedGateway, genuine},
    money::with_gateway,
};
use entity::{
    payments::{payment, unallocated_money},
    platform::{alert, audit_log},
    value::{InvoiceStatus, PaymentPurpose, PaymentStatus, UnallocatedStatus},
};
use futures_util::future::join_all;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use yumna::{
    domain::{
        ledger,
        payments::{
            PaymentError,
            gateway_event::{process, receive},
            refund::{Destination, NewRefund, refund},
            unallocated::{self, Filter, Owner, Returned},
        },
    },
    kernel::page::PageRequest,
};

/// Rp 75.000 came under a name that nobody of ours has.
async fn came(world: &World, gateway: &ScriptedGateway, reference: &str) -> unallocated_money::Model {
    let ctx = world.system();
    gateway.pay(reference, 75_000);
    let received = receive(&ctx, CODE, None, &genuine(), &gateway.notification(reference)).await.unwrap();
    process(&ctx, &received.event_id).await.unwrap();
    let found = unallocated_money::Entity::find().filter(unallocated_money::Column::Reference.eq(reference));
    found.one(&ctx.db).await.unwrap().unwrap()
}

async fn unallocated_minor(world: &World) -> i64 {
    let totals = ledger::verify(&world.services.db).await.unwrap().totals;
    totals.balances.get(&("unallocated".to_owned(), "IDR".to_owned())).copied().unwrap_or_default()
}

#[tokio::test]
async fn money_that_fits_nothing_waits_with_its_origin_and_is_counted_once() {
    let (world, gateway) = with_gateway().await;
    let ctx = world.system();
    let first = came(&world, &gateway, "STRANGE-1").await;
    let again = came(&world, &gateway, "STRANGE-1").await;
    assert_eq!(first, again);
    assert_eq!((first.gateway.as_str(), first.why.as_str(), first.amount_minor), (CODE, "unknown_reference", 75_000));
    assert_eq!((first.status, first.source_type.as_str()), (UnallocatedStatus::Open, "gateway_event"));
    came(&world, &gateway, "STRANGE-2").await;

    let waiting = Filter { status: Some(UnallocatedStatus::Open), reference: None };
    let page = unallocated::list(&ctx, &waiting, &PageRequest::default()).await.unwrap();
    let named: Vec<_> = page.rows.iter().map(|row| (row.money.reference.as_str(), row.account_name.as_str())).collect();
    assert_eq!(named, [("STRANGE-2", "Scripted"), ("STRANGE-1", "Scripted")]);
    assert_eq!(unallocated::open_count(&ctx).await.unwrap(), 2);
    assert_eq!(unallocated_minor(&world).await, -150_000);
    world.books_are_right().await;
}

#[tokio::test]
async fn it_goes_to_the_wallet_of_whom_it_belongs_to() {
    let (world, gateway) = with_gateway().await;
    let (budi, ana) = (world.customer().await, world.staff("ana"));
    let money = came(&world, &gateway, "STRANGE").await;
    let owner = Owner::Customer(budi.id.clone());

    assert!(matches!(unallocated::allocate(&ana, &money.id, &owner, " ").await, Err(PaymentError::ReasonRequired)));
    for _ in 0..2 {
        let done = unallocated::allocate(&ana, &money.id, &owner, "Bukti dari pelanggan").await.unwrap();
        assert_eq!((done.status, done.customer_id.as_ref()), (UnallocatedStatus::Allocated, Some(&budi.id)));
        assert_eq!(done.decided_by.as_ref().map(|id| id.as_str()), Some("usr_ana"));
    }

    assert_eq!((world.balance(&budi).await, unallocated_minor(&world).await), (75_000, 0));
    let pay = payment::Entity::find().one(&ana.db).await.unwrap().unwrap();
    assert_eq!(
        (pay.status, pay.purpose, pay.method.as_str()),
        (PaymentStatus::Succeeded, PaymentPurpose::TopUp, "unallocated")
    );
    let open = alert::Entity::find().filter(alert::Column::ResolvedAt.is_null());
    assert_eq!(open.count(&ana.db).await.unwrap(), 0, "the alert is over");
    let noted = audit_log::Entity::find().filter(audit_log::Column::Action.eq("payments.unallocated.allocate"));
    assert_eq!(noted.count(&ana.db).await.unwrap(), 1);
    assert_eq!(world.news("payment.settled").await, 1);
    // The same news from the gateway again neither books it anew nor rings again.
    assert_eq!(came(&world, &gateway, "STRANGE").await.status, UnallocatedStatus::Allocated);
    let open = alert::Entity::find().filter(alert::Column::ResolvedAt.is_null());
    assert_eq!(open.count(&ana.db).await.unwrap(), 0);
    world.books_are_right().await;
}

#[tokio::test]
async fn it_pays_an_invoice_by_the_rules_of_every_other_payment() {
    let (world, gateway) = with_gateway().await;
    let (budi, ana) = (world.customer().await, world.staff("ana"));
    let (small, large) = (world.invoice(&budi, &[50_000]).await, world.invoice(&budi, &[100_000]).await);

    let money = came(&world, &gateway, "STRANGE-1").await;
    let owner = Owner::Invoice(small.id.clone());
    unallocated::allocate(&ana, &money.id, &owner, "Nomor di berita transfer").await.unwrap();
    let paid = world.reload(&small).await;
    assert_eq!((paid.status, paid.paid_minor), (InvoiceStatus::Paid, 50_000));
    assert_eq!(world.balance(&budi).await, 25_000, "what is too much is in the wallet");

    let money = came(&world, &gateway, "STRANGE-2").await;
    assert!(matches!(
        unallocated::allocate(&ana, &money.id, &owner, "Salah").await,
        Err(PaymentError::InvoiceNotPayable)
    ));
    let owner = Owner::Invoice(large.id.clone());
    let done = unallocated::allocate(&ana, &money.id, &owner, "Sebagian").await.unwrap();
    let partly = world.reload(&large).await;
    assert_eq!((partly.status, partly.paid_minor), (InvoiceStatus::Issued, 75_000));
    let again = Owner::Customer(budi.id.clone());
    assert!(matches!(
        unallocated::allocate(&ana, &money.id, &again, "Lain").await,
        Err(PaymentError::AlreadyDealtWith)
    ));
    assert_eq!(world.news("invoice.paid").await, 1);

    // It is given back like any other, but not through a gateway that cannot be asked.
    let paid_by = done.payment_id.unwrap();
    let back =
        |destination, key| NewRefund { payment_id: &paid_by, amount_minor: 75_000, destination, reason: "Batal", key };
    let refused = refund(&ana, back(Destination::Gateway, "k1")).await;
    assert!(matches!(refused, Err(PaymentError::RefundNotSupported)), "{refused:?}");
    refund(&ana, back(Destination::Wallet, "k2")).await.unwrap();
    assert_eq!(world.balance(&budi).await, 100_000);
    world.books_are_right().await;
}

#[tokio::test]
async fn it_goes_back_to_who_paid_out_of_our_bank_account() {
    let (world, gateway) = with_gateway().await;
    let (budi, ana) = (world.customer().await, world.staff("ana"));
    let money = came(&world, &gateway, "STRANGE").await;
    let back = Returned { bank_reference: "BCA-0001", reason: "Salah kirim" };

    let nameless = Returned { bank_reference: " ", ..back.clone() };
    assert!(matches!(unallocated::give_back(&ana, &money.id, &nameless).await, Err(PaymentError::Invalid(_))));
    for _ in 0..2 {
        let done = unallocated::give_back(&ana, &money.id, &back).await.unwrap();
        assert_eq!((done.status, done.bank_reference.as_deref()), (UnallocatedStatus::Returned, Some("BCA-0001")));
    }
    let twice = Returned { bank_reference: "BCA-0002", ..back };
    assert!(matches!(unallocated::give_back(&ana, &money.id, &twice).await, Err(PaymentError::AlreadyDealtWith)));
    let his = Owner::Customer(budi.id.clone());
    assert!(matches!(unallocated::allocate(&ana, &money.id, &his, "Bukti").await, Err(PaymentError::AlreadyDealtWith)));

    let totals = ledger::verify(&ana.db).await.unwrap().totals;
    assert_eq!(totals.balances[&("bank".to_owned(), "IDR".to_owned())], -75_000);
    assert_eq!(unallocated_minor(&world).await, 0);
    world.books_are_right().await;
}

#[tokio::test]
async fn who_is_not_there_gains_nothing_and_nobody_gains_in_another_currency() {
    let (world, gateway) = with_gateway().await;
    let (budi, ana) = (world.customer().await, world.staff("ana"));
    let money = came(&world, &gateway, "STRANGE").await;
    for nobody in [Owner::Customer("cus_nobody".into()), Owner::Invoice("inv_nobody".into())] {
        let refused = unallocated::allocate(&ana, &money.id, &nobody, "x").await;
        assert!(matches!(refused, Err(PaymentError::Invalid(_))), "{refused:?}");
    }
    let missing = unallocated::allocate(&ana, &"unm_nobody".into(), &Owner::Customer(budi.id.clone()), "x").await;
    assert!(matches!(missing, Err(PaymentError::NotFound)));
    let mut row: entity::customers::customer::ActiveModel = budi.clone().into();
    row.currency = Set("USD".to_owned());
    row.update(&ana.db).await.unwrap();
    let refused = unallocated::allocate(&ana, &money.id, &Owner::Customer(budi.id.clone()), "x").await;
    assert!(matches!(refused, Err(PaymentError::CurrencyDiffers)));
    assert_eq!(unallocated::open_count(&ana).await.unwrap(), 1);
    // Staff name a customer by his address and an invoice by its number.
    assert_eq!(unallocated::by_customer(&ana, " BUDI@example.test ").await.unwrap(), Owner::Customer(budi.id.clone()));
    assert!(unallocated::by_customer(&ana, "nobody@example.test").await.is_err());
    world.customer().await;
    assert!(unallocated::by_customer(&ana, "budi@example.test").await.is_err(), "two have this address");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_colleagues_decide_at_once_and_one_decision_holds() {
    let (world, gateway) = with_gateway().await;
    let budi = world.customer().await;
    let siti = world.customer().await;
    let money = came(&world, &gateway, "STRANGE").await;
    let acts = (0..10).map(|n| {
        let (ctx, id) = (world.staff(&format!("s{n}")), money.id.clone());
        let owner = Owner::Customer(if n % 2 == 0 { budi.id.clone() } else { siti.id.clone() });
        tokio::spawn(async move {
            match n % 3 {
                0 => unallocated::give_back(&ctx, &id, &Returned { bank_reference: "B-1", reason: "x" }).await,
                _ => unallocated::allocate(&ctx, &id, &owner, "x").await,
            }
        })
    });
    let outcomes = join_all(acts).await;
    for outcome in outcomes {
        match outcome.unwrap() {
            Ok(row) => assert_ne!(row.status, UnallocatedStatus::Open),
            Err(error) => assert!(matches!(error, PaymentError::AlreadyDealtWith), "{error:?}"),
        }
    }
    assert_eq!(unallocated_minor(&world).await, 0);
    let gained = world.balance(&budi).await + world.balance(&siti).await;
    let totals = ledger::verify(&world.services.db).await.unwrap().totals;
    let sent = totals.balances.get(&("bank".to_owned(), "IDR".to_owned())).copied().unwrap_or_default();
    assert_eq!(gained - sent, 75_000, "gained {gained}, sent {sent}");
    world.books_are_right().await;
}
