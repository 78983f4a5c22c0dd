//! Bank transfers to our own account: told apart by their amount, shown by proofs, confirmed by staff. Numbers in
//! comments are those of docs/BAD_DAYS.md.
use crate::support::{
    World,
    money::by,
    transfers::{PNG, by_transfer, picture, with_transfers},
};
use chrono::{Days, Duration};
use entity::{
    billing::invoice,
    customers::customer,
    payments::{payment, proof, transfer as rows},
    platform::{alert, audit_log, file},
    value::{InvoiceStatus, PaymentStatus, business_day},
};
use futures_util::future::join_all;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use std::collections::BTreeSet;
use yumna::{
    domain::{
        Ctx,
        billing::invoice::void,
        customers,
        ledger::{self, BankAccount},
        payments::{
            PaymentError,
            accounts::{self, AccountInput},
            attempt::{self, Closing},
            refund::{Destination, NewRefund, refund, refund_to},
            transfer::{self, Approval, Filter, MOST_PROOFS, NewProof, Stage, unique_code},
        },
        settings,
        subscriptions::automation,
    },
    jobs::worker,
    kernel::{actor::Actor, fault::Fault, page::PageRequest},
};

/// A customer who is to transfer for an invoice over Rp 50.000.
async fn waiting() -> (World, customer::Model, invoice::Model, payment::Model) {
    let (world, _) = with_transfers(&[]).await;
    let budi = world.customer().await;
    let bill = world.invoice(&budi, &[50_000]).await;
    let pay = world.transfers(&bill).await.unwrap();
    (world, budi, bill, pay)
}

/// The same, with a proof that staff look at.
async fn checked() -> (World, customer::Model, invoice::Model, payment::Model) {
    let (world, budi, bill, pay) = waiting().await;
    let pay = world.proves(&pay, picture("budi")).await.unwrap();
    (world, budi, bill, pay)
}

#[tokio::test]
async fn a_transfer_asks_for_an_amount_of_its_own_and_says_where_to_send_it() {
    let (world, _, _, pay) = waiting().await;

    let code = unique_code(&pay);
    assert!((1..=999).contains(&code));
    assert_eq!((pay.status, pay.amount_minor), (PaymentStatus::Pending, 50_000 + code));
    let told = &pay.instructions;
    assert_eq!((told["bank"].as_str(), told["account_number"].as_str()), (Some("Bank Contoh"), Some("0001234567")));
    assert_eq!((told["account_holder"].as_str(), told["amount"].as_i64()), (Some("PT Contoh"), Some(pay.amount_minor)));
    assert_eq!(told["accounts"].as_array().unwrap().len(), 2);
    assert_eq!(pay.expires_at, pay.created_at + Duration::hours(48));
    assert_eq!(world.transfers(&world_bill(&world, &pay).await).await.unwrap().id, pay.id, "asked twice, begun once");
    assert_eq!(pay.inquire_at, None);
    assert_eq!(world.waiting("payments.inquire").await, 0, "there is nobody to ask");
    assert_eq!(rows::Entity::find().count(&world.services.db).await.unwrap(), 1);
}

async fn world_bill(world: &World, pay: &payment::Model) -> invoice::Model {
    let id = pay.invoice_id.clone().unwrap();
    yumna::domain::billing::invoice::get(&world.services.db, &id).await.unwrap()
}

