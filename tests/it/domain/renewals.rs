//! The life of a contract after its first payment: renewed, reminded, past due, suspended, back, removed.
pub(super) use crate::support::days::wib;
use crate::support::{World, driver::Scripted, money::by_wallet, shop, world::beginning};
use chrono::{DateTime, Duration, Utc};
use entity::{
    billing::invoice,
    platform::audit_log,
    provisioning::instance,
    subscriptions::{cycle, subscription},
    value::{InvoiceKind, InvoiceStatus, PurchasePolicy, SubscriptionCycleStatus, SubscriptionStatus as Status},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr};
use yumna::{
    domain::{
        billing::write_off,
        customers::{self, RenewingChange},
        ledger::{self, Decision, Limited},
        ordering,
        payments::attempt,
        provisioning::follow,
        settings,
        subscriptions::{
            self, advance,
            cancel::{self, When},
            renew,
        },
    },
    kernel::fault::Fault,
};

pub(super) struct Story {
    pub world: World,
    pub budi: shop::Buyer,
    pub contract: subscription::Model,
}

impl Story {
    /// Budi has an active contract since the 21st of November, and an empty wallet.
    pub async fn begin() -> Self {
        Self::begin_at(beginning(), "monthly").await
    }

    /// Budi has an active contract of this cycle since this instant, and an empty wallet.
    pub async fn begin_at(at: DateTime<Utc>, cycle: &str) -> Self {
        let world = World::with(|services| services.drivers = vec![std::sync::Arc::new(Scripted::default())]).await;
        let world = world.tells_of_money();
        world.advance(at - world.services.clock.now());
        world.open_shop().await;
        world.cluster("Jakarta 1", 640_000).await;
        let ghost = world.service(shop::GHOST, PurchasePolicy::Multiple).await;
        world.plan(&ghost, "ghost-basic", 1, 5).await;
        let budi = world.buyer("budi").await;
        world.gives(&budi, if cycle == "annually" { 555_000 } else { 55_500 }).await;
        let mut checkout = world.checkout(&budi, &["ghost-basic"]);
        checkout.items[0].cycle = cycle.to_owned();
        let placed = ordering::place(&world.system(), checkout).await.unwrap();
        world.pays(&placed).await;
        world.settle_down().await;
        let contract = world.contract(&placed).await;
        Self { world, budi, contract }
    }

    pub async fn now(&self) -> subscription::Model {
        subscriptions::find::get(&self.world.services.db, &self.contract.id).await.unwrap()
    }

    /// What the timetable does at this moment; every mail reaches its reader.
    pub async fn tick(&self) {
        self.world.tick().await;
    }

    /// Time passes, looked at twice a day.
    pub async fn until(&self, end: DateTime<Utc>) {
        self.world.until(end).await;
    }

    pub async fn renewals(&self) -> Vec<invoice::Model> {
        invoice::Entity::find()
            .filter(invoice::Column::Kind.eq(InvoiceKind::Renewal))
            .order_by_asc(invoice::Column::Id)
            .all(&self.world.services.db)
            .await
            .unwrap()
    }

    /// The newest renewal is paid from the wallet.
    pub async fn pays_renewal(&self) {
        let bill = self.renewals().await.pop().unwrap();
        let ctx = self.world.system();
        attempt::start(&ctx, &self.budi.customer_id, &bill.id, &by_wallet()).await.unwrap();
        self.world.settle_down().await;
    }

    /// Templates of the mails he got, in order.
    pub async fn mails(&self) -> Vec<String> {
        let mails = self.world.mails_to(&self.budi.email).await;
        mails.into_iter().rev().map(|mail| mail.template).collect()
    }

    pub async fn count(&self, template: &str) -> usize {
        self.mails().await.iter().filter(|found| *found == template).count()
    }

    async fn instance(&self) -> instance::Model {
        follow::instance_of(&self.world.system(), &self.contract.id).await.unwrap().unwrap()
    }

    pub async fn cycles(&self) -> Vec<cycle::Model> {
        subscriptions::find::cycles(&self.world.services.db, &self.contract.id).await.unwrap()
    }
}

