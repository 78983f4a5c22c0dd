//! Reports of payouts: read, looked at, booked once, and worked off by hand where they do not fit.
use crate::support::{
    World,
    gateway::{CODE, ScriptedGateway, genuine},
    money::{by, by_wallet, with_gateway},
};
use entity::{
    customers::customer,
    payments::{dispute as disputes, payment, payment_account, settlement_line, unallocated_money},
    value::{PaymentAccountId, PaymentStatus, SettlementId, SettlementLineStatus, SettlementStatus, UnallocatedStatus},
};
use futures_util::future::join_all;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use yumna::{
    domain::{
        ledger,
        payments::{
            PaymentError, attempt,
            dispute::{self, Outcome},
            gateway_event::{process, receive},
            refund::{Destination, NewRefund, refund},
            settlement::{self, Columns, LineFilter, Role, Verdict},
            unallocated::{self, Returned},
        },
    },
    kernel::{
        locale::{self, Lang},
        page::PageRequest,
    },
};

async fn account(world: &World) -> PaymentAccountId {
    payment_account::Entity::find().one(&world.services.db).await.unwrap().unwrap().id
}

/// Somebody paid `minor` by QRIS, and the gateway says so.
async fn paid(world: &World, gateway: &ScriptedGateway, budi: &customer::Model, minor: i64) -> payment::Model {
    let ctx = world.system();
    let bill = world.invoice(budi, &[minor]).await;
    let pay = attempt::start(&ctx, &budi.id, &bill.id, &by("qris", None)).await.unwrap();
    gateway.pay(&pay.reference, minor);
    attempt::ask_now(&ctx, &pay.id).await.unwrap()
}

async fn send_in(world: &World, text: &str) -> SettlementId {
    let id = account(world).await;
    settlement::send_in(&world.staff("ana"), &id, text.as_bytes().to_vec()).await.unwrap().id
}

async fn verdicts(world: &World, id: &SettlementId) -> Vec<Verdict> {
    let preview = settlement::preview(&world.system(), id).await.unwrap();
    preview.matches.iter().map(|line| line.verdict).collect()
}

async fn balance(world: &World, kind: &str) -> i64 {
    let totals = ledger::verify(&world.services.db).await.unwrap().totals;
    totals.balances.get(&(kind.to_owned(), "IDR".to_owned())).copied().unwrap_or_default()
}

async fn lines(world: &World, status: SettlementLineStatus) -> Vec<settlement_line::Model> {
    let find = settlement_line::Entity::find().filter(settlement_line::Column::Status.eq(status));
    find.order_by_asc(settlement_line::Column::Id).all(&world.services.db).await.unwrap()
}

#[tokio::test]
async fn a_report_is_looked_at_and_booked_once_to_bank_and_fees() {
    let (world, gateway) = with_gateway().await;
    let budi = world.customer().await;
    let (first, second) = (paid(&world, &gateway, &budi, 100_000).await, paid(&world, &gateway, &budi, 50_000).await);
    let text = format!(
        "\u{feff}Order ID;Type;Amount;Fee;Settlement Date\n{};Payment;100.000,00;4.440,00;28/11/2026\n\
         {};Payment;50.000;1.000;28/11/2026\nSTRANGE;Payment;7.000;0;28/11/2026\n;Withdrawal;151.560;;\n",
        first.reference, second.reference
    );

    let id = send_in(&world, &text).await;
    assert_eq!(verdicts(&world, &id).await, [Verdict::Matched, Verdict::Matched, Verdict::Unknown, Verdict::Sum]);
    assert_eq!(balance(&world, "bank").await, 0, "looking books nothing");
    let ana = world.staff("ana");
    for _ in 0..2 {
        let booked = settlement::book(&ana, &id).await.unwrap();
        assert_eq!((booked.status, booked.net_minor, booked.fee_minor), (SettlementStatus::Booked, 144_560, 5_440));
    }
    assert_eq!(balance(&world, "bank").await, 144_560);
    assert_eq!((balance(&world, "gateway_fees").await, balance(&world, "gateway_clearing").await), (5_440, 0));
    assert!(world.payment(&first).await.paid_out_at.is_some());
    world.books_are_right().await;

    // The same file is the report it was; the same lines in another file change nothing.
    assert_eq!(send_in(&world, &text).await, id);
    let other = send_in(&world, &format!("{text}\n")).await;
    assert_ne!(other, id);
    assert_eq!(verdicts(&world, &other).await, [Verdict::Already, Verdict::Already, Verdict::Already, Verdict::Sum]);
    settlement::book(&ana, &other).await.unwrap();
    assert_eq!(balance(&world, "bank").await, 144_560);
    assert_eq!(settlement_line::Entity::find().count(&ana.db).await.unwrap(), 3);
    world.books_are_right().await;
}

