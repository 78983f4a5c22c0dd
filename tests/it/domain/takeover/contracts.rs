//! Contracts: paid up to their next due date, invoiced for it at the agreed price, and left alone where they run.
use super::*;
use crate::support::shop::Buyer;
use chrono::{Duration, NaiveDate};
use entity::{
    billing::{invoice, invoice_item},
    catalog::{plan, product},
    messaging::message,
    platform::{alert, audit_log},
    provisioning::instance,
    subscriptions::cycle,
    value::{Cycle, HoldReason, InstanceStatus, InvoiceKind, SubscriptionId, SubscriptionStatus, business_day},
};
use sea_orm::{PaginatorTrait, sea_query::Expr};
use yumna::domain::{
    catalog::{
        CatalogError,
        quota::{self, MAX_QUOTA, Room},
    },
    customers,
    ordering::change,
    provisioning::{ProvisioningError, follow},
    subscriptions::{self, hold, renew},
};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A shop that Budi, Citra and Eka have moved to.
async fn moved(policy: PurchasePolicy, quota: i64) -> World {
    let world = shop(policy, quota).await;
    takes(&world, ImportKind::Customers, Options::default(), CLIENTS).await;
    world
}

/// What staff are asked to do by hand to machines that are not ours.
async fn asked(world: &World) -> Vec<String> {
    let open = alert::Entity::find().filter(alert::Column::OpenKey.is_not_null());
    let open = open.filter(alert::Column::Code.eq("machine_elsewhere")).all(&world.services.db).await.unwrap();
    let mut acts: Vec<String> =
        open.into_iter().filter_map(|alert| alert.subject.rsplit(' ').next().map(str::to_owned)).collect();
    acts.sort();
    acts
}

/// The larger plan that can be changed to.
async fn larger_plan(world: &World) -> plan::Model {
    let ghost = product::Entity::find().one(&world.services.db).await.unwrap().unwrap();
    let pro = world.plan(&ghost, "ghost-pro", 2, 5).await;
    plan::Entity::update_many()
        .col_expr(plan::Column::MemoryMb, Expr::value(2_048_i64))
        .filter(plan::Column::Id.eq(&pro.id))
        .exec(&world.services.db)
        .await
        .unwrap();
    pro
}

/// The customer of a contract changes to the larger plan and pays from the wallet.
async fn changes_plan(world: &World, contract: &subscription::Model) {
    let (ctx, customer, id) = (world.system(), &contract.customer_id, &contract.id);
    let quote = change::quote(&ctx, customer, id, "ghost-pro").await.unwrap();
    change::accept(&ctx, customer, id, &quote.change.id, None).await.unwrap();
    world.settle_down().await;
}

/// Renewals that are out, with the line of each.
async fn renewals(world: &World) -> Vec<(invoice::Model, invoice_item::Model)> {
    let bills = invoice::Entity::find()
        .filter(invoice::Column::Kind.eq(InvoiceKind::Renewal))
        .order_by_asc(invoice::Column::Id)
        .all(&world.services.db)
        .await
        .unwrap();
    let mut found = Vec::new();
    for bill in bills {
        let lines = invoice_item::Entity::find().filter(invoice_item::Column::InvoiceId.eq(&bill.id));
        let mut lines = lines.all(&world.services.db).await.unwrap();
        assert_eq!(lines.len(), 1);
        found.push((bill, lines.remove(0)));
    }
    found
}

/// One contract of Budi's.
fn one(price: &str, cycle: &str, due: &str, started: &str) -> String {
    format!(
        "id,userid,packageid,amount,billingcycle,nextduedate,regdate\n1,7,ghost-basic,{price},{cycle},{due},{started}\n"
    )
}

#[tokio::test]
async fn contracts_of_whmcs_are_told_row_by_row_with_sums_per_cycle() {
    let world = moved(PurchasePolicy::Multiple, 5).await;
    let preview = looks(&world, ImportKind::Contracts, Options::default(), HOSTING).await;
    let wrong = |key: &str, reasons: &[&str]| -> (String, ImportVerdict, Vec<String>) {
        (key.to_owned(), ImportVerdict::Faulty, reasons.iter().map(|text| (*text).to_owned()).collect())
    };
    let new = |key: &str| (key.to_owned(), ImportVerdict::New, vec![]);
    assert_eq!(
        told(&preview),
        [
            new("101"),
            new("102"),
            new("103"),
            wrong("104", &["status not_running"]),
            wrong("105", &["customer_key no_customer"]),
            wrong("106", &["cycle not_renewed", "price free", "next_due required"]),
        ]
    );
    let totals = &preview.totals;
    let sums = |cycles: &std::collections::BTreeMap<Cycle, (usize, i64)>| {
        cycles.iter().map(|(cycle, sum)| (*cycle, *sum)).collect::<Vec<_>>()
    };
    assert_eq!(sums(&totals.cycles), [(Cycle::Monthly, (2, 90_000)), (Cycle::Annually, (1, 480_000))]);
    assert_eq!(sums(&totals.file_cycles), [(Cycle::Monthly, (3, 135_000)), (Cycle::Annually, (1, 480_000))]);
    assert_eq!(totals.monthly_minor(), (175_000, 130_000));
}