#[tokio::test]
async fn a_renewal_is_asked_for_a_week_before_and_taken_from_the_wallet_on_its_day() {
    let story = Story::begin().await;
    story.until(wib("2026-12-13T23:00:00")).await;
    assert!(story.renewals().await.is_empty(), "a monthly contract is invoiced seven days before");

    story.until(wib("2026-12-14T01:00:00")).await;
    let bills = story.renewals().await;
    assert_eq!(bills.len(), 1);
    assert_eq!((bills[0].subtotal_minor, bills[0].total_minor), (50_000, 55_500));
    assert_eq!(bills[0].due_at, Some(wib("2026-12-21T00:00:00")));
    assert_eq!(bills[0].status, InvoiceStatus::Issued);

    story.world.gives(&story.budi, 60_000).await;
    story.until(wib("2026-12-22T12:00:00")).await;
    let (bills, contract) = (story.renewals().await, story.now().await);
    assert_eq!((bills.len(), bills[0].status), (1, InvoiceStatus::Paid));
    assert_eq!(contract.status, Status::Active);
    assert_eq!(contract.period_start, "2026-12-21".parse().ok());
    assert_eq!(contract.period_end, "2027-01-21".parse().ok());
    assert_eq!(story.count("renewal_overdue").await, 0);
    assert_eq!(story.world.balance_of(&story.budi).await, 4_500);
    story.world.books_are_right().await;
}

#[tokio::test]
async fn who_does_not_pay_is_reminded_suspended_and_comes_back_with_the_money() {
    let story = Story::begin().await;
    story.until(wib("2026-12-21T12:00:00")).await;
    assert_eq!(story.now().await.status, Status::PastDue);
    assert_eq!(story.instance().await.status.as_str(), "running", "grace");
    story.until(wib("2026-12-27T12:00:00")).await;
    assert_eq!((story.count("renewal_due").await, story.count("renewal_overdue").await), (3, 3));

    story.until(wib("2026-12-28T12:00:00")).await;
    assert_eq!(story.now().await.status, Status::Suspended);
    assert_eq!(story.instance().await.status.as_str(), "suspended");
    assert_eq!(story.count("service_suspended").await, 1);

    story.world.gives(&story.budi, 55_500).await;
    let bill = &story.renewals().await[0];
    attempt::start(&story.world.system(), &story.budi.customer_id, &bill.id, &by_wallet()).await.unwrap();
    story.world.settle_down().await;
    story.tick().await;
    let contract = story.now().await;
    assert_eq!((contract.status, contract.suspended_at), (Status::Active, None));
    assert_eq!(story.instance().await.status.as_str(), "running");
    assert_eq!(contract.period_end, "2027-01-21".parse().ok(), "paying late keeps the anchor");
    assert_eq!(story.count("service_resumed").await, 1);
    story.world.books_are_right().await;
}

#[tokio::test]
async fn money_that_comes_in_grace_is_taken_on_the_day_it_is_there() {
    let story = Story::begin().await;
    story.until(wib("2026-12-23T12:00:00")).await;
    assert_eq!(story.now().await.status, Status::PastDue);
    story.world.gives(&story.budi, 55_500).await;
    story.until(wib("2026-12-24T01:00:00")).await;
    assert_eq!(story.now().await.status, Status::Active);
    assert_eq!(story.renewals().await[0].status, InvoiceStatus::Paid);
    story.world.books_are_right().await;
}

#[tokio::test]
async fn who_never_pays_is_warned_and_removed_and_the_open_invoice_is_credited() {
    let story = Story::begin().await;
    story.until(wib("2027-01-26T23:00:00")).await;
    assert_eq!(story.now().await.status, Status::Suspended);
    assert_eq!(story.count("removal_near").await, 4);
    story.until(wib("2027-01-27T12:00:00")).await;
    let contract = story.now().await;
    assert_eq!(contract.status, Status::Terminated);
    assert_eq!(contract.end_reason.as_deref(), Some("non_payment"));
    assert_eq!(story.instance().await.status.as_str(), "terminated");
    assert_eq!(story.count("service_removed").await, 1);
    let bills = story.renewals().await;
    assert_eq!(bills.len(), 1, "nobody is invoiced who is suspended");
    assert_eq!(bills[0].credited_minor, bills[0].total_minor, "it was not delivered");
    story.world.books_are_right().await;
}