#[tokio::test]
async fn what_differs_waits_and_what_was_not_known_fits_later() {
    let (world, gateway) = with_gateway().await;
    let (budi, ctx) = (world.customer().await, world.system());
    let short = paid(&world, &gateway, &budi, 100_000).await;
    let bill = world.invoice(&budi, &[60_000]).await;
    let silent = attempt::start(&ctx, &budi.id, &bill.id, &by("qris", None)).await.unwrap();
    let text = format!(
        "Order ID,Amount,Fee,Net\n{},90000,0,90000\n{},60000,1000,59000\nODD,100,5,50\nBAD,x,1,1\n",
        short.reference, silent.reference
    );
    let id = send_in(&world, &text).await;
    let preview = settlement::preview(&ctx, &id).await.unwrap();
    let found: Vec<_> = preview.matches.iter().map(|line| line.verdict).collect();
    assert_eq!(found, [Verdict::AmountDiffers, Verdict::NotSettled, Verdict::Inconsistent]);
    assert_eq!((preview.matches[0].expected_minor, preview.unreadable), (Some(100_000), vec![5]));
    settlement::book(&ctx, &id).await.unwrap();
    assert_eq!((balance(&world, "bank").await, lines(&world, SettlementLineStatus::Waiting).await.len()), (0, 3));

    assert_eq!(settlement::again(&ctx, &id).await.unwrap(), 0);
    gateway.pay(&silent.reference, 60_000);
    attempt::ask_now(&ctx, &silent.id).await.unwrap();
    assert_eq!(settlement::again(&ctx, &id).await.unwrap(), 1);
    assert_eq!(settlement::again(&ctx, &id).await.unwrap(), 0);
    assert_eq!((balance(&world, "bank").await, balance(&world, "gateway_fees").await), (59_000, 1_000));

    // Staff say that the short one is all there is: the rest is what the gateway kept.
    let ana = world.staff("ana");
    let line = &lines(&world, SettlementLineStatus::Waiting).await[0].id;
    for _ in 0..2 {
        let done = settlement::match_line(&ana, line, &short.reference, "Potongan promo").await.unwrap();
        assert_eq!((done.status, done.clearing_minor), (SettlementLineStatus::Booked, 100_000));
    }
    assert_eq!((balance(&world, "bank").await, balance(&world, "gateway_fees").await), (149_000, 11_000));
    assert_eq!(balance(&world, "gateway_clearing").await, 0);
    let odd = &lines(&world, SettlementLineStatus::Waiting).await[0].id;
    let again = settlement::match_line(&ana, odd, &short.reference, "x").await;
    assert!(matches!(again, Err(PaymentError::LineDoesNotFit)), "{again:?}");
    settlement::dismiss(&ana, odd, "Baris rusak").await.unwrap();
    assert!(matches!(settlement::to_unallocated(&ana, line, "x").await, Err(PaymentError::AlreadyDealtWith)));
    world.books_are_right().await;
}

#[tokio::test]
async fn a_line_that_fits_nothing_becomes_unallocated_money_and_such_money_is_paid_out_too() {
    let (world, gateway) = with_gateway().await;
    let (ctx, ana) = (world.system(), world.staff("ana"));
    gateway.pay("KNOWN-STRANGER", 75_000);
    let received = receive(&ctx, CODE, None, &genuine(), &gateway.notification("KNOWN-STRANGER")).await.unwrap();
    process(&ctx, &received.event_id).await.unwrap();

    let text = "Order ID,Amount,Fee\nKNOWN-STRANGER,75000,500\nNOBODY,20000,1000\nNOBODY,20000,1000\n";
    let id = send_in(&world, text).await;
    assert_eq!(verdicts(&world, &id).await, [Verdict::Unallocated, Verdict::Unknown, Verdict::Already]);
    settlement::book(&ana, &id).await.unwrap();
    assert_eq!((balance(&world, "bank").await, balance(&world, "gateway_clearing").await), (74_500, 0));

    let line = &lines(&world, SettlementLineStatus::Waiting).await[0].id;
    for _ in 0..2 {
        settlement::to_unallocated(&ana, line, "Tidak ada tagihannya").await.unwrap();
    }
    assert_eq!((balance(&world, "bank").await, balance(&world, "unallocated").await), (93_500, -95_000));
    assert_eq!(balance(&world, "gateway_fees").await, 1_500);
    let open = unallocated_money::Entity::find().filter(unallocated_money::Column::Status.eq(UnallocatedStatus::Open));
    assert_eq!(open.count(&ctx.db).await.unwrap(), 2);
    world.books_are_right().await;
}