#[tokio::test]
async fn a_contract_is_invoiced_for_its_next_due_date_at_the_agreed_price_and_for_nothing_before() {
    let world = moved(PurchasePolicy::Multiple, 5).await;
    let mails = message::Entity::find().count(&world.services.db).await.unwrap();
    takes(&world, ImportKind::Contracts, Options::default(), HOSTING).await;

    let budi = contract(&world, "101").await;
    assert_eq!((budi.status, budi.price_minor, budi.anchor_day), (SubscriptionStatus::Active, 45_000, 15));
    assert_eq!((budi.period_start, budi.period_end), (Some(day("2026-11-15")), Some(day("2026-12-15"))));
    assert_eq!(budi.elsewhere.as_deref(), Some("budi.example.id"));
    let used = plan::Entity::find().one(&world.services.db).await.unwrap().unwrap().quota_used;
    assert_eq!(used, 3, "each has its slot");
    let instances = instance::Entity::find().count(&world.services.db).await.unwrap();
    let written = message::Entity::find().count(&world.services.db).await.unwrap();
    assert_eq!((instances, written), (0, mails), "nothing is made for it, and nobody is welcomed");
    world.books_are_right().await;

    let ctx = world.system();
    for before in ["2026-11-21T10:00:00Z", "2026-12-07T16:59:00Z"] {
        moves_to(&world, before);
        renew::issue_due(&ctx).await.unwrap();
        assert!(renewals(&world).await.is_empty(), "{before}");
    }
    // A week before, as every monthly contract: midnight of the 8th in Jakarta.
    moves_to(&world, "2026-12-07T17:01:00Z");
    renew::issue_due(&ctx).await.unwrap();
    renew::issue_due(&ctx).await.unwrap();
    let bills = renewals(&world).await;
    let (bill, line) = &bills[0];
    assert_eq!((bills.len(), &bill.customer_id, bill.subtotal_minor), (1, &budi.customer_id, 45_000));
    assert_eq!(business_day(bill.due_at.unwrap()), day("2026-12-15"));
    assert_eq!((line.period_start, line.period_end), (Some(day("2026-12-15")), Some(day("2027-01-15"))));
    assert_eq!((line.unit_minor, line.cycle_number), (45_000, Some(2)), "not today's price of the plan");

    // It is paid from the balance that came along, and goes on like any other.
    moves_to(&world, "2026-12-14T17:05:00Z");
    world.settle_down().await;
    while subscriptions::advance::queue_due(&ctx).await.unwrap() > 0 {
        world.settle_down().await;
    }
    let budi = contract(&world, "101").await;
    assert_eq!((budi.status, budi.period_end), (SubscriptionStatus::Active, Some(day("2027-01-15"))));
    assert_eq!(wallet(&world, &budi.customer_id).await, 150_000 - 49_950);
    world.books_are_right().await;
}

#[tokio::test]
async fn a_contract_of_the_31st_keeps_its_day_through_a_short_month() {
    let world = moved(PurchasePolicy::Multiple, 5).await;
    moves_to(&world, "2027-02-10T03:00:00Z");
    takes(&world, ImportKind::Contracts, ALL, &one("45000", "Monthly", "2027-02-28", "2025-10-31")).await;
    let row = contract(&world, "1").await;
    assert_eq!((row.anchor_day, row.period_start), (31, Some(day("2027-01-31"))));

    moves_to(&world, "2027-02-21T03:00:00Z");
    renew::issue_due(&world.system()).await.unwrap();
    let (_, line) = renewals(&world).await.remove(0);
    assert_eq!((line.period_start, line.period_end), (Some(day("2027-02-28")), Some(day("2027-03-31"))));
}