#[tokio::test]
async fn every_run_may_come_twice() {
    let story = Story::begin().await;
    story.until(wib("2026-12-20T12:00:00")).await;
    story.world.gives(&story.budi, 200_000).await;
    story.world.advance(wib("2026-12-21T00:01:00") - story.world.services.clock.now());
    let ctx = story.world.system();
    for _ in 0..3 {
        renew::issue_due(&ctx).await.unwrap();
        for _ in 0..2 {
            advance::queue_due(&ctx).await.unwrap();
            while let advance::Outcome::Taken(_) | advance::Outcome::Debit { .. } = step(&story).await {}
        }
        story.tick().await;
    }
    assert_eq!(story.renewals().await.len(), 1);
    assert_eq!(story.world.balance_of(&story.budi).await, 200_000 - 55_500);
    let numbers: Vec<i32> = story.cycles().await.iter().map(|cycle| cycle.number).collect();
    assert_eq!(numbers.len(), 2);
    story.world.books_are_right().await;
}

async fn step(story: &Story) -> advance::Outcome {
    let ctx = story.world.system();
    let came = advance::advance(&ctx, &story.contract.id).await.unwrap();
    if let advance::Outcome::Debit { customer_id, cycle_number, step } = &came {
        attempt::debit_renewals(&ctx, customer_id).await.unwrap();
        advance::note_debit(&ctx, &story.contract.id, *cycle_number, *step).await.unwrap();
    }
    came
}

#[tokio::test]
async fn a_month_of_downtime_costs_one_reminder_and_leaves_a_week_to_pay() {
    let story = Story::begin().await;
    story.world.advance(wib("2027-01-20T10:30:00") - story.world.services.clock.now());
    story.tick().await;
    let bills = story.renewals().await;
    assert_eq!(bills.len(), 1);
    assert_eq!(bills[0].due_at, Some(wib("2027-01-20T10:30:00")), "due now, not a month ago");
    assert_eq!(story.now().await.status, Status::PastDue);
    story.until(wib("2027-01-26T12:00:00")).await;
    assert_eq!(story.now().await.status, Status::PastDue, "never within seven days of the issue");
    story.until(wib("2027-01-27T12:00:00")).await;
    assert_eq!(story.now().await.status, Status::Suspended);
    assert_eq!(story.count("renewal_due").await, 0);
}

#[tokio::test]
async fn a_notice_takes_the_renewal_back_and_taking_it_back_asks_again() {
    let story = Story::begin().await;
    let (ctx, id, customer) = (story.world.system(), &story.contract.id, &story.budi.customer_id);
    story.until(wib("2026-12-15T12:00:00")).await;
    cancel::cancel(&ctx, customer, id, When::PeriodEnd, "Pindah").await.unwrap();
    let bills = story.renewals().await;
    assert_eq!(bills[0].credited_minor, bills[0].total_minor);
    story.until(wib("2026-12-16T12:00:00")).await;
    assert_eq!(story.renewals().await.len(), 1);

    cancel::set_auto_renew(&ctx, customer, id, true).await.unwrap();
    story.until(wib("2026-12-17T12:00:00")).await;
    let bills = story.renewals().await;
    assert_eq!((bills.len(), bills[1].credited_minor), (2, 0));
    let live: Vec<_> =
        story.cycles().await.into_iter().filter(|cycle| cycle.status != SubscriptionCycleStatus::Void).collect();
    assert_eq!(live.len(), 2, "each period is asked for once");

    cancel::cancel(&ctx, customer, id, When::PeriodEnd, "Tetap pindah").await.unwrap();
    story.until(wib("2026-12-21T12:00:00")).await;
    subscriptions::end_due(&ctx).await.unwrap();
    story.world.settle_down().await;
    assert_eq!(story.now().await.status, Status::Terminated);
    story.world.books_are_right().await;
}

#[tokio::test]
async fn contracts_that_are_due_on_one_day_share_an_invoice() {
    let story = Story::begin().await;
    story.world.gives(&story.budi, 55_500).await;
    let second = story.world.orders(&story.budi, "ghost-basic").await.unwrap();
    story.world.pays(&second).await;
    story.world.settle_down().await;
    story.until(wib("2026-12-14T01:00:00")).await;
    let bills = story.renewals().await;
    assert_eq!((bills.len(), bills[0].subtotal_minor), (1, 100_000));
    story.world.gives(&story.budi, 111_000).await;
    story.until(wib("2026-12-22T01:00:00")).await;
    for contract in [story.now().await, story.world.contract(&second).await] {
        assert_eq!((contract.status, contract.period_end), (Status::Active, "2027-01-21".parse().ok()));
    }
    story.world.books_are_right().await;
}