#[tokio::test]
async fn refunds_and_chargebacks_are_deducted_once() {
    let (world, gateway) = with_gateway().await;
    let (budi, ctx) = (world.customer().await, world.system());
    let back = paid(&world, &gateway, &budi, 100_000).await;
    let gone = paid(&world, &gateway, &budi, 40_000).await;
    let new = NewRefund {
        payment_id: &back.id,
        amount_minor: 30_000,
        destination: Destination::Gateway,
        reason: "Sebagian",
        key: "k1",
    };
    refund(&ctx, new).await.unwrap();
    gateway.set(&gone.reference, |report| report.status = PaymentStatus::Chargeback);
    attempt::ask_now(&ctx, &gone.id).await.unwrap();
    assert_eq!(balance(&world, "gateway_clearing").await, 70_000);

    let text = format!(
        "Order ID,Type,Amount,Fee\n{0},Payment,100000,1000\n{0},Refund,30000,0\n{1},Payment,40000,400\n\
         {1},Chargeback,40000,0\n{0},Refund,30000,0\n,Admin fee,2500,\n",
        back.reference, gone.reference
    );
    let id = send_in(&world, &text).await;
    use Verdict::{Chargeback, Fee, Matched, Refund, RefundUnknown};
    assert_eq!(verdicts(&world, &id).await, [Matched, Refund, Matched, Chargeback, RefundUnknown, Fee]);
    settlement::book(&ctx, &id).await.unwrap();
    assert_eq!((balance(&world, "gateway_clearing").await, balance(&world, "bank").await), (0, 66_100));
    assert_eq!(balance(&world, "gateway_fees").await, 3_900);
    world.books_are_right().await;
}

#[tokio::test]
async fn a_line_is_passed_over_only_where_it_is_the_same_line() {
    let (world, gateway) = with_gateway().await;
    let (budi, ana) = (world.customer().await, world.staff("ana"));
    let pay = paid(&world, &gateway, &budi, 100_000).await;
    let text =
        format!("Order ID;Type;Amount\n{0};Payment;100.000\n{0};Payment;20.000\n;Admin fee;2.500\n", pay.reference);
    let first = send_in(&world, &text).await;
    assert_eq!(verdicts(&world, &first).await, [Verdict::Matched, Verdict::AmountDiffers, Verdict::Fee]);
    settlement::book(&ana, &first).await.unwrap();
    assert_eq!(lines(&world, SettlementLineStatus::Waiting).await.len(), 1, "another sum waits for a person");

    // The same report once more, exported anew.
    let second = send_in(&world, &format!("{text}\n")).await;
    assert_eq!(verdicts(&world, &second).await, [Verdict::Already, Verdict::Already, Verdict::Already]);
    settlement::book(&ana, &second).await.unwrap();

    assert_eq!((balance(&world, "gateway_fees").await, balance(&world, "bank").await), (2_500, 97_500));
    world.books_are_right().await;
}

