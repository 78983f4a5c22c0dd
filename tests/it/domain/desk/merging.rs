//! Two accounts of one customer become one: nothing is lost, nothing is counted twice, and documents stay as they are.
use crate::support::{
    World,
    driver::Scripted,
    gateway::{ScriptedGateway, report},
    money::{by, by_wallet},
    quotes::plan,
    shop::{Buyer, GHOST},
};
use chrono::Duration;
use entity::{
    billing::{invoice, moved_document, withholding},
    customers::{customer, member, merge},
    ledger::{transaction, wallet_transaction},
    platform::audit_log,
    provisioning::instance,
    value::{
        CustomerStatus, Grant, InvoiceStatus, PauseHolds, PauseScope, PaymentStatus, PurchasePolicy, WalletPayoutId,
        WalletPayoutStatus, WalletTransactionType, WithholdingStatus, business_day,
    },
};
use futures_util::future::join_all;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use std::sync::Arc;
use yumna::{
    domain::{
        Ctx,
        customers::{self, CustomerError},
        desk::{self, DeskError, Leave, ObstacleKind},
        ledger::{self, BankAccount},
        ordering::OrderingError,
        payments::{
            attempt,
            refund::{Destination, NewRefund, refund},
            withheld::{self, NewProof},
        },
        provisioning,
        reports::{range::Range, statement},
        subscriptions::automation,
    },
    kernel::{actor::Actor, fault::Fault},
};

const WHY: &str = "Mendaftar dua kali";

/// A shop that sets services up and takes money at a gateway.
async fn shop(policy: PurchasePolicy) -> (World, ScriptedGateway) {
    let gateway = ScriptedGateway::default();
    let at_door = gateway.clone();
    let world = World::with(|services| {
        services.drivers = vec![Arc::new(Scripted::default())];
        services.gateways = vec![Arc::new(at_door)];
    })
    .await;
    world.account().await;
    world.open_shop().await;
    world.cluster("Jakarta 1", 640_000).await;
    let product = world.service(GHOST, policy).await;
    world.plan(&product, "ghost-basic", 1, 20).await;
    (world, gateway)
}

/// Somebody with two accounts: the one he forgot, and the one he uses.
async fn twice(world: &World) -> (Buyer, Buyer) {
    (world.buyer("lama").await, world.buyer("baru").await)
}

async fn row_of(world: &World, buyer: &Buyer) -> customer::Model {
    customers::get(&world.services.db, &buyer.customer_id).await.unwrap()
}

async fn change(world: &World, buyer: &Buyer, set: &str) {
    let sql = format!("UPDATE customers SET {set} WHERE id = '{}'", buyer.customer_id);
    world.services.db.execute_unprepared(&sql).await.unwrap();
}

async fn merged(world: &World, old: &Buyer, new: &Buyer) -> merge::Model {
    desk::merge(&world.staff("ana"), &old.customer_id, &new.customer_id, WHY).await.unwrap()
}

/// What keeps the two from being one.
async fn obstacles(world: &World, old: &Buyer, new: &Buyer) -> Vec<ObstacleKind> {
    let refused = desk::merge(&world.staff("ana"), &old.customer_id, &new.customer_id, WHY).await.unwrap_err();
    let DeskError::NotMergeable(found) = &refused else { panic!("{refused:?}") };
    let seen = desk::preview(&world.staff("ana"), &old.customer_id, &new.customer_id).await.unwrap();
    assert_eq!(seen.obstacles, *found, "the preview says the same");
    found.iter().map(|one| one.kind).collect()
}