#[tokio::test]
async fn who_pays_late_keeps_his_days_or_begins_anew_as_the_settings_say() {
    for (restarts, period, anchor_day) in
        [(false, ("2026-12-21", "2027-01-21"), 21), (true, ("2027-01-05", "2027-02-05"), 5)]
    {
        let story = Story::begin().await;
        let billing = settings::Billing { late_payment_restarts: restarts, ..settings::Billing::default() };
        settings::save_section(&story.world.staff("ana"), billing).await.unwrap();
        story.until(wib("2027-01-05T15:00:00")).await;
        assert_eq!(story.now().await.status, Status::Suspended);
        story.world.gives(&story.budi, 55_500).await;
        story.pays_renewal().await;
        story.tick().await;

        let contract = story.now().await;
        assert_eq!(contract.status, Status::Active);
        assert_eq!(contract.anchor_day, anchor_day);
        let (start, end) = (period.0.parse().ok(), period.1.parse().ok());
        assert_eq!((contract.period_start, contract.period_end), (start, end), "restarts: {restarts}");
        let cycle = &story.cycles().await[0];
        assert_eq!((cycle.number, cycle.period_start, cycle.period_end), (2, start, end));
        assert_eq!(story.renewals().await.len(), 1, "nothing is asked for twice");

        // The next renewal follows the days it has now.
        story.until(entity::value::day_start(period.1.parse().unwrap()) - Duration::days(6)).await;
        let bills = story.renewals().await;
        let due = entity::value::day_start(period.1.parse().unwrap());
        assert_eq!((bills.len(), bills[1].due_at), (2, Some(due)));
        assert_eq!(story.cycles().await[0].period_start, end);
        story.world.books_are_right().await;
    }
}

#[tokio::test]
async fn who_pays_before_he_is_suspended_and_whose_debt_is_given_up_keep_their_days() {
    for is_given_up in [false, true] {
        let story = Story::begin().await;
        let ana = story.world.staff("ana");
        let billing = settings::Billing { late_payment_restarts: true, ..settings::Billing::default() };
        settings::save_section(&ana, billing).await.unwrap();
        story.until(wib(if is_given_up { "2027-01-05T15:00:00" } else { "2026-12-24T15:00:00" })).await;
        if is_given_up {
            let bill = story.renewals().await.pop().unwrap();
            write_off::write_off(&ana, &bill.id, "Tidak tertagih").await.unwrap();
        } else {
            story.world.gives(&story.budi, 55_500).await;
            story.pays_renewal().await;
        }
        story.world.settle_down().await;
        let contract = story.now().await;
        assert_eq!((contract.status, contract.anchor_day), (Status::Active, 21));
        assert_eq!(contract.period_end, "2027-01-21".parse().ok());
    }
}

#[tokio::test]
async fn who_wants_it_has_each_renewal_on_an_invoice_of_its_own() {
    let story = Story::begin().await;
    for _ in 0..2 {
        story.world.gives(&story.budi, 55_500).await;
        let placed = story.world.orders(&story.budi, "ghost-basic").await.unwrap();
        story.world.pays(&placed).await;
    }
    story.world.settle_down().await;
    let change = RenewingChange { separate_invoices: Some(true), ..RenewingChange::default() };
    customers::set_renewing(&story.world.staff("ana"), &story.budi.customer_id, change).await.unwrap();
    story.until(wib("2026-12-14T01:00:00")).await;
    let bills = story.renewals().await;
    assert_eq!(bills.iter().map(|bill| bill.subtotal_minor).collect::<Vec<_>>(), [50_000; 3]);
    let cycles = story.cycles().await;
    assert_eq!(cycles.len(), 2, "a cycle is invoiced once");
    story.world.books_are_right().await;
}

#[tokio::test]
async fn who_does_not_want_it_pays_renewals_himself_and_may_change_his_mind() {
    let story = Story::begin().await;
    let id = &story.budi.customer_id;
    story.world.gives(&story.budi, 100_000).await;
    let set = async |auto_debit: bool| {
        let change = RenewingChange { auto_debit: Some(auto_debit), ..RenewingChange::default() };
        customers::set_renewing(&story.world.system(), id, change).await.unwrap()
    };
    set(false).await;
    assert!(!set(false).await.auto_debit);
    story.until(wib("2026-12-22T10:00:00")).await;
    assert_eq!(story.now().await.status, Status::PastDue);
    assert_eq!(story.renewals().await[0].status, InvoiceStatus::Issued, "his wallet is left alone");
    set(true).await;
    story.until(wib("2026-12-23T10:00:00")).await;
    assert_eq!(story.now().await.status, Status::Active);
    let rows = audit_log::Entity::find().filter(audit_log::Column::Action.eq("customers.renewing.set"));
    assert_eq!(rows.all(&story.world.services.db).await.unwrap().len(), 2, "the same again changes nothing");
}

