//! Things move from state to state by one table, whatever people, gateways, machines and days do and in which order. Every
//! move is noted by the database itself, and every state of the table is reached.
use crate::support::{
    World,
    driver::{Mishap, Scripted},
    gateway::{ScriptedGateway, Trouble, report},
    money::{by, by_wallet, with_gateway},
    moves::Move,
    quotes::words,
    shop::{self, Buyer},
};
use chrono::Duration;
use entity::{
    billing::invoice,
    customers::customer,
    messaging::message,
    ordering::{order, quote},
    payments::{dispute, payment, refund},
    subscriptions::subscription,
    value::{
        DisputeStatus, HoldReason, InvoiceStatus, MessageStatus, Money, OrderId, OrderStatus, PaymentStatus,
        PurchasePolicy, QuoteStatus, RefundStatus, SubscriptionId, SubscriptionStatus, TaskStatus, next_ulid,
    },
};
use proptest::prelude::*;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr};
use std::{collections::BTreeSet, sync::Arc};
use yumna::{
    domain::{
        billing::{
            credit_note::{self, Against, Credit, NewCreditNote},
            invoice as invoices, write_off,
        },
        catalog::write,
        ordering::{self, quote as quotes},
        payments::{
            attempt,
            dispute::Outcome,
            refund::{Destination, NewRefund},
        },
        subscriptions::{
            advance,
            cancel::{self, When},
            hold, renew,
        },
    },
    integrations::gateways::PaymentReport,
};

/// How the rows of a table may move.
struct Machine {
    table: &'static str,
    /// Every state there is a word for.
    states: Vec<&'static str>,
    /// From a state (nothing where the row is new) to which others.
    moves: &'static [(&'static str, &'static str)],
    /// States that nothing here leads to.
    unused: &'static [&'static str],
}

macro_rules! states_of {
    ($name:ident) => {
        $name::ALL.iter().map(|state| state.as_str()).collect()
    };
}

fn machines() -> Vec<Machine> {
    vec![
        Machine {
            table: "invoices",
            states: states_of!(InvoiceStatus),
            moves: &[
                ("", "issued paid"),
                ("issued", "paid void written_off"),
                // The money was taken back.
                ("paid", "issued"),
                // All of it came after all.
                ("written_off", "issued"),
            ],
            unused: &["draft"],
        },
        Machine {
            table: "payments",
            states: states_of!(PaymentStatus),
            moves: &[
                ("", "created succeeded"),
                ("created", "unknown pending authorized review failed cancelled expired succeeded reversed chargeback"),
                ("unknown", "pending authorized review failed cancelled expired succeeded reversed chargeback"),
                ("pending", "authorized review failed cancelled expired succeeded reversed chargeback"),
                ("authorized", "failed cancelled expired succeeded reversed chargeback"),
                ("review", "failed cancelled expired succeeded reversed chargeback"),
                // Money that comes late is taken all the same.
                ("failed", "succeeded reversed chargeback"),
                ("cancelled", "succeeded reversed chargeback"),
                ("expired", "succeeded reversed chargeback"),
                ("succeeded", "partially_refunded refunded reversed chargeback"),
                ("partially_refunded", "refunded reversed chargeback"),
                // What went back in another way than through the gateway.
                ("refunded", "reversed chargeback"),
            ],
            unused: &[],
        },
        Machine {
            table: "refunds",
            states: states_of!(RefundStatus),
            moves: &[("", "pending"), ("pending", "succeeded failed unknown"), ("unknown", "succeeded failed")],
            unused: &[],
        },
        Machine {
            table: "disputes",
            states: states_of!(DisputeStatus),
            moves: &[("", "open"), ("open", "won lost")],
            unused: &[],
        },
        Machine {
            table: "orders",
            states: states_of!(OrderStatus),
            moves: &[
                ("", "pending"),
                ("pending", "paid active cancelled failed refunded"),
                ("paid", "active failed refunded"),
                ("active", "failed refunded"),
            ],
            unused: &["fraud_review"],
        },
        Machine {
            table: "subscriptions",
            states: states_of!(SubscriptionStatus),
            moves: &[
                ("", "pending"),
                ("pending", "trialing active terminated"),
                ("trialing", "active past_due suspended cancelled terminated"),
                ("active", "past_due suspended cancelled terminated"),
                ("past_due", "active suspended cancelled terminated"),
                ("suspended", "active trialing cancelled terminated"),
                ("cancelled", "active trialing suspended terminated"),
            ],
            unused: &[],
        },
        Machine {
            table: "quotes",
            states: states_of!(QuoteStatus),
            moves: &[("", "draft"), ("draft", "sent withdrawn"), ("sent", "accepted declined expired withdrawn")],
            unused: &[],
        },
        Machine {
            table: "provision_tasks",
            states: states_of!(TaskStatus),
            moves: &[
                ("", "queued"),
                ("queued", "running failed"),
                ("running", "queued succeeded failed needs_review"),
                ("needs_review", "queued failed"),
            ],
            unused: &[],
        },
    ]
}