#[tokio::test]
async fn what_is_paid_further_ahead_is_invoiced_no_earlier() {
    let world = moved(PurchasePolicy::Multiple, 5).await;
    takes(&world, ImportKind::Contracts, ALL, &one("45000", "Monthly", "2027-01-15", "2025-06-15")).await;
    let row = contract(&world, "1").await;
    assert_eq!((row.period_start, row.period_end), (Some(day("2026-12-15")), Some(day("2027-01-15"))));
    moves_to(&world, "2027-01-07T16:00:00Z");
    renew::issue_due(&world.system()).await.unwrap();
    assert!(renewals(&world).await.is_empty());
    moves_to(&world, "2027-01-07T17:01:00Z");
    renew::issue_due(&world.system()).await.unwrap();
    assert_eq!(renewals(&world).await.len(), 1);
}

#[tokio::test]
async fn what_is_overdue_is_billed_only_where_staff_say_so() {
    let world = moved(PurchasePolicy::Multiple, 5).await;
    let table = one("45000", "Monthly", "2026-11-10", "2025-06-10");
    let asked = looks(&world, ImportKind::Contracts, Options::default(), &table).await;
    assert_eq!(told(&asked)[0].2, ["next_due overdue"]);
    let bill = Options { bill_overdue: true, ..Options::default() };
    assert_eq!(looks(&world, ImportKind::Contracts, bill, &table).await.totals.overdue, 1);

    takes(&world, ImportKind::Contracts, bill, &table).await;
    renew::issue_due(&world.system()).await.unwrap();
    let (invoiced, line) = renewals(&world).await.remove(0);
    assert_eq!(line.period_start, Some(day("2026-11-10")));
    assert_eq!(business_day(invoiced.due_at.unwrap()), day("2026-11-21"), "nobody is late by surprise");
    assert_eq!(contract(&world, "1").await.status, SubscriptionStatus::Active);
}

#[tokio::test]
async fn nobody_gets_a_contract_by_having_typed_an_address() {
    let world = moved(PurchasePolicy::Multiple, 9).await;
    let here = world.newcomer("gita").await;
    let row = |key: &str, email: &str| {
        format!("id,userid,email,plan,price,cycle,next due\n1,{key},{email},ghost-basic,1000,monthly,2026-12-01\n")
    };
    let tie = Options { link_known_mail: true, ..Options::default() };
    for (table, options, reason) in [
        (row("4711", "budi@pindah.test"), tie, "customer_key no_customer"),
        (row("", &here.email), Options::default(), "email known"),
        (row("", &here.email), tie, "email unproven"),
    ] {
        assert_eq!(told(&looks(&world, ImportKind::Contracts, options, &table).await)[0].2, [reason], "{table}");
    }
}

#[tokio::test]
async fn nothing_is_opened_for_an_account_that_was_closed() {
    let world = moved(PurchasePolicy::Multiple, 9).await;
    let ctx = world.staff("ana");
    let tx = ctx.begin().await.unwrap();
    customers::close(&ctx, &tx, &customer(&world, "7").await.id, "left").await.unwrap();
    tx.commit().await.unwrap();
    let table = "id,userid,plan,price,cycle,next due\n1,7,ghost-basic,1000,monthly,2026-12-01\n\
                 2,8,ghost-basic,1000,monthly,2026-12-01\n";

    let dry = looks(&world, ImportKind::Contracts, ALL, table).await;
    assert_eq!(told(&dry)[0].2, ["customer_key closed"]);
    assert_eq!(told(&dry)[1].1, ImportVerdict::New, "others have not left");
    let done = takes(&world, ImportKind::Contracts, ALL, table).await;
    let rows: Vec<_> = came(&world, &done).await.into_iter().map(|row| (row.1, row.2)).collect();
    assert_eq!(rows, [(ImportVerdict::Faulty, false), (ImportVerdict::New, true)], "as the dry run said");
    assert_eq!(subscription::Entity::find().count(&world.services.db).await.unwrap(), 1);
}

#[tokio::test]
async fn what_is_overdue_by_a_whole_cycle_is_never_billed() {
    let world = moved(PurchasePolicy::Multiple, 9).await;
    let table = "id,userid,plan,price,cycle,next due\n1,7,ghost-basic,1000,monthly,2024-03-01\n";
    let bill = Options { bill_overdue: true, ..Options::default() };
    assert_eq!(told(&looks(&world, ImportKind::Contracts, bill, table).await)[0].2, ["next_due too_old"]);
}