#[tokio::test]
async fn everything_of_one_account_is_the_others_afterwards() {
    let (world, _) = shop(PurchasePolicy::Multiple).await;
    let (old, new) = twice(&world).await;
    world.gives(&old, 55_500 + 30_000).await;
    let placed = world.orders(&old, "ghost-basic").await.unwrap();
    world.pays(&placed).await;
    world.settle_down().await;
    let open = world.orders(&old, "ghost-basic").await.unwrap();
    let machine = instance::Entity::find().one(&world.services.db).await.unwrap().unwrap();
    let before = provisioning::instance::spec_of(&world.system(), &machine).await.unwrap();

    let seen = desk::preview(&world.staff("ana"), &old.customer_id, &new.customer_id).await.unwrap();
    assert_eq!((seen.wallet_minor, seen.open_minor, seen.obstacles.len()), (30_000, 55_500, 0));
    let count = |kind| seen.moves.iter().find(|(name, _)| *name == kind).unwrap().1;
    assert_eq!((count("subscriptions"), count("invoices"), count("instances"), count("payments")), (2, 2, 1, 1));
    let row = merged(&world, &old, &new).await;

    assert_eq!((row.wallet_minor, row.open_minor), (30_000, 55_500));
    assert_eq!((world.balance_of(&old).await, world.balance_of(&new).await), (0, 30_000));
    for placed in [&placed, &open] {
        assert_eq!(world.contract(placed).await.customer_id, new.customer_id);
        let bill = world.reload(&placed.invoice).await;
        assert_eq!((&bill.customer_id, &bill.buyer), (&new.customer_id, &placed.invoice.buyer));
        assert_eq!(bill.document_hash, placed.invoice.document_hash, "the document is the one that was issued");
    }
    world.books_are_right().await;
    let machine = instance::Entity::find().one(&world.services.db).await.unwrap().unwrap();
    assert_eq!((&machine.customer_id, machine.tenant_id.as_ref()), (&new.customer_id, Some(&old.customer_id)));
    let after = provisioning::instance::spec_of(&world.system(), &machine).await.unwrap();
    assert_eq!(after.customer_id, before.customer_id, "the machine stays where it lies on the cluster");

    assert_eq!(row_of(&world, &old).await.status, CustomerStatus::Closed);
    let db = &world.services.db;
    assert_eq!(desk::merged_into(db, &old.customer_id).await.unwrap(), Some(new.customer_id.clone()));
    assert_eq!(desk::merges_of(db, &new.customer_id).await.unwrap(), [row]);

    // Money of what has moved is paid by the other.
    world.gives(&new, 30_000).await;
    attempt::start(&world.system(), &new.customer_id, &open.invoice.id, &by_wallet()).await.unwrap();
    assert_eq!(world.reload(&open.invoice).await.status, InvoiceStatus::Paid);
    assert_eq!(world.balance_of(&new).await, 4_500);
    world.books_are_right().await;
}

#[tokio::test]
async fn either_statement_tells_what_went_from_one_to_the_other() {
    let (world, _) = shop(PurchasePolicy::Multiple).await;
    let (old, new) = twice(&world).await;
    world.gives(&old, 30_000).await;
    world.orders(&old, "ghost-basic").await.unwrap();
    merged(&world, &old, &new).await;

    let month = Range::month_of(business_day(world.services.clock.now()));
    let ctx = world.system();
    let his = statement::of(&ctx, &old.customer_id, month).await.unwrap();
    let there = statement::of(&ctx, &new.customer_id, month).await.unwrap();
    let told = |lines: &[statement::Line]| -> Vec<(String, i64)> {
        lines.iter().map(|line| (line.word().to_owned(), line.amount_minor)).collect()
    };
    let word = |word: &str, minor: i64| (word.to_owned(), minor);
    assert_eq!(told(&there.lines), [word("receivable-moved", 55_500), word("wallet-moved-in", -30_000)]);
    assert_eq!(told(&his.lines)[2..], [word("receivable-moved", -55_500), word("wallet-moved-out", 30_000)]);
    assert_eq!((his.closing_minor(), there.closing_minor()), (0, 25_500));
    let moved = wallet_transaction::Entity::find()
        .filter(wallet_transaction::Column::Type.eq(WalletTransactionType::Transfer))
        .filter(wallet_transaction::Column::CustomerId.eq(&new.customer_id));
    let moved = moved.one(&world.services.db).await.unwrap().unwrap();
    assert!(moved.description.contains("lama"), "{}", moved.description);
}