const OF_MONEY: [&str; 4] = ["invoices", "payments", "refunds", "disputes"];
const OF_SERVICE: [&str; 5] = ["invoices", "orders", "subscriptions", "quotes", "provision_tasks"];

fn allows(machines: &[Machine], (table, was, is_now): &Move) -> bool {
    let machine = machines.iter().find(|machine| machine.table == table);
    let to = machine.and_then(|machine| machine.moves.iter().find(|(from, _)| from == was));
    to.is_some_and(|(_, to)| to.split(' ').any(|state| state == is_now))
}

/// Moves that the table does not know.
fn strange(moves: &BTreeSet<Move>) -> Vec<&Move> {
    let machines = machines();
    moves.iter().filter(|one| !allows(&machines, one)).collect()
}

/// States of these tables that should have been reached and were not, but for those named: they have stories of their own.
fn missing(moves: &BTreeSet<Move>, tables: &[&str], but: &[(&str, &str)]) -> Vec<(&'static str, &'static str)> {
    let mut missing = Vec::new();
    for machine in machines().into_iter().filter(|machine| tables.contains(&machine.table)) {
        for state in machine.states {
            let is_reached = moves.iter().any(|(table, _, is_now)| table == machine.table && is_now == state);
            let is_told_elsewhere = but.contains(&(machine.table, state)) || machine.unused.contains(&state);
            if !is_reached && !is_told_elsewhere {
                missing.push((machine.table, state));
            }
        }
    }
    missing
}

#[test]
fn every_state_there_is_has_its_place_in_the_table() {
    for machine in machines() {
        let reachable: BTreeSet<&str> = machine.moves.iter().flat_map(|(_, to)| to.split(' ')).collect();
        let unused: BTreeSet<&str> = machine.unused.iter().copied().collect();
        let all: BTreeSet<&str> = machine.states.iter().copied().collect();
        assert_eq!(&reachable | &unused, all, "{}", machine.table);
        assert!(reachable.is_disjoint(&unused), "{}", machine.table);
        for (from, _) in machine.moves {
            assert!(from.is_empty() || reachable.contains(from), "{}: nothing leads to {from}", machine.table);
        }
    }
}

#[tokio::test]
async fn a_move_that_is_not_in_the_table_is_seen() {
    let world = World::new().await;
    world.notes_moves(&["invoices"]).await;
    let budi = world.customer().await;
    let bill = world.invoice(&budi, &[50_000]).await;
    invoices::void_now(&world.system(), &bill.id, "Salah").await.unwrap();
    assert!(strange(&world.moves().await).is_empty());
    invoice::Entity::update_many()
        .col_expr(invoice::Column::Status, Expr::value(InvoiceStatus::Paid))
        .exec(&world.services.db)
        .await
        .unwrap();
    let moves = world.moves().await;
    let named = |text: &str| text.to_owned();
    assert_eq!(strange(&moves), [&(named("invoices"), named("void"), named("paid"))]);
}

/// What is done, to which of those that are there, and how.
type Act = (u8, u8, u8);

fn acts(verbs: u8, most: usize) -> impl Strategy<Value = Vec<Act>> {
    proptest::collection::vec((0..verbs, any::<u8>(), any::<u8>()), 1..most)
}

