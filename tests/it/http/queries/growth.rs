//! A town in which there is more and more of everything: more rows of each kind, and single things that have a lot to
//! show.
use crate::support::{
    drafts,
    money::by,
    quotes,
    shop::{Buyer, GHOST},
    town::{Town, begins},
};
use entity::{
    customers::customer,
    payments::payment_account,
    value::{ImportKind, InstanceId, PauseHolds, PauseScope, PaymentId, PurchasePolicy, TaskAction},
};
use sea_orm::{EntityTrait, IntoActiveModel, QueryOrder};
use serde_json::json;
use std::{collections::BTreeMap, fmt::Write};
use yumna::{
    domain::{
        Ctx,
        customers::{self, ProfileChange},
        identity, messaging,
        ordering::{self, CheckoutItem, cart},
        payments::{
            attempt,
            refund::{self, Destination, NewRefund},
            settlement,
        },
        provisioning::tasks,
        subscriptions::automation::{self, NewPause},
        takeover::{self, Options},
    },
    kernel::actor::Actor,
};

/// How many rows there shall be in the end.
const MANY: usize = 60;

/// How much a single thing shall have to show.
pub const THICK: usize = 20;

/// Ids of things that have a lot to show, by what the town calls its own ones.
pub type Large = BTreeMap<&'static str, String>;

/// There are many of everything.
pub async fn grows(town: &Town) {
    let db = &town.world.services.db;
    for number in 0..MANY {
        town.world.gives(&town.owner, 900_000).await;
        town.buys().await;
        let Buyer { customer_id, .. } = &town.owner;
        let open = town.world.orders(&town.owner, "ghost-basic").await.unwrap();
        let lines = vec![quotes::plan("ghost-basic", 1), quotes::words("Pelatihan", 1, 100_000)];
        let quote = town.world.quotes(&town.owner, lines).await;
        if number % 10 == 0 {
            town.world.accepts(&town.owner, &quote.id).await.unwrap();
        }
        let way = by("bank_transfer", Some("bca"));
        town.finds_money(&format!("NOBODYS-{number}")).await;
        town.leaves_behind(&format!("ins_left_{number}")).await;
        town.reads_payouts(&format!("STRANGE-{number}")).await;
        town.takes_over(&format!("LATER-{number}")).await;
        town.leaves(&format!("leaver-{number}"), 100_000).await;
        let change = ProfileChange { company: Some(format!("CV {number}")), ..ProfileChange::default() };
        customers::update_profile(&town.world.system(), customer_id, change).await.unwrap();
        attempt::start(&town.world.system(), customer_id, &open.invoice.id, &way).await.unwrap();
        town.withholds().await;
        let like = customer::Entity::find_by_id(customer_id.clone()).one(db).await.unwrap().unwrap();
        let row = customer::Model {
            id: entity::value::CustomerId::generate(),
            email: format!("c{number}@example.test"),
            ..like
        };
        customer::Entity::insert(row.into_active_model()).exec_without_returning(db).await.unwrap();
    }
}

/// Single things have a lot to show: lines, attempts to pay, refunds, activity, contracts, uses.
pub async fn thickens(town: &Town) -> Large {
    let mut large = Large::new();
    // Futures of their own: one over all of it does not fit on a test's stack.
    Box::pin(is_ordered(town, &mut large)).await;
    Box::pin(is_written(town, &mut large)).await;
    Box::pin(is_read_in(town, &mut large)).await;
    Box::pin(is_sold(town)).await;
    Box::pin(is_busy(town)).await;
    Box::pin(has_staff(town)).await;
    large
}

/// An order of many contracts, whose invoice was tried to be paid again and again; a payment of which a lot was given
/// back, little by little.
async fn is_ordered(town: &Town, large: &mut Large) {
    let (world, owner) = (&town.world, &town.owner);
    let ctx = world.system();
    let placed = ordering::place(&ctx, world.checkout(owner, &["ghost-basic"; THICK])).await.unwrap();
    for number in 0..THICK {
        let way = by("bank_transfer", Some(["bca", "bni"][number % 2]));
        attempt::start(&ctx, &owner.customer_id, &placed.invoice.id, &way).await.unwrap();
        world.settle_down().await;
        let back = NewRefund {
            payment_id: &PaymentId::from(town.id("paid_payment")),
            amount_minor: 100,
            destination: Destination::Wallet,
            reason: "Maaf",
            key: &format!("thick-{number}"),
        };
        refund::refund(&world.staff("ana"), back).await.unwrap();
        let contract = placed.items[number].subscription_id.as_deref().unwrap();
        let ends_at = ctx.now() + chrono::Duration::days(30);
        let rest = NewPause {
            scope: PauseScope::Subscription,
            holds: PauseHolds::Everything,
            target_id: contract,
            ends_at,
            reason: "Banjir",
        };
        automation::pause(&world.staff("ana"), rest).await.unwrap();
    }
    assert_eq!(attempt::of_invoice(&ctx.db, &placed.invoice.id).await.unwrap().len(), THICK);
    large.insert("order", placed.order.id.0);
    large.insert("invoice", placed.invoice.id.0);
    large.insert("pay_token", placed.invoice.public_token);
}