#[tokio::test]
async fn people_come_along_and_the_account_keeps_one_owner() {
    let (world, _) = shop(PurchasePolicy::Multiple).await;
    let (old, new) = twice(&world).await;
    merged(&world, &old, &new).await;

    let him = world.signed_in(&old.user_id).await;
    let places: Vec<_> = him.memberships.iter().map(|one| (one.customer_id.clone(), one.grant)).collect();
    assert_eq!(places, [(new.customer_id.clone(), Grant::Admin)]);
    assert_eq!(customers::resolve(&him, None).unwrap().customer_id, new.customer_id);
    assert!(matches!(customers::resolve(&him, Some(&old.customer_id)), Err(CustomerError::NotFound)));
    assert_eq!(world.signed_in(&new.user_id).await.memberships[0].grant, Grant::Owner);
    world.settle_down().await;
    let told = world.mails_to(&old.email).await;
    let mail = told.iter().find(|mail| mail.template == "accounts_merged").expect("he is told");
    assert!(mail.text.contains("baru"), "{}", mail.text);
    let acts = audit_log::Entity::find().filter(audit_log::Column::Reason.eq(WHY)).all(&world.services.db).await;
    let mut acts: Vec<String> = acts.unwrap().into_iter().map(|row| row.action).collect();
    acts.sort();
    let expected = ["customers.customer.close", "customers.customer.merge", "customers.customer.receive"];
    assert_eq!(acts, expected);
}

#[tokio::test]
async fn somebody_who_is_in_both_has_one_place_afterwards() {
    let (world, _) = shop(PurchasePolicy::Multiple).await;
    let (old, new) = twice(&world).await;
    let db = &world.services.db;
    // The owner of the old account may only look in the other one.
    let looks = member::Model {
        id: entity::value::MemberId::generate(),
        customer_id: new.customer_id.clone(),
        user_id: old.user_id.clone(),
        grant: Grant::ReadOnly,
        created_at: world.services.clock.now(),
    };
    member::Entity::insert(member::ActiveModel::from(looks)).exec_without_returning(db).await.unwrap();
    let seen = desk::preview(&world.staff("ana"), &old.customer_id, &new.customer_id).await.unwrap();
    assert_eq!(seen.people.iter().map(|(_, grant)| *grant).collect::<Vec<_>>(), [Grant::Admin]);
    merged(&world, &old, &new).await;

    let places = member::Entity::find().filter(member::Column::UserId.eq(&old.user_id)).all(db).await.unwrap();
    let places: Vec<_> = places.into_iter().map(|row| (row.customer_id, row.grant)).collect();
    assert_eq!(places, [(new.customer_id, Grant::Admin)]);
}

#[tokio::test]
async fn a_document_that_moved_is_still_proven_by_whom_it_was_issued_to() {
    let (world, _) = shop(PurchasePolicy::Multiple).await;
    let (old, new) = twice(&world).await;
    world.orders(&old, "ghost-basic").await.unwrap();
    merged(&world, &old, &new).await;
    world.books_are_right().await;

    let db = &world.services.db;
    world.lowers_the_guards().await;
    let broken = async |sql: &str| -> Vec<&'static str> {
        db.execute_unprepared(sql).await.unwrap();
        ledger::verify(db).await.unwrap().findings.into_iter().map(|one| one.invariant).collect()
    };
    assert_eq!(broken("UPDATE invoices SET locale = 'en'").await, ["an issued document is unchanged"]);
    assert!(broken("UPDATE invoices SET locale = 'id'").await.is_empty());
    let strays = broken(&format!("UPDATE moved_documents SET issued_to = '{}'", new.customer_id)).await;
    assert!(strays.contains(&"an issued document is unchanged"), "{strays:?}");
    assert!(strays.contains(&"a document that moved belongs to whom its customer was merged into"), "{strays:?}");
    assert!(broken(&format!("UPDATE moved_documents SET issued_to = '{}'", old.customer_id)).await.is_empty());
    let back = broken(&format!("UPDATE invoices SET customer_id = '{}'", old.customer_id)).await;
    assert!(back.contains(&"who was merged owes and owns nothing"), "{back:?}");
}

#[tokio::test]
async fn who_was_merged_into_one_who_is_merged_belongs_to_the_last() {
    let (world, _) = shop(PurchasePolicy::Multiple).await;
    let (old, new) = twice(&world).await;
    let last = world.buyer("terakhir").await;
    let bill = world.orders(&old, "ghost-basic").await.unwrap().invoice;
    world.gives(&old, 10_000).await;
    merged(&world, &old, &new).await;
    merged(&world, &new, &last).await;

    let db = &world.services.db;
    assert_eq!(desk::merged_into(db, &old.customer_id).await.unwrap(), Some(last.customer_id.clone()));
    assert_eq!(desk::merges_of(db, &last.customer_id).await.unwrap().len(), 2);
    assert_eq!(world.reload(&bill).await.customer_id, last.customer_id);
    let noted = moved_document::Entity::find().all(db).await.unwrap();
    assert_eq!((noted.len(), &noted[0].issued_to), (1, &old.customer_id), "said once, and of the first");
    assert_eq!(world.balance_of(&last).await, 10_000);
    world.books_are_right().await;
}