fn one_of<T>(things: &[T], which: u8) -> Option<&T> {
    things.get(usize::from(which) % things.len().max(1))
}

/// Somebody who owes, at a gateway that says and does anything.
struct Till {
    world: World,
    gateway: ScriptedGateway,
    budi: customer::Model,
    bills: Vec<invoice::Model>,
}

impl Till {
    async fn open() -> Self {
        let (world, gateway) = with_gateway().await;
        world.notes_moves(&OF_MONEY).await;
        world.charges_ppn().await;
        let budi = world.customer().await;
        let bills = vec![world.debt(&budi, &[45_045]).await, world.debt(&budi, &[30_000, 20_000]).await];
        Self { world, gateway, budi, bills }
    }

    async fn pays(&self) -> Vec<payment::Model> {
        let find = payment::Entity::find().filter(payment::Column::AccountId.is_not_null());
        find.order_by_asc(payment::Column::Id).all(&self.world.services.db).await.unwrap()
    }

    async fn begins(&self, bill: &invoice::Model) -> Option<payment::Model> {
        let started = attempt::start(&self.world.system(), &self.budi.id, &bill.id, &by("qris", None)).await;
        started.ok()
    }

    /// The gateway says so of an attempt.
    async fn hears(&self, pay: &payment::Model, status: PaymentStatus, amount: i64) {
        let refunded_minor = match status {
            PaymentStatus::PartiallyRefunded => amount / 3,
            PaymentStatus::Refunded => amount,
            _ => 0,
        };
        let told =
            PaymentReport { status, amount: Money::idr(amount), refunded_minor, ..report(&pay.reference, amount) };
        let _ = attempt::apply_report(&self.world.system(), &pay.id, &told).await;
    }

    async fn gives_back(&self, pay: &payment::Model, amount_minor: i64, destination: Destination) {
        let key = next_ulid().to_string();
        let new = NewRefund { payment_id: &pay.id, amount_minor, destination, reason: "tidak sesuai", key: &key };
        let _ = yumna::domain::payments::refund::refund(&self.world.staff("ana"), new).await;
    }

    async fn asks_again_for_refunds(&self) {
        for open in refund::Entity::find().all(&self.world.services.db).await.unwrap() {
            let _ = yumna::domain::payments::refund::run(&self.world.system(), &open.id).await;
        }
    }

    async fn decides(&self, outcome: Outcome) {
        for open in dispute::Entity::find().all(&self.world.services.db).await.unwrap() {
            if open.status == DisputeStatus::Open {
                let ana = self.world.staff("ana");
                let _ = yumna::domain::payments::dispute::decide(&ana, &open.id, outcome, "surat bank").await;
                return;
            }
        }
    }

    async fn credits(&self, bill: &invoice::Model, gross: i64) {
        let key = next_ulid().to_string();
        let (credit, against) = (Credit::Gross(gross), Against::Open);
        let new = NewCreditNote { invoice_id: &bill.id, credit, against, reason: "Gangguan", key: &key };
        let _ = credit_note::issue_now(&self.world.staff("ana"), new).await;
    }