#[tokio::test]
async fn a_full_plan_refuses_or_grows_as_staff_say() {
    let world = moved(PurchasePolicy::Multiple, 1).await;
    let table = "id,email,plan,price,cycle,next due\n1,budi@pindah.test,ghost-basic,1000,monthly,2026-12-01\n\
                 2,citra@pindah.test,GHOST-BASIC,1000,monthly,2026-12-01\n";
    let dry = looks(&world, ImportKind::Contracts, Options::default(), table).await;
    assert_eq!((told(&dry)[0].1, told(&dry)[1].2.clone()), (ImportVerdict::New, vec!["plan full".to_owned()]));
    let done = takes(&world, ImportKind::Contracts, Options::default(), table).await;
    let verdicts: Vec<_> = came(&world, &done).await.into_iter().map(|row| row.1).collect();
    assert_eq!(verdicts, [ImportVerdict::New, ImportVerdict::Faulty]);
    let stock = async || {
        let plan = plan::Entity::find().one(&world.services.db).await.unwrap().unwrap();
        (plan.quota_used, plan.quota_total)
    };
    assert_eq!(stock().await, (1, 1));

    let grow = Options { allow_over_quota: true, ..Options::default() };
    assert_eq!(looks(&world, ImportKind::Contracts, grow, table).await.totals.over_quota, 1);
    takes(&world, ImportKind::Contracts, grow, table).await;
    assert_eq!(stock().await, (2, 2));
    world.books_are_right().await;
}

#[tokio::test]
async fn a_customer_has_one_contract_of_an_upgrade_only_product() {
    let world = moved(PurchasePolicy::OnePerCustomerUpgradeOnly, 9).await;
    let table = "id,userid,plan,price,cycle,next due\n1,7,ghost-basic,1000,monthly,2026-12-01\n\
                 2,7,ghost-basic,1000,monthly,2026-12-01\n";
    let dry = looks(&world, ImportKind::Contracts, Options::default(), table).await;
    assert_eq!((told(&dry)[0].1, told(&dry)[1].2.clone()), (ImportVerdict::New, vec!["plan only_one".to_owned()]));
    let done = takes(&world, ImportKind::Contracts, Options::default(), table).await;
    let verdicts: Vec<_> = came(&world, &done).await.into_iter().map(|row| row.1).collect();
    assert_eq!(verdicts, [ImportVerdict::New, ImportVerdict::Faulty]);
    let row = contract(&world, "1").await;
    let user = world.user("budi@pindah.test").await;
    let buyer = Buyer { user_id: user.id, customer_id: row.customer_id, email: user.email };
    assert!(world.orders(&buyer, "ghost-basic").await.is_err(), "nor does he buy a second one");
}

#[tokio::test]
async fn a_suspended_contract_stays_so_and_what_is_not_ours_is_left_to_staff() {
    let world = moved(PurchasePolicy::Multiple, 5).await;
    takes(&world, ImportKind::Contracts, Options::default(), HOSTING).await;
    let ctx = world.staff("ana");
    let eka = contract(&world, "103").await;
    assert_eq!(eka.status, SubscriptionStatus::Suspended);
    let holds = subscriptions::find::open_holds(&ctx.db, std::slice::from_ref(&eka.id)).await.unwrap();
    assert_eq!(holds.iter().map(|hold| hold.reason).collect::<Vec<_>>(), [HoldReason::Staff]);
    assert!(world.mails_to("eka@pindah.test").await.is_empty(), "he knows that he is suspended");

    hold::lift(&ctx, &eka.id, HoldReason::Staff).await.unwrap();
    world.settle_down().await;
    assert_eq!(
        (contract(&world, "103").await.status, asked(&world).await),
        (SubscriptionStatus::Active, vec!["resume".into()])
    );
    hold::place(&ctx, &eka.id, HoldReason::Abuse, Some("Spam")).await.unwrap();
    world.settle_down().await;
    assert_eq!(asked(&world).await, ["suspend"]);
    subscriptions::cancel::terminate(&ctx, &eka.id, Some("Selesai")).await.unwrap();
    world.settle_down().await;
    assert_eq!(asked(&world).await, ["remove"]);
    assert_eq!(instance::Entity::find().count(&ctx.db).await.unwrap(), 0, "nothing of ours was made or removed");
    let slots = plan::Entity::find().one(&ctx.db).await.unwrap().unwrap().quota_used;
    assert_eq!(slots, 2, "its slot is free again");
    world.books_are_right().await;
}