#[tokio::test]
async fn money_that_goes_back_after_a_merge_goes_back_to_whose_it_is_now() {
    let (world, gateway) = shop(PurchasePolicy::Multiple).await;
    let (old, new) = twice(&world).await;
    let ctx = world.system();
    let mut paid = Vec::new();
    for _ in 0..2 {
        let bill = world.invoice(&row_of(&world, &old).await, &[50_000]).await;
        let pay = attempt::start(&ctx, &old.customer_id, &bill.id, &by("qris", None)).await.unwrap();
        gateway.pay(&pay.reference, bill.total_minor);
        attempt::ask_now(&ctx, &pay.id).await.unwrap();
        assert_eq!(world.reload(&bill).await.status, InvoiceStatus::Paid);
        paid.push((bill, pay));
    }
    merged(&world, &old, &new).await;

    let (_, pay) = &paid[0];
    let back = NewRefund {
        payment_id: &pay.id,
        amount_minor: 20_000,
        destination: Destination::Wallet,
        reason: "Kurang puas",
        key: "r1",
    };
    refund(&world.staff("ana"), back).await.unwrap();
    assert_eq!((world.balance_of(&old).await, world.balance_of(&new).await), (0, 20_000));
    world.books_are_right().await;
    let (bill, pay) = &paid[1];
    let mut taken = report(&pay.reference, pay.amount_minor);
    taken.status = PaymentStatus::Chargeback;
    attempt::apply_report(&ctx, &pay.id, &taken).await.unwrap();
    let open = world.reload(bill).await;
    assert_eq!((&open.customer_id, open.status), (&new.customer_id, InvoiceStatus::Issued));
    world.books_are_right().await;
}

#[tokio::test]
async fn accounts_that_differ_or_have_something_under_way_stay_two() {
    let (world, _) = shop(PurchasePolicy::OnePerCustomerUpgradeOnly).await;
    let (old, new) = twice(&world).await;
    let ana = world.staff("ana");
    use ObstacleKind as K;
    for (set, back, expected) in [
        ("currency = 'USD'", "currency = 'IDR'", K::Currency),
        ("tax_country = 'SG'", "tax_country = 'ID'", K::TaxCountry),
        ("tax_exempt_reason = 'PBB'", "tax_exempt_reason = NULL", K::TaxExempt),
        ("npwp = '0018550814412000'", "npwp = NULL", K::TaxNumber),
        ("vat_collector = 'government'", "vat_collector = NULL", K::TaxDuties),
        ("withholds_income_tax = TRUE", "withholds_income_tax = FALSE", K::TaxDuties),
    ] {
        change(&world, &old, set).await;
        assert_eq!(obstacles(&world, &old, &new).await, [expected]);
        change(&world, &old, back).await;
    }
    // A number the one who stays has, and the other lacks, is no obstacle.
    change(&world, &new, "npwp = '0018550814412000'").await;

    let (here, there) = (world.orders(&old, "ghost-basic").await.unwrap(), world.orders(&new, "ghost-basic").await);
    there.unwrap();
    let before = world.snapshot().await;
    assert_eq!(obstacles(&world, &old, &new).await, [K::Product]);
    assert_eq!(world.snapshot().await, before, "refused, nothing has changed");
    attempt::start(&world.system(), &old.customer_id, &here.invoice.id, &by("qris", None)).await.unwrap();
    assert_eq!(obstacles(&world, &old, &new).await, [K::Payment, K::Product]);
    let until = world.services.clock.now() + Duration::days(3);
    let target_id = old.customer_id.as_str();
    let new_pause = automation::NewPause {
        scope: PauseScope::Customer,
        holds: PauseHolds::Everything,
        target_id,
        ends_at: until,
        reason: "Sakit",
    };
    automation::pause(&ana, new_pause).await.unwrap();
    assert_eq!(obstacles(&world, &old, &new).await, [K::Payment, K::Product, K::Pause]);
}