#[tokio::test]
async fn fees_without_a_name_count_as_often_as_they_stand_in_a_payout_however_often_that_is_sent_in() {
    let (world, gateway) = with_gateway().await;
    let (budi, ana) = (world.customer().await, world.staff("ana"));
    let pay = paid(&world, &gateway, &budi, 100_000).await;
    let fees = ";Admin fee;2.500\n;Admin fee;2.500\n";
    let text = format!("Order ID;Type;Amount\n{};Payment;100.000\n{fees}", pay.reference);

    let first = send_in(&world, &text).await;
    assert_eq!(verdicts(&world, &first).await, [Verdict::Matched, Verdict::Fee, Verdict::Fee]);
    settlement::book(&ana, &first).await.unwrap();
    assert_eq!((balance(&world, "gateway_fees").await, balance(&world, "bank").await), (5_000, 95_000));

    // The very file, and the same payout with its lines in another order.
    let turned = format!("Order ID;Type;Amount\n{fees}{};Payment;100.000\n", pay.reference);
    for again in [text.clone(), turned] {
        let id = send_in(&world, &again).await;
        settlement::book(&ana, &id).await.unwrap();
        assert_eq!((balance(&world, "gateway_fees").await, balance(&world, "bank").await), (5_000, 95_000));
    }

    // The next payout has fees of its own, also where it tells of the one before.
    let next = paid(&world, &gateway, &budi, 50_000).await;
    let later = send_in(&world, &format!("{text}{};Payment;50.000\n", next.reference)).await;
    let found = [Verdict::Already, Verdict::Fee, Verdict::Fee, Verdict::Matched];
    assert_eq!(verdicts(&world, &later).await, found);
    settlement::book(&ana, &later).await.unwrap();
    assert_eq!((balance(&world, "gateway_fees").await, balance(&world, "bank").await), (10_000, 140_000));
    world.books_are_right().await;
}

#[tokio::test]
async fn money_of_a_payment_that_was_taken_back_before_it_came_is_nobodys_until_it_goes_back() {
    let (world, gateway) = with_gateway().await;
    let (budi, ana) = (world.customer().await, world.staff("ana"));
    let begins = async |minor| {
        let bill = world.invoice(&budi, &[minor]).await;
        attempt::start(&ana, &budi.id, &bill.id, &by("qris", None)).await.unwrap()
    };
    let (silent, gone) = (begins(40_000).await, begins(60_000).await);
    gateway.set(&gone.reference, |report| report.status = PaymentStatus::Chargeback);
    assert_eq!(attempt::ask_now(&ana, &gone.id).await.unwrap().status, PaymentStatus::Chargeback);

    let text = format!("Order ID;Amount\n{};40.000\n{};60.000\n", silent.reference, gone.reference);
    let id = send_in(&world, &text).await;
    assert_eq!(verdicts(&world, &id).await, [Verdict::NotSettled, Verdict::TakenBack]);
    settlement::book(&ana, &id).await.unwrap();
    let waiting = lines(&world, SettlementLineStatus::Waiting).await;
    let refused = settlement::to_unallocated(&ana, &waiting[0].id, "siapa?").await;
    assert!(matches!(refused, Err(PaymentError::LineDoesNotFit)), "a payment of ours is asked about, not claimed");
    for _ in 0..2 {
        settlement::to_unallocated(&ana, &waiting[1].id, "Uangnya tetap masuk").await.unwrap();
    }
    assert_eq!((balance(&world, "bank").await, balance(&world, "unallocated").await), (60_000, -60_000));
    world.books_are_right().await;

    // The next report takes it away: the money that was nobody's went back.
    let next = send_in(&world, &format!("Order ID;Type;Amount\n{};Chargeback;60.000\n", gone.reference)).await;
    assert_eq!(verdicts(&world, &next).await, [Verdict::ChargebackUnknown]);
    settlement::book(&ana, &next).await.unwrap();
    let money = unallocated_money::Entity::find().one(&ana.db).await.unwrap().unwrap();
    assert_eq!(money.why, "taken_back");
    let returned = Returned { bank_reference: "Laporan 28 November", reason: "Ditarik gateway" };
    unallocated::give_back(&ana, &money.id, &returned).await.unwrap();
    let line = lines(&world, SettlementLineStatus::Waiting).await.remove(1);
    settlement::dismiss(&ana, &line.id, "Dicatat di Uang tidak dikenal").await.unwrap();
    assert_eq!((balance(&world, "bank").await, balance(&world, "unallocated").await), (0, 0));
    world.books_are_right().await;
}