// 51
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_who_begin_at_once_get_fifty_amounts() {
    let (world, _) = with_transfers(&[("code_to", "60")]).await;
    let budi = world.customer().await;
    let mut bills = Vec::new();
    for _ in 0..50 {
        bills.push(world.invoice(&budi, &[50_000]).await);
    }

    let begun = join_all(bills.iter().map(|bill| world.transfers(bill))).await;

    let amounts: BTreeSet<i64> = begun.into_iter().map(|pay| pay.unwrap().amount_minor).collect();
    assert_eq!(amounts.len(), 50);
    assert!(amounts.iter().all(|amount| (50_001..=50_060).contains(amount)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn where_the_range_is_used_up_the_next_one_is_refused_and_nothing_is_left_of_it() {
    let (world, _) = with_transfers(&[("code_from", "7"), ("code_to", "9")]).await;
    let budi = world.customer().await;
    let mut bills = Vec::new();
    for _ in 0..5 {
        bills.push(world.invoice(&budi, &[50_000]).await);
    }

    let begun = join_all(bills.iter().map(|bill| world.transfers(bill))).await;

    let refused = begun.iter().filter(|begun| matches!(begun, Err(PaymentError::TransferAmountsTaken))).count();
    assert_eq!((begun.iter().filter(|begun| begun.is_ok()).count(), refused), (3, 2));
    assert_eq!(payment::Entity::find().count(&world.services.db).await.unwrap(), 3);
    let other = world.invoice(&budi, &[60_000]).await;
    assert!((60_007..=60_009).contains(&world.transfers(&other).await.unwrap().amount_minor));
}

#[tokio::test]
async fn an_amount_is_given_out_again_only_after_its_quarantine() {
    let (world, _) = with_transfers(&[("code_from", "7"), ("code_to", "7")]).await;
    let budi = world.customer().await;
    let (first, second) = (world.invoice(&budi, &[50_000]).await, world.invoice(&budi, &[50_000]).await);
    let pay = world.transfers(&first).await.unwrap();
    assert!(matches!(world.transfers(&second).await, Err(PaymentError::TransferAmountsTaken)));
    attempt::cancel(&world.system(), &pay.id).await.unwrap();
    assert_eq!(world.payment(&pay).await.status, PaymentStatus::Cancelled);

    world.advance(Duration::days(7) - Duration::seconds(1));
    assert!(matches!(world.transfers(&second).await, Err(PaymentError::TransferAmountsTaken)));
    world.advance(Duration::seconds(1));
    let next = world.transfers(&second).await.unwrap();

    assert_eq!(next.amount_minor, pay.amount_minor);
    // Money for the old one may still come: it is the same amount, and a person decides whose it is.
    world.approves(&next, 50_007).await.unwrap();
    world.books_are_right().await;
}

#[tokio::test]
async fn without_codes_amounts_stay_as_they_are() {
    let (world, _) = with_transfers(&[("code_to", "0"), ("lifetime_hours", "5")]).await;
    let budi = world.customer().await;
    for _ in 0..2 {
        let bill = world.invoice(&budi, &[50_000]).await;
        let pay = world.transfers(&bill).await.unwrap();
        assert_eq!((pay.amount_minor, unique_code(&pay)), (50_000, 0));
        assert_eq!(pay.expires_at, pay.created_at + Duration::hours(5));
    }
}

#[tokio::test]
async fn a_proof_puts_the_transfer_under_review_and_approval_pays_invoice_and_wallet() {
    let (world, budi, bill, pay) = checked().await;
    assert_eq!(pay.status, PaymentStatus::Review);
    assert_eq!(transfer::to_check(&world.system()).await.unwrap(), 1);
    assert_eq!(world.alerts().await, ["transfers_to_check"]);
    assert_eq!(world.reload(&bill).await.status, InvoiceStatus::Issued, "a proof pays nothing");

    let paid = world.approves(&pay, pay.amount_minor).await.unwrap();

    assert_eq!((paid.status, paid.received_minor), (PaymentStatus::Succeeded, pay.amount_minor));
    assert_eq!((paid.applied_minor, paid.is_late), (50_000, false));
    assert_eq!(world.reload(&bill).await.status, InvoiceStatus::Paid);
    assert_eq!(world.balance(&budi).await, unique_code(&pay));
    assert_eq!(transfer::to_check(&world.system()).await.unwrap(), 0);
    let open = alert::Entity::find().filter(alert::Column::ResolvedAt.is_null()).count(&world.services.db).await;
    assert_eq!(open.unwrap(), 0, "nothing waits any more");
    let acts = audit_log::Entity::find().filter(audit_log::Column::Action.eq("payments.transfer.approve"));
    let act = acts.one(&world.services.db).await.unwrap().unwrap();
    assert_eq!(act.actor_id, "usr_ana");
    world.books_are_right().await;
}

// 51: double click on approve, and two colleagues at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_approval_counts_once_however_often_it_is_given() {
    let (world, budi, bill, pay) = checked().await;

    let given = join_all((0..8).map(|_| world.approves(&pay, pay.amount_minor))).await;

    assert!(
        given.iter().all(|given| given.as_ref().is_ok_and(|pay| pay.status == PaymentStatus::Succeeded)),
        "{given:?}"
    );
    assert_eq!(world.reload(&bill).await.paid_minor, 50_000);
    assert_eq!(world.balance(&budi).await, unique_code(&pay));
    assert_eq!(world.news("payment.settled").await, 1);
    let other = world.approves(&pay, pay.amount_minor + 1).await;
    assert!(matches!(other, Err(PaymentError::WrongState { status: "succeeded" })), "{other:?}");
    world.books_are_right().await;
}

// 51: reject after approve, and both at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_an_approval_and_a_refusal_at_once_one_holds() {
    let (world, _, bill, pay) = checked().await;
    let ctx = world.staff("tono");

    let (approved, refused) =
        tokio::join!(world.approves(&pay, pay.amount_minor), transfer::reject(&ctx, &pay.id, "Buram"));

    // Money that was seen counts in any case; a refusal that came first only sent a mail.
    approved.unwrap();
    assert!(refused.is_ok() || matches!(refused, Err(PaymentError::WrongState { .. })), "{refused:?}");
    assert_eq!(world.payment(&pay).await.status, PaymentStatus::Succeeded);
    assert_eq!(world.reload(&bill).await.status, InvoiceStatus::Paid);
    let again = transfer::reject(&ctx, &pay.id, "Buram").await;
    assert!(matches!(again, Err(PaymentError::WrongState { status: "succeeded" })));
    world.books_are_right().await;
}

// 14, 15
#[tokio::test]
async fn what_came_is_booked_as_it_came() {
    for (received, applied, status) in [
        (30_000, 30_000, InvoiceStatus::Issued),
        (50_000, 50_000, InvoiceStatus::Paid),
        (80_000, 50_000, InvoiceStatus::Paid),
    ] {
        let (world, budi, bill, pay) = checked().await;
        let paid = world.approves(&pay, received).await.unwrap();
        assert_eq!((paid.received_minor, paid.applied_minor), (received, applied));
        let bill = world.reload(&bill).await;
        assert_eq!((bill.status, bill.paid_minor), (status, applied));
        assert_eq!(world.balance(&budi).await, received - applied);
        world.books_are_right().await;
    }
}

#[tokio::test]
async fn nobody_confirms_a_transfer_of_his_own_account() {
    let (world, _) = with_transfers(&[]).await;
    let budi = world.buyer("budi").await;
    let payer = customers::get(&world.services.db, &budi.customer_id).await.unwrap();
    let pay = world.transfers(&world.invoice(&payer, &[50_000]).await).await.unwrap();
    let himself = Ctx { actor: Actor::Staff { user_id: budi.user_id }, ..world.system() };
    let seen = Approval { received_minor: pay.amount_minor, received_on: business_day(himself.now()) };

    let error = transfer::approve(&himself, &pay.id, seen).await.unwrap_err();

    assert!(matches!(error, PaymentError::OwnTransfer), "{error:?}");
    assert_eq!(world.payment(&pay).await.status, PaymentStatus::Pending);
    transfer::approve(&world.staff("ana"), &pay.id, seen).await.unwrap();
}

// 16
#[tokio::test]
async fn one_person_cannot_credit_any_sum_by_calling_it_a_transfer() {
    let (world, budi, _, pay) = checked().await;
    let limit = settings::current(&world.system()).await.unwrap().wallet.adjust_limit_minor;
    for wrong in [0, -1, i64::MIN, i64::MAX, pay.amount_minor + limit + 1] {
        let error = world.approves(&pay, wrong).await.unwrap_err();
        assert!(matches!(error, PaymentError::AmountOutOfRange { .. }), "{wrong}: {error:?}");
    }
    let today = business_day(world.system().now());
    for day in [today + Days::new(1), today - Days::new(61)] {
        let seen = Approval { received_minor: pay.amount_minor, received_on: day };
        let error = transfer::approve(&world.staff("ana"), &pay.id, seen).await.unwrap_err();
        assert!(matches!(error, PaymentError::DayOutOfRange), "{day}: {error:?}");
    }
    assert_eq!(world.balance(&budi).await, 0);
    assert_eq!(world.payment(&pay).await.status, PaymentStatus::Review);
}

#[tokio::test]
async fn a_refused_proof_lets_the_transfer_wait_again_and_tells_the_customer_why() {
    let (world, _, _, pay) = checked().await;
    let ctx = world.staff("ana");
    assert!(matches!(transfer::reject(&ctx, &pay.id, "  ").await, Err(PaymentError::ReasonRequired)));

    let refused = transfer::reject(&ctx, &pay.id, "Buktinya buram.").await.unwrap();
    assert_eq!(refused.status, PaymentStatus::Pending);
    let again = transfer::reject(&ctx, &pay.id, "Buktinya buram.").await;
    assert!(matches!(again, Err(PaymentError::WrongState { .. })));
    assert_eq!(world.news("transfer.refused").await, 1);
    let told = transfer::last_refusal(&ctx.db, &pay.id).await.unwrap();
    assert_eq!(told.as_deref(), Some("Buktinya buram."));
    worker::run_due(&world.services).await.unwrap();
    let mails = world.mails_to("budi@example.test").await;
    let mail = mails.iter().find(|mail| mail.template == "transfer_refused").expect("a mail");
    assert!(mail.text.contains("Buktinya buram.") && mail.text.contains(&pay.reference), "{}", mail.text);

    let same = world.proves(&pay, picture("budi")).await;
    assert!(matches!(same, Err(PaymentError::ProofRefusedBefore)), "{same:?}");
    assert_eq!(world.proves(&pay, picture("lebih jelas")).await.unwrap().status, PaymentStatus::Review);
    assert_eq!(transfer::last_refusal(&ctx.db, &pay.id).await.unwrap(), None, "the newest one is not refused");
    world.advance(Duration::hours(72));
    let over = transfer::reject(&ctx, &pay.id, "Masih belum ada.").await.unwrap();
    assert_eq!((over.status, over.failure_code.as_deref()), (PaymentStatus::Failed, Some("proof_refused")));
    assert_eq!(world.news("payment.closed").await, 1);
}

#[tokio::test]
async fn a_transfer_without_a_proof_ends_at_its_time_and_one_with_a_proof_waits_for_staff() {
    let (world, budi, _, silent) = waiting().await;
    let bill = world.invoice(&budi, &[70_000]).await;
    let shown = world.transfers(&bill).await.unwrap();
    world.proves(&shown, picture("budi")).await.unwrap();
    let ctx = world.system();
    let ends_at = silent.expires_at + Duration::seconds(90);
    assert_eq!(attempt::expire(&ctx, &silent.id).await.unwrap(), Closing::Again { at: ends_at });

    world.advance(Duration::hours(49));
    worker::run_due(&world.services).await.unwrap();

    assert_eq!(world.payment(&silent).await.status, PaymentStatus::Expired);
    assert_eq!(world.payment(&shown).await.status, PaymentStatus::Review);
    assert_eq!(attempt::cancel(&ctx, &shown.id).await.unwrap().status, PaymentStatus::Review);
    let given_up = attempt::request_cancel(&ctx, &budi.id, &shown.id).await;
    assert!(matches!(given_up, Err(PaymentError::WrongState { status: "review" })));
    assert_eq!(world.transfers(&bill).await.unwrap().id, shown.id, "nobody is asked to pay twice");
    assert!(matches!(world.proves(&silent, picture("x")).await, Err(PaymentError::WrongState { status: "expired" })));
}

#[tokio::test]
async fn a_refusal_in_time_plans_the_end_anew() {
    let (world, _, _, pay) = checked().await;
    transfer::reject(&world.staff("ana"), &pay.id, "Buram").await.unwrap();
    world.advance(Duration::hours(49));
    worker::run_due(&world.services).await.unwrap();
    assert_eq!(world.payment(&pay).await.status, PaymentStatus::Expired);
}

// 20
#[tokio::test]
async fn late_money_pays_the_invoice_while_it_is_open() {
    let (world, _, bill, pay) = waiting().await;
    world.advance(Duration::hours(49));
    worker::run_due(&world.services).await.unwrap();

    let paid = world.approves(&pay, pay.amount_minor).await.unwrap();

    assert_eq!((paid.status, paid.is_late), (PaymentStatus::Succeeded, true));
    assert_eq!(world.reload(&bill).await.status, InvoiceStatus::Paid);
    world.books_are_right().await;
}

// 21, 23
#[tokio::test]
async fn money_for_a_void_or_paid_invoice_goes_to_the_wallet() {
    let (world, budi, bill, pay) = checked().await;
    let ctx = world.system();
    let tx = ctx.begin().await.unwrap();
    void(&ctx, &tx, &bill.id, "Salah paket").await.unwrap();
    tx.commit().await.unwrap();
    attempt::close_attempts(&ctx, &bill.id).await.unwrap();
    assert_eq!(world.payment(&pay).await.status, PaymentStatus::Review, "staff look at what he sent");

    let paid = world.approves(&pay, pay.amount_minor).await.unwrap();

    assert_eq!((paid.applied_minor, world.balance(&budi).await), (0, pay.amount_minor));
    world.books_are_right().await;
}

#[tokio::test]
async fn another_way_to_pay_closes_a_transfer_that_only_waits() {
    let (world, gateway) = with_transfers(&[]).await;
    let budi = world.customer().await;
    let bill = world.invoice(&budi, &[50_000]).await;
    let pay = world.transfers(&bill).await.unwrap();

    let qris = attempt::start(&world.system(), &budi.id, &bill.id, &by("qris", None)).await.unwrap();
    worker::run_due(&world.services).await.unwrap();

    assert_eq!(world.payment(&pay).await.status, PaymentStatus::Cancelled);
    assert_eq!(world.payment(&qris).await.status, PaymentStatus::Pending);
    assert_eq!(gateway.calls("cancel"), 0, "nobody else was asked about it");
}

#[tokio::test]
async fn nobody_is_asked_about_a_transfer_and_silence_about_it_means_nothing() {
    let (world, gateway) = with_transfers(&[]).await;
    let budi = world.customer().await;
    let mut begun = Vec::new();
    for _ in 0..3 {
        let bill = world.invoice(&budi, &[50_000]).await;
        begun.push(world.transfers(&bill).await.unwrap());
    }
    let ctx = world.system();
    world.advance(Duration::hours(2));
    worker::run_due(&world.services).await.unwrap();
    let rules = settings::Automation::default();
    assert_eq!(automation::tripped(&ctx.db, &rules, ctx.now()).await.unwrap(), None);
    attempt::check_now(&ctx, &budi.id, &begun[0].id).await.unwrap();
    assert!(matches!(attempt::ask_now(&ctx, &begun[0].id).await, Err(PaymentError::NotConfigured)));
    assert_eq!(gateway.calls("inquire"), 0);
    assert!(begun.iter().all(|pay| pay.inquire_at.is_none()));
    assert_eq!(world.alerts().await, Vec::<String>::new());
}

// 50
#[tokio::test]
async fn what_is_somebody_elses_or_no_transfer_takes_no_proof() {
    let (world, budi, bill, pay) = waiting().await;
    let siti = world.customer().await;
    let ctx = world.system();
    let foreign = transfer::send_proof(&ctx, &siti.id, &pay.id, picture("siti")).await;
    assert!(matches!(foreign, Err(PaymentError::NotFound)));
    let qris = attempt::start(&ctx, &budi.id, &bill.id, &by("qris", None)).await.unwrap();
    let other = transfer::send_proof(&ctx, &budi.id, &qris.id, picture("budi")).await;
    assert!(matches!(other, Err(PaymentError::NotByTransfer)));
    let seen = Approval { received_minor: 1, received_on: business_day(ctx.now()) };
    assert!(matches!(transfer::approve(&ctx, &qris.id, seen).await, Err(PaymentError::NotByTransfer)));
    assert!(matches!(transfer::reject(&ctx, &qris.id, "x").await, Err(PaymentError::NotByTransfer)));
    assert_eq!(file::Entity::find().count(&ctx.db).await.unwrap(), 0);
}

// 51: HTML and SVG under the name of a picture, 30 MB, the same file for two payments.
#[tokio::test]
async fn only_pictures_and_documents_of_a_sensible_size_are_kept() {
    let (world, budi, _, pay) = waiting().await;
    let large = [PNG, &vec![0u8; 5 * 1024 * 1024]].concat();
    let bad: [(&[u8], &str); 7] = [
        (b"", "PROOF_MISSING"),
        (b"<html><body>bukti.png</body></html>", "PROOF_TYPE_NOT_TAKEN"),
        (b"<svg onload='alert(1)'/>", "PROOF_TYPE_NOT_TAKEN"),
        (b"PNG", "PROOF_TYPE_NOT_TAKEN"),
        (b"<?php system($_GET['c']);", "PROOF_TYPE_NOT_TAKEN"),
        (b"GIF89a<?php system($_GET['c']);", "PROOF_TYPE_NOT_TAKEN"),
        (&large, "PROOF_TOO_LARGE"),
    ];
    for (body, code) in bad {
        let error = world.proves(&pay, NewProof { body: body.to_vec(), note: String::new() }).await.unwrap_err();
        assert_eq!(error.code(), code);
    }
    let endless = NewProof { body: PNG.to_vec(), note: "x".repeat(300) };
    assert_eq!(world.proves(&pay, endless).await.unwrap_err().code(), "VALIDATION_FAILED");
    assert_eq!(file::Entity::find().count(&world.services.db).await.unwrap(), 0);
    assert_eq!(world.payment(&pay).await.status, PaymentStatus::Pending);

    for number in 0..MOST_PROOFS {
        for _ in 0..2 {
            // A double click sends the same file twice.
            world.proves(&pay, picture(&number.to_string())).await.unwrap();
        }
    }
    assert!(matches!(world.proves(&pay, picture("more")).await, Err(PaymentError::ProofsUsedUp)));
    assert_eq!(proof::Entity::find().count(&world.services.db).await.unwrap(), MOST_PROOFS);
    let kept = file::Entity::find().one(&world.services.db).await.unwrap().unwrap();
    assert_eq!((kept.content_type.as_str(), kept.name), ("image/png", format!("{}.png", pay.reference)));

    let bill = world.invoice(&budi, &[90_000]).await;
    let second = world.transfers(&bill).await.unwrap();
    world.proves(&second, picture("0")).await.unwrap();
    let db = &world.services.db;
    let proofs = transfer::proofs_of(db, &second.id).await.unwrap();
    assert_eq!(transfer::used_elsewhere(db, &second.id, &proofs).await.unwrap(), [pay.id]);
}

#[tokio::test]
async fn staff_find_a_transfer_by_the_amount_on_the_statement() {
    let (world, budi, _, pay) = checked().await;
    let bill = world.invoice(&budi, &[70_000]).await;
    let other = world.transfers(&bill).await.unwrap();
    let ctx = world.system();
    let found = async |stage, amount_minor| {
        let page = transfer::list(&ctx, &Filter { stage, amount_minor }, &PageRequest::default()).await.unwrap();
        page.rows.into_iter().map(|row| (row.payment.id, row.invoice_number, row.proofs.len())).collect::<Vec<_>>()
    };
    let number = world_bill(&world, &pay).await.number;
    assert_eq!(found(Some(Stage::Check), None).await, [(pay.id.clone(), number.clone(), 1)]);
    assert_eq!(found(Some(Stage::Waiting), None).await, [(other.id.clone(), bill.number.clone(), 0)]);
    assert!(found(Some(Stage::Ended), None).await.is_empty());
    assert_eq!(found(None, Some(pay.amount_minor)).await, [(pay.id, number, 1)]);
    assert_eq!(found(None, None).await.len(), 2);
}

#[tokio::test]
async fn a_top_up_by_transfer_goes_to_the_wallet_with_its_code() {
    let (world, _) = with_transfers(&[]).await;
    let budi = world.customer().await;
    let pay = attempt::start_top_up(&world.system(), &budi.id, 100_000, &by_transfer()).await.unwrap();
    world.proves(&pay, picture("budi")).await.unwrap();
    world.approves(&pay, pay.amount_minor).await.unwrap();
    assert_eq!(world.balance(&budi).await, 100_000 + unique_code(&pay));
    world.books_are_right().await;
}

#[tokio::test]
async fn a_transfer_goes_back_by_bank_or_to_the_wallet_and_never_by_itself() {
    let (world, budi, _, pay) = checked().await;
    world.approves(&pay, pay.amount_minor).await.unwrap();
    let give =
        |destination, key| NewRefund { payment_id: &pay.id, amount_minor: 1_000, destination, reason: "Maaf", key };
    let staff = world.staff("ana");
    let refused = refund(&staff, give(Destination::Gateway, "r1")).await;
    assert!(matches!(refused, Err(PaymentError::RefundNotSupported)));
    refund(&staff, give(Destination::Wallet, "r2")).await.unwrap();
    let bank = BankAccount { bank_name: "BCA", account_holder: "Budi", account_number: "1234567890" };
    refund_to(&staff, give(Destination::Bank, "r3"), &bank).await.unwrap();
    assert_eq!(world.balance(&budi).await, unique_code(&pay) + 1_000);
    assert!(ledger::verify(&world.services.db).await.unwrap().findings.is_empty());
}

#[tokio::test]
async fn bank_accounts_that_cannot_be_read_are_refused_at_their_field() {
    let (world, _) = with_transfers(&[]).await;
    let input = |name: &str, value: &str| AccountInput {
        name: "Rekening".to_owned(),
        values: [("accounts", "Bank Contoh | 1234567 | PT Contoh"), (name, value)]
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        ..AccountInput::default()
    };
    for (field, value) in [("accounts", "Bank Contoh 1234567"), ("code_to", "1000"), ("lifetime_hours", "soon")] {
        let error = accounts::create(&world.system(), "transfer", input(field, value)).await.unwrap_err();
        assert_eq!(error.fields()[0].field, field);
    }
    let offers = accounts::methods_for(&world.system(), 50_000).await.unwrap();
    assert!(offers.iter().any(|offer| offer.gateway == "transfer"));
}