#[tokio::test]
async fn accounts_whose_tax_duties_differ_are_not_merged_in_either_direction() {
    let (world, _) = shop(PurchasePolicy::Multiple).await;
    let (old, new) = twice(&world).await;
    let kinds = [ObstacleKind::TaxDuties];
    change(&world, &new, "withholds_income_tax = TRUE").await;
    assert_eq!(
        (obstacles(&world, &old, &new).await, obstacles(&world, &new, &old).await),
        (kinds.to_vec(), kinds.to_vec())
    );
    change(&world, &old, "withholds_income_tax = TRUE, vat_collector = 'other'").await;
    change(&world, &new, "vat_collector = 'government'").await;
    assert_eq!(obstacles(&world, &old, &new).await, kinds, "two kinds of collectors differ too");
    change(&world, &new, "vat_collector = 'other'").await;
    merged(&world, &old, &new).await;
}

#[tokio::test]
async fn money_on_its_way_out_and_closed_accounts_are_not_merged() {
    let (world, _) = shop(PurchasePolicy::Multiple).await;
    let (old, new) = twice(&world).await;
    let ana = world.staff("ana");
    world.gives(&old, 40_000).await;
    let bank = BankAccount { bank_name: "BCA", account_holder: "Lama", account_number: "1234567890" };
    let left = desk::close(&ana, &old.customer_id, &Leave { reason: "Pindah", bank }).await.unwrap();
    assert_eq!(obstacles(&world, &old, &new).await, [ObstacleKind::Payout]);
    assert_eq!(obstacles(&world, &new, &old).await, [ObstacleKind::Closed]);
    ledger::cancel_payout(&ana, &left.payout.unwrap().id, "Akun ganda").await.unwrap();
    merged(&world, &old, &new).await;
    assert_eq!(world.balance_of(&new).await, 40_000, "a closed account is merged with what it holds");
    world.books_are_right().await;
}

/// Somebody whose account is closed with `minor` in it, and whose money the bank has.
async fn paid_out(world: &World, buyer: &Buyer, minor: i64) -> WalletPayoutId {
    let ana = world.staff("ana");
    world.gives(buyer, minor).await;
    let bank = BankAccount { bank_name: "BCA", account_holder: "Lama", account_number: "1234567890" };
    let left = desk::close(&ana, &buyer.customer_id, &Leave { reason: "Pindah", bank }).await.unwrap();
    ledger::confirm_payout(&ana, &left.payout.unwrap().id, "BCA-1").await.unwrap().id
}