#[tokio::test]
async fn what_a_won_dispute_brings_back_is_paid_out_in_full_however_much_of_it_had_been_spent() {
    for spent in [0, 45_000, 60_000] {
        let (world, gateway) = with_gateway().await;
        let (budi, ana) = (world.customer().await, world.staff("ana"));
        let pay = attempt::start_top_up(&ana, &budi.id, 60_000, &by("qris", None)).await.unwrap();
        gateway.pay(&pay.reference, 60_000);
        attempt::ask_now(&ana, &pay.id).await.unwrap();
        if spent > 0 {
            let bill = world.invoice(&budi, &[spent]).await;
            attempt::start(&ana, &budi.id, &bill.id, &by_wallet()).await.unwrap();
        }
        gateway.set(&pay.reference, |report| report.status = PaymentStatus::Chargeback);
        attempt::ask_now(&ana, &pay.id).await.unwrap();

        let text = format!(
            "Order ID,Type,Amount\n{0},Payment,60000\n{0},Chargeback,60000\n{0},Dispute won,60000\n",
            pay.reference
        );
        let id = send_in(&world, &text).await;
        let found = [Verdict::Matched, Verdict::Chargeback, Verdict::NotSettled];
        assert_eq!(verdicts(&world, &id).await, found, "{spent}: nobody has said how it ended");
        settlement::book(&ana, &id).await.unwrap();
        let line = lines(&world, SettlementLineStatus::Waiting).await.remove(0);
        let early = settlement::to_unallocated(&ana, &line.id, "Menang").await;
        assert!(matches!(early, Err(PaymentError::LineDoesNotFit)), "{spent}: {early:?}");
        assert_eq!((balance(&world, "bank").await, balance(&world, "gateway_clearing").await), (0, 0), "{spent}");

        let open = disputes::Entity::find().one(&ana.db).await.unwrap().unwrap();
        dispute::decide(&ana, &open.id, Outcome::Won, "Bank menerima bukti").await.unwrap();
        assert_eq!(balance(&world, "gateway_clearing").await, 60_000, "{spent}");
        if spent == 45_000 {
            // By hand it is the same, under the name the report has for it.
            for _ in 0..2 {
                settlement::match_line(&ana, &line.id, &pay.reference, "Menang").await.unwrap();
            }
        } else {
            assert_eq!(settlement::again(&ana, &id).await.unwrap(), 1, "{spent}");
        }

        assert_eq!((balance(&world, "bank").await, balance(&world, "gateway_clearing").await), (60_000, 0), "{spent}");
        assert!(settlement::unpaid(&ana, 0, &PageRequest::default()).await.unwrap().rows.is_empty(), "{spent}");
        assert_eq!(settlement::again(&ana, &id).await.unwrap(), 0, "{spent}");
        world.books_are_right().await;
    }
}

#[test]
fn every_finding_has_words_in_both_languages() {
    for lang in Lang::ALL {
        for verdict in Verdict::ALL {
            let key = format!("settlement-verdict-{}", verdict.as_str().replace('_', "-"));
            assert!(locale::exists(*lang, &key), "{lang:?}: {key}");
            assert_eq!(Verdict::parse(verdict.as_str()), Some(verdict));
        }
    }
}

#[tokio::test]
async fn columns_are_chosen_by_staff_and_remembered_for_the_next_report() {
    let (world, gateway) = with_gateway().await;
    let (budi, ana) = (world.customer().await, world.staff("ana"));
    let first = paid(&world, &gateway, &budi, 10_000).await;
    let id = send_in(&world, &format!("A,B,C\n{},10.000,100\n", first.reference)).await;
    assert!(settlement::preview(&ana, &id).await.unwrap().columns.missing().is_some());
    assert!(matches!(settlement::book(&ana, &id).await, Err(PaymentError::SettlementUnreadable)));

    let chosen = |reference: &str| {
        let columns = [(Role::Reference, reference), (Role::Amount, "B"), (Role::Fee, "C")];
        Columns(columns.map(|(role, heading)| (role, heading.to_owned())).into())
    };
    assert!(matches!(settlement::remap(&ana, &id, chosen("Z")).await, Err(PaymentError::Invalid(_))));
    assert!(matches!(settlement::remap(&ana, &id, Columns::default()).await, Err(PaymentError::Invalid(_))));
    settlement::remap(&ana, &id, chosen("A")).await.unwrap();
    assert_eq!(verdicts(&world, &id).await, [Verdict::Matched]);
    settlement::book(&ana, &id).await.unwrap();
    assert!(matches!(settlement::remap(&ana, &id, chosen("A")).await, Err(PaymentError::SettlementOver)));
    assert!(matches!(settlement::discard(&ana, &id).await, Err(PaymentError::SettlementOver)));

    let second = paid(&world, &gateway, &budi, 20_000).await;
    let next = send_in(&world, &format!("A,B,C\n{},20.000,100\n", second.reference)).await;
    assert_eq!(verdicts(&world, &next).await, [Verdict::Matched], "read as the one before");
    settlement::discard(&ana, &next).await.unwrap();
    settlement::discard(&ana, &next).await.unwrap();
    assert!(matches!(settlement::book(&ana, &next).await, Err(PaymentError::SettlementOver)));
    let anew = send_in(&world, &format!("A,B,C\n{},20.000,100\n", second.reference)).await;
    assert_ne!(anew, next, "what was put away may be sent in again");
    world.books_are_right().await;
}

