//! Refunds that go to bank accounts: set aside, agreed to, transferred, called off, sent back, and what may come between.
use super::{notified, report, start};
use crate::support::{World, gateway::ScriptedGateway, money::by, money::with_gateway};
use entity::{
    billing::{credit_note, invoice},
    customers::customer,
    ledger::wallet_payout,
    payments::{payment, refund},
    value::{PaymentStatus, RefundStatus, WalletPayoutStatus},
};
use futures_util::future::join_all;
use sea_orm::{EntityTrait, PaginatorTrait};
use yumna::{
    domain::{
        Ctx, customers,
        desk::{self, ObstacleKind},
        ledger::{self, BankAccount, Decision, LedgerError},
        payments::{
            PaymentError, attempt,
            refund::{Destination, NewRefund, available_minor, refund, refund_to},
            refund_transfer::send_again,
        },
    },
    kernel::{actor::Actor, fault::Fault},
};

fn account() -> BankAccount<'static> {
    BankAccount { bank_name: "BCA", account_holder: "Budi Santoso", account_number: "123 456 7890" }
}

/// An invoice over `net` rupiah paid by QRIS.
async fn paid(net: i64) -> (World, ScriptedGateway, customer::Model, invoice::Model, payment::Model) {
    let (world, gateway) = with_gateway().await;
    let budi = world.customer().await;
    let (bill, pay) = pays(&world, &gateway, &budi, net).await;
    (world, gateway, budi, bill, pay)
}

async fn pays(
    world: &World,
    gateway: &ScriptedGateway,
    customer: &customer::Model,
    net: i64,
) -> (invoice::Model, payment::Model) {
    let bill = world.invoice(customer, &[net]).await;
    let pay = start(world, &bill, "qris", None).await.unwrap();
    gateway.pay(&pay.reference, net);
    notified(world, gateway, &pay.reference).await;
    (bill, pay)
}

fn part<'a>(pay: &'a payment::Model, amount_minor: i64, key: &'a str) -> NewRefund<'a> {
    NewRefund { payment_id: &pay.id, amount_minor, destination: Destination::Bank, reason: "Tidak sesuai", key }
}

async fn gives_back(
    world: &World,
    pay: &payment::Model,
    amount_minor: i64,
    key: &str,
) -> Result<refund::Model, PaymentError> {
    refund_to(&world.staff("ana"), part(pay, amount_minor, key), &account()).await
}

async fn transfer_of(world: &World, row: &refund::Model) -> wallet_payout::Model {
    ledger::payout_of_refund(&world.services.db, &row.id).await.unwrap().expect("it is to be transferred")
}

async fn again(world: &World, row: &refund::Model) -> refund::Model {
    yumna::domain::payments::refund::get(&world.services.db, &row.id).await.unwrap()
}

async fn balance_of(world: &World, kind: &str) -> i64 {
    let totals = ledger::verify(&world.services.db).await.unwrap().totals;
    totals.balances.get(&(kind.to_owned(), "IDR".to_owned())).copied().unwrap_or_default()
}

async fn held(world: &World, customer: &customer::Model) -> i64 {
    ledger::wallet(&world.system(), &customer.id).await.unwrap().held
}

#[tokio::test]
async fn a_refund_to_a_bank_is_set_aside_until_the_bank_has_it() {
    let (world, _, budi, bill, pay) = paid(50_000).await;
    let ana = world.staff("ana");
    for _ in 0..2 {
        let done = gives_back(&world, &pay, 20_000, "r1").await.unwrap();
        assert_eq!((done.status, done.destination.as_str()), (RefundStatus::Succeeded, "bank"));
    }
    let other = BankAccount { account_number: "99999999", ..account() };
    let reused = refund_to(&ana, part(&pay, 20_000, "r1"), &other).await;
    assert!(matches!(reused, Err(PaymentError::KeyReused)), "the key has an account");

    assert_eq!((world.reload(&bill).await.credited_minor, world.balance(&budi).await), (20_000, 0));
    assert_eq!((held(&world, &budi).await, balance_of(&world, "bank").await), (20_000, 0), "not there yet");
    assert_eq!(world.payment(&pay).await.status, PaymentStatus::PartiallyRefunded);
    world.books_are_right().await;

    // Another invoice of his that is open is no reason to keep this money.
    world.invoice(&budi, &[5_000]).await;
    let payout =
        transfer_of(&world, &again(&world, &gives_back(&world, &pay, 20_000, "r1").await.unwrap()).await).await;
    for _ in 0..2 {
        let sent = ledger::confirm_payout(&ana, &payout.id, "BCA-0001").await.unwrap();
        assert_eq!((sent.status, sent.amount_minor), (WalletPayoutStatus::Paid, 20_000));
    }
    world.settle_down().await;
    assert_eq!((held(&world, &budi).await, balance_of(&world, "bank").await), (0, -20_000));
    assert_eq!(world.news("refund.succeeded").await, 1);
    assert_eq!(credit_note::Entity::find().count(&world.services.db).await.unwrap(), 1);
    world.books_are_right().await;
}

