//! An account is closed, its wallet is paid out, and nothing is lost on the way.
use crate::support::{
    World, gateway,
    money::{by, with_gateway},
    shop::{Buyer, GHOST},
};
use chrono::Duration;
use entity::{
    identity::user,
    ledger::{wallet_payout, wallet_transaction},
    payments::dispute,
    platform::{approval, audit_log},
    value::{
        ApprovalStatus, CustomerStatus, DisputeStatus, PaymentStatus, PurchasePolicy, WalletPayoutStatus,
        WalletTransactionType,
    },
};
use futures_util::future::join_all;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use yumna::{
    domain::{
        customers::{self, CustomerError, ProfileChange},
        desk::{self, DeskError, Leave, ObstacleKind},
        identity,
        ledger::{self, BankAccount, Decision, LedgerError},
        ordering::{self, OrderingError},
        payments::{
            attempt,
            dispute::{self as disputes, Outcome},
        },
    },
    kernel::{actor::Actor, fault::Fault, page::PageRequest},
};

fn leave() -> Leave<'static> {
    let bank = BankAccount { bank_name: "BCA", account_holder: "Budi Santoso", account_number: "123 456 7890" };
    Leave { reason: "Pindah", bank }
}

/// A shop with one service, and somebody who can order there.
async fn shop() -> (World, Buyer) {
    let (world, _) = with_gateway().await;
    world.open_shop().await;
    let product = world.service(GHOST, PurchasePolicy::Multiple).await;
    world.plan(&product, "ghost-basic", 1, 20).await;
    let budi = world.buyer("budi").await;
    (world, budi)
}

async fn payout_of(world: &World, buyer: &Buyer) -> wallet_payout::Model {
    ledger::open_payout(&world.services.db, &buyer.customer_id).await.unwrap().expect("a payout is under way")
}

async fn bank_minor(world: &World) -> i64 {
    let totals = ledger::verify(&world.services.db).await.unwrap().totals;
    totals.balances.get(&("bank".to_owned(), "IDR".to_owned())).copied().unwrap_or_default()
}