    /// What is refused changes nothing.
    async fn does(&mut self, (verb, which, how): Act) {
        let ctx = self.world.system();
        let bill = one_of(&self.bills, which).unwrap().clone();
        let pays = self.pays().await;
        match (verb, one_of(&pays, which)) {
            (0, _) | (_, None) => drop(self.begins(&bill).await),
            (1..=4, Some(pay)) => {
                let status = *one_of(PaymentStatus::ALL, how).unwrap();
                self.hears(pay, status, *one_of(&[50_000, 20_000, 70_000], which).unwrap()).await;
            }
            (5, _) => {
                self.world.gift(&self.budi, 20_000).await;
                let _ = attempt::start(&ctx, &self.budi.id, &bill.id, &by_wallet()).await;
            }
            (6, Some(pay)) => {
                let ways = [Destination::Gateway, Destination::Wallet, Destination::Bank];
                self.gives_back(pay, 1_000 * i64::from(how), *one_of(&ways, how).unwrap()).await;
            }
            (7, _) => self.asks_again_for_refunds().await,
            (8, _) => {
                let troubles = [
                    Trouble::Rejected,
                    Trouble::Unavailable,
                    Trouble::LostBefore,
                    Trouble::LostAfter,
                    Trouble::Becomes(PaymentStatus::Authorized),
                ];
                self.gateway.spoil(*one_of(&troubles, how).unwrap());
            }
            (9, _) => match how % 4 {
                0 => drop(invoices::void_now(&ctx, &bill.id, "Salah").await),
                1 => self.credits(&bill, 5_000 * i64::from(which % 12 + 1)).await,
                2 => drop(write_off::write_off(&self.world.staff("ana"), &bill.id, "Pailit").await),
                _ => self.bills.push(self.world.debt(&self.budi, &[60_000]).await),
            },
            (10, Some(pay)) => match how % 3 {
                0 => drop(attempt::cancel(&ctx, &pay.id).await),
                1 => {
                    self.world.advance(Duration::hours(30));
                    drop(attempt::expire(&ctx, &pay.id).await);
                }
                _ => drop(attempt::ask_now(&ctx, &pay.id).await),
            },
            _ => self.decides(if how % 2 == 0 { Outcome::Won } else { Outcome::Lost }).await,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]
    #[test]
    fn money_moves_by_the_table_whatever_is_said_and_done(acts in acts(12, 40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut till = Till::open().await;
            for act in acts {
                till.does(act).await;
            }
            let moves = till.world.moves().await;
            assert!(strange(&moves).is_empty(), "{:?}", strange(&moves));
        });
    }
}

#[tokio::test]
async fn every_state_of_money_is_reached() {
    use PaymentStatus::{
        Authorized, Cancelled, Chargeback, Expired, Failed, PartiallyRefunded, Refunded, Reversed, Review, Succeeded,
    };
    let till = Till::open().await;
    let world = &till.world;
    for status in [Authorized, Review, Failed, Cancelled, Expired, Reversed, Refunded, PartiallyRefunded] {
        let bill = world.debt(&till.budi, &[45_045]).await;
        let pay = till.begins(&bill).await.unwrap();
        till.hears(&pay, status, 50_000).await;
        till.hears(&pay, Succeeded, 50_000).await;
    }
    till.gateway.spoil(Trouble::LostBefore);
    till.begins(&till.bills[0]).await.unwrap();

    // Through the gateway: given back, denied, and given back without our hearing of it.
    let bill = world.debt(&till.budi, &[45_045]).await;
    let pay = till.begins(&bill).await.unwrap();
    till.gateway.pay(&pay.reference, 50_000);
    till.hears(&pay, Succeeded, 50_000).await;
    till.gives_back(&pay, 10_000, Destination::Gateway).await;
    for trouble in [Trouble::Rejected, Trouble::LostAfter] {
        till.gateway.spoil(trouble);
        till.gives_back(&pay, 5_000, Destination::Gateway).await;
    }
    till.asks_again_for_refunds().await;

    for outcome in [Outcome::Won, Outcome::Lost] {
        let bill = world.debt(&till.budi, &[45_045]).await;
        let pay = till.begins(&bill).await.unwrap();
        till.hears(&pay, Succeeded, 50_000).await;
        till.hears(&pay, Chargeback, 50_000).await;
        till.decides(outcome).await;
    }
    let (void, lost) = (world.debt(&till.budi, &[1_000]).await, world.debt(&till.budi, &[2_000]).await);
    invoices::void_now(&world.system(), &void.id, "Salah").await.unwrap();
    write_off::write_off(&world.staff("ana"), &lost.id, "Pailit").await.unwrap();

    let moves = world.moves().await;
    assert!(strange(&moves).is_empty(), "{:?}", strange(&moves));
    let missing = missing(&moves, &OF_MONEY, &[]);
    assert!(missing.is_empty(), "{missing:?}");
    world.books_are_right().await;
}

/// A shop with customers who change their minds, and machines that fail.
struct Shop {
    world: World,
    driver: Scripted,
    budi: Buyer,
}