#[tokio::test]
async fn a_refund_to_a_bank_says_to_which_account() {
    let (world, _, budi, _, pay) = paid(50_000).await;
    let refused = refund(&world.staff("ana"), part(&pay, 1_000, "r1")).await.unwrap_err();
    let fields: Vec<String> = refused.fields().into_iter().map(|fault| fault.field).collect();
    assert_eq!(fields, ["bank_name", "account_holder", "account_number"]);
    assert_eq!((world.payment(&pay).await.refunded_minor, world.balance(&budi).await), (0, 0), "nothing has happened");
}

#[tokio::test]
async fn above_the_limit_somebody_else_agrees_first() {
    for decision in [Decision::Approve, Decision::Reject] {
        let (world, _, budi, _, pay) = paid(2_000_000).await;
        let (ana, ben) = (world.staff("ana"), world.staff("ben"));
        let payout = transfer_of(&world, &gives_back(&world, &pay, 1_500_000, "r1").await.unwrap()).await;
        assert_eq!(payout.status, WalletPayoutStatus::Waiting);
        assert_eq!(ledger::confirm_payout(&ana, &payout.id, "BCA-1").await.unwrap_err().code(), "PAYOUT_NOT_OPEN");
        let asked = payout.approval_id.unwrap();
        assert!(matches!(ledger::decide(&ana, &asked, decision).await, Err(LedgerError::SamePerson)));

        ledger::decide(&ben, &asked, decision).await.unwrap();

        let confirmed = ledger::confirm_payout(&ana, &payout.id, "BCA-1").await;
        let (is_sent, bank, wallet) = match decision {
            Decision::Approve => (true, -1_500_000, 0),
            Decision::Reject => (false, 0, 1_500_000),
        };
        assert_eq!(confirmed.is_ok(), is_sent);
        assert_eq!((balance_of(&world, "bank").await, world.balance(&budi).await), (bank, wallet));
        assert_eq!(held(&world, &budi).await, 0);
        world.books_are_right().await;
    }
}

