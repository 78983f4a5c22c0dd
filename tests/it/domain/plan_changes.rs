//! A change of plan costs what was quoted, happens whole or not at all, and leaves the books right.
use crate::support::{
    World,
    driver::{Mishap, Scripted},
    gateway::{self, ScriptedGateway},
    money::by,
    shop,
};
use chrono::Duration;
use entity::{
    billing::invoice,
    catalog::plan,
    platform::audit_log,
    provisioning::instance,
    subscriptions::{plan_change, subscription},
    value::{InstanceStatus, InvoiceKind, InvoiceStatus, PlanChangeStatus, PurchasePolicy, SubscriptionStatus},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use std::sync::Arc;
use yumna::{
    domain::{
        customers, ledger,
        ordering::change::{self, Accepted, Quote},
        payments::gateway_event,
        provisioning::follow,
        subscriptions::{self, cancel, hold, renew},
    },
    kernel::fault::Fault,
};

struct Story {
    world: World,
    driver: Scripted,
    gateway: ScriptedGateway,
    budi: shop::Buyer,
    contract: subscription::Model,
    basic: plan::Model,
    pro: plan::Model,
}

impl Story {
    /// Budi runs a basic Ghost since the 21st of November at 10.00, Rp 50.000 a month; pro costs Rp 100.000.
    async fn begin() -> Self {
        let (driver, gateway) = (Scripted::default(), ScriptedGateway::default());
        let (drivers, gateways) = (driver.clone(), gateway.clone());
        let world = World::with(|services| {
            services.drivers = vec![Arc::new(drivers)];
            services.gateways = vec![Arc::new(gateways)];
        })
        .await;
        world.account().await;
        world.open_shop().await;
        world.cluster("Jakarta 1", 640_000).await;
        let ghost = world.service(shop::GHOST, PurchasePolicy::OnePerCustomerUpgradeOnly).await;
        let basic = world.plan(&ghost, "ghost-basic", 1, 5).await;
        let pro = world.plan(&ghost, "ghost-pro", 2, 1).await;
        plan::Entity::update_many()
            .col_expr(plan::Column::MemoryMb, sea_orm::sea_query::Expr::value(2_048_i64))
            .filter(plan::Column::Id.eq(&pro.id))
            .exec(&world.services.db)
            .await
            .unwrap();
        let budi = world.buyer("budi").await;
        world.gives(&budi, 55_500).await;
        let placed = world.orders(&budi, "ghost-basic").await.unwrap();
        world.pays(&placed).await;
        world.settle_down().await;
        let contract = world.contract(&placed).await;
        Self { world, driver, gateway, budi, contract, basic, pro }
    }

    async fn quote(&self) -> Quote {
        change::quote(&self.world.system(), &self.budi.customer_id, &self.contract.id, "ghost-pro").await.unwrap()
    }

    async fn accepts(&self, quote: &Quote) -> Result<Accepted, yumna::domain::ordering::OrderingError> {
        let (customer, contract) = (&self.budi.customer_id, &self.contract.id);
        change::accept(&self.world.system(), customer, contract, &quote.change.id, None).await
    }

    async fn change(&self, quote: &Quote) -> plan_change::Model {
        change::find::get(&self.world.services.db, &quote.change.id).await.unwrap()
    }

    async fn now(&self) -> subscription::Model {
        subscriptions::find::get(&self.world.services.db, &self.contract.id).await.unwrap()
    }

    async fn instance(&self) -> instance::Model {
        follow::instance_of(&self.world.system(), &self.contract.id).await.unwrap().unwrap()
    }

    async fn invoices(&self) -> Vec<invoice::Model> {
        let of_changes = invoice::Entity::find().filter(invoice::Column::Kind.eq(InvoiceKind::Change));
        of_changes.all(&self.world.services.db).await.unwrap()
    }

    /// Everything is as if nobody had asked.
    async fn is_as_before(&self, balance_minor: i64) {
        let (contract, instance) = (self.now().await, self.instance().await);
        assert_eq!((&contract.plan_id, contract.price_minor), (&self.basic.id, 50_000));
        assert_eq!((instance.memory_mb, instance.status), (1_024, InstanceStatus::Running));
        assert_eq!(self.world.balance_of(&self.budi).await, balance_minor);
        assert_eq!((self.world.slots_used(&self.basic).await, self.world.slots_used(&self.pro).await), (1, 0));
        assert!(self.invoices().await.is_empty(), "no invoice, no number");
        assert!(change::find::open_of(&self.world.services.db, &self.contract.id).await.unwrap().is_none());
        self.world.books_are_right().await;
    }
}

#[tokio::test]
async fn a_quote_counts_seconds_and_its_lines_are_its_total() {
    let story = Story::begin().await;
    // The period began on the 21st at 00.00 in Jakarta; ten hours of thirty days have passed.
    let quote = story.quote().await;
    let whole = 30 * 86_400;
    let rest = whole - 10 * 3_600;
    let part = |price: i64| (price * rest * 2 + whole) / (whole * 2);
    let (new, old) = (part(100_000), part(50_000));
    let net = new - old;
    let amounts: Vec<i64> = quote.lines.iter().map(|line| line.amount_minor).collect();
    assert_eq!(amounts[..2], [new, -old]);
    assert_eq!(amounts.iter().sum::<i64>(), quote.change.total_minor);
    assert!((quote.change.total_minor - net - net * 11 / 100).abs() <= 2, "PPN on the net");
    assert_eq!(quote.change.valid_until, story.world.services.clock.now() + Duration::minutes(15));
    story.is_as_before(0).await;
}

#[tokio::test]
async fn an_accepted_quote_is_charged_exactly_once_it_is_made() {
    let story = Story::begin().await;
    story.world.gives(&story.budi, 100_000).await;
    let quote = story.quote().await;
    let accepted = story.accepts(&quote).await.unwrap();
    assert_eq!(accepted.change.status, PlanChangeStatus::Changing);
    let wallet = ledger::wallet(&story.world.system(), &story.budi.customer_id).await.unwrap();
    assert_eq!((wallet.balance, wallet.held), (100_000 - quote.change.total_minor, quote.change.total_minor));
    assert!(story.invoices().await.is_empty(), "nothing is invoiced before it is made");
    assert_eq!(story.now().await.plan_id, story.basic.id);

    story.world.settle_down().await;
    let (contract, instance, bills) = (story.now().await, story.instance().await, story.invoices().await);
    assert_eq!((&contract.plan_id, contract.price_minor), (&story.pro.id, 100_000));
    assert_eq!(contract.period_end, story.contract.period_end);
    assert_eq!((instance.memory_mb, instance.status), (2_048, InstanceStatus::Running));
    assert_eq!((bills.len(), bills[0].status), (1, InvoiceStatus::Paid));
    assert_eq!(bills[0].total_minor, quote.change.total_minor);
    let wallet = ledger::wallet(&story.world.system(), &story.budi.customer_id).await.unwrap();
    assert_eq!((wallet.balance, wallet.held), (100_000 - quote.change.total_minor, 0));
    assert_eq!((story.world.slots_used(&story.basic).await, story.world.slots_used(&story.pro).await), (0, 1));
    assert_eq!(story.accepts(&quote).await.unwrap().change.status, PlanChangeStatus::Done, "twice is once");
    story.world.settle_down().await;
    assert_eq!(story.invoices().await.len(), 1);
    let mails = story.world.mails_to(&story.budi.email).await;
    assert!(mails.iter().any(|mail| mail.template == "plan_changed"));
    story.world.books_are_right().await;
}

#[tokio::test]
async fn a_crash_while_it_is_made_charges_once_what_was_quoted() {
    for phase in ["workload", "health"] {
        for mishap in [Mishap::HangBefore, Mishap::HangAfterEffect] {
            let story = Story::begin().await;
            story.world.gives(&story.budi, 100_000).await;
            let quote = story.quote().await;
            story.driver.meets(phase, mishap, 1);
            story.accepts(&quote).await.unwrap();

            story.driver.outlives(&story.world).await;
            assert!(story.invoices().await.is_empty(), "nothing is invoiced before it is made");
            story.world.settle_down().await;

            let (instance, bills) = (story.instance().await, story.invoices().await);
            assert_eq!((instance.memory_mb, instance.status), (2_048, InstanceStatus::Running), "{phase} {mishap:?}");
            assert_eq!(story.now().await.plan_id, story.pro.id);
            assert_eq!((bills.len(), bills[0].total_minor), (1, quote.change.total_minor), "{phase} {mishap:?}");
            let wallet = ledger::wallet(&story.world.system(), &story.budi.customer_id).await.unwrap();
            assert_eq!((wallet.balance, wallet.held), (100_000 - quote.change.total_minor, 0));
            story.world.books_are_right().await;
        }
    }
}

#[tokio::test]
async fn money_that_is_set_aside_cannot_be_spent_twice() {
    let story = Story::begin().await;
    story.world.gives(&story.budi, 60_000).await;
    story.driver.meets("workload", Mishap::Waiting, 1);
    let quote = story.quote().await;
    story.accepts(&quote).await.unwrap();
    let taken = ledger::adjust(&story.world.system(), &story.budi.customer_id, -30_000, "Koreksi").await;
    assert_eq!(taken.unwrap_err().code(), "INSUFFICIENT_CREDIT");
    story.world.settle_down().await;
    story.world.advance(Duration::seconds(10));
    story.world.settle_down().await;
    assert_eq!(story.now().await.plan_id, story.pro.id);
    story.world.books_are_right().await;
}

#[tokio::test]
async fn who_has_too_little_hears_how_much_is_missing_and_nothing_changes() {
    let story = Story::begin().await;
    story.world.gives(&story.budi, 10_000).await;
    let quote = story.quote().await;
    let refused = story.accepts(&quote).await.unwrap_err();
    assert_eq!(refused.code(), "INSUFFICIENT_CREDIT");
    let shortfall = quote.change.total_minor - 10_000;
    assert_eq!(refused.extra()["shortfall"], shortfall);
    story.is_as_before(10_000).await;
}

#[tokio::test]
async fn a_change_waits_for_money_that_is_collected_and_goes_on_when_it_comes() {
    let story = Story::begin().await;
    let (ctx, customer, id) = (story.world.system(), &story.budi.customer_id, &story.contract.id);
    let quote = story.quote().await;
    let way = by("qris", None);
    let accepted = change::accept(&ctx, customer, id, &quote.change.id, Some(&way)).await.unwrap();
    let payment = accepted.payment.unwrap();
    assert_eq!(
        (accepted.change.status, payment.amount_minor),
        (PlanChangeStatus::AwaitingPayment, quote.change.total_minor)
    );
    let again = change::accept(&ctx, customer, id, &quote.change.id, Some(&way)).await.unwrap();
    assert_eq!(again.payment.unwrap().id, payment.id);

    story.world.advance(Duration::hours(2));
    story.gateway.pay(&payment.reference, payment.amount_minor);
    let body = story.gateway.notification(&payment.reference);
    let event = gateway_event::receive(&ctx, gateway::CODE, None, &gateway::genuine(), &body).await.unwrap();
    gateway_event::process(&ctx, &event.event_id).await.unwrap();
    story.world.settle_down().await;
    assert_eq!(story.change(&quote).await.status, PlanChangeStatus::Done);
    assert_eq!(story.now().await.plan_id, story.pro.id);
    assert_eq!(story.world.balance_of(&story.budi).await, 0, "charged as quoted, however late");
    story.world.books_are_right().await;
}

#[tokio::test]
async fn what_is_taxed_otherwise_by_now_is_not_made_and_its_money_stays_the_customers() {
    let story = Story::begin().await;
    let (ctx, ana) = (story.world.system(), story.world.staff("ana"));
    let (customer, id) = (&story.budi.customer_id, &story.contract.id);
    let quote = story.quote().await;
    let accepted = change::accept(&ctx, customer, id, &quote.change.id, Some(&by("qris", None))).await.unwrap();
    customers::set_tax_exemption(&ana, customer, Some("SKB 7/2026")).await.unwrap();

    let payment = accepted.payment.unwrap();
    story.gateway.pay(&payment.reference, payment.amount_minor);
    let body = story.gateway.notification(&payment.reference);
    let event = gateway_event::receive(&ctx, gateway::CODE, None, &gateway::genuine(), &body).await.unwrap();
    gateway_event::process(&ctx, &event.event_id).await.unwrap();
    story.world.settle_down().await;

    assert_eq!(story.change(&quote).await.status, PlanChangeStatus::Failed, "it waits for nothing any more");
    story.is_as_before(quote.change.total_minor).await;
    let free = story.quote().await;
    customers::set_tax_exemption(&ana, customer, None).await.unwrap();
    assert_eq!(story.accepts(&free).await.unwrap_err().code(), "QUOTE_EXPIRED");
    story.is_as_before(quote.change.total_minor).await;
}

#[tokio::test]
async fn a_change_that_waits_can_be_replaced_and_cancelled() {
    let story = Story::begin().await;
    let (ctx, customer, id) = (story.world.system(), &story.budi.customer_id, &story.contract.id);
    let (first, way) = (story.quote().await, by("qris", None));
    change::accept(&ctx, customer, id, &first.change.id, Some(&way)).await.unwrap();
    let second = story.quote().await;
    change::accept(&ctx, customer, id, &second.change.id, Some(&way)).await.unwrap();
    assert_eq!(story.change(&first).await.status, PlanChangeStatus::Cancelled);
    for _ in 0..2 {
        let cancelled = change::cancel(&ctx, customer, id, &second.change.id).await.unwrap();
        assert_eq!(cancelled.status, PlanChangeStatus::Cancelled);
    }
    story.world.settle_down().await;
    story.is_as_before(0).await;
}

#[tokio::test]
async fn staff_change_a_plan_for_a_customer_from_his_wallet_and_the_trail_says_who() {
    let story = Story::begin().await;
    story.world.gives(&story.budi, 100_000).await;
    let (sari, customer, id) = (story.world.staff("sari"), &story.budi.customer_id, &story.contract.id);
    let quote = change::quote(&sari, customer, id, "ghost-pro").await.unwrap();
    for _ in 0..2 {
        let accepted = change::accept(&sari, customer, id, &quote.change.id, None).await.unwrap();
        assert_eq!(accepted.change.agreed_by.as_deref(), Some("usr_sari"));
    }
    story.world.settle_down().await;

    assert_eq!(
        (story.change(&quote).await.status, story.now().await.plan_id),
        (PlanChangeStatus::Done, story.pro.id.clone())
    );
    assert_eq!(story.world.balance_of(&story.budi).await, 100_000 - quote.change.total_minor, "charged once");
    let trail = audit_log::Entity::find()
        .filter(audit_log::Column::Action.eq("ordering.plan_change.begin"))
        .filter(audit_log::Column::TargetId.eq(quote.change.id.as_str()))
        .all(&story.world.services.db)
        .await
        .unwrap();
    let who: Vec<(&str, &str)> = trail.iter().map(|row| (row.actor_kind.as_str(), row.actor_id.as_str())).collect();
    assert_eq!(who, [("staff", "usr_sari")]);
    let mails = story.world.mails_to(&story.budi.email).await;
    assert_eq!(mails.iter().filter(|mail| mail.template == "plan_changed").count(), 1);
    assert!(mails.iter().all(|mail| mail.template != "plan_change_to_pay"), "there was nothing to pay");
    story.world.books_are_right().await;
}

#[tokio::test]
async fn a_change_staff_leave_to_be_paid_is_mailed_once_and_made_when_the_money_comes() {
    let story = Story::begin().await;
    let (sari, customer, id) = (story.world.staff("sari"), &story.budi.customer_id, &story.contract.id);
    let quote = change::quote(&sari, customer, id, "ghost-pro").await.unwrap();
    let short = change::accept(&sari, customer, id, &quote.change.id, None).await.unwrap_err();
    assert_eq!(short.code(), "INSUFFICIENT_CREDIT");
    let way = by("qris", None);
    let payment = change::accept(&sari, customer, id, &quote.change.id, Some(&way)).await.unwrap().payment.unwrap();
    story.world.settle_down().await;

    let mails = story.world.mails_to(&story.budi.email).await;
    let told: Vec<_> = mails.iter().filter(|mail| mail.template == "plan_change_to_pay").collect();
    assert_eq!(told.len(), 1);
    assert_eq!(story.now().await.plan_id, story.basic.id, "nothing changes before the money comes");
    story.gateway.pay(&payment.reference, payment.amount_minor);
    let body = story.gateway.notification(&payment.reference);
    let ctx = story.world.system();
    let event = gateway_event::receive(&ctx, gateway::CODE, None, &gateway::genuine(), &body).await.unwrap();
    gateway_event::process(&ctx, &event.event_id).await.unwrap();
    story.world.settle_down().await;
    let change = story.change(&quote).await;
    assert_eq!((change.status, change.agreed_by.as_deref()), (PlanChangeStatus::Done, Some("usr_sari")));
    story.world.books_are_right().await;
}

#[tokio::test]
async fn staff_replace_a_change_that_waits_and_take_it_back_and_the_customer_is_told() {
    let story = Story::begin().await;
    let (ctx, customer, id) = (story.world.system(), &story.budi.customer_id, &story.contract.id);
    let (sari, way) = (story.world.staff("sari"), by("qris", None));
    let first = story.quote().await;
    change::accept(&ctx, customer, id, &first.change.id, Some(&way)).await.unwrap();
    let second = change::quote(&sari, customer, id, "ghost-pro").await.unwrap();
    change::accept(&sari, customer, id, &second.change.id, Some(&way)).await.unwrap();
    assert_eq!(story.change(&first).await.status, PlanChangeStatus::Cancelled);
    for _ in 0..2 {
        change::cancel(&sari, customer, id, &second.change.id).await.unwrap();
    }
    story.world.settle_down().await;

    assert_eq!(story.change(&second).await.end_reason.as_deref(), Some("staff"));
    let mails = story.world.mails_to(&story.budi.email).await;
    assert_eq!(mails.iter().filter(|mail| mail.template == "plan_change_withdrawn").count(), 1);
    story.is_as_before(0).await;
}

#[tokio::test]
async fn a_change_that_cannot_be_made_is_put_back_and_costs_nothing() {
    let story = Story::begin().await;
    story.world.gives(&story.budi, 100_000).await;
    story.driver.meets("workload", Mishap::Rejected, 3);
    let quote = story.quote().await;
    story.accepts(&quote).await.unwrap();
    for _ in 0..4 {
        story.world.settle_down().await;
        story.world.advance(Duration::minutes(5));
    }
    story.world.settle_down().await;
    assert_eq!(story.change(&quote).await.status, PlanChangeStatus::Failed);
    let mails = story.world.mails_to(&story.budi.email).await;
    assert!(mails.iter().any(|mail| mail.template == "plan_change_failed"));
    story.is_as_before(100_000).await;
}

#[tokio::test]
async fn a_quote_runs_out_and_does_not_fit_a_contract_that_changed() {
    let story = Story::begin().await;
    story.world.gives(&story.budi, 200_000).await;
    let quote = story.quote().await;
    story.world.advance(Duration::minutes(16));
    assert_eq!(story.accepts(&quote).await.unwrap_err().code(), "QUOTE_EXPIRED");
    let (stale, fresh) = (story.quote().await, story.quote().await);
    story.accepts(&fresh).await.unwrap();
    assert_eq!(story.accepts(&stale).await.unwrap_err().code(), "INVALID_STATE", "one change at a time");
    story.world.settle_down().await;
    assert_eq!(story.accepts(&stale).await.unwrap_err().code(), "QUOTE_EXPIRED");
    let down = change::quote(&story.world.system(), &story.budi.customer_id, &story.contract.id, "ghost-basic").await;
    assert_eq!(down.unwrap_err().code(), "INVALID_UPGRADE");
}

#[tokio::test]
async fn a_full_plan_takes_nobody_in_and_a_stranger_sees_nothing() {
    let story = Story::begin().await;
    story.world.gives(&story.budi, 200_000).await;
    let quote = story.quote().await;
    let sari = story.world.buyer("sari").await;
    story.world.gives(&sari, 111_000).await;
    story.world.orders(&sari, "ghost-pro").await.unwrap();
    assert_eq!(story.accepts(&quote).await.unwrap_err().code(), "QUOTA_EXCEEDED");
    let ctx = story.world.system();
    let foreign = change::accept(&ctx, &sari.customer_id, &story.contract.id, &quote.change.id, None).await;
    assert_eq!(foreign.unwrap_err().code(), "NOT_FOUND");
    let foreign = change::quote(&ctx, &sari.customer_id, &story.contract.id, "ghost-pro").await;
    assert_eq!(foreign.unwrap_err().code(), "NOT_FOUND");
    assert_eq!(story.world.balance_of(&story.budi).await, 200_000);
}

#[tokio::test]
async fn a_contract_that_ends_meanwhile_gives_money_and_slot_back() {
    let story = Story::begin().await;
    story.world.gives(&story.budi, 100_000).await;
    story.driver.meets("workload", Mishap::Waiting, 50);
    let quote = story.quote().await;
    story.accepts(&quote).await.unwrap();
    story.world.settle_down().await;
    cancel::terminate(&story.world.system(), &story.contract.id, Some("Selesai")).await.unwrap();
    story.world.settle_down().await;
    assert_eq!(story.change(&quote).await.status, PlanChangeStatus::Failed);
    assert_eq!(story.world.balance_of(&story.budi).await, 100_000);
    assert_eq!((story.world.slots_used(&story.basic).await, story.world.slots_used(&story.pro).await), (0, 0));
    story.world.books_are_right().await;
}

#[tokio::test]
async fn a_renewal_that_was_asked_for_at_the_old_price_is_asked_for_anew() {
    let story = Story::begin().await;
    let ctx = story.world.system();
    story.world.advance(Duration::days(24));
    renew::issue_due(&ctx).await.unwrap();
    story.world.settle_down().await;
    story.world.gives(&story.budi, 100_000).await;
    let quote = story.quote().await;
    story.accepts(&quote).await.unwrap();
    story.world.settle_down().await;
    renew::issue_due(&ctx).await.unwrap();
    let renewals = invoice::Entity::find().filter(invoice::Column::Kind.eq(InvoiceKind::Renewal));
    let renewals = renewals.all(&ctx.db).await.unwrap();
    let open: Vec<i64> =
        renewals.iter().filter(|bill| bill.credited_minor < bill.total_minor).map(|bill| bill.subtotal_minor).collect();
    assert_eq!((renewals.len(), open), (2, vec![100_000]));
    story.world.books_are_right().await;
}

#[tokio::test]
async fn what_is_held_or_stopped_is_treated_as_it_stands() {
    let story = Story::begin().await;
    let ctx = story.world.system();
    story.world.gives(&story.budi, 100_000).await;
    hold::place(&ctx, &story.contract.id, entity::value::HoldReason::Staff, None).await.unwrap();
    story.world.settle_down().await;
    let refused = change::quote(&ctx, &story.budi.customer_id, &story.contract.id, "ghost-pro").await.unwrap_err();
    assert_eq!(refused.code(), "INVALID_STATE");
    hold::lift(&ctx, &story.contract.id, entity::value::HoldReason::Staff).await.unwrap();
    story.world.settle_down().await;
    assert_eq!(story.now().await.status, SubscriptionStatus::Active);

    use yumna::domain::provisioning::tasks;
    let instance = story.instance().await;
    tasks::request_by_customer(&ctx, &story.budi.customer_id, &instance.id, entity::value::TaskAction::Stop)
        .await
        .unwrap();
    story.world.settle_down().await;
    let quote = story.quote().await;
    story.accepts(&quote).await.unwrap();
    story.world.settle_down().await;
    let instance = story.instance().await;
    assert_eq!((instance.memory_mb, instance.status), (2_048, InstanceStatus::Stopped), "it stays stopped");
    assert_eq!(story.now().await.plan_id, story.pro.id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_quotes_accepted_at_once_change_the_plan_once() {
    let story = Arc::new(Story::begin().await);
    story.world.gives(&story.budi, 500_000).await;
    let quotes = [story.quote().await, story.quote().await, story.quote().await];
    let tries = quotes.into_iter().map(|quote| {
        let story = story.clone();
        tokio::spawn(async move { story.accepts(&quote).await.is_ok() })
    });
    let mut accepted = 0;
    for one in tries.collect::<Vec<_>>() {
        accepted += usize::from(one.await.unwrap());
    }
    assert_eq!(accepted, 1);
    story.world.settle_down().await;
    assert_eq!(story.invoices().await.len(), 1);
    assert_eq!((story.world.slots_used(&story.basic).await, story.world.slots_used(&story.pro).await), (0, 1));
    story.world.books_are_right().await;
}

#[tokio::test]
async fn a_change_whose_payment_never_came_to_be_does_not_wait_for_ever() {
    use sea_orm::sea_query::Expr;
    let story = Story::begin().await;
    let ctx = story.world.system();
    let quote = change::quote(&ctx, &story.budi.customer_id, &story.contract.id, "ghost-pro").await.unwrap();
    // The process died between noting what the change waits for and storing the payment.
    plan_change::Entity::update_many()
        .col_expr(plan_change::Column::Status, Expr::value(PlanChangeStatus::AwaitingPayment))
        .col_expr(plan_change::Column::OpenKey, Expr::value(Some(story.contract.id.as_str())))
        .col_expr(plan_change::Column::PaymentId, Expr::value(Some("pay_never")))
        .filter(plan_change::Column::Id.eq(&quote.change.id))
        .exec(&ctx.db)
        .await
        .unwrap();
    assert_eq!(change::forget_quotes(&ctx).await.unwrap(), 0, "a moment later it may still come");

    story.world.advance(Duration::hours(2));
    assert_eq!(change::forget_quotes(&ctx).await.unwrap(), 1);
    let row = plan_change::Entity::find_by_id(quote.change.id.clone()).one(&ctx.db).await.unwrap().unwrap();
    assert_eq!((row.status, row.end_reason.as_deref()), (PlanChangeStatus::Cancelled, Some("payment_lost")));
    assert!(change::quote(&ctx, &story.budi.customer_id, &story.contract.id, "ghost-pro").await.is_ok());
}