#[tokio::test]
async fn a_closed_account_has_its_balance_set_aside_until_the_bank_has_it() {
    let (world, budi) = shop().await;
    let ana = world.staff("ana");
    world.gives(&budi, 150_000).await;

    let left = desk::close(&ana, &budi.customer_id, &leave()).await.unwrap();

    let payout = left.payout.unwrap();
    assert_eq!(left.customer.status, CustomerStatus::Closed);
    assert_eq!((payout.status, payout.amount_minor), (WalletPayoutStatus::Open, 150_000));
    assert_eq!((payout.account_number.as_str(), payout.requested_by.as_str()), ("1234567890", "usr_ana"));
    let wallet = ledger::wallet(&ana, &budi.customer_id).await.unwrap();
    assert_eq!((wallet.balance, wallet.held), (0, 150_000), "the money is there and cannot be spent");
    assert_eq!(bank_minor(&world).await, 0, "nothing is booked before the bank has it");
    world.books_are_right().await;

    for _ in 0..2 {
        let paid = ledger::confirm_payout(&ana, &payout.id, "BCA-0001").await.unwrap();
        assert_eq!((paid.status, paid.bank_reference.as_deref()), (WalletPayoutStatus::Paid, Some("BCA-0001")));
    }

    let wallet = ledger::wallet(&ana, &budi.customer_id).await.unwrap();
    assert_eq!((wallet.balance, wallet.held, bank_minor(&world).await), (0, 0, -150_000));
    let moved = ledger::history(&ana, &budi.customer_id, &PageRequest::default()).await.unwrap().rows;
    assert_eq!((moved[0].r#type, moved[0].amount_minor), (WalletTransactionType::Payout, -150_000));
    assert!(moved[0].description.contains("…7890"), "{}", moved[0].description);
    let other = ledger::confirm_payout(&ana, &payout.id, "BCA-0002").await.unwrap_err();
    assert_eq!(other.code(), "PAYOUT_NOT_OPEN");
    world.books_are_right().await;
}

#[tokio::test]
async fn an_account_with_an_empty_wallet_is_closed_without_a_bank_account() {
    let (world, budi) = shop().await;
    let bare = Leave { reason: "Pindah", ..Leave::default() };
    let left = desk::close(&world.staff("ana"), &budi.customer_id, &bare).await.unwrap();
    assert_eq!(left.payout, None);
    assert_eq!(wallet_payout::Entity::find().count(&world.services.db).await.unwrap(), 0);

    world.gives(&budi, 5_000).await;
    let siti = world.buyer("siti").await;
    world.gives(&siti, 5_000).await;
    let refused = desk::close(&world.staff("ana"), &siti.customer_id, &bare).await.unwrap_err();
    let fields: Vec<String> = refused.fields().into_iter().map(|fault| fault.field).collect();
    assert_eq!(fields, ["bank_name", "account_holder", "account_number"], "money needs somewhere to go");
    let siti = customers::get(&world.services.db, &siti.customer_id).await.unwrap();
    assert_eq!(siti.status, CustomerStatus::Active);
}

#[tokio::test]
async fn an_account_is_not_closed_while_something_runs_is_owed_or_is_on_its_way() {
    let (world, budi) = shop().await;
    let ana = world.staff("ana");
    world.gives(&budi, 200_000).await;
    let placed = world.orders(&budi, "ghost-basic").await.unwrap();
    attempt::start(&world.system(), &budi.customer_id, &placed.invoice.id, &by("qris", None)).await.unwrap();
    ledger::adjust(&ana, &budi.customer_id, 5_000_000, "Ganti rugi").await.unwrap();

    let refused = desk::close(&ana, &budi.customer_id, &leave()).await.unwrap_err();

    let DeskError::NotClosable(obstacles) = &refused else { panic!("{refused:?}") };
    let kinds: Vec<ObstacleKind> = obstacles.iter().map(|one| one.kind).collect();
    use ObstacleKind::{Approval, Contract, Invoice, Payment};
    assert_eq!(kinds, [Contract, Invoice, Payment, Approval]);
    let contract = world.contract(&placed).await;
    assert_eq!((obstacles[0].id.as_str(), obstacles[0].label.as_str()), (contract.id.as_str(), "ghost-basic"));
    assert_eq!(Some(&obstacles[1].label), placed.invoice.number.as_ref());
    assert_eq!(refused.extra()["obstacles"][1]["id"], placed.invoice.id.as_str());
    assert_eq!(desk::look(&ana, &budi.customer_id).await.unwrap().obstacles, *obstacles);
    let customer = customers::get(&world.services.db, &budi.customer_id).await.unwrap();
    assert_eq!(customer.status, CustomerStatus::Active, "refused, nothing has changed");
    assert_eq!(ledger::wallet(&ana, &budi.customer_id).await.unwrap().held, 0);
}

#[tokio::test]
async fn nobody_acts_in_a_closed_account_and_nothing_is_ordered_for_it() {
    let (world, budi) = shop().await;
    let ana = world.staff("ana");
    world.gives(&budi, 10_000).await;
    desk::close(&ana, &budi.customer_id, &leave()).await.unwrap();

    let him = world.signed_in(&budi.user_id).await;
    assert!(him.memberships.is_empty() && him.has_closed_account);
    assert!(matches!(customers::resolve(&him, Some(&budi.customer_id)), Err(CustomerError::NotFound)));
    let chosen = customers::remember_choice(&world.system(), &budi.user_id, &budi.customer_id).await;
    assert!(matches!(chosen, Err(CustomerError::NotFound)));
    assert!(matches!(world.orders(&budi, "ghost-basic").await, Err(OrderingError::AccountNotServed)));
    world.settle_down().await;
    let mails = world.mails_to(&budi.email).await;
    let told = mails.iter().find(|mail| mail.template == "account_closed_payout").expect("he is told");
    assert!(told.text.contains("…7890") && !told.text.contains("1234567890"), "{}", told.text);

    for _ in 0..2 {
        let open = desk::reopen(&ana, &budi.customer_id, "Kembali").await.unwrap();
        assert_eq!(open.status, CustomerStatus::Active);
    }
    assert_eq!(world.signed_in(&budi.user_id).await.memberships.len(), 1);
    world.orders(&budi, "ghost-basic").await.unwrap();
    let acts = audit_log::Entity::find().filter(audit_log::Column::Action.starts_with("customers.customer."));
    let acts = acts.filter(audit_log::Column::ActorId.eq("usr_ana")).all(&world.services.db).await.unwrap();
    assert_eq!(acts.iter().filter(|row| row.action == "customers.customer.reopen").count(), 1, "twice is once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twins_one_closes_the_account_and_money_goes_once() {
    let (world, budi) = shop().await;
    let ana = world.staff("ana");
    world.gives(&budi, 90_000).await;

    let leave = leave();
    let all = join_all((0..8).map(|_| desk::close(&ana, &budi.customer_id, &leave))).await;
    assert!(all.iter().all(|one| one.as_ref().is_ok_and(|left| left.payout.is_some())), "{all:?}");
    assert_eq!(wallet_payout::Entity::find().count(&world.services.db).await.unwrap(), 1);
    let payout = payout_of(&world, &budi).await;
    let all = join_all((0..8).map(|_| ledger::confirm_payout(&ana, &payout.id, "BCA-1"))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    let all = join_all((0..8).map(|_| ledger::return_payout(&ana, &payout.id, "Rekening tutup"))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");

    let moved = wallet_transaction::Entity::find()
        .filter(wallet_transaction::Column::Type.eq(WalletTransactionType::Payout))
        .count(&world.services.db)
        .await
        .unwrap();
    assert_eq!((moved, world.balance_of(&budi).await, bank_minor(&world).await), (2, 90_000, 0));
    world.books_are_right().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twins_one_opens_the_account_again() {
    let (world, budi) = shop().await;
    let ana = world.staff("ana");
    for _ in 0..4 {
        desk::close(&ana, &budi.customer_id, &Leave { reason: "Pindah", ..Leave::default() }).await.unwrap();
        let all = join_all((0..8).map(|_| desk::reopen(&ana, &budi.customer_id, "Kembali"))).await;
        assert!(all.iter().all(|one| one.as_ref().is_ok_and(|row| row.status == CustomerStatus::Active)), "{all:?}");
    }
    let acts = audit_log::Entity::find().filter(audit_log::Column::Action.eq("customers.customer.reopen"));
    assert_eq!(acts.count(&world.services.db).await.unwrap(), 4, "each time once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_decides_while_a_payout_is_called_off_is_too_late_or_overruled() {
    for decision in [Decision::Approve, Decision::Reject].repeat(3) {
        let (world, budi) = shop().await;
        let (ana, ben) = (world.staff("ana"), world.staff("ben"));
        for _ in 0..2 {
            world.gives(&budi, 900_000).await;
        }
        desk::close(&ana, &budi.customer_id, &leave()).await.unwrap();
        let payout = payout_of(&world, &budi).await;
        let asked = payout.approval_id.clone().unwrap();
        let (decided, off) = tokio::join!(
            ledger::decide(&ben, &asked, decision),
            ledger::cancel_payout(&ana, &payout.id, "Salah nomor"),
        );
        match (&decided, &off) {
            (Ok(_), Ok(_)) => assert_eq!(decision, Decision::Approve, "what is refused is over"),
            (Ok(_), Err(late)) => assert_eq!(late.code(), "PAYOUT_NOT_OPEN"),
            (Err(late), _) => assert!(matches!(late, LedgerError::AlreadyDecided) && off.is_ok(), "{late:?} {off:?}"),
        }
        assert_eq!(world.balance_of(&budi).await, 1_800_000, "free again either way");
        world.books_are_right().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_orders_while_the_account_is_closed_is_too_late_or_keeps_it_open() {
    for _ in 0..4 {
        let (world, budi) = shop().await;
        let ana = world.staff("ana");
        let bare = Leave { reason: "Pindah", ..Leave::default() };
        let (ordered, closed) =
            tokio::join!(world.orders(&budi, "ghost-basic"), desk::close(&ana, &budi.customer_id, &bare));
        assert_ne!(ordered.is_ok(), closed.is_ok(), "{ordered:?} {closed:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_account_whose_owner_saves_his_profile_while_it_is_closed_stays_closed() {
    let (world, budi) = shop().await;
    let (ctx, ana) = (world.system(), world.staff("ana"));
    for place in 0..8 {
        let name = format!("Budi {place}");
        let change = ProfileChange { name: Some(name.clone()), ..ProfileChange::default() };
        let bare = Leave { reason: "Pindah", ..Leave::default() };
        let (saved, closed) = tokio::join!(
            customers::update_profile(&ctx, &budi.customer_id, change),
            desk::close(&ana, &budi.customer_id, &bare),
        );
        saved.unwrap();
        closed.unwrap();
        let now = customers::get(&ctx.db, &budi.customer_id).await.unwrap();
        assert_eq!((now.status, now.name), (CustomerStatus::Closed, name), "neither undoes the other");
        desk::reopen(&ana, &budi.customer_id, "Kembali").await.unwrap();
    }
}

#[tokio::test]
async fn what_the_bank_sends_back_is_in_the_wallet_again_and_can_be_paid_out_anew() {
    let (world, budi) = shop().await;
    let ana = world.staff("ana");
    world.gives(&budi, 70_000).await;
    desk::close(&ana, &budi.customer_id, &leave()).await.unwrap();
    let payout = payout_of(&world, &budi).await;

    let early = ledger::return_payout(&ana, &payout.id, "x").await.unwrap_err();
    assert_eq!(early.code(), "PAYOUT_NOT_OPEN", "what was not sent cannot come back");
    ledger::confirm_payout(&ana, &payout.id, "BCA-1").await.unwrap();
    let late = ledger::cancel_payout(&ana, &payout.id, "x").await.unwrap_err();
    assert_eq!(late.code(), "PAYOUT_NOT_OPEN", "what was sent cannot be called off");
    let back = ledger::return_payout(&ana, &payout.id, "Rekening tidak ada").await.unwrap();
    assert_eq!((back.status, back.note.as_deref()), (WalletPayoutStatus::Returned, Some("Rekening tidak ada")));
    assert_eq!((world.balance_of(&budi).await, bank_minor(&world).await), (70_000, 0));

    let again = desk::pay_out(&ana, &budi.customer_id, &leave()).await.unwrap();
    let twice = desk::pay_out(&ana, &budi.customer_id, &leave()).await.unwrap_err();
    assert_eq!(twice.code(), "PAYOUT_UNDER_WAY");
    for _ in 0..2 {
        let off = ledger::cancel_payout(&ana, &again.id, "Salah nomor").await.unwrap();
        assert_eq!(off.status, WalletPayoutStatus::Cancelled);
    }
    assert_eq!(world.balance_of(&budi).await, 70_000, "called off, the money is free again");
    desk::reopen(&ana, &budi.customer_id, "Kembali").await.unwrap();
    let open = desk::pay_out(&ana, &budi.customer_id, &leave()).await.unwrap_err();
    assert_eq!(open.code(), "CUSTOMER_NOT_CLOSED");
    world.books_are_right().await;
}

#[tokio::test]
async fn above_the_limit_somebody_else_has_to_agree_before_money_goes() {
    let (world, budi) = shop().await;
    let (ana, ben) = (world.staff("ana"), world.staff("ben"));
    for _ in 0..3 {
        world.gives(&budi, 900_000).await;
    }
    desk::close(&ana, &budi.customer_id, &leave()).await.unwrap();
    let payout = payout_of(&world, &budi).await;
    assert_eq!(payout.status, WalletPayoutStatus::Waiting);
    let waiting = ledger::pending_approvals(&ana, &PageRequest::default()).await.unwrap().rows;
    let asked = payout.approval_id.clone().unwrap();
    assert_eq!((waiting.len(), &waiting[0].id, waiting[0].amount_minor), (1, &asked, 2_700_000));

    let early = ledger::confirm_payout(&ana, &payout.id, "BCA-1").await.unwrap_err();
    assert_eq!(early.code(), "PAYOUT_NOT_OPEN");
    let own = ledger::decide(&ana, &asked, Decision::Approve).await.unwrap_err();
    assert!(matches!(own, LedgerError::SamePerson));
    ledger::decide(&ben, &asked, Decision::Approve).await.unwrap();
    assert_eq!(world.balance_of(&budi).await, 0, "still set aside, and nothing more");
    assert_eq!(bank_minor(&world).await, 0);
    ledger::confirm_payout(&ana, &payout.id, "BCA-1").await.unwrap();
    assert_eq!(bank_minor(&world).await, -2_700_000);
    world.books_are_right().await;
}

#[tokio::test]
async fn a_payout_that_is_not_approved_or_called_off_leaves_the_money_in_the_wallet() {
    let (world, budi) = shop().await;
    let (ana, ben) = (world.staff("ana"), world.staff("ben"));
    for _ in 0..2 {
        world.gives(&budi, 900_000).await;
    }
    desk::close(&ana, &budi.customer_id, &leave()).await.unwrap();
    let first = payout_of(&world, &budi).await;
    ledger::decide(&ben, first.approval_id.as_ref().unwrap(), Decision::Reject).await.unwrap();
    let refused = ledger::get_payout(&ana, &first.id).await.unwrap();
    assert_eq!((refused.status, world.balance_of(&budi).await), (WalletPayoutStatus::Refused, 1_800_000));

    let second = desk::pay_out(&ana, &budi.customer_id, &leave()).await.unwrap();
    ledger::cancel_payout(&ana, &second.id, "Salah nomor").await.unwrap();
    let asked = second.approval_id.unwrap();
    let row = approval::Entity::find_by_id(asked.clone()).one(&ana.db).await.unwrap().unwrap();
    assert_eq!(row.status, ApprovalStatus::Rejected, "nobody is asked any more");
    let late = ledger::decide(&ben, &asked, Decision::Approve).await.unwrap_err();
    assert!(matches!(late, LedgerError::AlreadyDecided));
    assert_eq!(world.balance_of(&budi).await, 1_800_000);
    world.books_are_right().await;
}

#[tokio::test]
async fn money_that_was_charged_back_meanwhile_is_not_sent() {
    let (world, gateway) = with_gateway().await;
    world.open_shop().await;
    let budi = world.buyer("budi").await;
    let (ctx, ana, ben) = (world.system(), world.staff("ana"), world.staff("ben"));
    let pay = attempt::start_top_up(&ctx, &budi.customer_id, 60_000, &by("qris", None)).await.unwrap();
    gateway.pay(&pay.reference, 60_000);
    attempt::ask_now(&ctx, &pay.id).await.unwrap();
    desk::close(&ana, &budi.customer_id, &leave()).await.unwrap();
    let payout = payout_of(&world, &budi).await;
    let mut taken = gateway::report(&pay.reference, 60_000);
    taken.status = PaymentStatus::Chargeback;
    attempt::apply_report(&ctx, &pay.id, &taken).await.unwrap();
    let row = dispute::Entity::find().one(&ctx.db).await.unwrap().unwrap();
    assert_eq!((row.status, row.lost_minor), (DisputeStatus::Open, 60_000), "what is set aside cannot be taken");

    let refused = ledger::confirm_payout(&ana, &payout.id, "BCA-1").await.unwrap_err();
    assert_eq!(refused.code(), "CUSTOMER_OWES");
    assert_eq!((bank_minor(&world).await, payout_of(&world, &budi).await.status), (0, WalletPayoutStatus::Open));
    ledger::cancel_payout(&ana, &payout.id, "Sengketa").await.unwrap();
    let refused = desk::pay_out(&ana, &budi.customer_id, &leave()).await.unwrap_err();
    let DeskError::NotPayable(obstacles) = &refused else { panic!("{refused:?}") };
    assert_eq!((obstacles.len(), obstacles[0].kind), (1, ObstacleKind::Dispute));
    assert_eq!((refused.code(), world.balance_of(&budi).await), ("WALLET_NOT_PAYABLE", 60_000));

    disputes::decide(&ben, &row.id, Outcome::Won, "Menang").await.unwrap();
    let anew = desk::pay_out(&ana, &budi.customer_id, &leave()).await.unwrap();
    ledger::confirm_payout(&ana, &anew.id, "BCA-2").await.unwrap();
    assert_eq!((bank_minor(&world).await, world.balance_of(&budi).await), (-60_000, 0));
    world.books_are_right().await;
}

#[tokio::test]
async fn nothing_is_sent_to_who_owes_an_invoice() {
    let (world, budi) = shop().await;
    let ana = world.staff("ana");
    world.gives(&budi, 40_000).await;
    desk::close(&ana, &budi.customer_id, &leave()).await.unwrap();
    let payout = payout_of(&world, &budi).await;
    let customer = customers::get(&world.services.db, &budi.customer_id).await.unwrap();
    let bill = world.invoice(&customer, &[50_000]).await;

    let refused = ledger::confirm_payout(&ana, &payout.id, "BCA-1").await.unwrap_err();
    assert_eq!((refused.code(), bank_minor(&world).await), ("CUSTOMER_OWES", 0));
    ledger::cancel_payout(&ana, &payout.id, "Tagihan").await.unwrap();
    let refused = desk::pay_out(&ana, &budi.customer_id, &leave()).await.unwrap_err();
    assert_eq!(refused.code(), "WALLET_NOT_PAYABLE");
    assert_eq!(refused.extra()["obstacles"][0]["id"], bill.id.as_str());
    assert_eq!(world.balance_of(&budi).await, 40_000, "refused, nothing is set aside");
    world.books_are_right().await;
}

#[tokio::test]
async fn a_payout_that_waits_for_a_second_pair_of_eyes_is_not_its_own_obstacle() {
    let (world, budi) = shop().await;
    let ana = world.staff("ana");
    desk::close(&ana, &budi.customer_id, &Leave { reason: "Pindah", ..Leave::default() }).await.unwrap();
    for _ in 0..2 {
        world.gives(&budi, 900_000).await;
    }
    let payout = desk::pay_out(&ana, &budi.customer_id, &leave()).await.unwrap();
    assert_eq!(payout.status, WalletPayoutStatus::Waiting);
}

#[tokio::test]
async fn nobody_sends_the_money_of_his_own_account_to_himself() {
    let (world, budi) = shop().await;
    world.gives(&budi, 30_000).await;
    let own = yumna::domain::Ctx { actor: Actor::Staff { user_id: budi.user_id.clone() }, ..world.system() };

    let refused = desk::close(&own, &budi.customer_id, &leave()).await.unwrap_err();
    assert_eq!(refused.code(), "OWN_PAYOUT");
    desk::close(&world.staff("ana"), &budi.customer_id, &leave()).await.unwrap();
    let payout = payout_of(&world, &budi).await;
    let refused = ledger::confirm_payout(&own, &payout.id, "BCA-1").await.unwrap_err();
    assert_eq!(refused.code(), "OWN_PAYOUT");
    assert_eq!(bank_minor(&world).await, 0);
}

#[tokio::test]
async fn the_customer_hears_when_his_money_was_sent() {
    let (world, budi) = shop().await;
    let ana = world.staff("ana");
    world.gives(&budi, 30_000).await;
    desk::close(&ana, &budi.customer_id, &leave()).await.unwrap();
    let payout = payout_of(&world, &budi).await;
    ledger::confirm_payout(&ana, &payout.id, "BCA-77").await.unwrap();
    world.settle_down().await;

    let mails = world.mails_to(&budi.email).await;
    let sent = mails.iter().find(|mail| mail.template == "wallet_paid_out").expect("he is told");
    assert!(sent.text.contains("BCA-77") && sent.text.contains("30.000"), "{}", sent.text);
}

#[tokio::test]
async fn money_that_comes_late_to_a_closed_account_stays_his() {
    let (world, budi) = shop().await;
    let ana = world.staff("ana");
    desk::close(&ana, &budi.customer_id, &Leave { reason: "Pindah", ..Leave::default() }).await.unwrap();
    world.advance(Duration::days(2));
    world.gives(&budi, 55_500).await;
    assert_eq!(world.balance_of(&budi).await, 55_500);
    desk::pay_out(&ana, &budi.customer_id, &leave()).await.unwrap();
    assert_eq!(payout_of(&world, &budi).await.amount_minor, 55_500);
    world.books_are_right().await;
}

#[tokio::test]
async fn a_person_with_another_account_goes_on_in_that_one() {
    let (world, budi) = shop().await;
    let siti = world.buyer("siti").await;
    let member = entity::customers::member::ActiveModel {
        id: sea_orm::ActiveValue::Set(entity::value::MemberId::generate()),
        customer_id: sea_orm::ActiveValue::Set(siti.customer_id.clone()),
        user_id: sea_orm::ActiveValue::Set(budi.user_id.clone()),
        grant: sea_orm::ActiveValue::Set(entity::value::Grant::Billing),
        created_at: sea_orm::ActiveValue::Set(world.system().now()),
    };
    entity::customers::member::Entity::insert(member).exec_without_returning(&world.services.db).await.unwrap();
    let bare = Leave { reason: "Pindah", ..Leave::default() };
    desk::close(&world.staff("ana"), &budi.customer_id, &bare).await.unwrap();

    let him = world.signed_in(&budi.user_id).await;
    assert_eq!(customers::resolve(&him, None).unwrap().customer_id, siti.customer_id);
    let known = user::Entity::find_by_id(budi.user_id.clone()).one(&world.services.db).await.unwrap().unwrap();
    assert_eq!(known.last_customer_id.as_deref(), Some(budi.customer_id.as_str()), "he need not choose anew");
    assert!(identity::find_user(&world.services.db, &budi.user_id).await.unwrap().is_some(), "he can still sign in");
    ordering::place(&world.system(), world.checkout(&siti, &["ghost-basic"])).await.unwrap();
}