#[tokio::test]
async fn what_is_called_off_or_comes_back_is_in_the_wallet_and_can_be_sent_again() {
    let (world, _, budi, bill, pay) = paid(50_000).await;
    let ana = world.staff("ana");
    let row = gives_back(&world, &pay, 20_000, "r1").await.unwrap();
    let first = transfer_of(&world, &row).await;
    let early = send_again(&ana, &first.id, &account()).await.unwrap_err();
    assert_eq!(early.code(), "PAYOUT_NOT_OPEN", "it is still to be transferred");

    for _ in 0..2 {
        ledger::cancel_payout(&ana, &first.id, "Salah nomor").await.unwrap();
    }
    assert_eq!((world.balance(&budi).await, held(&world, &budi).await), (20_000, 0));
    let other = BankAccount { account_number: "5555566666", ..account() };
    let second = send_again(&ana, &first.id, &other).await.unwrap();
    assert_eq!((second.account_number.as_str(), second.refund_id.as_ref()), ("5555566666", Some(&row.id)));
    let late = send_again(&ana, &first.id, &other).await.unwrap_err();
    assert_eq!(late.code(), "PAYOUT_NOT_OPEN", "only the last one is sent again");

    ledger::confirm_payout(&ana, &second.id, "BCA-1").await.unwrap();
    for _ in 0..2 {
        ledger::return_payout(&ana, &second.id, "Rekening tutup").await.unwrap();
    }
    world.settle_down().await;
    assert_eq!((world.balance(&budi).await, balance_of(&world, "bank").await), (20_000, 0));
    assert_eq!(again(&world, &row).await.status, RefundStatus::Succeeded, "credited, it is his wherever it lies");
    assert_eq!(world.reload(&bill).await.credited_minor, 20_000);
    world.books_are_right().await;

    world.gift(&budi, -5_000).await;
    let spent = send_again(&ana, &second.id, &account()).await.unwrap_err();
    assert_eq!((spent.code(), spent.extra()["shortfall"].as_i64()), ("INSUFFICIENT_CREDIT", Some(5_000)));
    world.books_are_right().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twins_one_refund_goes_to_the_bank_and_is_sent_again_once() {
    let (world, _, budi, _, pay) = paid(50_000).await;
    let ana = world.staff("ana");
    let keys: Vec<String> = (0..6).map(|n| format!("r{n}")).collect();
    let all = join_all(keys.iter().map(|key| gives_back(&world, &pay, 5_000, key))).await;
    let granted: Vec<&refund::Model> = all.iter().filter_map(|one| one.as_ref().ok()).collect();
    assert_eq!(granted.len(), 1, "one transfer of a wallet at a time: {all:?}");
    for refused in all.iter().filter_map(|one| one.as_ref().err()) {
        assert_eq!(refused.code(), "PAYOUT_UNDER_WAY");
    }
    assert_eq!((world.payment(&pay).await.refunded_minor, held(&world, &budi).await), (5_000, 5_000));

    let payout = transfer_of(&world, granted[0]).await;
    ledger::cancel_payout(&ana, &payout.id, "Salah nomor").await.unwrap();
    let to = account();
    let all = join_all((0..6).map(|_| send_again(&ana, &payout.id, &to))).await;
    assert_eq!(all.iter().filter(|one| one.is_ok()).count(), 1, "{all:?}");
    assert_eq!(held(&world, &budi).await, 5_000);
    world.books_are_right().await;
}

#[tokio::test]
async fn nobody_sends_a_refund_to_himself() {
    let (world, gateway) = with_gateway().await;
    world.open_shop().await;
    let buyer = world.buyer("budi").await;
    let budi = customers::get(&world.services.db, &buyer.customer_id).await.unwrap();
    let (_, pay) = pays(&world, &gateway, &budi, 50_000).await;
    let own = Ctx { actor: Actor::Staff { user_id: buyer.user_id.clone() }, ..world.system() };
    let before = world.payment(&pay).await.refunded_minor;

    let refused = refund_to(&own, part(&pay, 10_000, "r1"), &account()).await.unwrap_err();

    assert_eq!((refused.code(), world.payment(&pay).await.refunded_minor), ("OWN_PAYOUT", before));
    let payout = transfer_of(&world, &gives_back(&world, &pay, 10_000, "r1").await.unwrap()).await;
    assert_eq!(ledger::confirm_payout(&own, &payout.id, "BCA-1").await.unwrap_err().code(), "OWN_PAYOUT");
    ledger::cancel_payout(&world.staff("ana"), &payout.id, "x").await.unwrap();
    let refused = send_again(&own, &payout.id, &account()).await.unwrap_err();
    assert_eq!(refused.code(), "OWN_PAYOUT");
}

#[tokio::test]
async fn what_is_still_to_be_transferred_is_called_off_when_the_payment_is_taken_back() {
    for taken in [PaymentStatus::Chargeback, PaymentStatus::Reversed] {
        for is_sent in [false, true] {
            let (world, _, budi, _, pay) = paid(50_000).await;
            let ana = world.staff("ana");
            let payout = transfer_of(&world, &gives_back(&world, &pay, 20_000, "r1").await.unwrap()).await;
            if is_sent {
                ledger::confirm_payout(&ana, &payout.id, "BCA-1").await.unwrap();
            }

            let gone = report(&world, &pay, |report| report.status = taken).await;
            world.settle_down().await;

            assert_eq!((gone.status, gone.refunded_minor), (taken, 20_000));
            let (state, lost) = match is_sent {
                true => (WalletPayoutStatus::Paid, 20_000),
                false => (WalletPayoutStatus::Cancelled, 0),
            };
            assert_eq!(ledger::get_payout(&ana, &payout.id).await.unwrap().status, state, "{taken}");
            assert_eq!((world.balance(&budi).await, held(&world, &budi).await), (0, 0), "{taken}");
            assert_eq!(balance_of(&world, "unallocated").await, lost, "{taken}");
            let refused = send_again(&ana, &payout.id, &account()).await.unwrap_err();
            assert_eq!(refused.code(), "PAYMENT_WRONG_STATE");
            world.books_are_right().await;
        }
    }
}

/// A top-up of Rp 100.000.
async fn topped_up() -> (World, customer::Model, payment::Model) {
    let (world, gateway) = with_gateway().await;
    let budi = world.customer().await;
    let pay = attempt::start_top_up(&world.system(), &budi.id, 100_000, &by("qris", None)).await.unwrap();
    gateway.pay(&pay.reference, 100_000);
    notified(&world, &gateway, &pay.reference).await;
    (world, budi, pay)
}

#[tokio::test]
async fn a_top_up_has_gone_back_when_the_bank_has_it_and_not_before() {
    let (world, budi, pay) = topped_up().await;
    let ana = world.staff("ana");
    let row = gives_back(&world, &pay, 60_000, "r1").await.unwrap();
    assert_eq!(row.status, RefundStatus::Pending);
    assert_eq!((world.balance(&budi).await, available_minor(&world.payment(&pay).await)), (40_000, 40_000));
    let standing = desk::look(&ana, &budi.id).await.unwrap();
    let kinds: Vec<ObstacleKind> = standing.obstacles.iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [ObstacleKind::Refund, ObstacleKind::Payout]);
    world.books_are_right().await;

    ledger::cancel_payout(&ana, &transfer_of(&world, &row).await.id, "Salah nomor").await.unwrap();
    for _ in 0..2 {
        world.settle_down().await;
    }
    assert_eq!(again(&world, &row).await.status, RefundStatus::Failed);
    let free = world.payment(&pay).await;
    assert_eq!((free.status, available_minor(&free)), (PaymentStatus::Succeeded, 100_000));
    assert_eq!(world.balance(&budi).await, 100_000);
    world.books_are_right().await;

    let row = gives_back(&world, &pay, 60_000, "r1").await.unwrap();
    let payout = transfer_of(&world, &row).await;
    ledger::confirm_payout(&ana, &payout.id, "BCA-1").await.unwrap();
    world.settle_down().await;
    assert_eq!(again(&world, &row).await.status, RefundStatus::Succeeded);
    assert_eq!(world.payment(&pay).await.status, PaymentStatus::PartiallyRefunded);
    assert_eq!((world.news("refund.succeeded").await, balance_of(&world, "bank").await), (1, -60_000));
    world.books_are_right().await;

    ledger::return_payout(&ana, &payout.id, "Rekening tutup").await.unwrap();
    world.settle_down().await;
    assert_eq!(again(&world, &row).await.status, RefundStatus::Failed);
    let back = world.payment(&pay).await;
    assert_eq!((back.status, available_minor(&back)), (PaymentStatus::Succeeded, 100_000));
    assert_eq!((world.balance(&budi).await, balance_of(&world, "bank").await), (100_000, 0));
    world.books_are_right().await;
}

#[tokio::test]
async fn a_top_up_that_is_taken_back_while_it_goes_back_is_taken_from_the_wallet() {
    for is_sent in [false, true] {
        let (world, budi, pay) = topped_up().await;
        let ana = world.staff("ana");
        let row = gives_back(&world, &pay, 60_000, "r1").await.unwrap();
        if is_sent {
            // Its news has not been read yet when the payment is taken back.
            ledger::confirm_payout(&ana, &transfer_of(&world, &row).await.id, "BCA-1").await.unwrap();
        }

        let gone = report(&world, &pay, |report| report.status = PaymentStatus::Chargeback).await;
        world.settle_down().await;

        let (status, kept, lost) =
            if is_sent { (RefundStatus::Succeeded, 60_000, 60_000) } else { (RefundStatus::Failed, 0, 0) };
        assert_eq!((again(&world, &row).await.status, gone.refunded_minor), (status, kept));
        assert_eq!((world.balance(&budi).await, held(&world, &budi).await), (0, 0));
        assert_eq!(balance_of(&world, "unallocated").await, lost);
        world.books_are_right().await;
    }
}