#[tokio::test]
async fn what_is_no_report_is_refused() {
    let (world, _) = with_gateway().await;
    let (ctx, id) = (world.system(), account(&world).await);
    for (body, is_large) in [(b"".to_vec(), false), (vec![0xff; 10], false), (vec![b'a'; 3 << 20], true)] {
        let refused = settlement::send_in(&ctx, &id, body).await;
        let fits = match refused {
            Err(PaymentError::SettlementTooLarge) => is_large,
            Err(PaymentError::SettlementUnreadable) => !is_large,
            _ => false,
        };
        assert!(fits, "{refused:?}");
    }
    let nobody = settlement::send_in(&ctx, &"pac_nobody".into(), b"a,b\n1,2".to_vec()).await;
    assert!(matches!(nobody, Err(PaymentError::Invalid(_))));
    assert!(matches!(settlement::preview(&ctx, &"stl_nobody".into()).await, Err(PaymentError::NotFound)));
}

#[tokio::test]
async fn payments_no_report_tells_of_are_listed_and_the_books_agree() {
    let (world, gateway) = with_gateway().await;
    let (budi, ctx) = (world.customer().await, world.system());
    let old = paid(&world, &gateway, &budi, 100_000).await;
    world.advance(chrono::Duration::days(5));
    let new = paid(&world, &gateway, &budi, 50_000).await;
    let listed = async |days| {
        let page = settlement::unpaid(&ctx, days, &PageRequest::default()).await.unwrap();
        page.rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!((listed(3).await, listed(0).await), (vec![old.id.clone()], vec![new.id.clone(), old.id.clone()]));
    let sums = settlement::outstanding(&ctx).await.unwrap();
    assert_eq!((sums.len(), sums[0].payments), (1, 2));
    assert_eq!((sums[0].clearing_minor, sums[0].open_minor), (150_000, 150_000));
    let id = send_in(&world, &format!("Order ID,Amount\n{},100000\n", old.reference)).await;
    settlement::book(&ctx, &id).await.unwrap();
    assert_eq!(listed(0).await, [new.id]);
    assert_eq!(settlement::outstanding(&ctx).await.unwrap()[0].clearing_minor, 50_000);
    let waiting = LineFilter { settlement_id: Some(id), status: Some(SettlementLineStatus::Booked) };
    assert_eq!(settlement::line_list(&ctx, &waiting, &PageRequest::default()).await.unwrap().rows.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twins_book_a_report_once_and_two_files_with_the_same_line_pay_out_once() {
    let (world, gateway) = with_gateway().await;
    let budi = world.customer().await;
    let pay = paid(&world, &gateway, &budi, 100_000).await;
    let first = send_in(&world, &format!("Order ID,Amount\n{},100000\n", pay.reference)).await;
    let second =
        send_in(&world, &format!("Transaction ID,Nominal\n{},100000\n", pay.external_id.clone().unwrap())).await;
    let acts = (0..8).map(|n| {
        let (ctx, id) = (world.staff("ana"), if n % 2 == 0 { first.clone() } else { second.clone() });
        tokio::spawn(async move { settlement::book(&ctx, &id).await })
    });
    for outcome in join_all(acts).await {
        let outcome = outcome.unwrap();
        let is_fine =
            outcome.is_ok() || matches!(outcome, Err(PaymentError::SettlementOver | PaymentError::SettlementChanged));
        assert!(is_fine, "{outcome:?}");
    }
    assert_eq!((balance(&world, "bank").await, balance(&world, "gateway_clearing").await), (100_000, 0));
    world.books_are_right().await;
}