impl Shop {
    async fn open(trial_days: i32) -> Self {
        let driver = Scripted::default();
        let hands = driver.clone();
        let world = World::with(|services| services.drivers = vec![Arc::new(hands)]).await.tells_of_money();
        world.notes_moves(&OF_SERVICE).await;
        world.open_shop().await;
        world.cluster("Jakarta 1", 640_000).await;
        let ghost = world.service(shop::GHOST, PurchasePolicy::Multiple).await;
        world.plan(&ghost, "ghost-basic", 1, 9).await;
        write::set_trial(&world.staff("ana"), &ghost.id, trial_days).await.unwrap();
        let budi = world.buyer("budi").await;
        Self { world, driver, budi }
    }

    /// Time passes, everything due is done, and every mail reaches its reader.
    async fn passes(&self, by: Duration) {
        let ctx = self.world.system();
        self.world.advance(by);
        renew::issue_due(&ctx).await.unwrap();
        self.world.settle_down().await;
        message::Entity::update_many()
            .col_expr(message::Column::Status, Expr::value(MessageStatus::Sent))
            .exec(&ctx.db)
            .await
            .unwrap();
        while advance::queue_due(&ctx).await.unwrap() > 0 {
            self.world.settle_down().await;
        }
        self.world.settle_down().await;
    }

    async fn pays(&self, bill: &invoice::Model) {
        if bill.total_minor > 0 {
            self.world.gives(&self.budi, bill.total_minor).await;
            let ctx = self.world.system();
            let _ = attempt::start(&ctx, &self.budi.customer_id, &bill.id, &by_wallet()).await;
        }
        self.world.settle_down().await;
    }

    /// Orders and pays: the order, and the id of the contract.
    async fn buys(&self) -> (order::Model, SubscriptionId) {
        let placed = self.world.orders(&self.budi, "ghost-basic").await.unwrap();
        self.pays(&placed.invoice).await;
        (placed.order, SubscriptionId(placed.items[0].subscription_id.clone().unwrap()))
    }

    async fn contracts(&self) -> Vec<subscription::Model> {
        let find = subscription::Entity::find().order_by_asc(subscription::Column::Id);
        find.all(&self.world.services.db).await.unwrap()
    }

    async fn unpaid(&self) -> Vec<invoice::Model> {
        let find = invoice::Entity::find().filter(invoice::Column::Status.eq(InvoiceStatus::Issued));
        find.order_by_asc(invoice::Column::Id).all(&self.world.services.db).await.unwrap()
    }

    /// What is refused changes nothing.
    async fn does(&self, (verb, which, how): Act) {
        let (ctx, customer) = (self.world.system(), &self.budi.customer_id);
        let contracts = self.contracts().await;
        match (verb, one_of(&contracts, which)) {
            (0..=2, _) => self.passes(Duration::days(*one_of(&[1, 7, 8, 31], how).unwrap())).await,
            (3, _) | (_, None) if contracts.len() < 4 => {
                let placed = self.world.orders(&self.budi, "ghost-basic").await;
                if let (Ok(placed), true) = (placed, how % 3 > 0) {
                    self.pays(&placed.invoice).await;
                }
            }
            (4, _) => {
                if let Some(bill) = one_of(&self.unpaid().await, which) {
                    self.pays(bill).await;
                }
            }
            (5, Some(contract)) => {
                let when = if how % 4 == 0 { When::Now } else { When::PeriodEnd };
                let _ = cancel::cancel(&ctx, customer, &contract.id, when, "Pindah").await;
            }
            (6, Some(contract)) => {
                let _ = cancel::set_auto_renew(&ctx, customer, &contract.id, how % 3 > 0).await;
            }
            (7, Some(contract)) => {
                let reasons = [HoldReason::Abuse, HoldReason::Staff];
                let reason = *one_of(&reasons, how).unwrap();
                let _ = match how % 4 {
                    0 | 1 => hold::place(&ctx, &contract.id, reason, None).await,
                    _ => hold::lift(&ctx, &contract.id, reason).await,
                };
            }
            (8, Some(contract)) => match (how % 3, &contract.order_id) {
                (0, _) => drop(cancel::terminate(&ctx, &contract.id, Some("Selesai")).await),
                (1, _) => drop(ordering::provision_failed(&ctx, &contract.id).await),
                (_, Some(order_id)) => {
                    let id = OrderId::from(order_id.as_str());
                    drop(ordering::cancel_unpaid(&ctx, &id, "tidak jadi").await);
                }
                _ => {}
            },
            (9, _) if how % 2 == 0 => self.driver.meets("ground", Mishap::Rejected, usize::from(how % 5)),
            _ => self.driver.heals(),
        }
        self.world.settle_down().await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]
    #[test]
    fn services_move_by_the_table_whatever_people_and_machines_do(acts in acts(10, 20), is_tried in any::<bool>()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let shop = Shop::open(if is_tried { 14 } else { 0 }).await;
            for act in acts {
                shop.does(act).await;
            }
            let moves = shop.world.moves().await;
            assert!(strange(&moves).is_empty(), "{:?}", strange(&moves));
        });
    }
}

