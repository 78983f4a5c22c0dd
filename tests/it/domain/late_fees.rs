//! Fees for what is paid late: an invoice of their own, once per period, and for nobody who is let off.
use super::renewals::{Story, wib};
use crate::support::money::by_wallet;
use chrono::Duration;
use entity::{
    billing::{invoice, late_fee},
    ledger::account,
    value::{InvoiceKind, InvoiceStatus, LedgerAccountKind, PauseHolds, PauseScope},
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use std::sync::Arc;
use yumna::domain::{
    billing,
    payments::attempt,
    settings::{self, LateFeeKind, LateFees},
    subscriptions::{
        automation::{self, NewPause},
        forecast, late_fee as fees,
    },
};

/// Rp 10.000 three days after the due date, and every week again.
fn weekly() -> LateFees {
    LateFees { is_on: true, issued_since: "2026-12-01".parse().ok(), every_days: 7, ..LateFees::default() }
}

/// A renewal that fell due on the 21st of December and is not paid.
async fn late(rules: LateFees) -> (Story, invoice::Model) {
    let story = Story::begin().await;
    settings::save_section(&story.world.system(), rules).await.unwrap();
    story.until(wib("2026-12-21T12:00:00")).await;
    let bill = story.renewals().await.pop().unwrap();
    (story, bill)
}

impl Story {
    async fn charges(&self) -> u64 {
        fees::charge_due(&self.world.system()).await.unwrap().fees
    }

    async fn fee_invoices(&self) -> Vec<invoice::Model> {
        invoice::Entity::find()
            .filter(invoice::Column::Kind.eq(InvoiceKind::LateFee))
            .order_by_asc(invoice::Column::Id)
            .all(&self.world.services.db)
            .await
            .unwrap()
    }

    async fn earned(&self) -> i64 {
        let row = account::Entity::find().filter(account::Column::Kind.eq(LedgerAccountKind::LateFees));
        -row.one(&self.world.services.db).await.unwrap().map_or(0, |row| row.balance_minor)
    }
}

#[tokio::test]
async fn a_fee_is_an_invoice_of_its_own_untaxed_and_earned_apart_from_services() {
    let (story, bill) = late(weekly()).await;
    story.world.charges_ppn().await;
    assert_eq!(story.charges().await, 0, "three days are not over");
    let ctx = story.world.system();
    let coming = fees::coming(&ctx, &bill).await.unwrap().unwrap();
    assert_eq!((coming.at, coming.amount_minor), (wib("2026-12-24T00:00:00"), 10_000));
    let expected = forecast(&ctx, wib("2026-12-24T23:59:59")).await.unwrap();
    assert_eq!((expected.steps.get("late_fee"), expected.late_fees.get("IDR")), (Some(&1), Some(&10_000)));

    // The clock's own work would charge it within the hour; here it is watched.
    story.world.advance(Duration::days(3));
    assert_eq!((story.charges().await, story.charges().await), (1, 0), "once");

    let asked = story.fee_invoices().await;
    let fee = &asked[0];
    assert_eq!((fee.total_minor, fee.tax_minor, fee.status), (10_000, 0, InvoiceStatus::Issued));
    assert_eq!(fee.due_at, Some(wib("2026-12-24T12:00:00") + Duration::days(7)));
    let lines = billing::invoice::items_of(&ctx.db, &fee.id).await.unwrap();
    assert!(lines[0].description.contains(bill.number.as_deref().unwrap()), "{}", lines[0].description);
    assert_eq!(story.world.reload(&bill).await.total_minor, bill.total_minor, "issued invoices do not change");
    assert_eq!(story.earned().await, 10_000);
    assert_eq!(fees::late_of(&ctx.db, &fee.id).await.unwrap().unwrap().invoice_id, bill.id);
    let day = automation::done_between(&ctx.db, wib("2026-12-24T00:00:00"), wib("2026-12-25T00:00:00")).await.unwrap();
    assert_eq!(day.steps["late_fee"], 1);
    story.world.books_are_right().await;

    // The fee is not taken by itself, is no reason to suspend, and meets no fee.
    story.world.gives(&story.budi, 65_500).await;
    story.pays_renewal().await;
    story.until(wib("2027-01-20T12:00:00")).await;
    assert_eq!(story.charges().await, 0);
    attempt::start(&ctx, &story.budi.customer_id, &fee.id, &by_wallet()).await.unwrap();
    story.world.books_are_right().await;
}

#[tokio::test]
async fn fees_come_by_the_week_of_what_is_open_until_the_cap() {
    let (story, _) = late(LateFees {
        kind: LateFeeKind::Percent,
        percent_bp: 1_000,
        cap_minor: 12_000,
        days_after: 1,
        every_days: 3,
        ..weekly()
    })
    .await;
    for day in ["2026-12-22", "2026-12-25", "2026-12-27"] {
        story.until(wib(&format!("{day}T12:00:00"))).await;
        story.charges().await;
    }
    let net: Vec<i64> = story.fee_invoices().await.iter().map(|fee| fee.total_minor).collect();
    let open = story.renewals().await[0].total_minor;
    assert_eq!(net, [open / 10, open / 10], "10 % each, and none between the periods");
    story.until(wib("2026-12-28T12:00:00")).await;
    story.charges().await;
    story.until(wib("2027-01-05T12:00:00")).await;
    assert_eq!(story.charges().await, 0, "the cap is reached");
    assert_eq!(story.earned().await, 12_000);
    story.world.books_are_right().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_runs_at_once_charge_one_fee() {
    let (story, _) = late(weekly()).await;
    story.world.advance(Duration::days(3));
    let story = Arc::new(story);
    let mut runs = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let story = story.clone();
        runs.spawn(async move { story.charges().await });
    }
    assert_eq!(runs.join_all().await.into_iter().sum::<u64>(), 1);
    assert_eq!((story.fee_invoices().await.len(), story.earned().await), (1, 10_000));
    story.world.books_are_right().await;
}

#[tokio::test]
async fn who_is_let_off_or_paused_meets_no_fee_and_none_is_told() {
    let (story, bill) = late(weekly()).await;
    let (staff, ctx) = (story.world.staff("ana"), story.world.system());
    let customer = story.budi.customer_id.clone();
    story.world.advance(Duration::days(3));
    let pause = |scope, target_id| NewPause {
        scope,
        holds: PauseHolds::Everything,
        target_id,
        ends_at: wib("2026-12-30T00:00:00"),
        reason: "Banjir",
    };
    let contract = story.contract.id.to_string();
    for (scope, target) in [
        (PauseScope::Everything, ""),
        (PauseScope::Customer, customer.as_str()),
        (PauseScope::Product, story.contract.product_id.as_str()),
        (PauseScope::Subscription, contract.as_str()),
    ] {
        let placed = automation::pause(&staff, pause(scope, target)).await.unwrap();
        assert_eq!(story.charges().await, 0, "{scope}");
        assert_eq!(fees::coming(&ctx, &bill).await.unwrap(), None, "{scope}");
        automation::lift(&staff, &placed.id).await.unwrap();
    }
    assert!(fees::place_exemption(&staff, &customer, " ").await.is_err(), "a reason is asked for");
    fees::place_exemption(&staff, &customer, "Pelanggan lama").await.unwrap();
    fees::place_exemption(&staff, &customer, "Sekali lagi").await.unwrap();
    assert_eq!((story.charges().await, fees::coming(&ctx, &bill).await.unwrap()), (0, None));
    assert_eq!(fees::exemption(&ctx.db, &customer).await.unwrap().unwrap().reason, "Pelanggan lama");

    fees::lift_exemption(&staff, &customer).await.unwrap();
    assert_eq!(story.charges().await, 1);
}

#[tokio::test]
async fn void_paid_older_and_unpaid_orders_meet_no_fee_and_off_means_off() {
    let (story, bill) = late(LateFees { is_on: false, ..weekly() }).await;
    let ctx = story.world.system();
    story.world.orders(&story.budi, "ghost-basic").await.unwrap();
    story.until(wib("2026-12-26T12:00:00")).await;
    assert_eq!(story.charges().await, 0, "off");
    settings::save_section(&ctx, LateFees { issued_since: "2026-12-15".parse().ok(), ..weekly() }).await.unwrap();
    assert_eq!(story.charges().await, 0, "issued before the rule");
    settings::save_section(&ctx, weekly()).await.unwrap();
    billing::invoice::void_now(&story.world.staff("ana"), &bill.id, "mistake").await.unwrap();
    story.world.advance(Duration::days(30));
    assert_eq!(story.charges().await, 0, "void; and nobody has to pay for an order");
    assert_eq!(late_fee::Entity::find().count(&ctx.db).await.unwrap(), 0);
}

#[tokio::test]
async fn a_fee_that_is_waived_does_not_come_back_and_the_reminder_names_the_next_one() {
    let (story, _) = late(weekly()).await;
    story.until(wib("2026-12-24T12:00:00")).await;
    story.charges().await;
    let fee = story.fee_invoices().await.remove(0);
    billing::invoice::void_now(&story.world.staff("ana"), &fee.id, "goodwill").await.unwrap();
    assert_eq!((story.charges().await, story.earned().await), (0, 0), "waived is waived");

    story.until(wib("2026-12-27T12:00:00")).await;
    let mails = story.world.mails_to(&story.budi.email).await;
    let reminder = mails.iter().find(|mail| mail.template == "renewal_overdue_fee").expect("the fee is said before");
    assert!(reminder.text.contains("31 Des 2026"), "{}", reminder.text);
    story.world.books_are_right().await;
}

#[tokio::test]
async fn rules_that_cannot_be_are_refused_by_field() {
    let story = Story::begin().await;
    let wrong = async |rules: LateFees| {
        use yumna::kernel::fault::Fault;
        let fault = settings::save_section(&story.world.system(), rules).await.unwrap_err();
        fault.fields().iter().map(|field| field.field.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(wrong(LateFees { issued_since: None, ..weekly() }).await, ["issued_since"]);
    assert_eq!(wrong(LateFees { amount_minor: 0, ..weekly() }).await, ["amount_minor"]);
    let percent = LateFees { kind: LateFeeKind::Percent, percent_bp: 10_001, ..weekly() };
    assert_eq!(wrong(percent).await, ["percent_bp"]);
    assert_eq!(wrong(LateFees { days_after: 0, every_days: 366, ..weekly() }).await, ["days_after", "every_days"]);
}