#[tokio::test]
async fn a_renewal_may_be_taken_as_far_below_zero_as_the_credit_limit() {
    let story = Story::begin().await;
    let (ana, id) = (story.world.staff("ana"), &story.budi.customer_id);
    ledger::set_credit_limit(&ana, id, 60_000, "Pelanggan lama").await.unwrap();
    story.until(wib("2026-12-22T10:00:00")).await;
    let balance = ledger::wallet(&ana, id).await.unwrap().balance;
    assert_eq!((story.now().await.status, balance), (Status::Active, -55_500));

    let refused = ledger::set_credit_limit(&ana, id, 55_499, "Terlalu tinggi").await.unwrap_err();
    assert_eq!((refused.code(), refused.args()), ("CREDIT_IN_USE", vec![("used", "55.500".to_owned())]));
    let nothing = ledger::set_credit_limit(&ana, id, 60_000, " ").await.unwrap_err();
    assert_eq!(nothing.code(), "REASON_REQUIRED");
    // Much more than she may give by hand waits for a colleague.
    let Limited::Waiting(row) = ledger::set_credit_limit(&ana, id, 5_000_000, "Proyek").await.unwrap() else {
        panic!("it did not wait")
    };
    let limit = async || customers::get(&ana.db, id).await.unwrap().credit_limit_minor;
    assert_eq!(limit().await, 60_000);
    assert!(ledger::decide(&ana, &row.id, Decision::Approve).await.is_err(), "she may not decide it herself");
    ledger::decide(&story.world.staff("tono"), &row.id, Decision::Approve).await.unwrap();
    assert_eq!(limit().await, 5_000_000);
    let more = ledger::set_credit_limit(&ana, id, 5_000_001, "Sedikit lagi").await.unwrap();
    assert!(matches!(more, Limited::Waiting(_)), "many small steps are a large one");
    let less = ledger::set_credit_limit(&ana, id, 4_000_000, "Cukup").await.unwrap();
    assert!(matches!(less, Limited::Done(_)), "lowered by anybody who may");
    story.world.books_are_right().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_billing_runs_at_once_invoice_each_cycle_once() {
    let story = Story::begin().await;
    for _ in 0..4 {
        story.world.gives(&story.budi, 55_500).await;
        let placed = story.world.orders(&story.budi, "ghost-basic").await.unwrap();
        story.world.pays(&placed).await;
    }
    story.world.settle_down().await;
    story.world.advance(wib("2026-12-14T01:00:00") - story.world.services.clock.now());
    let runs = (0..4).map(|_| {
        let ctx = story.world.system();
        tokio::spawn(async move { renew::issue_due(&ctx).await.unwrap().contracts })
    });
    let mut contracts = 0;
    for run in runs.collect::<Vec<_>>() {
        contracts += run.await.unwrap();
    }
    assert_eq!(contracts, 5);
    let lines: i64 = story.renewals().await.iter().map(|bill| bill.subtotal_minor).sum();
    assert_eq!(lines, 250_000);
    story.world.books_are_right().await;
}

#[tokio::test]
async fn a_contract_that_cannot_be_priced_keeps_no_other_from_being_invoiced() {
    let story = Story::begin().await;
    let sari = story.world.buyer("sari").await;
    story.world.gives(&sari, 55_500).await;
    let placed = story.world.orders(&sari, "ghost-basic").await.unwrap();
    story.world.pays(&placed).await;
    story.world.settle_down().await;
    let ctx = story.world.system();
    subscription::Entity::update_many()
        .col_expr(subscription::Column::PriceMinor, Expr::value(i64::MAX))
        .filter(subscription::Column::Id.eq(&story.contract.id))
        .exec(&ctx.db)
        .await
        .unwrap();

    story.world.advance(wib("2026-12-14T01:00:00") - story.world.services.clock.now());
    renew::issue_due(&ctx).await.unwrap();

    let bills = story.renewals().await;
    assert_eq!((bills.len(), &bills[0].customer_id), (1, &sari.customer_id));
    assert!(story.world.alerts().await.contains(&"renewal_failed".to_owned()), "staff are told");
    story.world.books_are_right().await;
}