#[tokio::test]
async fn every_state_of_a_service_is_reached() {
    let tried = Shop::open(14).await;
    tried.buys().await;
    let mut moves = tried.world.moves().await;

    let shop = Shop::open(0).await;
    let (world, ctx, customer) = (&shop.world, shop.world.system(), &shop.budi.customer_id);
    let (_, kept) = shop.buys().await;
    let (failed, broken) = shop.buys().await;
    let (_, given_up) = shop.buys().await;
    ordering::provision_failed(&ctx, &broken).await.unwrap();
    cancel::cancel(&ctx, customer, &given_up, When::PeriodEnd, "Pindah").await.unwrap();
    let never_paid = world.orders(&shop.budi, "ghost-basic").await.unwrap();
    ordering::cancel_unpaid(&ctx, &never_paid.order.id, "tidak jadi").await.unwrap();
    world.settle_down().await;
    assert_eq!(ordering::find::get(&ctx.db, &failed.id).await.unwrap().status, OrderStatus::Failed);
    // Nobody pays the renewal of the one that is kept; what was refused by the machines ends in between.
    shop.driver.meets("ground", Mishap::Rejected, 9);
    shop.buys().await;
    for days in [1, 1, 1] {
        shop.passes(Duration::days(days)).await;
    }
    shop.driver.heals();
    // What came back is spent, so that nothing is taken from the wallet.
    let held = world.balance_of(&shop.budi).await;
    if held > 0 {
        yumna::domain::ledger::adjust(&ctx, customer, -held, "Dibayarkan").await.unwrap();
    }
    for days in [21, 7, 4, 4] {
        shop.passes(Duration::days(days)).await;
    }
    cancel::terminate(&ctx, &kept, Some("Selesai")).await.unwrap();
    world.settle_down().await;

    for end in 0..5 {
        let sent = world.drafts(&shop.budi, vec![words("Pelatihan", 1, 250_000)]).await;
        if end > 0 {
            quotes::send(&world.staff("ana"), &sent.id, None).await.unwrap();
        }
        match end {
            0 | 1 => drop(quotes::withdraw(&world.staff("ana"), &sent.id, "Salah harga", None).await.unwrap()),
            2 => drop(world.accepts(&shop.budi, &sent.id).await.unwrap()),
            3 => drop(quotes::decline(&ctx, customer, &sent.id, "Mahal").await.unwrap()),
            _ => {
                world.advance(Duration::days(400));
                quotes::expire_due(&ctx).await.unwrap();
            }
        }
    }
    // What is over stays so.
    for over in quote::Entity::find().all(&ctx.db).await.unwrap() {
        let _ = world.accepts(&shop.budi, &over.id).await;
        let _ = quotes::decline(&ctx, customer, &over.id, "Mahal").await;
        let _ = quotes::withdraw(&world.staff("ana"), &over.id, "Salah", None).await;
        let _ = quotes::send(&world.staff("ana"), &over.id, None).await;
    }

    moves.extend(world.moves().await);
    assert!(strange(&moves).is_empty(), "{:?}", strange(&moves));
    // Told in `domain::ordering` and `domain::provisioning`.
    let elsewhere = [("orders", "refunded"), ("provision_tasks", "needs_review")];
    let tables = ["orders", "subscriptions", "quotes", "provision_tasks"];
    let missing = missing(&moves, &tables, &elsewhere);
    assert!(missing.is_empty(), "{missing:?}");
    world.books_are_right().await;
}