#[tokio::test]
async fn what_the_bank_sends_back_after_a_merge_is_in_the_wallet_of_whose_it_is_now() {
    let (world, _) = shop(PurchasePolicy::Multiple).await;
    let (old, new) = twice(&world).await;
    let last = world.buyer("terakhir").await;
    let ana = world.staff("ana");
    let payout = paid_out(&world, &old, 40_000).await;
    merged(&world, &old, &new).await;
    merged(&world, &new, &last).await;
    let own = Ctx { actor: Actor::Staff { user_id: last.user_id.clone() }, ..world.system() };
    assert_eq!(ledger::return_payout(&own, &payout, "x").await.unwrap_err().code(), "OWN_PAYOUT");

    for _ in 0..2 {
        let back = ledger::return_payout(&ana, &payout, "Rekening tutup").await.unwrap();
        assert_eq!((back.status, &back.customer_id), (WalletPayoutStatus::Returned, &old.customer_id));
    }

    let held = [world.balance_of(&old).await, world.balance_of(&new).await, world.balance_of(&last).await];
    assert_eq!(held, [0, 0, 40_000], "also where he was merged in turn");
    world.books_are_right().await;
    let acts = audit_log::Entity::find().filter(audit_log::Column::Action.eq("ledger.payout.return"));
    let acts = acts.all(&world.services.db).await.unwrap();
    assert_eq!((acts.len(), acts[0].customer_id.as_deref()), (1, Some(last.customer_id.as_str())));
    let told = format!("{:?}", acts[0].after);
    assert!(told.contains(old.customer_id.as_str()) && told.contains(last.customer_id.as_str()), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_the_bank_sends_back_while_two_are_merged_is_not_left_behind() {
    for _ in 0..4 {
        let (world, _) = shop(PurchasePolicy::Multiple).await;
        let (old, new) = twice(&world).await;
        let ana = world.staff("ana");
        let payout = paid_out(&world, &old, 40_000).await;
        let (back, merged) = tokio::join!(
            ledger::return_payout(&ana, &payout, "Rekening tutup"),
            desk::merge(&ana, &old.customer_id, &new.customer_id, WHY),
        );
        back.unwrap();
        merged.unwrap();
        assert_eq!((world.balance_of(&old).await, world.balance_of(&new).await), (0, 40_000));
        world.books_are_right().await;
    }
}

#[tokio::test]
async fn who_was_merged_stays_merged_and_takes_no_money() {
    let (world, _) = shop(PurchasePolicy::Multiple).await;
    let (old, new) = twice(&world).await;
    let other = world.buyer("lain").await;
    let ana = world.staff("ana");
    merged(&world, &old, &new).await;

    let id = &old.customer_id;
    let leave = || Leave {
        reason: WHY,
        bank: BankAccount { bank_name: "BCA", account_holder: "Lama", account_number: "1234567890" },
    };
    let codes = [
        desk::reopen(&ana, id, WHY).await.unwrap_err().code(),
        desk::pay_out(&ana, id, &leave()).await.unwrap_err().code(),
        desk::merge(&ana, id, &other.customer_id, WHY).await.unwrap_err().code(),
        desk::preview(&ana, id, &other.customer_id).await.unwrap_err().code(),
        ledger::adjust(&ana, id, 10_000, WHY).await.unwrap_err().code(),
    ];
    assert_eq!(codes, ["CUSTOMER_MERGED"; 5]);
    let refused = ledger::adjust(&ana, id, 10_000, WHY).await.unwrap_err();
    assert_eq!(refused.extra()["customer_id"], new.customer_id.as_str(), "it says whose it is now");
    assert!(matches!(world.orders(&old, "ghost-basic").await, Err(OrderingError::AccountNotServed)));
    let top_up = attempt::start_top_up(&world.system(), id, 50_000, &by("qris", None)).await;
    assert!(top_up.is_err(), "{top_up:?}");
    world.books_are_right().await;
}

#[tokio::test]
async fn nobody_merges_his_own_account_or_one_with_itself() {
    let (world, _) = shop(PurchasePolicy::Multiple).await;
    let (old, new) = twice(&world).await;
    for buyer in [&old, &new] {
        let own = Ctx { actor: Actor::Staff { user_id: buyer.user_id.clone() }, ..world.system() };
        let refused = desk::merge(&own, &old.customer_id, &new.customer_id, WHY).await.unwrap_err();
        assert_eq!(refused.code(), "OWN_ACCOUNT");
    }
    let ana = world.staff("ana");
    let itself = desk::merge(&ana, &old.customer_id, &old.customer_id, WHY).await.unwrap_err();
    assert_eq!(itself.fields()[0].code, "same_customer");
    let silent = desk::merge(&ana, &old.customer_id, &new.customer_id, " ").await.unwrap_err();
    assert_eq!(silent.fields()[0].field, "reason");
    let nobody = desk::merge(&ana, &old.customer_id, &"cus_nobody".into(), WHY).await.unwrap_err();
    assert_eq!(nobody.code(), "NOT_FOUND");
    assert_eq!(merge::Entity::find().count(&world.services.db).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twins_one_merges_and_of_two_directions_one_is_taken() {
    let (world, _) = shop(PurchasePolicy::Multiple).await;
    let (old, new) = twice(&world).await;
    let ana = world.staff("ana");
    world.gives(&old, 30_000).await;
    world.orders(&old, "ghost-basic").await.unwrap();

    let all = join_all((0..6).map(|_| desk::merge(&ana, &old.customer_id, &new.customer_id, WHY))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    let db = &world.services.db;
    assert_eq!((merge::Entity::find().count(db).await.unwrap(), world.balance_of(&new).await), (1, 30_000));
    let posted = transaction::Entity::find().filter(transaction::Column::Kind.is_in([
        "receivable_moved",
        "wallet_moved_out",
        "wallet_moved_in",
    ]));
    assert_eq!(posted.count(db).await.unwrap(), 3);

    let (one, two) = (world.buyer("satu").await, world.buyer("dua").await);
    let (there, back) = tokio::join!(
        desk::merge(&ana, &one.customer_id, &two.customer_id, WHY),
        desk::merge(&ana, &two.customer_id, &one.customer_id, WHY),
    );
    assert_ne!(there.is_ok(), back.is_ok(), "{there:?} {back:?}");
    world.books_are_right().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_ordered_or_paid_at_the_same_moment_is_not_left_behind() {
    for _ in 0..4 {
        let (world, gateway) = shop(PurchasePolicy::Multiple).await;
        let (old, new) = twice(&world).await;
        let (ctx, ana) = (world.system(), world.staff("ana"));
        let bill = world.invoice(&row_of(&world, &old).await, &[50_000]).await;
        let pay = attempt::start(&ctx, &old.customer_id, &bill.id, &by("qris", None)).await.unwrap();
        // The attempt is over, and its money comes late.
        world.advance(Duration::days(2));
        gateway.set(&pay.reference, |report| report.status = PaymentStatus::Expired);
        attempt::expire(&ctx, &pay.id).await.unwrap();
        gateway.pay(&pay.reference, bill.total_minor);

        let (ordered, merged, came) = tokio::join!(
            world.orders(&old, "ghost-basic"),
            desk::merge(&ana, &old.customer_id, &new.customer_id, WHY),
            attempt::ask_now(&ctx, &pay.id),
        );
        merged.unwrap();
        came.unwrap();
        if let Ok(placed) = ordered {
            assert_eq!(world.contract(&placed).await.customer_id, new.customer_id);
        }
        let paid = world.reload(&bill).await;
        assert_eq!((&paid.customer_id, paid.status), (&new.customer_id, InvoiceStatus::Paid));
        let left = invoice::Entity::find().filter(invoice::Column::CustomerId.eq(&old.customer_id));
        assert_eq!(left.count(&world.services.db).await.unwrap(), 0);
        world.books_are_right().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_quote_that_is_accepted_while_two_are_merged_is_ordered_by_one_of_them() {
    for _ in 0..4 {
        let (world, _) = shop(PurchasePolicy::Multiple).await;
        let (old, new) = twice(&world).await;
        let ana = world.staff("ana");
        let sent = world.quotes(&old, vec![plan("ghost-basic", 1)]).await;
        let (accepted, merged) =
            tokio::join!(world.accepts(&old, &sent.id), desk::merge(&ana, &old.customer_id, &new.customer_id, WHY));
        merged.unwrap();
        let now = world.quote(&sent.id).await;
        assert_eq!((&now.customer_id, now.order_id.is_some()), (&new.customer_id, accepted.is_ok()), "{accepted:?}");
        let left = invoice::Entity::find().filter(invoice::Column::CustomerId.eq(&old.customer_id));
        assert_eq!(left.count(&world.services.db).await.unwrap(), 0);
        world.books_are_right().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_proof_of_withheld_tax_that_comes_while_two_are_merged_goes_along() {
    for _ in 0..4 {
        let (world, _) = shop(PurchasePolicy::Multiple).await;
        let (old, new) = twice(&world).await;
        for buyer in [&old, &new] {
            change(&world, buyer, "withholds_income_tax = TRUE").await;
        }
        let (ctx, ana) = (world.system(), world.staff("ana"));
        let bill = world.invoice(&row_of(&world, &old).await, &[100_000]).await;
        let declared = withheld::declare(&ctx, &bill.id).await.unwrap();
        let proof = NewProof {
            number: "2500000123".to_owned(),
            date: Some(business_day(ctx.now())),
            amount_minor: None,
            file: None,
        };
        let (proven, merged) = tokio::join!(
            withheld::prove(&ana, &declared.id, proof),
            desk::merge(&ana, &old.customer_id, &new.customer_id, WHY),
        );
        proven.unwrap();
        merged.unwrap();
        let row = withholding::Entity::find().one(&ctx.db).await.unwrap().unwrap();
        assert_eq!((&row.customer_id, row.status), (&new.customer_id, WithholdingStatus::Received));
        assert_eq!(world.reload(&bill).await.customer_id, new.customer_id);
        world.books_are_right().await;
    }
}