/// Quotes and drafts of many lines.
async fn is_written(town: &Town, large: &mut Large) {
    let (world, owner) = (&town.world, &town.owner);
    let lines = || {
        let line = |number: usize| match number % 2 {
            0 => quotes::plan("ghost-basic", 1),
            _ => quotes::words("Pelatihan", 1, 100_000),
        };
        (0..THICK).map(line).collect::<Vec<_>>()
    };
    let sent = world.quotes(owner, lines()).await;
    large.insert("quote", sent.id.0);
    large.insert("quote_token", sent.public_token);
    large.insert("draft_quote", world.drafts(owner, lines()).await.id.0);
    let lines = (0..THICK).map(|number| drafts::line(&format!("Pelatihan {number}"), 1, 100_000));
    large.insert("draft_invoice", world.writes(owner, lines.collect()).await.id.0);
}

/// Files of many rows.
async fn is_read_in(town: &Town, large: &mut Large) {
    let (ctx, staff) = (town.world.system(), town.world.staff("ana"));
    let first = payment_account::Entity::find().order_by_asc(payment_account::Column::Id);
    let account = first.one(&ctx.db).await.unwrap().unwrap().id;
    for (name, word) in [("settlement", "LOOKED"), ("booked_settlement", "BOOKED")] {
        let mut table = "Order ID,Amount,Fee\n".to_owned();
        for number in 0..THICK {
            writeln!(table, "{word}-{number},50000,1000").unwrap();
        }
        let report = settlement::send_in(&ctx, &account, table.into_bytes()).await.unwrap();
        if name == "booked_settlement" {
            settlement::book(&ctx, &report.id).await.unwrap();
        }
        large.insert(name, report.id.0);
    }
    for (name, word) in [("import", "looked"), ("done_import", "done")] {
        let mut table = "id,name,email,credit\n".to_owned();
        for number in 0..THICK {
            writeln!(table, "{word}-{number},Eka Putri,{word}-{number}@pindah.test,1000").unwrap();
        }
        let sent = takeover::send_in(&staff, ImportKind::Customers, "whmcs", Options::default(), table.into_bytes());
        let id = sent.await.unwrap().id;
        if name == "done_import" {
            begins(&staff, &id).await.unwrap();
            takeover::run_some(&staff, &id, takeover::AT_ONCE).await.unwrap();
        }
        large.insert(name, id.0);
    }
}

/// A shop that sells a lot, to somebody with a full cart and a coupon that is used again and again.
async fn is_sold(town: &Town) {
    let (world, owner) = (&town.world, &town.owner);
    let ctx = world.system();
    for number in 0..THICK {
        let source = GHOST.replacen("id = \"ghost\"", &format!("id = \"ghost-{number}\""), 1);
        let product = world.service(&source, PurchasePolicy::Multiple).await;
        world.plan(&product, &format!("ghost-{number}-basic"), 1, 5).await;
        world.orders_with(owner, &["ghost-basic"], "HEMAT10").await.unwrap();
    }
    // One lies there already.
    for _ in 1..THICK {
        let item = CheckoutItem { plan: "ghost-basic".into(), cycle: "monthly".into(), config: json!({}) };
        cart::add(&ctx, &cart::Owner::Customer(owner.customer_id.clone()), item).await.unwrap();
    }
}

/// A service that is restarted all the time.
async fn is_busy(town: &Town) {
    let (ctx, owner) = (town.world.system(), &town.owner.customer_id);
    let instance = InstanceId::from(town.id("instance"));
    for _ in 0..THICK {
        tasks::request_by_customer(&ctx, owner, &instance, TaskAction::Restart).await.unwrap();
        town.world.settle_down().await;
    }
}

/// Colleagues who write notes, refuse addresses and set up clusters.
async fn has_staff(town: &Town) {
    let world = &town.world;
    let ctx = world.system();
    let admin = Ctx { actor: Actor::Staff { user_id: town.staff["admin"].clone() }, ..world.system() };
    for number in 0..THICK {
        let colleague = world.newcomer(&format!("rekan-{number}")).await;
        identity::roles::assign(&ctx, &colleague.user_id, "support").await.unwrap();
        customers::add_note(&admin, &town.owner.customer_id, &format!("Telepon ke-{number}")).await.unwrap();
        messaging::suppress(&admin, &format!("mantul-{number}@example.test"), "Memantul").await.unwrap();
        world.cluster(&format!("Bandung {number}"), 64_000).await;
    }
}