#[tokio::test]
async fn staff_are_told_when_a_machine_elsewhere_is_to_get_the_size_of_another_plan() {
    let world = moved(PurchasePolicy::Multiple, 5).await;
    let pro = larger_plan(&world).await;
    takes(&world, ImportKind::Contracts, Options::default(), HOSTING).await;
    let row = contract(&world, "101").await;
    let ctx = world.staff("ana");

    changes_plan(&world, &row).await;

    let row = contract(&world, "101").await;
    assert_eq!((&row.plan_id, row.price_minor, row.elsewhere.as_deref()), (&pro.id, 100_000, Some("budi.example.id")));
    assert!(wallet(&world, &row.customer_id).await < 150_000, "he has paid for it");
    let told = alert::Entity::find().filter(alert::Column::OpenKey.is_not_null()).all(&ctx.db).await.unwrap();
    let told: Vec<_> = told.into_iter().filter(|alert| alert.code == "machine_elsewhere").collect();
    assert_eq!(told.len(), 1);
    for part in ["budi.example.id", "ghost-pro", "2048 MB"] {
        assert!(told[0].detail.contains(part), "{}", told[0].detail);
    }
    // That it is held meanwhile is something else to be done; once it ends, nothing is left to be resized.
    hold::place(&ctx, &row.id, HoldReason::Abuse, None).await.unwrap();
    world.settle_down().await;
    assert_eq!(asked(&world).await, ["resize", "suspend"]);
    subscriptions::cancel::terminate(&ctx, &row.id, Some("Selesai")).await.unwrap();
    world.settle_down().await;
    assert_eq!(asked(&world).await, ["remove"]);
    world.books_are_right().await;
}

#[tokio::test]
async fn staff_move_a_machine_here_and_nothing_is_left_to_be_done_by_hand() {
    let world = moved(PurchasePolicy::Multiple, 5).await;
    larger_plan(&world).await;
    takes(&world, ImportKind::Contracts, Options::default(), HOSTING).await;
    let row = contract(&world, "101").await;
    let ctx = world.staff("ana");
    changes_plan(&world, &row).await;
    hold::place(&ctx, &row.id, HoldReason::Abuse, None).await.unwrap();
    world.settle_down().await;
    let refused = follow::move_here(&ctx, &row.id).await.unwrap_err();
    assert!(matches!(refused, ProvisioningError::InvalidState { .. }), "{refused}: it is held");
    assert_eq!(asked(&world).await, ["resize", "suspend"]);
    hold::lift(&ctx, &row.id, HoldReason::Abuse).await.unwrap();
    world.settle_down().await;
    assert_eq!(asked(&world).await, ["resize", "resume"]);

    for _ in 0..2 {
        follow::move_here(&ctx, &row.id).await.unwrap();
        world.settle_down().await;
    }

    assert_eq!((contract(&world, "101").await.elsewhere, asked(&world).await), (None, Vec::new()));
    let made = instance::Entity::find().all(&world.services.db).await.unwrap();
    assert_eq!((made.len(), made[0].status, made[0].memory_mb), (1, InstanceStatus::Running, 2_048));
    let told = audit_log::Entity::find().filter(audit_log::Column::Action.eq("provisioning.contract.move_here"));
    let told = told.all(&ctx.db).await.unwrap();
    assert_eq!(told.iter().map(|row| row.actor_id.as_str()).collect::<Vec<_>>(), ["usr_ana"]);
    // From now on automation is in charge.
    hold::place(&ctx, &row.id, HoldReason::Abuse, None).await.unwrap();
    world.settle_down().await;
    let held = instance::Entity::find().one(&ctx.db).await.unwrap().unwrap();
    assert_eq!((held.status, asked(&world).await), (InstanceStatus::Suspended, Vec::new()));
}

#[tokio::test]
async fn however_many_move_and_follow_a_contract_at_once_one_machine_is_made_and_no_alert_is_left() {
    let world = moved(PurchasePolicy::Multiple, 5).await;
    takes(&world, ImportKind::Contracts, Options::default(), HOSTING).await;
    let id = contract(&world, "101").await.id;
    let (ana, system) = (world.staff("ana"), world.system());
    let all = (0..8).map(|turn| {
        let (ana, system, id) = (ana.clone(), system.clone(), id.clone());
        tokio::spawn(async move {
            match turn % 3 {
                0 => follow::move_here(&ana, &id).await.unwrap(),
                1 => follow::follow_now(&ana, &id).await.unwrap(),
                _ => follow::follow(&system, &id).await.unwrap(),
            }
        })
    });
    for one in all.collect::<Vec<_>>() {
        one.await.unwrap();
    }
    world.settle_down().await;
    let made = instance::Entity::find().all(&world.services.db).await.unwrap();
    assert_eq!((made.len(), made[0].status), (1, InstanceStatus::Running));
    assert_eq!((contract(&world, "101").await.elsewhere, asked(&world).await), (None, Vec::new()));
}

#[tokio::test]
async fn a_stock_that_grows_is_in_the_trail_and_has_its_limit() {
    let world = moved(PurchasePolicy::Multiple, 1).await;
    let table = "id,email,plan,price,cycle,next due\n1,budi@pindah.test,ghost-basic,1000,monthly,2026-12-01\n\
                 2,citra@pindah.test,ghost-basic,1000,monthly,2026-12-01\n";
    let grow = Options { allow_over_quota: true, ..Options::default() };
    takes(&world, ImportKind::Contracts, grow, table).await;
    let plan = plan::Entity::find().one(&world.services.db).await.unwrap().unwrap();
    let trail = audit_log::Entity::find().filter(audit_log::Column::Action.eq("catalog.plan.quota"));
    let trail = trail.all(&world.services.db).await.unwrap();
    let total = |of: &Option<serde_json::Value>| of.as_ref().unwrap()["quota_total"].as_i64();
    let told: Vec<_> =
        trail.iter().map(|row| (row.target_id.as_str(), total(&row.before), total(&row.after))).collect();
    assert_eq!(told, [(plan.id.as_str(), Some(1), Some(2))], "only the second one found it full");

    let full = plan::Entity::update_many()
        .col_expr(plan::Column::QuotaTotal, Expr::value(MAX_QUOTA))
        .col_expr(plan::Column::QuotaUsed, Expr::value(MAX_QUOTA));
    full.exec(&world.services.db).await.unwrap();
    let third = "id,email,plan,price,cycle,next due\n3,eka@pindah.test,ghost-basic,1000,monthly,2026-12-01\n";
    let dry = looks(&world, ImportKind::Contracts, grow, third).await;
    assert_eq!((told_of(&dry), dry.totals.over_quota), (vec!["plan full".to_owned()], 0));
    let ctx = world.staff("ana");
    let tx = ctx.begin().await.unwrap();
    let refused = quota::take_over(&ctx, &tx, &plan.id, &SubscriptionId::generate(), Room::Made).await.unwrap_err();
    assert!(matches!(refused, CatalogError::QuotaExceeded { .. }), "{refused}");
}

/// The reasons of the first row.
fn told_of(preview: &Preview) -> Vec<String> {
    told(preview).remove(0).2
}

#[tokio::test]
async fn the_first_cycle_of_a_contract_counts_as_paid_and_can_be_changed_from() {
    let world = moved(PurchasePolicy::Multiple, 5).await;
    takes(&world, ImportKind::Contracts, Options::default(), HOSTING).await;
    let row = contract(&world, "101").await;
    let cycles = cycle::Entity::find().filter(cycle::Column::SubscriptionId.eq(&row.id)).all(&world.services.db).await;
    let told: Vec<_> = cycles.unwrap().into_iter().map(|cycle| (cycle.number, cycle.invoice_id)).collect();
    assert_eq!(told, [(1, None)]);
    assert!(subscriptions::find::is_first_cycle_paid(&world.services.db, &row.id).await.unwrap());
    assert_eq!(row.activated_at, Some(entity::value::day_start(day("2025-06-15"))));
    world.advance(Duration::days(1));
    world.settle_down().await;
    assert_eq!(contract(&world, "101").await.status, SubscriptionStatus::Active);
}

#[tokio::test]
async fn agreed_prices_that_hold_their_tax_are_asked_for_as_they_are() {
    let world = moved(PurchasePolicy::Multiple, 5).await;
    let with_tax = Options { prices_include_tax: true, ..Options::default() };
    takes(&world, ImportKind::Contracts, with_tax, &one("55500", "Monthly", "2026-11-28", "2026-01-28")).await;
    let contract = contract(&world, "1").await;
    assert_eq!((contract.price_minor, contract.tax_included), (55_500, true));

    renew::issue_due(&world.system()).await.unwrap();
    let (bill, line) = renewals(&world).await.remove(0);
    assert_eq!((bill.subtotal_minor, bill.tax_minor, bill.total_minor), (50_000, 5_500, 55_500));
    assert_eq!((line.unit_minor, line.net_minor), (50_000, 50_000));
    world.books_are_right().await;
}
